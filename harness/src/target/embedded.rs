//! The reference bridge inside this process: the target when none is named, and the one a newcomer sees first.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::address::BasePath;
use super::rig::{Bridge, Rig};
use super::{TargetError, TargetSpec};

/// How long it may take to end by itself.
const END_WITHIN: Duration = Duration::from_secs(2);

/// A bridge that runs as a task.
pub(super) struct Embedded {
    /// Dropping it tells the bridge to end. The task is never aborted: it has tasks of its own to end.
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), reference_bridge::Error>>,
    exit: Option<String>,
}

/// Starts the upstream and the bridge.
pub(super) async fn raise(spec: &TargetSpec, worker: usize, base_path: &BasePath) -> Result<Rig, TargetError> {
    let token = spec.token_or_new();
    let key = spec.key_or_new();
    let upstream = spec.upstream(worker, &key).await?;
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(|error| TargetError::ours("listen for the embedded bridge", &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| TargetError::ours("listen for the embedded bridge", &error))?;

    let settings = reference_bridge::Settings {
        openai_base_url: upstream.openai_base_url(),
        openai_admin_key: key.clone().into(),
        scim_token: token.clone().into(),
        state_dir: None,
        base_path: base_path.to_string(),
        // Upstream is on loopback, so a hang is known soon and nobody has to wait for it.
        upstream_timeout: Duration::from_millis(700),
        poll_interval: Duration::from_millis(50),
        poll_calls_per_minute: 1_500,
        // Short, so that upstream's 429 reaches the identity provider.
        throttle_wait: Duration::from_millis(100),
        faults: spec.faults,
        variants: spec.variants,
        ..reference_bridge::Settings::default()
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(reference_bridge::serve(listener, settings, async {
        let _ = stopped.await;
    }));
    let embedded = Embedded {
        stop: Some(stop),
        task,
        exit: None,
    };
    let scim_url = format!("http://{address}{base_path}");
    Rig::new(
        spec,
        scim_url,
        token,
        Some(key),
        Bridge::Embedded(embedded),
        Some(upstream),
    )
}

impl Embedded {
    /// How it ended, if it has.
    pub(super) fn exited(&mut self) -> Option<String> {
        if self.exit.is_none()
            && let Poll::Ready(end) = Pin::new(&mut self.task).poll(&mut Context::from_waker(Waker::noop()))
        {
            self.exit = Some(match end {
                Ok(Ok(())) => "the embedded bridge ended".to_owned(),
                Ok(Err(error)) => format!("the embedded bridge ended: {error}"),
                Err(panic) => format!("the embedded bridge ended: {panic}"),
            });
        }
        self.exit.clone()
    }

    /// Asks it to end, and waits.
    pub(super) async fn end(mut self) {
        self.stop = None;
        if self.exit.is_none() {
            let _ = tokio::time::timeout(END_WITHIN, &mut self.task).await;
        }
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded")
            .field("exit", &self.exit)
            .finish_non_exhaustive()
    }
}
