//! Servers for tests that do what no server should. Raw sockets, so that a test sees every byte that was sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// What to do with a connection whose first request has been read.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Send these bytes and close.
    Say(Vec<u8>),
    /// Answer each path (as in the request line, without query) with these bytes; others with 404.
    Paths(Vec<(&'static str, Vec<u8>)>),
    /// Answer the first request with the first of these, the next with the next, and so on with the last.
    InTurn(Vec<Vec<u8>>),
    /// Send these bytes, then one more every few milliseconds, for ever.
    Drip(Vec<u8>),
    /// Send these bytes, then zeros for as long as anybody takes them.
    Flood(Vec<u8>),
    /// Send these bytes, then reset the connection.
    Reset(Vec<u8>),
    /// Send nothing and keep the connection.
    Silence,
}

/// A server that runs until it is dropped.
pub(crate) struct Hostile {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Hostile {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(talk(stream, manner.clone(), Arc::clone(&log)));
            }
        });
        Self { address, heard, task }
    }

    pub(crate) async fn saying(answer: impl AsRef<[u8]>) -> Self {
        Self::start(Manner::Say(answer.as_ref().to_vec())).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, byte by byte, bodies included.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A port where nobody listens and, as long as this is held, nobody else can.
pub(crate) struct Closed {
    pub(crate) address: SocketAddr,
    _socket: TcpSocket,
}

impl Closed {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            _socket: socket,
        }
    }
}

/// A response with a length.
pub(crate) fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

async fn talk(mut stream: TcpStream, manner: Manner, log: Arc<Mutex<Vec<String>>>) {
    let request = read_request(&mut stream).await;
    let path = request.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
    let turn = {
        let mut log = log.lock().unwrap();
        log.push(request);
        log.len() - 1
    };
    // The client may leave at any time; that is not this server's concern.
    let _ = match manner {
        Manner::Say(bytes) => stream.write_all(&bytes).await,
        Manner::Paths(answers) => {
            let known = answers.into_iter().find(|(known, _)| *known == path);
            let not_found = || response("404 Not Found", "", "nothing here");
            stream
                .write_all(&known.map_or_else(not_found, |(_, bytes)| bytes))
                .await
        }
        Manner::InTurn(answers) => stream.write_all(&answers[turn.min(answers.len() - 1)]).await,
        Manner::Drip(bytes) => drip(&mut stream, &bytes).await,
        Manner::Flood(bytes) => flood(&mut stream, &bytes).await,
        Manner::Reset(bytes) => {
            let _ = stream.write_all(&bytes).await;
            // Closing with unread input pending, or with a linger of zero, sends RST.
            stream.set_zero_linger()
        }
        Manner::Silence => {
            let _ = stream.read(&mut [0; 1]).await;
            Ok(())
        }
    };
}

async fn drip(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        stream.write_all(b" ").await?;
    }
}

async fn flood(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    let zeros = vec![b'0'; 64 * 1024];
    loop {
        stream.write_all(&zeros).await?;
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some(head) = text.find("\r\n\r\n") {
            let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= head + 4 + length {
                return text.into_owned();
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&bytes).into_owned(),
            // A TLS handshake: there will be no request.
            Ok(_) if chunk[0] == 0x16 => return String::new(),
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    }
}
