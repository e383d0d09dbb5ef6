//! Why there is no bridge to test. One line each: the cause, and what to do about it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::wire;

/// Why a target could not be raised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// A limit is zero.
    #[error(transparent)]
    Limits(#[from] wire::Error),
    /// `--bridge-url` without a token.
    #[error(
        "--bridge-url needs the bearer token that the bridge expects: give --scim-token or set PROOFLOAD_SCIM_TOKEN"
    )]
    NoToken,
    /// A token or key of no characters.
    #[error("{flag} is empty: give a value or leave it out")]
    EmptySecret {
        /// Which.
        flag: &'static str,
    },
    /// A token or key that HTTP cannot carry. It is not shown.
    #[error("{flag} has a character that cannot stand in an HTTP header: use visible ASCII without blanks")]
    SecretNotAHeader {
        /// Which.
        flag: &'static str,
    },
    /// `--bridge-url` is no usable URL.
    #[error("--bridge-url `{given}` cannot be used: {reason}")]
    Url {
        /// As given, without credentials.
        given: String,
        /// Why.
        reason: String,
    },
    /// `--base-path` is no path.
    #[error("--base-path `{given}` is not a path: give something like /scim/v2, or / for none")]
    BasePath {
        /// As given.
        given: String,
    },
    /// `--mock-listen` where nobody would use it.
    #[error(
        "--mock-listen is only for --bridge-url with an upstream: a bridge that proofload starts is told where its upstream is"
    )]
    MockListenUnused,
    /// The mock cannot listen where the running bridge expects it.
    #[error(
        "cannot listen on {address} for the mock upstream ({reason}): end what listens there, or give another --mock-listen and tell the bridge"
    )]
    MockListen {
        /// Where.
        address: SocketAddr,
        /// Why.
        reason: String,
    },
    /// `--bridge-cmd` is not made of words.
    #[error("--bridge-cmd cannot be split into words ({reason}): close every quote")]
    CommandSyntax {
        /// Why.
        reason: String,
    },
    /// `--bridge-cmd` has no words.
    #[error("--bridge-cmd is empty: give the command that starts the bridge")]
    CommandEmpty,
    /// The command wants something of an upstream that there is not.
    #[error("--bridge-cmd uses {placeholder}, but with --scim-only there is no upstream: drop one of the two")]
    NoUpstream {
        /// What it wants.
        placeholder: &'static str,
    },
    /// The program cannot be started.
    #[error("cannot start `{word}` ({reason}): --bridge-cmd must begin with a program in PATH or with the path of one")]
    Spawn {
        /// The first word of the command.
        word: String,
        /// Why.
        reason: String,
    },
    /// The bridge ended before anybody could talk to it.
    #[error("{exit} before it listened on port {port}; {output}")]
    Exited {
        /// `the bridge exited with status 1`
        exit: String,
        /// Where it should have listened.
        port: u16,
        /// The end of what it wrote.
        output: String,
    },
    /// The bridge runs but cannot be talked to.
    #[error("the bridge {} 127.0.0.1:{port} within {}: it must read PORT (or {{port}} in the command) and serve HTTP there; {output}", if *.connects { "takes connections but did not answer on" } else { "did not listen on" }, seconds(.within))]
    NeverAnswered {
        /// Whether it takes connections.
        connects: bool,
        /// Where it should have answered.
        port: u16,
        /// How long it was waited for.
        within: Duration,
        /// The end of what it wrote.
        output: String,
    },
    /// The embedded bridge is not there: a defect of ours.
    #[error("the embedded bridge does not run: {reason}")]
    Embedded {
        /// Why.
        reason: String,
    },
    /// This machine refused something that every run needs.
    #[error("cannot {doing}: {reason}")]
    Ours {
        /// `find a free port`
        doing: &'static str,
        /// Why.
        reason: String,
    },
}

impl TargetError {
    pub(super) fn ours(doing: &'static str, error: &io::Error) -> Self {
        Self::Ours {
            doing,
            reason: reason(error),
        }
    }

    pub(super) fn mock_listen(address: SocketAddr, error: &io::Error) -> Self {
        Self::MockListen {
            address,
            reason: error.kind().to_string(),
        }
    }

    /// Whether it is worth another try on another port.
    pub(super) fn is_port_taken(&self) -> bool {
        let Self::Exited { output, .. } = self else {
            return false;
        };
        let output = output.to_ascii_lowercase();
        [
            "address already in use",
            "address in use",
            "eaddrinuse",
            "only one usage of each socket address",
        ]
        .iter()
        .any(|words| output.contains(words))
    }
}

/// What the operating system said, in the middle of a sentence and without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

pub(crate) fn seconds(duration: &Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
