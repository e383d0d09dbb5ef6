//! The own front where it is more than a translation: broken connections, limits, waiting,
//! stopping.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use mock_openai::settings::AutoAccept;
use mock_openai::{Effect, MockOpenAi, OrgRole, Settings};
use reqwest::{Client, StatusCode};
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No test waits longer for anything.
const LIMIT: Duration = Duration::from_secs(10);

async fn with_fault(rule: &str) -> MockOpenAi {
    let mock = MockOpenAi::start().await.unwrap();
    mock.org(|org, _| org.faults_mut().push(rule.parse().unwrap()));
    mock
}

fn address(mock: &MockOpenAi) -> SocketAddr {
    let url = mock.openai_base_url();
    url.trim_start_matches("http://")
        .trim_end_matches("/v1")
        .parse()
        .unwrap()
}

/// Sends bytes and reads until the connection ends.
async fn raw(mock: &MockOpenAi, bytes: &[u8]) -> (Vec<u8>, std::io::Result<()>) {
    let mut stream = TcpStream::connect(address(mock)).await.unwrap();
    // A server that has read enough may close before everything is written.
    let _ = stream.write_all(bytes).await;
    let mut received = Vec::new();
    let end = timeout(LIMIT, stream.read_to_end(&mut received))
        .await
        .expect("it ends");
    (received, end.map(|_| ()))
}

fn list_users(mock: &MockOpenAi) -> Vec<u8> {
    let key = mock.admin_key();
    format!("GET /v1/organization/users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n").into_bytes()
}

fn invite(mock: &MockOpenAi, email: &str) -> reqwest::RequestBuilder {
    Client::new()
        .post(format!("{}/organization/invites", mock.openai_base_url()))
        .bearer_auth(mock.admin_key())
        .json(&serde_json::json!({ "email": email, "role": "reader" }))
}

/// Waits until the journal has more than `seq` entries.
async fn journal_beyond(mock: &MockOpenAi, seq: u64) {
    let mut changes = mock.changes();
    let newer = changes.wait_for(|last| *last > seq);
    timeout(LIMIT, newer).await.expect("the journal grows").unwrap();
}

