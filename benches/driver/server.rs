//! What all clients talk to: this program again, with `--serve`. It answers from fixed texts, so fast that the client is what
//! is measured, and keeps the first look-up and the first create for the others to send again.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// What is presented. Any is taken.
pub(crate) const TOKEN: &str = "0123456789abcdef";

const NOBODY: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}"#;

/// A request, to be sent again as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What ours sent first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) look_up: Sent,
    pub(crate) create: Sent,
}

/// A server in a process of its own; it ends with this.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        let address = address.trim().to_owned();
        Ok(Self { process, address })
    }

    /// How many look-ups and creates have come.
    pub(crate) fn requests(&self) -> io::Result<usize> {
        get(&self.address, "/requests")?.parse().map_err(io::Error::other)
    }

    pub(crate) fn recorded(&self) -> io::Result<Recorded> {
        recorded(&self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends with its standard input.
        let _ = self.process.wait();
    }
}

/// What the server at this address has kept.
pub(crate) fn recorded(address: &str) -> io::Result<Recorded> {
    serde_json::from_str(&get(address, "/recorded")?).map_err(io::Error::other)
}

fn get(address: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[derive(Default)]
struct State {
    requests: AtomicUsize,
    look_up: Mutex<Option<Sent>>,
    create: Mutex<Option<Sent>>,
}

/// Says where it is, and serves until the end of standard input.
pub(crate) fn run() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        writeln!(io::stdout(), "{}", listener.local_addr()?)?;
        let state = Arc::new(State::default());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let state = Arc::clone(&state);
                let service = service_fn(move |request| answer(Arc::clone(&state), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
        Ok(())
    })
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let (status, text) = match (head.method.clone(), head.uri.path()) {
        (Method::GET, "/requests") => (200, state.requests.load(Ordering::Relaxed).to_string()),
        (Method::GET, "/recorded") => (200, state.recorded()),
        (Method::GET, "/scim/v2/Users") => {
            // What is asked before a run, to see whether somebody is here, does not count.
            if head.uri.query().is_some_and(|query| query.contains("filter=")) {
                state.take(&state.look_up, &head, &body);
            }
            (200, NOBODY.to_owned())
        }
        (Method::POST, "/scim/v2/Users") => {
            let number = state.take(&state.create, &head, &body);
            let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
            (
                201,
                format!(
                    r#"{{"schemas":["{schema}"],"id":"{number:08}","active":true,"meta":{{"resourceType":"User"}}}}"#
                ),
            )
        }
        _ => (404, String::new()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let scim = hyper::header::HeaderValue::from_static("application/scim+json");
    response.headers_mut().insert(CONTENT_TYPE, scim);
    Ok(response)
}

impl State {
    /// Counts a request and keeps the first.
    fn take(&self, place: &Mutex<Option<Sent>>, head: &hyper::http::request::Parts, body: &Bytes) -> usize {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        if number > 1_000 {
            return number;
        }
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        place.get_or_insert_with(|| Sent {
            method: head.method.to_string(),
            target: head.uri.to_string(),
            headers: head
                .headers
                .iter()
                .filter(|(name, _)| *name != hyper::header::CONTENT_LENGTH)
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        });
        number
    }

    fn recorded(&self) -> String {
        let one = |place: &Mutex<Option<Sent>>| place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let both = one(&self.look_up).zip(one(&self.create));
        let both = both.map(|(look_up, create)| Recorded { look_up, create });
        both.and_then(|both| serde_json::to_string(&both).ok())
            .unwrap_or_default()
    }
}
