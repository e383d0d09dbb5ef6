//! What can be wrong with a target, each with its fix.

use std::time::Duration;

/// Why a target cannot be tested. Displays as one line that names the fix. No secret in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// It has ended since it was raised.
    #[error("{exit} before it could be tested")]
    Exited {
        /// `the bridge exited with status 1`
        exit: String,
    },
    /// Nobody accepts connections.
    #[error("nothing listens on {address}: {}", if *.ours { "the bridge has stopped listening" } else { "start the bridge, or give its address with --bridge-url" })]
    Refused {
        /// Host and port.
        address: String,
        /// Whether we started it.
        ours: bool,
    },
    /// The name leads nowhere.
    #[error("the host `{host}` is not known: check --bridge-url for a misspelling, or the DNS of this machine")]
    UnknownHost {
        /// As given.
        host: String,
    },
    /// No complete answer.
    #[error("GET {url} was not answered within {}: see what the bridge waits for, or give it longer with --ready-within", crate::target::seconds(.within))]
    TimedOut {
        /// What was asked.
        url: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// Connections are closed.
    #[error(
        "{address} closes the connection without an answer ({reason}): check that this is the bridge's port and that nothing in front of it refuses us"
    )]
    Closed {
        /// Host and port.
        address: String,
        /// How.
        reason: String,
    },
    /// It answers with something else than HTTP.
    #[error(
        "{address} does not answer in HTTP ({reason}): if it speaks TLS, give https:// in --bridge-url, else check the port"
    )]
    NotHttp {
        /// Host and port.
        address: String,
        /// What came.
        reason: String,
    },
    /// TLS cannot be agreed on.
    #[error(
        "no HTTPS with {address} ({reason}): trust the authority of its certificate (SSL_CERT_FILE can name one), or give http:// if it speaks no TLS"
    )]
    NotTls {
        /// Host and port.
        address: String,
        /// Why.
        reason: String,
    },
    /// It answers, but not in a way that leads anywhere.
    #[error("GET {url} did not work: {reason}; check that this is a SCIM base")]
    Odd {
        /// What was asked.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The token is refused.
    #[error("GET {url} answered {status}: {}", if *.ours { "the bridge must accept the bearer token it finds in SCIM_TOKEN" } else { "wrong token; give the one that the bridge expects with --scim-token or PROOFLOAD_SCIM_TOKEN" })]
    WrongToken {
        /// What was asked.
        url: String,
        /// 401 or 403.
        status: u16,
        /// Whether we made the token up.
        ours: bool,
    },
    /// There are no users here.
    #[error("GET {url} answered 404: wrong base path; {}", fix(.found.as_ref()))]
    WrongPath {
        /// What was asked.
        url: String,
        /// Where SCIM answers.
        found: Option<String>,
    },
    /// HTML where SCIM was expected.
    #[error("GET {url} answered with a web page ({said}): the base path is probably wrong; {}", fix(.found.as_ref()))]
    WebPage {
        /// What was asked.
        url: String,
        /// Its title.
        said: String,
        /// Where SCIM answers.
        found: Option<String>,
    },
    /// It sends us elsewhere; identity providers do not follow.
    #[error("GET {url} redirects{}, and identity providers do not follow: give the URL it redirects to as --bridge-url", destination(.to.as_ref()))]
    Redirects {
        /// What was asked.
        url: String,
        /// Where to, as a SCIM base.
        to: Option<String>,
    },
    /// It has trouble of its own.
    #[error("GET {url} still answers {status} after {} ({said}): the bridge must be able to list its users before it can be tested", crate::target::seconds(.within))]
    NotReady {
        /// What was asked.
        url: String,
        /// 429 or 5xx.
        status: u16,
        /// How long it was waited for.
        within: Duration,
        /// What it said.
        said: String,
    },
    /// No JSON.
    #[error("GET {url} answered {status} with {said}: no SCIM server is here; {}", fix(.found.as_ref()))]
    NotJson {
        /// What was asked.
        url: String,
        /// The status.
        status: u16,
        /// How it begins.
        said: String,
        /// Where SCIM answers.
        found: Option<String>,
    },
    /// JSON, but not SCIM.
    #[error(
        "GET {url} answered {status} and speaks JSON but not SCIM, there is no `Resources` or `totalResults` in {said}; {}", fix(.found.as_ref())
    )]
    NotScim {
        /// What was asked.
        url: String,
        /// The status.
        status: u16,
        /// How it begins.
        said: String,
        /// Where SCIM answers.
        found: Option<String>,
    },
}

impl Cause {
    /// The base path at which SCIM answers instead, where one was found.
    pub fn found(&self) -> Option<&str> {
        match self {
            Self::WrongPath { found, .. }
            | Self::WebPage { found, .. }
            | Self::NotJson { found, .. }
            | Self::NotScim { found, .. } => found.as_deref(),
            Self::Exited { .. }
            | Self::Refused { .. }
            | Self::UnknownHost { .. }
            | Self::TimedOut { .. }
            | Self::Closed { .. }
            | Self::NotHttp { .. }
            | Self::NotTls { .. }
            | Self::Odd { .. }
            | Self::WrongToken { .. }
            | Self::Redirects { .. }
            | Self::NotReady { .. } => None,
        }
    }
}

fn fix(found: Option<&String>) -> String {
    match found {
        Some(path) => format!("SCIM answers at {path}, so try --base-path {path}"),
        None => "try --base-path with the path in front of /Users (the usual ones do not answer either)".to_owned(),
    }
}

fn destination(base: Option<&String>) -> String {
    base.map(|base| format!(" to {base}")).unwrap_or_default()
}
