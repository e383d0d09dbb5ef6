//! Connections: accepted, read, answered, and broken where a fault says so.

use std::future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Shared;
use super::patience::{Pulse, within};
use super::wire::{Reply, Reset, Wire};
use crate::message::{Answer, Reaction, Request};
use crate::org::MAX_BODY;

/// How long the accept loop rests when the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a connection may take over the head of a request, waiting for it included. Longer
/// than the 90 s for which common clients keep idle connections, so that they close first and
/// never write into a connection that is just being closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a request body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Where hyper stops to buffer the head of a request, give or take one read, and answers 431.
const MAX_HEAD: usize = 64 << 10;

/// How much of a body is read and thrown away before its sender is told that it is too large.
/// Answering earlier would reset the connection under a client that is still writing.
const MAX_DISCARDED: usize = 64 << 20;

/// Accepts connections for ever; those that are open end with it.
pub(super) async fn accept<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    serve: impl Fn(TcpStream) -> F,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // An answer is one write; waiting for more would only delay it.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(stream));
                }
                // Out of file descriptors, or a client that left in the queue. Both pass.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection of the Admin API.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let (reset, pulse) = (Reset::default(), Pulse::default());
    let io = TokioIo::new(Wire::new(stream, reset.clone()));
    let service = service_fn(|request| {
        let serving = pulse.beat();
        let answer = respond(&shared, &reset, request);
        answer.inspect(move |_| drop(serving))
    });
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD)
        .serve_connection(io, service);
    // A client that leaves early or speaks no HTTP is its own problem.
    within(HEAD_TIMEOUT, &pulse, connection).await;
}

/// One connection of the management API.
pub(super) async fn manage(stream: TcpStream, router: Router) {
    let service = TowerToHyperService::new(router);
    let io = TokioIo::new(Wire::new(stream, Reset::default()));
    // Its answers may go on for long, so the patience is hyper's: with heads only.
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD);
    let _ = http.serve_connection(io, service).await;
}

async fn respond(
    shared: &Shared,
    reset: &Reset,
    request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<Reply>> {
    let (head, body) = request.into_parts();
    let request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: read(body).await?,
    };
    let (reaction, unsaved) = shared.handle(&request);
    if let Some(unsaved) = unsaved {
        // Without an answer nobody takes it for done.
        unsaved.saved().await?;
    }
    match reaction {
        Reaction::Answer { answer, delay } => {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            response(answer, |body| Reply::Whole(Some(body)))
        }
        Reaction::Half(answer) => response(answer, |body| Reply::half(&body)),
        // hyper notices when the client leaves, and drops this then.
        Reaction::Hang => future::pending().await,
        Reaction::Reset => {
            reset.set();
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
}

/// The whole body; of one that is too large only as much as shows that it is.
async fn read(mut body: Incoming) -> io::Result<Bytes> {
    // A small body has mostly come with the head: no timer for that.
    let Some(first) = body.frame().now_or_never() else {
        return read_on(body, Bytes::new()).await;
    };
    match first.transpose().map_err(io::Error::other)?.map(Frame::into_data) {
        Some(Ok(data)) if body.is_end_stream() => Ok(data),
        Some(Ok(data)) => read_on(body, data).await,
        Some(Err(_)) | None => Ok(Bytes::new()),
    }
}

async fn read_on(mut body: Incoming, first: Bytes) -> io::Result<Bytes> {
    let rest = async {
        let mut length = first.len();
        let mut kept = BytesMut::from(first);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(io::Error::other)?.into_data() else {
                continue;
            };
            length = length.saturating_add(data.len());
            let room = (MAX_BODY + 1).saturating_sub(kept.len());
            kept.extend_from_slice(&data[..data.len().min(room)]);
            if length > MAX_DISCARDED {
                break;
            }
        }
        Ok(kept.freeze())
    };
    tokio::time::timeout(BODY_TIMEOUT, rest).await?
}

fn response(answer: Answer, reply: impl FnOnce(Bytes) -> Reply) -> io::Result<hyper::Response<Reply>> {
    let mut response = hyper::Response::new(reply(answer.body));
    *response.status_mut() = http::StatusCode::from_u16(answer.status).map_err(io::Error::other)?;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
