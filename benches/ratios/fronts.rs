//! CPU a request of each server, over real sockets, in turns.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::process;
use crate::serve::Server;
use crate::{Spread, unknown};

const TURNS: usize = 9;
const CONNECTIONS: usize = 8;
const WARM_UP: usize = 1_000;
const REQUESTS: usize = 12_000;

#[derive(Clone, Copy)]
enum Work {
    Invite,
    List,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Invite => "POST invites",
            Self::List => "GET users?limit=20",
        }
    }
}

pub(crate) fn measure(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "CPU a request in µs, {TURNS} turns of {REQUESTS} requests over {CONNECTIONS} connections"
    )?;
    for work in [Work::Invite, Work::List] {
        let mut cost: Vec<[f64; 3]> = Vec::new();
        for _ in 0..TURNS {
            let mut turn = [0.0; 3];
            for (place, server) in Server::ALL.into_iter().enumerate() {
                turn[place] = cost_of(server, work)?;
            }
            cost.push(turn);
        }
        writeln!(out, "  {}", work.name())?;
        for (place, server) in Server::ALL.into_iter().enumerate() {
            let Spread { median, least, most } = Spread::of(cost.iter().map(|turn| turn[place]).collect());
            writeln!(
                out,
                "    {:<16}{median:>7.1}   [{least:.1} to {most:.1}]",
                server.name()
            )?;
        }
        let [bare, mock, wiremock] = [0, 1, 2];
        ratio(out, "mock-openai ÷ bare hyper", "at most 1.35", &cost, mock, bare)?;
        ratio(
            out,
            "wiremock front ÷ mock-openai",
            "at least 1.6",
            &cost,
            wiremock,
            mock,
        )?;
    }
    Ok(())
}

fn ratio(
    out: &mut impl Write,
    name: &str,
    wanted: &str,
    cost: &[[f64; 3]],
    above: usize,
    below: usize,
) -> io::Result<()> {
    let Spread { median, least, most } = Spread::of(cost.iter().map(|turn| turn[above] / turn[below]).collect());
    writeln!(
        out,
        "    {name:<30}{median:>6.2}   [{least:.2} to {most:.2}]   wanted: {wanted}"
    )
}

/// Microseconds of CPU a request, of a server that has just been started.
fn cost_of(server: Server, work: Work) -> io::Result<f64> {
    let mut child = Running::start(server)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        send(child.address, work, 0, WARM_UP).await?;
        let before = process::cpu(child.process.id())?;
        send(child.address, work, WARM_UP, REQUESTS).await?;
        let after = process::cpu(child.process.id())?;
        child.stop()?;
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let requests = REQUESTS as f64;
        Ok(after.saturating_sub(before).as_secs_f64() * 1e6 / requests)
    })
}

struct Running {
    process: Child,
    address: SocketAddr,
}

impl Running {
    fn start(server: Server) -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--serve", server.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().parse().map_err(|_| unknown(&line))?;
        Ok(Self { process, address })
    }

    fn stop(&mut self) -> io::Result<()> {
        drop(self.process.stdin.take());
        self.process.wait().map(|_| ())
    }
}

/// Sends `count` requests numbered from `first`, over several connections at a time.
async fn send(address: SocketAddr, work: Work, first: usize, count: usize) -> io::Result<()> {
    let mut connections = tokio::task::JoinSet::new();
    for place in 0..CONNECTIONS {
        let numbers = (first + place..first + count).step_by(CONNECTIONS);
        connections.spawn(async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
            tokio::spawn(connection);
            for number in numbers {
                exchange(&mut sender, request(work, number)?).await?;
            }
            io::Result::Ok(())
        });
    }
    while let Some(outcome) = connections.join_next().await {
        outcome??;
    }
    Ok(())
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

fn request(work: Work, number: usize) -> io::Result<Request<Full<Bytes>>> {
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
        Work::List => request.uri("/v1/organization/users?limit=20").body(Full::default()),
    };
    request.map_err(io::Error::other)
}
