//! `--persist`: what was answered is there after the program was killed in the middle of everything.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod running;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::{Client, Method};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::running::Running;

fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-openai"));
    let arguments = ["--manage", "127.0.0.1:0", "--persist"];
    command.args(arguments).arg(directory).stderr(Stdio::piped());
    command
}

/// The program, killed without warning when this is dropped.
struct Mock {
    running: Running,
    openai: String,
    manage: String,
    key: String,
    client: Client,
}

impl Mock {
    fn start(directory: &Path) -> Self {
        let (running, line) = Running::start(&mut program(directory));
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        Self {
            running,
            openai: text("openai_base_url"),
            manage: text("manage_url"),
            key: text("admin_key"),
            client: Client::new(),
        }
    }

    async fn manage(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.client.request(method, format!("{}{path}", self.manage));
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    async fn invite(&self, email: &str) -> reqwest::Result<u16> {
        let url = format!("{}/organization/invites", self.openai);
        let body = json!({ "email": email, "role": "reader" });
        let request = self.client.post(url).bearer_auth(&self.key).json(&body);
        Ok(request.send().await?.status().as_u16())
    }

    async fn admin(&self, path: &str) -> Value {
        let url = format!("{}/organization/{path}", self.openai);
        let response = self.client.get(url).bearer_auth(&self.key).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }
}

#[tokio::test]
async fn everything_is_there_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mock = Mock::start(directory.path());
    let key = mock.key.clone();
    let crowd = json!({ "users": { "count": 3 }, "groups": { "count": 1, "members": 2 } });
    mock.manage(Method::POST, "/seed", Some(crowd)).await;
    mock.manage(
        Method::POST,
        "/organizations",
        Some(json!({ "admin_key": "sk-admin-second" })),
    )
    .await;
    assert_eq!(mock.invite("ann@x.org").await.unwrap(), 200);
    // Weeks pass, and nothing else happens: the invite must stay expired.
    let clock = mock
        .manage(Method::POST, "/clock/advance", Some(json!({ "seconds": 2_000_000 })))
        .await;
    let state = mock.manage(Method::GET, "/state", None).await;
    let organizations = mock.manage(Method::GET, "/organizations", None).await;
    drop(mock);

    let mock = Mock::start(directory.path());
    assert_eq!(mock.key, key);
    assert_eq!(mock.manage(Method::GET, "/state", None).await, state);
    let again = mock.manage(Method::GET, "/organizations", None).await;
    for number in [0, 1] {
        let both = [&again, &organizations].map(|all| all["organizations"][number].clone());
        assert_eq!(both[0]["id"], both[1]["id"]);
        assert_eq!(both[0]["admin_key"], both[1]["admin_key"]);
    }
    let now = mock.manage(Method::GET, "/clock", None).await["now_ms"].as_u64();
    assert!(now >= clock["now_ms"].as_u64());
    assert_eq!(mock.admin("invites").await["data"][0]["status"], "expired");
    // Ids go on without clashes.
    assert_eq!(mock.invite("bob@x.org").await.unwrap(), 200);
    assert_eq!(mock.admin("invites").await["data"].as_array().unwrap().len(), 2);
}

/// Eight clients invite as fast as they can until the program dies under them. Every invite that
/// was answered with 200 is there; of the others nobody can say.
#[tokio::test]
async fn what_was_answered_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let mock = std::sync::Arc::new(Mock::start(directory.path()));
    let (answered, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    let mut clients = JoinSet::new();
    for client in 0..8 {
        let (mock, answered) = (std::sync::Arc::clone(&mock), answered.clone());
        clients.spawn(async move {
            for number in 0.. {
                let email = format!("p{client}-{number}@x.org");
                match mock.invite(&email).await {
                    Ok(200) => answered.send(email).unwrap(),
                    Ok(status) => panic!("{status} to an invite"),
                    Err(_) => return,
                }
            }
        });
    }
    drop(answered);
    let mut there = Vec::new();
    while there.len() < 100 {
        there.push(arrivals.recv().await.unwrap());
    }
    let pid = mock.running.0.id().to_string();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    clients.join_all().await;
    while let Some(email) = arrivals.recv().await {
        there.push(email);
    }
    drop(mock);

    let mock = Mock::start(directory.path());
    let state = mock.manage(Method::GET, "/state", None).await;
    let invites = state["invites"].as_array().unwrap();
    let kept: std::collections::HashSet<_> = invites.iter().map(|invite| invite["email"].as_str().unwrap()).collect();
    let lost: Vec<_> = there.iter().filter(|email| !kept.contains(email.as_str())).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
}

fn refused(directory: &Path) -> String {
    let Output { status, stderr, .. } = program(directory).output().unwrap();
    let error = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{error}");
    error
}

#[rstest]
#[case("", "EOF while parsing")]
#[case("{\"mock_openai\":1,", "EOF while parsing")]
#[case("{\"users\":[]}", "unknown field `users`, expected one of `mock_openai`")]
#[case(
    r#"{"mock_openai":2,"now_ms":1,"admin_key":null,"any_admin_key":false,"state":{}}"#,
    "it has format 2, and this mock-openai knows 1"
)]
#[case(
    r#"{"mock_openai":1,"now_ms":1,"admin_key":null,"any_admin_key":false,"state":{"groups":[{"id":"g","name":"G","created_at_ms":1,"members":["u"]}]}}"#,
    "the group g has a member u who is not among the users"
)]
fn a_damaged_file_is_named_and_left_alone(#[case] text: &str, #[case] expected: &str) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("organization-0.json");
    fs::write(&path, text).unwrap();
    let error = refused(directory.path());
    assert!(
        error.contains(path.to_str().unwrap()) && error.contains(expected),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_file_that_is_missing_in_the_middle_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("organization-1.json"), "{}").unwrap();
    let error = refused(directory.path());
    assert!(error.contains("organization-0.json: No such file"), "{error}");
}

#[tokio::test]
async fn a_damaged_file_keeps_the_others_as_they_are_too() {
    let directory = tempfile::tempdir().unwrap();
    let mock = Mock::start(directory.path());
    assert_eq!(mock.invite("ann@x.org").await.unwrap(), 200);
    drop(mock);
    let first = fs::read(directory.path().join("organization-0.json")).unwrap();
    fs::write(directory.path().join("organization-1.json"), "{").unwrap();
    assert!(refused(directory.path()).contains("organization-1.json cannot be read"));
    assert_eq!(fs::read(directory.path().join("organization-0.json")).unwrap(), first);
}

#[test]
fn two_processes_do_not_share_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Mock::start(directory.path());
    let error = refused(directory.path());
    assert!(error.contains("is used by another mock-openai"), "{error}");
}

/// Nothing is answered that is not on disk: the client gets no answer, and the program says why.
#[tokio::test]
async fn a_disk_that_fails_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut mock = Mock::start(directory.path());
    assert_eq!(mock.invite("ann@x.org").await.unwrap(), 200);
    // A directory is where the new file should be: not even root can write there.
    fs::create_dir(directory.path().join("organization-0.json.new")).unwrap();
    assert!(mock.invite("bob@x.org").await.is_err());
    assert_eq!(mock.running.0.wait().unwrap().code(), Some(4));
    let mut error = String::new();
    std::io::Read::read_to_string(&mut mock.running.0.stderr.take().unwrap(), &mut error).unwrap();
    assert!(error.contains("organization-0.json.new: "), "{error}");
}
