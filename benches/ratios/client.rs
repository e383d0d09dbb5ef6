//! A server as a process, and requests to it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::serve::{Server, email};
use crate::{process, unknown};

/// Requests until a server is in the middle of its day: the mock's journal is full then, and takes no new memory;
/// so is its audit log, if the requests change something.
pub(crate) const WARM_UP: usize = 110_000;

/// Connections at a time: as many as keep a server busy, so that what is measured is its work and not its waking up.
pub(crate) const CONNECTIONS: usize = 32;

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
    ids: Vec<String>,
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

    /// Sends requests, each with a number of its own: one over each connection, then all answers.
    pub(crate) fn send(&mut self, work: Work, count: usize) -> io::Result<()> {
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            connections.push(BufReader::new(stream));
        }
        let numbers: Vec<usize> = (self.sent..self.sent + count).collect();
        self.sent += count;
        for round in numbers.chunks(CONNECTIONS) {
            for (connection, number) in connections.iter_mut().zip(round) {
                connection.get_mut().write_all(self.request(work, *number).as_bytes())?;
            }
            // The last one first: whoever waits for each answer falls asleep between those of a slow server, which
            // then pays for waking it up, and those of a fast server not.
            for connection in connections[..round.len()].iter_mut().rev() {
                read_answer(connection)?;
            }
        }
        Ok(())
    }

    fn request(&self, work: Work, number: usize) -> String {
        // Jumps about: what was asked for lately would be in the cache.
        let somebody = number * 7_919;
        let id = || {
            self.ids
                .get(somebody % self.ids.len().max(1))
                .map_or("", String::as_str)
        };
        let (line, body) = match work {
            Work::Invite => {
                let body = format!(r#"{{"email":"person{number}@example.com","role":"reader"}}"#);
                ("POST /v1/organization/invites".to_owned(), body)
            }
            Work::FirstPage => ("GET /v1/organization/users?limit=20".to_owned(), String::new()),
            Work::Page => {
                let line = format!("GET /v1/organization/users?limit=20&after={}", id());
                (line, String::new())
            }
            Work::Emails => {
                let email = email(somebody % self.users).replace('@', "%40");
                (
                    format!("GET /v1/organization/users?emails%5B%5D={email}"),
                    String::new(),
                )
            }
            Work::Delete => (format!("DELETE /v1/organization/users/{}", id()), String::new()),
        };
        let content = match body.len() {
            0 => String::new(),
            length => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
        };
        format!("{line} HTTP/1.1\r\n{HEADERS}{content}\r\n{body}")
    }
}

const HEADERS: &str = "host: 127.0.0.1\r\naccept: application/json\r\nuser-agent: ratios\r\n\
                       authorization: Bearer sk-admin-0123456789abcdef\r\n";

/// Reads an answer and sees to it that it is one.
fn read_answer(connection: &mut BufReader<TcpStream>) -> io::Result<()> {
    let (mut head, mut line, mut length) = (String::new(), String::new(), 0);
    loop {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    if head.starts_with("HTTP/1.1 200 ") && length > 0 {
        return Ok(());
    }
    Err(io::Error::other(format!("{head}{}", String::from_utf8_lossy(&body))))
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends with its standard input.
        let _ = self.process.wait();
    }
}