#[tokio::test]
async fn a_reset_is_a_tcp_reset() {
    let mock = with_fault("*=reset").await;
    let (received, end) = raw(&mock, &list_users(&mock)).await;
    assert_eq!(received, b"");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn half_a_body_comes_under_the_length_of_the_whole() {
    let mock = with_fault("*=half_body:always:after").await;
    let (received, _) = raw(&mock, &list_users(&mock)).await;
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("the head is complete");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let promised = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let promised: usize = promised.parse().unwrap();
    assert_eq!(body.len(), promised / 2);
    assert!(body.starts_with(r#"{"object":"list""#), "{body}");
}

#[tokio::test]
async fn a_hanging_request_has_its_effect_and_ends_when_the_client_leaves() {
    let mock = with_fault("inviteUser=hang:always:after").await;
    let hanging = tokio::spawn(invite(&mock, "ann@x.org").send());
    journal_beyond(&mock, 0).await;
    let entry = &mock.journal_after(0)[0];
    assert!(matches!(entry.effects[..], [Effect::InviteCreated { .. }]));
    assert_eq!((entry.answered, &entry.answer), (None, &None));
    hanging.abort();
    // Nobody else is held up meanwhile.
    let (received, _) = raw_until_answered(&mock).await;
    assert!(received.starts_with("HTTP/1.1 200"), "{received}");
}

async fn raw_until_answered(mock: &MockOpenAi) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(address(mock)).await.unwrap();
    stream.write_all(&list_users(mock)).await.unwrap();
    let mut buffer = vec![0; 4096];
    let length = timeout(LIMIT, stream.read(&mut buffer))
        .await
        .expect("an answer")
        .unwrap();
    (String::from_utf8_lossy(&buffer[..length]).into_owned(), stream)
}

#[tokio::test]
async fn stopping_cuts_connections_that_hang() {
    let mock = with_fault("*=hang").await;
    let hanging = tokio::spawn(invite(&mock, "ann@x.org").send());
    journal_beyond(&mock, 0).await;
    let address = address(&mock);
    timeout(LIMIT, mock.shutdown()).await.expect("it stops");
    let end = timeout(LIMIT, hanging).await.expect("the client is let go").unwrap();
    assert!(end.is_err());
    assert!(TcpStream::connect(address).await.is_err(), "the port is free");
}

#[tokio::test]
async fn dropping_stops_too() {
    let mock = MockOpenAi::start().await.unwrap();
    let address = address(&mock);
    let (_, mut open) = raw_until_answered(&mock).await;
    drop(mock);
    let mut rest = Vec::new();
    // It ends with an end or a reset; it must not stay open.
    let _ = timeout(LIMIT, open.read_to_end(&mut rest))
        .await
        .expect("the connection is cut");
    assert!(TcpStream::connect(address).await.is_err(), "the port is free");
}

#[rstest]
#[case((1 << 20) + 1)]
#[case(3 << 20)]
#[tokio::test]
async fn a_body_that_is_too_large_is_told_so(#[case] length: usize) {
    let mock = MockOpenAi::start().await.unwrap();
    let request = invite(&mock, "ann@x.org").body(vec![b' '; length]);
    let answer = timeout(LIMIT, request.send()).await.expect("an answer").unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let entry = &mock.journal_after(0)[0];
    let request = entry.request.as_ref().unwrap();
    let kept = request.body().len();
    assert_eq!((kept, request.body_length), (2 << 10, (1 << 20) + 1));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let mock = MockOpenAi::start().await.unwrap();
    let filler = "x".repeat(1 << 20);
    let request = format!("GET /v1/organization/users HTTP/1.1\r\nhost: x\r\nx: {filler}\r\n\r\n");
    let (received, _) = raw(&mock, request.as_bytes()).await;
    let received = String::from_utf8_lossy(&received);
    assert!(
        received.is_empty() || received.starts_with("HTTP/1.1 431"),
        "{received}"
    );
    assert_eq!(mock.last_seq(), 0);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_request() {
    let mock = MockOpenAi::start().await.unwrap();
    let mut stream = TcpStream::connect(address(&mock)).await.unwrap();
    let head = "POST /v1/organization/invites HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = timeout(LIMIT, stream.read_to_end(&mut rest)).await.expect("it ends");
    assert_eq!(mock.last_seq(), 0);
    assert_eq!(
        invite(&mock, "ann@x.org").send().await.unwrap().status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_client_that_is_slow_holds_nobody_up() {
    let mock = MockOpenAi::start().await.unwrap();
    let mut slow = TcpStream::connect(address(&mock)).await.unwrap();
    slow.write_all(b"POST /v1/organization/invites HTTP/1.1\r\ncontent-")
        .await
        .unwrap();
    let answer = timeout(LIMIT, invite(&mock, "ann@x.org").send())
        .await
        .expect("an answer");
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn waiting_for_the_journal_and_the_clock() {
    let auto_accept = AutoAccept::after_seconds(3600);
    let settings = Settings {
        auto_accept,
        ..Settings::default()
    };
    let mock = MockOpenAi::builder().settings(settings).start().await.unwrap();
    let before = mock.now();
    invite(&mock, "ann@x.org").send().await.unwrap();
    let seq = mock.last_seq();
    assert_eq!(*mock.changes().borrow(), seq);
    // Nobody calls, but time passes: the invite accepts itself.
    mock.advance_clock(Duration::from_secs(3600));
    journal_beyond(&mock, seq).await;
    assert!(mock.now().since(before) >= Duration::from_secs(3600));
    assert!(mock.org(|org, _| org.user_by_email("ann@x.org").is_some()));
}

#[tokio::test]
async fn what_the_world_does_wakes_those_who_wait() {
    let mock = MockOpenAi::start().await.unwrap();
    let mut changes = mock.changes();
    mock.org(|org, now| org.add_member("ann@x.org", None, OrgRole::Owner, now));
    timeout(LIMIT, changes.changed()).await.expect("a change").unwrap();
    assert_eq!(*changes.borrow(), 1);
}

#[tokio::test]
async fn keys() {
    let first = MockOpenAi::builder().seed(1).start().await.unwrap();
    let again = MockOpenAi::builder().seed(1).start().await.unwrap();
    let other = MockOpenAi::builder().seed(2).start().await.unwrap();
    assert!(first.admin_key().starts_with("sk-admin-"));
    assert_eq!(first.admin_key(), again.admin_key());
    assert_ne!(first.admin_key(), other.admin_key());
    let url = format!("{}/organization/users", first.openai_base_url());
    let strange = Client::new()
        .get(&url)
        .bearer_auth(other.admin_key())
        .send()
        .await
        .unwrap();
    assert_eq!(strange.status(), StatusCode::UNAUTHORIZED);
    assert!(!format!("{first:?}").contains(first.admin_key()));

    let open = MockOpenAi::builder().any_admin_key().start().await.unwrap();
    let url = format!("{}/organization/users", open.openai_base_url());
    let any = Client::new().get(&url).bearer_auth("whatever").send().await.unwrap();
    assert_eq!(any.status(), StatusCode::OK);
}

#[tokio::test]
async fn both_listeners_on_one_port_are_refused() {
    let taken = MockOpenAi::start().await.unwrap();
    let port = address(&taken);
    let error = MockOpenAi::builder()
        .listen(port)
        .manage(port)
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = MockOpenAi::builder().listen(port).start().await.unwrap_err();
    assert!(
        error.to_string().starts_with(&format!("cannot listen on {port}: ")),
        "{error}"
    );
}
