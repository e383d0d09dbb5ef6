//! A bridge whose answers are commands for the CI system that reads the log.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use rstest::rstest;
use tempfile::TempDir;

use crate::{proofload, text};

/// Ready to be tested; everything else it says is meant for somebody else.
const LIST: &str =
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}"#;
const COMMANDS: &str = "x\n::stop-commands::pwned\n \t::add-mask::pwned\r::error::pwned\n##[error]pwned\n\
                        \u{1b}[31m:\u{1b}[0m:warning::pwned\n##vso[task.setvariable variable=PATH]pwned\n";

fn answer(mut stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let (kind, body) = if first.contains("startIndex=1&count=1 ") {
        ("application/scim+json", LIST)
    } else {
        ("text/plain", COMMANDS)
    };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}

fn hostile() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(|| answer(stream));
        }
    });
    address
}

/// A check of such a bridge.
fn check(dir: &Path) -> Command {
    let url = format!("http://{}", hostile());
    let words = [
        "check",
        "connection/",
        "--bridge-url",
        &url,
        "--scim-only",
        "--scim-token",
        "t",
        "--verbose",
    ];
    proofload(dir, &words)
}

/// What a system would do that reads this log, besides what we tell it ourselves.
fn commands(log: &str) -> Vec<&str> {
    let is_command = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("::") && !line.starts_with("::error title=") || line.contains("##[") || line.contains("##vso[")
    };
    log.split(['\n', '\r']).filter(is_command).collect()
}

#[rstest]
#[case::github("GITHUB_ACTIONS", "true")]
#[case::azure("TF_BUILD", "True")]
fn a_bridge_commands_nobody(#[case] name: &str, #[case] value: &str, #[values("", "1")] colour: &str) {
    let dir = TempDir::new().unwrap();
    let mut command = check(dir.path());
    command
        .env_remove("NO_COLOR")
        .env("CLICOLOR_FORCE", colour)
        .env(name, value);
    let done = command.output().unwrap();
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert_eq!(done.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("pwned"), "its answers are shown: {out}");
    assert!(
        commands(&out).is_empty() && commands(&err).is_empty(),
        "{:?}",
        commands(&out)
    );
    assert_eq!(out.contains("\n::error title="), name == "GITHUB_ACTIONS", "{out}");
}

/// Elsewhere it is shown as it came: the test above would see a command.
#[test]
fn elsewhere_nothing_is_changed() {
    let dir = TempDir::new().unwrap();
    let done = check(dir.path()).output().unwrap();
    assert!(!commands(&text(&done.stdout)).is_empty(), "{}", text(&done.stdout));
}
