//! The program as a script meets it.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod running;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::running::Running;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-openai"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

#[tokio::test]
async fn the_first_line_says_where_it_is() {
    let (_running, line) = Running::start(&mut program(&[
        "--listen",
        "127.0.0.1:0",
        "--manage",
        "127.0.0.1:0",
        "--admin-key",
        "sk-admin-x",
        "--fault",
        "list-groups=503",
        "--throttle",
        "measured",
        "--auto-accept",
        "at_once",
    ]));
    let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["openai_base_url", "manage_url", "admin_key"]);
    assert_eq!(line["admin_key"], "sk-admin-x");

    let client = reqwest::Client::new();
    let base = line["openai_base_url"].as_str().unwrap();
    let get = async |path: &str| {
        let request = client
            .get(format!("{base}/organization/{path}"))
            .bearer_auth("sk-admin-x");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((get("users").await, get("groups").await), (200, 503));

    let manage = line["manage_url"].as_str().unwrap();
    let settings = client.get(format!("{manage}/settings")).send().await.unwrap();
    let settings: Value = settings.json().await.unwrap();
    assert_eq!(settings["auto_accept"], "at_once");
    assert_eq!(settings["throttle"], "measured");
}

#[test]
fn without_management_there_is_none() {
    let (_running, line) = Running::start(&mut program(&[]));
    assert_eq!(line["manage_url"], Value::Null);
    assert!(line["admin_key"].as_str().unwrap().starts_with("sk-admin-"));
}

#[cfg(unix)]
#[test]
fn sigterm_ends_it_cleanly() {
    let (mut running, _) = Running::start(&mut program(&[]));
    let pid = running.0.id().to_string();
    let kill = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(kill.success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

/// More clients than file descriptors: those in excess wait, and when the others leave it goes on.
#[cfg(unix)]
#[tokio::test]
async fn it_survives_running_out_of_file_descriptors() {
    let script = format!("ulimit -n 32; exec {}", env!("CARGO_BIN_EXE_mock-openai"));
    let mut shell = Command::new("sh");
    let (_running, line) = Running::start(shell.args(["-c", &script]));
    let base = line["openai_base_url"].as_str().unwrap();
    let address = base.trim_start_matches("http://").trim_end_matches("/v1");

    let crowd: Vec<_> = (0..64).map(|_| std::net::TcpStream::connect(address)).collect();
    assert!(crowd.iter().all(Result::is_ok), "the system queues them");
    let url = format!("{base}/organization/users");
    let request = reqwest::Client::new()
        .get(url)
        .bearer_auth(line["admin_key"].as_str().unwrap());
    let waiting = tokio::spawn(request.send());
    drop(crowd);
    let answer = tokio::time::timeout(std::time::Duration::from_secs(10), waiting).await;
    assert_eq!(answer.expect("it goes on").unwrap().unwrap().status(), 200);
}

#[test]
fn a_bad_settings_file_is_shown_with_line_and_caret() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mock.toml");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b"last_owner = \"allow\"\nlast_ower = \"allow\"\n")
        .unwrap();
    let output = output(&["--settings", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    let name = path.to_str().unwrap();
    assert!(
        error.starts_with(&format!("error: {name}: TOML parse error at line 2, column 1")),
        "{error}"
    );
    assert!(error.contains("2 | last_ower = \"allow\"\n  | ^^^^^^^^^"), "{error}");
    assert!(error.contains("expected one of `duplicate_invite`"), "{error}");
}

#[test]
fn what_cannot_be_is_refused_with_the_allowed_words() {
    let missing = output(&["--settings", "/nowhere/at/all.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    let error = String::from_utf8(missing.stderr).unwrap();
    assert!(
        error.contains("cannot read the settings file /nowhere/at/all.toml: "),
        "{error}"
    );
    for (arguments, expected) in [
        (
            ["--fault", "invite=500"],
            "unknown operation `invite`; known are list-users",
        ),
        (
            ["--auto-accept", "soon"],
            "known are never, at_once, and a whole number of seconds",
        ),
        (
            ["--throttle", "some"],
            "known are off, measured, and BURST/PER_MINUTE such as 10/60",
        ),
        (
            ["--clock", "broken"],
            "known are real, frozen, and frozen@SECONDS since 1970",
        ),
        (["--fault-preset", "nice"], "[possible values: hostile]"),
    ] {
        let output = output(&arguments);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn help_teaches_all_of_it() {
    let output = output(&["--help"]);
    assert!(output.status.success());
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn shells_can_complete_its_arguments() {
    let completions = output(&["completions", "bash"]);
    let script = String::from_utf8(completions.stdout).unwrap();
    assert!(
        script.contains("--fault-preset") && script.contains("hostile"),
        "{script}"
    );
}

/// A file may have everything; the command line counts for more.
#[tokio::test]
async fn one_file_for_settings_and_faults() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mock.toml");
    let text = "fault_preset = \"hostile\"\n[settings]\nlast_owner = \"allow\"\nthrottle = \"measured\"\n\
        [[faults]]\noperation = \"list-groups\"\naction = { status = { status = 503, body = \"numeric_code\" } }\n";
    std::fs::write(&path, text).unwrap();
    let (_running, line) = Running::start(&mut program(&[
        "--settings",
        path.to_str().unwrap(),
        "--manage",
        "127.0.0.1:0",
        "--throttle",
        "20/600",
        "--fault",
        "list-users=stale(1s)",
        "--clock",
        "frozen@1700000000",
    ]));
    let manage = line["manage_url"].as_str().unwrap();
    let get = async |path: &str| -> Value {
        let response = reqwest::get(format!("{manage}{path}")).await.unwrap();
        response.json().await.unwrap()
    };
    let settings = get("/settings").await;
    assert_eq!(
        (&settings["last_owner"], &settings["next_cursor"]),
        (&"allow".into(), &"opaque".into())
    );
    assert_eq!(settings["throttle"]["bucket"]["burst"], 20);
    let rules = get("/faults").await;
    assert_eq!(rules["rules"][0]["action"]["stale_ms"], 1000);
    assert_eq!(rules["rules"][1]["action"]["status"]["body"], "numeric_code");
    assert!(rules["rules"].as_array().unwrap().len() > 5);
    let clock = serde_json::json!({ "mode": "frozen", "now_ms": 1_700_000_000_000_u64 });
    assert_eq!(get("/clock").await, clock);
}
