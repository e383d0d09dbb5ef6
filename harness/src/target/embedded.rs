//! The reference bridge inside this process: the target when none is named, and the one a newcomer sees first.

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::address::BasePath;
use super::rig::{Bridge, Rig};
use super::{TargetError, TargetSpec};

/// How long it may take to end by itself.
const END_WITHIN: Duration = Duration::from_secs(2);

/// What the bridge does with its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Forgets it when it ends: quick, and enough for a bridge that is not killed.
    InMemory,
    /// Keeps it in a folder of its own.
    OnDisk,
}

/// A bridge that runs as a task.
pub(super) struct Embedded {
    /// Dropping it tells the bridge to end. The task is never aborted: it has tasks of its own to end.
    stop: Option<oneshot::Sender<()>>,
    task: Task,
    exit: Option<String>,
    /// There is one if it can be killed.
    durable: Option<Durable>,
}

/// What it takes to kill a bridge inside this process: a runtime of its own that can be dropped at any moment, with every
/// task and connection of the bridge, and the folder that its state stays in. Nothing of the bridge runs to its end then;
/// only what it had given to its writer is written, as an operating system would write what a dead process had given to it.
struct Durable {
    runtime: Runtime,
    state_dir: TempDir,
    settings: reference_bridge::Settings,
    address: SocketAddr,
}

/// Starts the upstream and the bridge.
pub(super) async fn raise(
    spec: &TargetSpec,
    worker: usize,
    base_path: &BasePath,
    keeping: Keeping,
) -> Result<Rig, TargetError> {
    let token = spec.token_or_new();
    let key = spec.key_or_new();
    let upstream = spec.upstream(worker, &key).await?;
    let settings = reference_bridge::Settings {
        openai_base_url: upstream.openai_base_url(),
        openai_admin_key: key.clone().into(),
        scim_token: token.clone().into(),
        state_dir: None,
        base_path: base_path.to_string(),
        // Upstream is on loopback, so a hang is known soon and nobody has to wait for it.
        upstream_timeout: Duration::from_millis(700),
        poll_interval: Duration::from_millis(50),
        // Upstream is ours: whole companies accept at once, and a poller that has used up its minute would be silent.
        poll_calls_per_minute: 60_000,
        throttle_wait: spec.throttle_wait,
        faults: spec.faults,
        variants: spec.variants,
        ..reference_bridge::Settings::default()
    };
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (embedded, address) = match keeping {
        Keeping::InMemory => {
            let (listener, address) = listen(any)?;
            let (stop, task) = spawn(&Handle::current(), listener, settings);
            let embedded = Embedded {
                stop: Some(stop),
                task,
                exit: None,
                durable: None,
            };
            (embedded, address)
        }
        Keeping::OnDisk => {
            let state_dir = tempfile::Builder::new().prefix("proofload-").tempdir();
            let state_dir =
                state_dir.map_err(|error| TargetError::ours("make a folder for the bridge's state", &error))?;
            let settings = reference_bridge::Settings {
                state_dir: Some(state_dir.path().to_owned()),
                ..settings
            };
            let embedded = Embedded::durable(state_dir, settings, any)?;
            let address = embedded.durable.as_ref().map_or(any, |durable| durable.address);
            (embedded, address)
        }
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

type Task = JoinHandle<Result<(), reference_bridge::Error>>;

/// Serves in a runtime until the sender is dropped.
fn spawn(
    runtime: &Handle,
    listener: std::net::TcpListener,
    settings: reference_bridge::Settings,
) -> (oneshot::Sender<()>, Task) {
    let (stop, stopped) = oneshot::channel::<()>();
    let task = runtime.spawn(async move {
        let listener = TcpListener::from_std(listener)?;
        let stopped = async {
            let _ = stopped.await;
        };
        reference_bridge::serve(listener, settings, stopped).await
    });
    (stop, task)
}

pub(super) fn listen(address: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), TargetError> {
    let ours = |error: &std::io::Error| TargetError::ours("listen for the embedded bridge", error);
    let listener = std::net::TcpListener::bind(address).map_err(|error| ours(&error))?;
    listener.set_nonblocking(true).map_err(|error| ours(&error))?;
    let address = listener.local_addr().map_err(|error| ours(&error))?;
    Ok((listener, address))
}

impl Embedded {
    /// One that can be killed.
    fn durable(
        state_dir: TempDir,
        settings: reference_bridge::Settings,
        address: SocketAddr,
    ) -> Result<Self, TargetError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("embedded-bridge")
            .enable_all()
            .build()
            .map_err(|error| TargetError::ours("make a runtime for the embedded bridge", &error))?;
        let (listener, address) = listen(address)?;
        let (stop, task) = spawn(runtime.handle(), listener, settings.clone());
        Ok(Self {
            stop: Some(stop),
            task,
            exit: None,
            durable: Some(Durable {
                runtime,
                state_dir,
                settings,
                address,
            }),
        })
    }

    /// Whether it keeps its state, so that it can be killed.
    pub(super) fn can_be_killed(&self) -> bool {
        self.durable.is_some()
    }

    /// Ends it in the middle of whatever it does, and starts it again with the state that it left.
    pub(super) async fn kill_and_start(mut self) -> Result<Self, TargetError> {
        let Some(durable) = self.durable.take() else {
            return Ok(self);
        };
        let Durable {
            runtime,
            state_dir,
            settings,
            address,
        } = durable;
        // Waits until the last task is gone, so that nobody holds the state file any more.
        let gone = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(END_WITHIN));
        let _ = gone.await;
        Self::durable(state_dir, settings, address)
    }

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

impl Drop for Embedded {
    fn drop(&mut self) {
        // A runtime may not be waited for where others run.
        if let Some(durable) = self.durable.take() {
            durable.runtime.shutdown_background();
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
