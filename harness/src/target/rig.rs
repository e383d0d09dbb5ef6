//! One bridge that can be tested, with its own upstream behind it. Every worker of a run has one.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mock_openai::MockOpenAi;

use super::command::{self, Place};
use super::embedded::Embedded;
use super::in_process::InProcess;
use super::output::OutputMark;
use super::process::Process;
use super::secrets::Secrets;
use super::{TargetError, TargetSpec};
use crate::wire::Wire;

/// A raised target. Dropping it ends what was started, at once; [`Rig::end`] does so politely.
pub struct Rig {
    // Dropped in this order: the bridge goes before what it talks to.
    bridge: Mutex<Bridge>,
    upstream: Option<MockOpenAi>,
    wire: Wire,
    scim_url: String,
    scim_token: String,
    admin_key: Option<String>,
    scim_only: bool,
    ready_within: Duration,
    durable: bool,
    /// Held while the bridge is down.
    down: tokio::sync::RwLock<()>,
    kills: AtomicU64,
}

/// What there is of the bridge in our hands.
pub(super) enum Bridge {
    Embedded(Embedded),
    InProcess(InProcess),
    Command(Process, Place),
    /// It runs on its own.
    Elsewhere,
    /// It is being started again, or could not be.
    Down,
}

impl Rig {
    pub(super) fn new(
        spec: &TargetSpec,
        scim_url: String,
        scim_token: String,
        admin_key: Option<String>,
        bridge: Bridge,
        upstream: Option<MockOpenAi>,
    ) -> Result<Self, TargetError> {
        Ok(Self {
            bridge: Mutex::new(bridge),
            upstream,
            wire: Wire::new(spec.limits)?,
            scim_url,
            scim_token,
            admin_key,
            scim_only: spec.scim_only,
            ready_within: spec.ready_within,
            durable: spec.durable,
            down: tokio::sync::RwLock::new(()),
            kills: AtomicU64::new(0),
        })
    }

    /// The SCIM base with its path and without a trailing slash: `http://127.0.0.1:41873/scim/v2`.
    pub fn scim_url(&self) -> &str {
        &self.scim_url
    }

    /// The bearer token that the bridge accepts. A secret.
    pub fn scim_token(&self) -> &str {
        &self.scim_token
    }

    /// The key that the upstream accepts, if it is a particular one. A secret.
    pub fn admin_key(&self) -> Option<&str> {
        self.admin_key.as_deref()
    }

    /// The upstream, unless there is none to look at.
    pub fn upstream(&self) -> Option<&MockOpenAi> {
        self.upstream.as_ref().filter(|_| !self.scim_only)
    }

    /// The client to talk to the bridge with.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// How the bridge ended, if it has: `the bridge exited with status 1`. Unknown of a bridge that we did not start.
    pub fn exited(&mut self) -> Option<String> {
        match self.bridge.get_mut().unwrap_or_else(PoisonError::into_inner) {
            Bridge::Embedded(embedded) => embedded.exited(),
            Bridge::InProcess(bridge) => bridge.exited(),
            Bridge::Command(process, _) => process.exited(),
            Bridge::Elsewhere => None,
            Bridge::Down => Some("the bridge was killed and could not be started again".to_owned()),
        }
    }

    /// Whether it can be killed and started again with its state.
    pub fn can_be_killed(&self) -> bool {
        match &*self.bridge() {
            Bridge::Embedded(embedded) => embedded.can_be_killed(),
            Bridge::Command(..) => self.durable,
            Bridge::InProcess(_) | Bridge::Elsewhere | Bridge::Down => false,
        }
    }

    /// Kills the bridge without a warning, in the middle of whatever it does, and starts it again with the state it left.
    /// Returns when it answers. Requests wait meanwhile ([`Rig::is_up`]).
    ///
    /// # Errors
    /// When it does not start again, or does not answer in time.
    pub async fn kill(&self) -> Result<(), TargetError> {
        let _down = self.down.write().await;
        self.kills.fetch_add(1, Ordering::SeqCst);
        let bridge = std::mem::replace(&mut *self.bridge(), Bridge::Down);
        let again = match bridge {
            Bridge::Embedded(embedded) => Bridge::Embedded(embedded.kill_and_start().await?),
            Bridge::Command(process, place) => {
                let process = command::kill_and_start(process, &place).await?;
                Bridge::Command(process, place)
            }
            Bridge::InProcess(bridge) => Bridge::InProcess(bridge),
            Bridge::Elsewhere => Bridge::Elsewhere,
            Bridge::Down => Bridge::Down,
        };
        *self.bridge() = again;
        Ok(())
    }

    /// Returns when the bridge is not down on purpose.
    pub async fn is_up(&self) {
        let _up = self.down.read().await;
    }

    /// How often it was killed.
    pub fn kills(&self) -> u64 {
        self.kills.load(Ordering::SeqCst)
    }

    fn bridge(&self) -> MutexGuard<'_, Bridge> {
        self.bridge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the bridge wrote to its output since `mark`, redacted; the last 400 lines at most.
    pub fn output_since(&self, mark: OutputMark) -> Vec<String> {
        match &*self.bridge() {
            Bridge::Command(process, _) => process.output().since(mark),
            Bridge::Embedded(_) | Bridge::InProcess(_) | Bridge::Elsewhere | Bridge::Down => Vec::new(),
        }
    }

    /// Where the output is now.
    pub fn output_mark(&self) -> OutputMark {
        match &*self.bridge() {
            Bridge::Command(process, _) => process.output().mark(),
            Bridge::Embedded(_) | Bridge::InProcess(_) | Bridge::Elsewhere | Bridge::Down => OutputMark::default(),
        }
    }

    /// Ends the bridge, then its upstream. Takes 3 s at most.
    pub async fn end(self) {
        match self.bridge.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Bridge::Embedded(embedded) => embedded.end().await,
            Bridge::InProcess(bridge) => bridge.end().await,
            Bridge::Command(process, _) => process.end().await,
            Bridge::Elsewhere | Bridge::Down => {}
        }
        if let Some(upstream) = self.upstream {
            upstream.shutdown().await;
        }
    }

    /// How long a bridge may take until it is ready.
    pub(crate) fn ready_within(&self) -> Duration {
        self.ready_within
    }

    /// Whether we started it ourselves, so that its token is ours too.
    pub(crate) fn is_ours(&self) -> bool {
        !matches!(*self.bridge(), Bridge::Elsewhere)
    }

    /// The end of the bridge's output on one line, if it is a command.
    pub(crate) fn last_output(&self) -> Option<String> {
        match &*self.bridge() {
            Bridge::Command(process, _) => Some(process.output().tail()),
            Bridge::Embedded(_) | Bridge::InProcess(_) | Bridge::Elsewhere | Bridge::Down => None,
        }
    }

    /// `text` without token and key.
    pub(crate) fn redact(&self, text: &str) -> String {
        Secrets::new([Some(&self.scim_token), self.admin_key.as_ref()].into_iter().flatten()).redact(text)
    }
}

impl fmt::Debug for Rig {
    /// Without token and key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rig")
            .field("scim_url", &self.scim_url)
            .field("upstream", &self.upstream.as_ref().map(MockOpenAi::openai_base_url))
            .finish_non_exhaustive()
    }
}
