//! How a bridge under test is reached, and how one is raised and ended again with an upstream of its own behind it.
//!
//! A [`TargetSpec`] says what the user asked for; [`TargetSpec::raise`] turns it into a [`Rig`]: a bridge that listens,
//! the [`MockOpenAi`] it talks to, and a client for it. Each worker of a run raises its own. This
//! module starts and ends processes; it knows nothing of SCIM (the preflight and the judge do).

mod address;
mod command;
mod embedded;
mod error;
mod in_process;
mod output;
mod process;
mod rig;
mod secrets;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mock_openai::MockOpenAi;

pub use self::error::TargetError;
pub(crate) use self::error::seconds;
pub use self::in_process::{Environment, Server};
pub use self::output::OutputMark;
pub use self::rig::Rig;

use self::address::BasePath;
use self::embedded::Keeping;
use self::rig::Bridge;
use self::secrets::Secrets;
use crate::wire::Limits;

/// What kind of bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// The reference bridge, inside this process.
    Embedded,
    /// A bridge that a Rust test serves inside this process, see [`testing`](crate::testing).
    InProcess(Server),
    /// A program that we start: `--bridge-cmd`.
    Command {
        /// The command line; split like a shell does, not run by one.
        command: String,
    },
    /// A bridge that runs already: `--bridge-url`.
    Url {
        /// What an administrator types into an identity provider as SCIM base URL.
        url: String,
    },
}

/// What to test, as the user asked for it. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TargetSpec {
    /// What kind of bridge.
    pub kind: TargetKind,
    /// Whether there is no upstream to look at: the bridge has a back end of its own.
    pub scim_only: bool,
    /// Whether a command keeps in its state folder what it has acknowledged, so that it may be killed and started again.
    pub durable: bool,
    /// Path in front of `/Users`; default the path of the URL, else `/scim/v2`.
    pub base_path: Option<String>,
    /// The bearer token; made up when we start the bridge, needed when it runs already.
    pub scim_token: Option<String>,
    /// The key that the upstream accepts; made up when we start the bridge, any key when it runs already.
    pub admin_key: Option<String>,
    /// Where the upstream of a running bridge listens. Default 127.0.0.1:9000.
    pub mock_listen: Option<SocketAddr>,
    /// How long a bridge may take until it answers. Default 15 s.
    pub ready_within: Duration,
    /// The seed of the upstream; each worker adds its number.
    pub seed: u64,
    /// What the client waits for.
    pub limits: Limits,
    /// How long the embedded reference bridge waits out a 429 inside one request before it passes it on. Default 100 ms, so
    /// that the identity provider gets to see it.
    pub throttle_wait: Duration,
    /// Defects of the embedded reference bridge: how it is proven that a check can fail.
    pub faults: reference_bridge::Faults,
    /// Other designs of it: how it is proven that no correct bridge is accused.
    pub variants: reference_bridge::Variants,
}

/// Where the upstream of a running bridge listens unless told otherwise.
const MOCK_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9000);

impl TargetKind {
    /// The word used in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Embedded | Self::InProcess(_) => "embedded",
            Self::Command { .. } => "command",
            Self::Url { .. } => "url",
        }
    }
}

impl Default for TargetSpec {
    /// The embedded reference bridge.
    fn default() -> Self {
        Self {
            kind: TargetKind::Embedded,
            scim_only: false,
            durable: false,
            base_path: None,
            scim_token: None,
            admin_key: None,
            mock_listen: None,
            ready_within: Duration::from_secs(15),
            seed: 0,
            limits: Limits::default(),
            throttle_wait: Duration::from_millis(100),
            faults: reference_bridge::Faults::NONE,
            variants: reference_bridge::Variants::NONE,
        }
    }
}

impl TargetSpec {
    /// Finds what can be known to be wrong before anything is started.
    pub fn validate(&self) -> Result<(), TargetError> {
        self.plan().map(drop)
    }

    /// The target as people would name it, on one line and without secrets.
    pub fn describe(&self) -> String {
        let name = match &self.kind {
            TargetKind::Embedded => "embedded reference bridge".to_owned(),
            TargetKind::InProcess(_) => "bridge inside this process".to_owned(),
            TargetKind::Command { command } => command.clone(),
            TargetKind::Url { url } => address::scim_url(url, self.base_path.as_deref())
                .unwrap_or_else(|_| "a bridge at a URL that is wrong".to_owned()),
        };
        self.secrets().redact(&name)
    }

    /// Starts a bridge and its upstream and waits until the bridge answers HTTP. A bridge that runs already is not waited
    /// for: the [preflight](crate::preflight) says what is wrong with it.
    pub async fn raise(&self, worker: usize) -> Result<Rig, TargetError> {
        match self.plan()? {
            Plan::Embedded { base_path } => embedded::raise(self, worker, &base_path, Keeping::InMemory).await,
            Plan::InProcess { server, base_path } => in_process::raise(self, &server, worker, &base_path).await,
            Plan::Command { words, base_path } => command::raise(self, worker, &words, &base_path).await,
            Plan::Url { scim_url, token } => self.meet(worker, scim_url, token).await,
        }
    }

