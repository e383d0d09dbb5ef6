//! What passes the recorder, and what it writes down, over real sockets.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rstest::rstest;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::recording::seen::{Body, Seen};
use crate::recording::{Recording, spool};

/// A bridge that answers every connection with these bytes, and shows what it was sent.
struct Scripted {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Scripted {
    /// `endless` goes on with more and more of a chunked body.
    async fn new(answer: &'static str, endless: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let all = Arc::clone(&all);
                tokio::spawn(async move {
                    let request = message(&mut stream).await;
                    all.lock().unwrap().push(request);
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    while endless && stream.write_all(b"4\r\nmore\r\n").await.is_ok() {}
                });
            }
        });
        Self {
            address,
            heard,
            serving,
        }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().concat()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One message with its body, whose length is told.
async fn message(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.unwrap();
        text.extend_from_slice(&part[..length]);
        let shown = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = shown.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let wanted = lower
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
            if body.len() >= wanted {
                return shown;
            }
        }
        assert!(length > 0, "cut short: {shown}");
    }
}

/// A recorder that runs.
struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<Recorded>,
    spool: PathBuf,
    _dir: TempDir,
}

impl Running {
    async fn before(bridge: SocketAddr, body_limit: usize) -> Self {
        let dir = TempDir::new().unwrap();
        let spool = dir.path().join("x.spool");
        let recorder = Recorder::bind(Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            bridge: Bridge::parse(&format!("http://{bridge}/scim/v2")).unwrap(),
            spool: spool.clone(),
            began: "2026-11-22T18:53:35Z".to_owned(),
            body_limit,
            tell: Box::new(|_| {}),
        });
        let recorder = recorder.await.unwrap();
        let address = recorder.address().unwrap();
        let (stop, stopped) = watch::channel(false);
        Self {
            address,
            stop,
            serving: tokio::spawn(recorder.serve(stopped)),
            spool,
            _dir: dir,
        }
    }

    async fn open(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Everything that comes back on a connection of its own.
    async fn ask(&self, request: &str) -> String {
        let mut answer = String::new();
        self.open(request).await.read_to_string(&mut answer).await.unwrap();
        answer
    }

    fn recording(&self) -> Recording {
        spool::read("x.spool", std::fs::read(&self.spool).unwrap().as_slice()).unwrap()
    }

    async fn end(self) -> Vec<Seen> {
        self.stop.send(true).unwrap();
        let recorded = self.serving.await.unwrap();
        assert!(recorded.trouble.is_none());
        let seen = spool::read("x.spool", std::fs::read(&self.spool).unwrap().as_slice())
            .unwrap()
            .seen;
        assert_eq!(seen.len(), recorded.exchanges);
        seen
    }
}

const LISTED: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nContent-Length: 2\r\n\
                      Keep-Alive: timeout=5\r\nConnection: X-Hop\r\nX-Hop: a\r\nX-Other: b\r\n\r\n{}";
const MIB: usize = 1 << 20;

#[tokio::test]
async fn passes_on_what_is_meant_for_the_other_side_and_nothing_else() {
    let bridge = Scripted::new(LISTED, false).await;
    let recorder = Running::before(bridge.address, MIB).await;
    let answer = recorder
        .ask(
            "POST /scim/v2/Users?a=b%20c HTTP/1.1\r\nHost: tunnel.example\r\nConnection: close, x-mine\r\nX-Mine: 1\r\n\
             TE: trailers\r\nProxy-Authorization: Basic eDp5\r\nAuthorization: Bearer t-0123456\r\nUpgrade: h2c\r\n\
             X-ODD-Case: Kept\r\nContent-Length: 8\r\n\r\n{\"a\": 1}",
        )
        .await;
    let shown = format!("{}\n--\n{answer}", bridge.heard()).replace('\r', "");
    let shown = shown.replace(&bridge.address.port().to_string(), "PORT");
    let lines = shown.lines().filter(|line| !line.starts_with("date: "));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    POST /scim/v2/Users?a=b%20c HTTP/1.1
    Host: 127.0.0.1:PORT
    X-ODD-Case: Kept
    Content-Length: 8
    Authorization: Bearer t-0123456
    x-forwarded-host: tunnel.example
    via: 1.1 proofload

    {"a": 1}
    --
    HTTP/1.1 200 OK
    Content-Type: application/scim+json
    Content-Length: 2
    X-Other: b
    Connection: close

    {}
    "#);
    let seen = recorder.end().await;
    assert_eq!(
        (seen[0].target.as_str(), seen[0].body.text()),
        ("/Users?a=b%20c", Some("{\"a\": 1}"))
    );
}

