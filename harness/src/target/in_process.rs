//! A bridge that a Rust test serves inside this process. It gets a runtime of its own, so that everything it has started,
//! connections included, ends with it.

use std::fmt;
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::address::BasePath;
use super::rig::{Bridge, Rig};
use super::{TargetError, TargetSpec};

/// How long its tasks may take to end.
const END_WITHIN: Duration = Duration::from_secs(2);

/// What a bridge is given: the same as a command finds in its environment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Environment {
    /// Where identity providers come in: a free port of 127.0.0.1.
    pub listener: TcpListener,
    /// OpenAI: `http://127.0.0.1:39211/v1`.
    pub openai_base_url: String,
    /// The key for it. A secret.
    pub openai_admin_key: String,
    /// The bearer token that identity providers present. A secret.
    pub scim_token: String,
}

/// Serves a bridge until it is dropped. Two are the same if they are clones of one.
#[derive(Clone)]
pub struct Server(Arc<Serve>);

type Serve = dyn Fn(Environment) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

impl Server {
    /// A bridge that is served by what `serve` returns.
    pub fn new<F>(serve: impl Fn(Environment) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move |environment| Box::pin(serve(environment))))
    }
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Server {}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

/// A bridge that runs.
pub(super) struct InProcess {
    /// Always there until it ends.
    runtime: Option<Runtime>,
    task: JoinHandle<Result<(), std::io::Error>>,
    exit: Option<String>,
}

/// Starts the upstream and the bridge.
pub(super) async fn raise(
    spec: &TargetSpec,
    server: &Server,
    worker: usize,
    base_path: &BasePath,
) -> Result<Rig, TargetError> {
    let (token, key) = (spec.token_or_new(), spec.key_or_new());
    let upstream = spec.upstream(worker, &key).await?;
    let (listener, address) = super::embedded::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("bridge")
        .enable_all()
        .build()
        .map_err(|error| TargetError::ours("make a runtime for the bridge", &error))?;
    let (serve, openai_base_url) = (Arc::clone(&server.0), upstream.openai_base_url());
    let (scim_token, openai_admin_key) = (token.clone(), key.clone());
    let task = runtime.spawn(async move {
        let environment = Environment {
            listener: TcpListener::from_std(listener)?,
            openai_base_url,
            openai_admin_key,
            scim_token,
        };
        serve(environment).await;
        Ok(())
    });
    let bridge = Bridge::InProcess(InProcess {
        runtime: Some(runtime),
        task,
        exit: None,
    });
    let scim_url = format!("http://{address}{base_path}");
    Rig::new(spec, scim_url, token, Some(key), bridge, Some(upstream))
}

impl InProcess {
    /// How it ended, if it has.
    pub(super) fn exited(&mut self) -> Option<String> {
        if self.exit.is_none()
            && let Poll::Ready(end) = Pin::new(&mut self.task).poll(&mut Context::from_waker(Waker::noop()))
        {
            self.exit = Some(match end {
                Ok(Ok(())) => "the future that serves the bridge has ended".to_owned(),
                Ok(Err(error)) => format!("the bridge could not be given a listener: {error}"),
                Err(error) => format!("the bridge broke off: {error}"),
            });
        }
        self.exit.clone()
    }

    /// Ends it and everything it has started.
    pub(super) async fn end(mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not be waited for where others run.
            _ = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(END_WITHIN)).await;
        }
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
