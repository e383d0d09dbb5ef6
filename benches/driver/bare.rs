//! The least that a client can do: hyper's connections, one request after the other on each, the answer read to its end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::CONNECTIONS;
use crate::server::{Recorded, Sent, recorded};

pub(crate) fn run(address: &str, requests: usize) -> io::Result<()> {
    let Recorded { look_up, create } = recorded(address)?;
    // As many threads as ours has.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let pair = Arc::new([look_up, create]);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..CONNECTIONS {
            let (pair, next, address) = (Arc::clone(&pair), Arc::clone(&next), address.to_owned());
            workers.push(tokio::spawn(work(address, pair, next, requests)));
        }
        for worker in workers {
            worker.await.map_err(io::Error::other)??;
        }
        Ok(())
    })
}

async fn work(address: String, pair: Arc<[Sent; 2]>, next: Arc<AtomicUsize>, requests: usize) -> io::Result<()> {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= requests {
            return Ok(());
        }
        let sent = &pair[number % 2];
        let mut request = Request::builder().method(sent.method.as_str()).uri(&sent.target);
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(Bytes::from(sent.body.clone())))
            .map_err(io::Error::other)?;
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = response.status();
        response.into_body().collect().await.map_err(io::Error::other)?;
        if status != StatusCode::OK && status != StatusCode::CREATED {
            return Err(io::Error::other(status.to_string()));
        }
    }
}