#[rstest]
#[case::with_the_base("/scim/v2/Users", "/scim/v2/Users")]
#[case::without("/Users/1?x", "/scim/v2/Users/1?x")]
#[case::nearly("/scim/v22/Users", "/scim/v2/scim/v22/Users")]
#[case::nothing("/", "/scim/v2/")]
#[tokio::test]
async fn the_base_may_be_left_out(#[case] asked: &str, #[case] passed: &str) {
    let bridge = Scripted::new(LISTED, false).await;
    let recorder = Running::before(bridge.address, MIB).await;
    recorder
        .ask(&format!("GET {asked} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .await;
    assert!(
        bridge.heard().starts_with(&format!("GET {passed} HTTP/1.1\r\n")),
        "{}",
        bridge.heard()
    );
}

/// What was answered is in the spool when the answer is there: whoever kills the recorder then loses nothing.
#[rstest]
#[case::length_told(LISTED)]
#[case::in_chunks("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
#[case::until_it_is_closed("HTTP/1.0 200 OK\r\n\r\n{}")]
#[case::no_body("HTTP/1.1 204 No Content\r\n\r\n")]
#[tokio::test]
async fn it_is_written_down_before_it_is_answered(#[case] answer: &'static str) {
    let bridge = Scripted::new(answer, false).await;
    let recorder = Running::before(bridge.address, MIB).await;
    let answer = recorder
        .ask("GET /Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    let seen = recorder.recording().seen;
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    let status = seen[0].answer.as_ref().unwrap().status;
    assert!(answer.contains(&status.to_string()));
}

#[tokio::test]
async fn a_bridge_that_is_not_there_is_answered_for() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let recorder = Running::before(nobody, MIB).await;
    let answer = recorder
        .ask("GET /Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 502 ") && head.contains("application/scim+json"),
        "{head}"
    );
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["status"], "502");
    assert!(body["detail"].as_str().unwrap().contains("gave no answer"), "{body}");
    assert_eq!(recorder.end().await[0].answer, None);
}

/// An answer that never ends streams on; others are served meanwhile; it is written down when its reader leaves.
#[tokio::test]
async fn a_body_without_an_end_holds_up_nobody() {
    const ENDLESS: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let bridge = Scripted::new(ENDLESS, true).await;
    let recorder = Running::before(bridge.address, 1024).await;
    let mut reader = recorder.open("GET /Users HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut others = Vec::new();
    for _ in 0..8 {
        others.push(recorder.open("GET /Groups HTTP/1.1\r\nHost: x\r\n\r\n").await);
    }
    for stream in std::iter::once(&mut reader).chain(&mut others) {
        let mut some = vec![0; 64 << 10];
        stream.read_exact(&mut some).await.unwrap();
        assert!(some.starts_with(b"HTTP/1.1 200 OK"));
    }
    drop((reader, others));
    let seen = recorder.end().await;
    assert_eq!(seen.len(), 9);
    for one in seen {
        let answer = one.answer.unwrap();
        assert_eq!(answer.status, 200);
        assert!(matches!(answer.body, Body::LeftOut(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_passed_on_and_not_kept() {
    let bridge = Scripted::new(LISTED, false).await;
    let recorder = Running::before(bridge.address, 10).await;
    let body = "x".repeat(100_000);
    let request =
        format!("PUT /Users/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n{body}");
    recorder.ask(&request).await;
    assert!(bridge.heard().ends_with(&body));
    let seen = recorder.end().await;
    assert_eq!(
        seen[0].body,
        Body::LeftOut("100000 bytes are more than the limit".to_owned())
    );
    assert_eq!(seen[0].answer.as_ref().unwrap().body.text(), Some("{}"));
}

#[rstest]
#[case::half("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")]
#[case::no_http("hello")]
#[tokio::test]
async fn half_an_answer_is_none(#[case] answer: &'static str) {
    let bridge = Scripted::new(answer, false).await;
    let recorder = Running::before(bridge.address, MIB).await;
    let mut stream = recorder
        .open("GET /Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    // It may break off before its end.
    _ = stream.read_to_end(&mut Vec::new()).await;
    assert_eq!(recorder.end().await[0].answer, None);
}

#[test]
fn a_spool_is_never_overwritten() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("x.spool");
    std::fs::write(&path, "mine").unwrap();
    assert!(SpoolFile::create(&path, "x", Box::new(|_| {})).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[rstest]
#[case("ftp://x/scim", "begins with neither")]
#[case("http://ann:hunter2@x/scim", "credentials are passed on")]
#[case("http://x/scim?a=b", "a query")]
#[case("/scim/v2", "relative URL")]
fn an_address_that_is_no_bridge_is_refused(#[case] address: &str, #[case] cause: &str) {
    let error = Bridge::parse(address).unwrap_err().to_string();
    assert!(error.contains(cause) && error.contains("give it as http://"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}
