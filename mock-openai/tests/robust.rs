//! Clients that are slow, idle, broken or hostile: each is dealt with, and none holds up others.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod running;

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use mock_openai::{MockOpenAi, OrgRole};
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::running::Running;

/// No test waits longer for anything.
const LIMIT: Duration = Duration::from_secs(20);

const KEY: &str = "sk-admin-robust-0123456789";

async fn mock() -> (MockOpenAi, SocketAddr) {
    let mock = MockOpenAi::builder().admin_key(KEY).start().await.unwrap();
    let address = address(&mock.openai_base_url());
    (mock, address)
}

fn address(url: &str) -> SocketAddr {
    let address = url.trim_start_matches("http://").trim_end_matches("/v1");
    address.parse().unwrap()
}

fn get(path: &str) -> String {
    format!("GET /v1/organization/{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n\r\n")
}

fn post_head(more: &str) -> String {
    format!(
        "POST /v1/organization/invites HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\n{more}\r\n\r\n"
    )
}

/// The same, as the last request of a connection.
fn last_get(path: &str) -> String {
    get(path).replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")
}

/// Sends bytes and reads until the other side ends; only then this side does.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let bytes = bytes.to_owned();
    let sending = tokio::spawn(async move {
        // A server that has read enough may close before everything is written.
        let _ = to.write_all(&bytes).await;
        to
    });
    let mut received = Vec::new();
    let end = timeout(LIMIT, from.read_to_end(&mut received)).await.expect("it ends");
    end.expect("in order, without a reset");
    drop(sending.await.unwrap());
    String::from_utf8(received).unwrap()
}

