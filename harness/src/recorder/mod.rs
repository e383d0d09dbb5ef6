//! The recorder: stands between an identity provider and a bridge, passes everything on, and writes down what it saw.
//!
//! Bodies stream both ways; what is kept of them has a limit, what is passed on has none. Nothing is kept before
//! [`Cleaner`](crate::recording::secret::Cleaner) has taken the secrets out. What an exchange was is in the spool before the end
//! of its answer is on the way to the identity provider. What becomes of a spool is [`crate::recording`]'s affair.

mod forward;
mod pending;
mod spool_file;
mod tap;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

pub use forward::{Bridge, BridgeError};
use spool_file::SpoolFile;

/// Most connections at a time; whoever comes then waits.
const CONNECTIONS_MAX: usize = 1024;
/// How long the head of a request may take, waiting for it on an open connection included.
const HEAD_WITHIN: Duration = Duration::from_secs(120);
/// How long requests that are under way may take when the recording is ended.
const GRACE: Duration = Duration::from_secs(5);
/// How long the accept loop rests when the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How to record.
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the bridge is.
    pub bridge: Bridge,
    /// The spool to write; it must not be there yet.
    pub spool: PathBuf,
    /// When the recording begins, such as `2026-11-22T18:53:35Z`.
    pub began: String,
    /// Most bytes of a body that are kept.
    pub body_limit: usize,
    /// Hears about every exchange, and about trouble, in a line without secrets.
    pub tell: Box<dyn Fn(&str) + Send + Sync>,
}

/// A recorder that listens, and serves once it is told to.
pub struct Recorder {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// What all connections share.
struct Shared {
    bridge: Bridge,
    client: forward::Client,
    spool: SpoolFile,
    body_limit: usize,
    began: Instant,
}

impl Shared {
    /// Milliseconds since the recording began.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// How a recording ended.
#[derive(Debug)]
pub struct Recorded {
    /// How many exchanges were written down.
    pub exchanges: usize,
    /// Why no more were, if something stopped it.
    pub trouble: Option<io::Error>,
}

impl Recorder {
    /// Listens, and begins the spool.
    ///
    /// # Errors
    /// The address is taken, or the spool cannot be made.
    pub async fn bind(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {}: {error}", settings.listen)))?;
        let spool = SpoolFile::create(&settings.spool, &settings.began, settings.tell)?;
        let shared = Shared {
            bridge: settings.bridge,
            client: forward::client(),
            spool,
            body_limit: settings.body_limit,
            began: Instant::now(),
        };
        Ok(Self {
            listener,
            shared: Arc::new(shared),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Passes on and records until `stop` says so; what is under way then has a few seconds to end.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) -> Recorded {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        loop {
            let place = Arc::clone(&places).acquire_owned();
            // Nothing is lost when this is given up half way: a place is free again, and nobody was accepted.
            let next = async {
                let place = place.await;
                (self.listener.accept().await, place)
            };
            tokio::select! {
                _ = stop.changed() => break,
                (accepted, place) = next => match accepted {
                    Ok((stream, _)) => {
                        let connection = connection(stream, Arc::clone(&self.shared), stop.clone());
                        connections.spawn(async move {
                            connection.await;
                            drop(place);
                        });
                    }
                    // Out of file descriptors, or a client that left in the queue. Both pass.
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
        let all = async { while connections.join_next().await.is_some() {} };
        // What does not end by then is dropped, and written down as it is.
        _ = tokio::time::timeout(GRACE, all).await;
        connections.shutdown().await;
        self.shared.spool.end()
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    _ = stream.set_nodelay(true);
    let service = service_fn(|request| forward::pass_on(Arc::clone(&shared), request));
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .preserve_header_case(true)
            .serve_connection(TokioIo::new(stream), service)
    );
    // A client that leaves early or speaks no HTTP is its own problem.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.changed() => connection.as_mut().graceful_shutdown(),
    }
    _ = connection.await;
}