    /// The same, of a bridge that can be killed and started again with its state, if there is such a one.
    pub async fn raise_durable(&self, worker: usize) -> Result<Rig, TargetError> {
        match self.plan()? {
            Plan::Embedded { base_path } => embedded::raise(self, worker, &base_path, Keeping::OnDisk).await,
            Plan::InProcess { .. } | Plan::Command { .. } | Plan::Url { .. } => self.raise(worker).await,
        }
    }

    /// Whether there is a bridge of this kind that can be killed and started again with its state.
    pub fn can_be_killed(&self) -> bool {
        match self.kind {
            TargetKind::Embedded => true,
            TargetKind::Command { .. } => self.durable,
            TargetKind::InProcess(_) | TargetKind::Url { .. } => false,
        }
    }

    fn plan(&self) -> Result<Plan, TargetError> {
        crate::wire::Wire::new(self.limits)?;
        self.check_secrets()?;
        let base_path = || match &self.base_path {
            Some(path) => BasePath::parse(path),
            None => Ok(BasePath::default()),
        };
        if self.mock_listen.is_some() && (self.scim_only || !matches!(self.kind, TargetKind::Url { .. })) {
            return Err(TargetError::MockListenUnused);
        }
        match &self.kind {
            TargetKind::Embedded => Ok(Plan::Embedded {
                base_path: base_path()?,
            }),
            TargetKind::InProcess(server) => Ok(Plan::InProcess {
                server: server.clone(),
                base_path: base_path()?,
            }),
            TargetKind::Command { command } => Ok(Plan::Command {
                words: command::words(command, self.scim_only)?,
                base_path: base_path()?,
            }),
            TargetKind::Url { url } => Ok(Plan::Url {
                scim_url: address::scim_url(url, self.base_path.as_deref())?,
                token: self.scim_token.clone().ok_or(TargetError::NoToken)?,
            }),
        }
    }

    fn check_secrets(&self) -> Result<(), TargetError> {
        for (flag, secret) in [("--scim-token", &self.scim_token), ("--admin-key", &self.admin_key)] {
            let Some(secret) = secret else { continue };
            if secret.is_empty() {
                return Err(TargetError::EmptySecret { flag });
            }
            if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(TargetError::SecretNotAHeader { flag });
            }
        }
        Ok(())
    }

    fn secrets(&self) -> Secrets {
        Secrets::new([&self.scim_token, &self.admin_key].into_iter().flatten())
    }

    /// A rig around a bridge that runs already.
    async fn meet(&self, worker: usize, scim_url: String, token: String) -> Result<Rig, TargetError> {
        let upstream = if self.scim_only {
            None
        } else {
            Some(self.listen_for_bridge(worker).await?)
        };
        Rig::new(
            self,
            scim_url,
            token,
            self.admin_key.clone(),
            Bridge::Elsewhere,
            upstream,
        )
    }

    async fn listen_for_bridge(&self, worker: usize) -> Result<MockOpenAi, TargetError> {
        let address = self.mock_listen.unwrap_or(MOCK_LISTEN);
        let builder = MockOpenAi::builder().listen(address).seed(self.seed_of(worker));
        let builder = match &self.admin_key {
            Some(key) => builder.admin_key(key),
            None => builder.any_admin_key(),
        };
        let started = builder.start().await;
        started.map_err(|error| TargetError::mock_listen(address, &error))
    }

    /// An upstream for a bridge that we start ourselves.
    async fn upstream(&self, worker: usize, admin_key: &str) -> Result<MockOpenAi, TargetError> {
        let builder = MockOpenAi::builder().admin_key(admin_key).seed(self.seed_of(worker));
        builder
            .start()
            .await
            .map_err(|error| TargetError::ours("start the mock upstream", &error))
    }

    fn seed_of(&self, worker: usize) -> u64 {
        self.seed.wrapping_add(worker as u64)
    }

    fn token_or_new(&self) -> String {
        self.scim_token.clone().unwrap_or_else(|| secrets::make_up("scim-"))
    }

    fn key_or_new(&self) -> String {
        self.admin_key.clone().unwrap_or_else(|| secrets::make_up("sk-admin-"))
    }
}

impl fmt::Debug for TargetSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TargetSpec")
            .field("kind", &self.kind.as_str())
            .field("name", &self.describe())
            .field("scim_only", &self.scim_only)
            .field("base_path", &self.base_path)
            .field("mock_listen", &self.mock_listen)
            .field("ready_within", &self.ready_within)
            .field("seed", &self.seed)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A specification that has been understood.
enum Plan {
    Embedded { base_path: BasePath },
    InProcess { server: Server, base_path: BasePath },
    Command { words: Vec<String>, base_path: BasePath },
    Url { scim_url: String, token: String },
}

#[cfg(test)]
pub(crate) mod tests;