/// Somebody else is served at once, whatever happens beside.
async fn others_are_served(address: SocketAddr) {
    let answer = exchange(address, last_get("users?limit=1").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn statuses(answers: &str) -> Vec<&str> {
    let lines = answers.split("HTTP/1.").skip(1);
    lines.map(|line| &line[2..5]).collect()
}

#[rstest]
#[case("NONSENSE\r\n\r\n", "400")]
#[case("GET /v1/organization/users HTTP/9.9\r\n\r\n", "400")]
#[case("GET /v1/organization/users HTTP/1.1\r\nhost x\r\n\r\n", "400")]
#[case("GET /v1/ organization/users HTTP/1.1\r\n\r\n", "400")]
#[case("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n", "400")]
#[case("POST /v1/organization/invites HTTP/1.1\r\ncontent-length: ten\r\n\r\n", "400")]
#[case("POST /v1/organization/invites HTTP/1.1\r\ncontent-length: -1\r\n\r\n", "400")]
#[tokio::test]
async fn what_is_no_http_is_told_so(#[case] bytes: &str, #[case] expected: &str) {
    let (mock, address) = mock().await;
    assert_eq!(statuses(&exchange(address, bytes.as_bytes()).await), [expected]);
    assert_eq!(mock.last_seq(), 0);
    others_are_served(address).await;
}

#[tokio::test]
async fn ten_megabytes_of_headers_are_431() {
    let (mock, address) = mock().await;
    let filler = format!("x-filler: {}\r\n", "x".repeat(1000)).repeat(10_000);
    let request = format!("GET /v1/organization/users HTTP/1.1\r\nhost: x\r\n{filler}\r\n");
    assert!(request.len() > 10_000_000);
    assert_eq!(statuses(&exchange(address, request.as_bytes()).await), ["431"]);
    assert_eq!(mock.last_seq(), 0);
    others_are_served(address).await;
}

#[rstest]
#[case::announced(false)]
#[case::chunked(true)]
#[tokio::test]
async fn ten_megabytes_of_body_are_413(#[case] is_chunked: bool) {
    let (_mock, address) = mock().await;
    let length = 10 << 20;
    let body = " ".repeat(length);
    let request = if is_chunked {
        let head = post_head("transfer-encoding: chunked\r\nconnection: close");
        format!("{head}{length:x}\r\n{body}\r\n0\r\n\r\n")
    } else {
        let head = post_head(&format!("content-length: {length}\r\nconnection: close"));
        format!("{head}{body}")
    };
    assert_eq!(statuses(&exchange(address, request.as_bytes()).await), ["413"]);
    others_are_served(address).await;
}

#[tokio::test]
async fn requests_in_one_packet_are_answered_in_order() {
    let (mock, address) = mock().await;
    let requests = [get("users"), get("users/user-nobody"), last_get("groups")].concat();
    assert_eq!(
        statuses(&exchange(address, requests.as_bytes()).await),
        ["200", "404", "200"]
    );
    let journal = mock.journal_after(0);
    let routes: Vec<_> = journal.iter().map(|entry| entry.route.as_ref()).collect();
    assert_eq!(
        routes,
        [
            "GET /organization/users",
            "GET /organization/users/{user_id}",
            "GET /organization/groups"
        ]
    );
}

#[tokio::test]
async fn a_body_in_chunks_is_a_body() {
    let (mock, address) = mock().await;
    let head = post_head("transfer-encoding: chunked\r\nconnection: close");
    let request = format!("{head}11\r\n{{\"email\":\"ann@x.o\r\nf\r\nrg\",\"role\":\"rea\r\n5\r\nder\"}}\r\n0\r\n\r\n");
    assert_eq!(statuses(&exchange(address, request.as_bytes()).await), ["200"]);
    assert_eq!(mock.org(|org, now| org.pending_invites_for("ann@x.org", now).len()), 1);
}

#[tokio::test]
async fn who_asks_before_sending_a_body_is_told_to_go_on() {
    let (mock, address) = mock().await;
    let body = r#"{"email":"ann@x.org","role":"reader"}"#;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = post_head(&format!("expect: 100-continue\r\ncontent-length: {}", body.len()));
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    let length = timeout(LIMIT, stream.read(&mut buffer))
        .await
        .expect("an answer")
        .unwrap();
    assert_eq!(&buffer[..length], b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).await.unwrap();
    let length = timeout(LIMIT, stream.read(&mut buffer))
        .await
        .expect("an answer")
        .unwrap();
    assert!(buffer[..length].starts_with(b"HTTP/1.1 200 OK"));
    assert_eq!(mock.last_seq(), 1);
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let (_mock, address) = mock().await;
    let request = get("users").replace("HTTP/1.1", "HTTP/1.0");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = String::new();
    let end = timeout(LIMIT, stream.read_to_string(&mut received)).await;
    end.expect("it ends though the client does not").unwrap();
    assert_eq!(statuses(&received), ["200"]);
}

/// A hundred clients break off in the middle of a body, in order and with a reset.
#[tokio::test]
async fn bodies_that_break_off_change_nothing() {
    let (mock, address) = mock().await;
    for number in 0..100 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = post_head("content-length: 99") + r#"{"email":"ann@x.org","#;
        stream.write_all(request.as_bytes()).await.unwrap();
        if number % 2 == 0 {
            stream.set_zero_linger().unwrap();
        }
    }
    others_are_served(address).await;
    let journal = mock.journal_after(0);
    assert_eq!(journal.len(), 1, "the list of users that somebody else asked for");
}

/// Fifty clients send a byte now and then; others wait for none of them.
#[tokio::test]
async fn slow_writers_hold_nobody_up() {
    let (mock, address) = mock().await;
    let body = r#"{"email":"ann@x.org","role":"reader"}"#;
    let request = post_head(&format!("content-length: {}", body.len())) + body;
    let (start, end) = request.split_at(request.len() / 2);
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    others_are_served(address).await;
    assert_eq!(mock.last_seq(), 1);
    for byte in end.as_bytes() {
        for stream in &mut slow {
            stream.write_all(&[*byte]).await.unwrap();
        }
    }
    let mut served = 0;
    for mut stream in slow {
        let mut buffer = [0; 1024];
        let length = timeout(LIMIT, stream.read(&mut buffer))
            .await
            .expect("an answer")
            .unwrap();
        served += usize::from(buffer[..length].starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(served, 1, "the others are told that Ann is invited already");
    assert_eq!(mock.last_seq(), 51);
}

/// Clients ask for megabytes and read nothing: the mock stops to answer them, and goes on with others.
#[tokio::test]
async fn slow_readers_hold_nobody_up() {
    let (mock, address) = mock().await;
    mock.org(|org, now| {
        for number in 0..100 {
            org.add_member(&format!("user{number}@example.com"), None, OrgRole::Reader, now);
        }
    });
    let before = mock.last_seq();
    let many = get("users?limit=100").repeat(2000);
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // As much as fits; nobody reads the answers, so it must come to an end.
        let _ = timeout(Duration::from_millis(50), stream.write_all(many.as_bytes())).await;
        slow.push(stream);
    }
    others_are_served(address).await;
    let answered = mock.last_seq() - before;
    assert!(answered < 20 * 2000, "{answered} answers that nobody reads");
    drop(slow);
    others_are_served(address).await;
}

/// A process of its own, so that both sides have enough file descriptors.
#[tokio::test]
async fn a_thousand_idle_connections_hold_nobody_up() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mock-openai"));
    let (_running, line) = Running::start(program.args(["--admin-key", KEY]));
    let address = address(line["openai_base_url"].as_str().unwrap());
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    others_are_served(address).await;
    // They are still there, and good for a request.
    let mut last = idle.pop().unwrap();
    last.write_all(get("users").as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    let length = timeout(LIMIT, last.read(&mut buffer))
        .await
        .expect("an answer")
        .unwrap();
    assert!(buffer[..length].starts_with(b"HTTP/1.1 200"));
}
