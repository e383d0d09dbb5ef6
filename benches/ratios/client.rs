//! A server as a process, and requests to it.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::serve::{Server, email};
use crate::{process, unknown};

/// Connections at a time.
pub(crate) const CONNECTIONS: usize = 8;

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    Invite,
    FirstPage,
    /// Behind a user who may be anywhere.
    Page,
    Emails,
    Delete,
}

impl Work {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Invite => "POST invites",
            Self::FirstPage => "GET users?limit=20",
            Self::Page => "GET users?limit=20&after=",
            Self::Emails => "GET users?emails[]=",
            Self::Delete => "DELETE users/{user_id}",
        }
    }
}

/// A server in a process of its own; it ends with this.
pub(crate) struct Running {
    process: Child,
    address: SocketAddr,
    users: usize,
    ids: Arc<[String]>,
    sent: usize,
}

impl Running {
    pub(crate) fn start(server: Server, users: usize) -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--serve", server.name(), &users.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let mut words = line.split_whitespace();
        let address = words.next().and_then(|word| word.parse().ok());
        let address = address.ok_or_else(|| unknown(server.name()))?;
        let ids = words.map(str::to_owned).collect();
        Ok(Self {
            process,
            address,
            users,
            ids,
            sent: 0,
        })
    }

    /// Microseconds of CPU a request.
    pub(crate) fn cost(&mut self, work: Work, requests: usize) -> io::Result<f64> {
        let before = process::cpu(self.process.id())?;
        self.send(work, requests)?;
        let after = process::cpu(self.process.id())?;
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let requests = requests as f64;
        Ok(after.saturating_sub(before).as_secs_f64() * 1e6 / requests)
    }

    /// Resident bytes.
    pub(crate) fn resident(&self) -> io::Result<u64> {
        process::resident(self.process.id())
    }

    /// Sends requests over several connections at a time, each with a number of its own.
    pub(crate) fn send(&mut self, work: Work, count: usize) -> io::Result<()> {
        let numbers = self.sent..self.sent + count;
        self.sent += count;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connections = tokio::task::JoinSet::new();
            for place in 0..CONNECTIONS {
                let numbers = numbers.clone().skip(place).step_by(CONNECTIONS);
                let (address, users, ids) = (self.address, self.users, Arc::clone(&self.ids));
                connections.spawn(async move {
                    let mut sender = connect(address).await?;
                    for number in numbers {
                        exchange(&mut sender, request(work, number, users, &ids)?).await?;
                    }
                    io::Result::Ok(())
                });
            }
            while let Some(outcome) = connections.join_next().await {
                outcome??;
            }
            Ok(())
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends with its standard input.
        let _ = self.process.wait();
    }
}

async fn connect(address: SocketAddr) -> io::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn exchange(sender: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> io::Result<()> {
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes();
    if status.is_success() && !body.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "answered {status}: {}",
        String::from_utf8_lossy(&body)
    )))
}

fn request(work: Work, number: usize, users: usize, ids: &[String]) -> io::Result<Request<Full<Bytes>>> {
    // Jumps about: what was asked for lately would be in the cache.
    let somebody = number * 7_919;
    let id = || ids.get(somebody % ids.len().max(1)).map_or("", String::as_str);
    let request = Request::builder()
        .header("host", "127.0.0.1")
        .header("accept", "application/json")
        .header("user-agent", "ratios")
        .header("authorization", "Bearer sk-admin-0123456789abcdef");
    let request = match work {
        Work::Invite => request
            .method("POST")
            .uri("/v1/organization/invites")
            .header("content-type", "application/json")
            .body(Full::from(format!(
                r#"{{"email":"person{number}@example.com","role":"reader"}}"#
            ))),
        Work::FirstPage => request.uri("/v1/organization/users?limit=20").body(Full::default()),
        Work::Page => request
            .uri(format!("/v1/organization/users?limit=20&after={}", id()))
            .body(Full::default()),
        Work::Emails => {
            let email = email(somebody % users).replace('@', "%40");
            let uri = format!("/v1/organization/users?emails%5B%5D={email}");
            request.uri(uri).body(Full::default())
        }
        Work::Delete => request
            .method("DELETE")
            .uri(format!("/v1/organization/users/{}", id()))
            .body(Full::default()),
    };
    request.map_err(io::Error::other)
}
