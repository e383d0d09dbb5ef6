//! Targets that are commands: shell scripts, and a bridge of a kind that is this test program itself.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Instant;

use super::*;

/// The command that runs [`a_program`] in a mode.
pub(crate) fn program(mode: &str) -> String {
    let this = std::env::current_exe().unwrap();
    let this = shell_words::quote(this.to_str().unwrap()).into_owned();
    format!("env PROGRAM={mode} {this} --ignored --nocapture --exact target::tests::commands::a_program")
}

/// Not a test: what [`program`] runs. It does what its mode says to everybody who asks for users, and answers 404 else.
#[test]
#[expect(clippy::exit, reason = "a bridge that dies is what is wanted")]
#[ignore = "the program that command targets of other tests run"]
fn a_program() {
    let Ok(mode) = std::env::var("PROGRAM") else {
        return;
    };
    let port = std::env::var("PORT").unwrap().parse().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    for stream in listener.incoming() {
        let stream = stream.unwrap();
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let asked = lines.next().unwrap_or_default();
        lines.take_while(|line| !line.is_empty()).for_each(drop);
        if !asked.contains("/Users") {
            answer(&stream, "404 Not Found", "");
            continue;
        }
        writeln!(std::io::stdout(), "asked {asked}").unwrap();
        match mode.as_str() {
            "list" => answer(&stream, "200 OK", &environment()),
            "refuse" => answer(&stream, "401 Unauthorized", ""),
            "die" => {
                writeln!(
                    std::io::stdout(),
                    "out of ideas, {}",
                    std::env::var("SCIM_TOKEN").unwrap()
                )
                .unwrap();
                std::process::exit(7);
            }
            other => panic!("no mode {other}"),
        }
    }
}

fn answer(mut stream: &TcpStream, status: &str, body: &str) {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
}

fn environment() -> String {
    let names = ["PORT", "OPENAI_BASE_URL", "OPENAI_ADMIN_KEY", "SCIM_TOKEN", "STATE_DIR"];
    let mut list: serde_json::Map<String, serde_json::Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), std::env::var(name).ok().into()))
        .collect();
    list.insert("totalResults".to_owned(), 0.into());
    serde_json::Value::Object(list).to_string()
}

#[tokio::test]
async fn a_command_that_is_killed_comes_again_where_it_was() {
    let spec = TargetSpec {
        durable: true,
        ready_within: Duration::from_secs(15),
        ..command(&program("list"))
    };
    let mut rig = spec.raise(0).await.unwrap();
    assert!(rig.can_be_killed());
    let before = rig.wire().send(rig.scim_url(), &users()).await.0;
    let mark = rig.output_mark();
    rig.kill().await.unwrap();
    let after = rig.wire().send(rig.scim_url(), &users()).await.0;
    // The same port, key, token and folder: the program answers with its environment.
    assert_eq!(before, after);
    assert_eq!((rig.kills(), rig.exited()), (1, None));
    assert!(rig.output_since(mark).iter().any(|line| line.contains("asked GET")));
    rig.end().await;
}

#[tokio::test]
async fn only_who_keeps_a_state_can_be_killed() {
    let rig = command(&program("list")).raise(0).await.unwrap();
    assert!(!rig.can_be_killed());
    rig.end().await;
    let embedded = TargetSpec::default();
    assert!(!embedded.raise(0).await.unwrap().can_be_killed());
    let rig = embedded.raise_durable(0).await.unwrap();
    assert!(rig.can_be_killed());
    rig.kill().await.unwrap();
    let (outcome, _) = rig.wire().send(rig.scim_url(), &users()).await;
    assert!(matches!(outcome, Outcome::Answered(answer) if answer.status == 401));
    rig.end().await;
}

fn users() -> SentRequest {
    SentRequest {
        method: "GET".to_owned(),
        target: "/Users".to_owned(),
        headers: Vec::new(),
        body: None,
    }
}

#[tokio::test]
async fn one_that_keeps_the_contract_gets_what_it_needs() {
    let spec = TargetSpec {
        ready_within: Duration::from_secs(10),
        base_path: Some("/v2".to_owned()),
        ..command(&program("list"))
    };
    let mut rig = spec.raise(0).await.unwrap();
    let mark = rig.output_mark();
    let (outcome, _) = rig.wire().send(rig.scim_url(), &users()).await;
    let Outcome::Answered(answer) = outcome else {
        panic!("{outcome:?}")
    };
    let environment = answer.json().unwrap();
    assert_eq!(
        rig.scim_url(),
        format!("http://127.0.0.1:{}/v2", environment["PORT"].as_str().unwrap())
    );
    assert_eq!(environment["SCIM_TOKEN"], rig.scim_token());
    assert_eq!(environment["OPENAI_ADMIN_KEY"], rig.admin_key().unwrap());
    assert_eq!(
        environment["OPENAI_BASE_URL"],
        rig.upstream().unwrap().openai_base_url()
    );
    let state_dir = environment["STATE_DIR"].as_str().unwrap();
    assert!(Path::new(state_dir).is_dir(), "{state_dir}");
    assert_eq!(rig.exited(), None);
    until(|| rig.output_since(mark) == ["asked GET /v2/Users HTTP/1.1"]).await;

    let (url, wire) = (rig.scim_url().to_owned(), rig.wire().clone());
    rig.end().await;
    assert!(!Path::new(state_dir).exists(), "{state_dir}");
    assert_eq!(
        wire.send(&url, &users()).await.0,
        Outcome::Failed(crate::exchange::WireTrouble::Refused)
    );
}

#[tokio::test]
async fn one_that_is_just_dropped_is_gone_too() {
    let spec = TargetSpec {
        ready_within: Duration::from_secs(10),
        ..command(&program("list"))
    };
    let rig = spec.raise(0).await.unwrap();
    let (url, wire) = (rig.scim_url().to_owned(), rig.wire().clone());
    drop(rig);
    let began = Instant::now();
    while !matches!(wire.send(&url, &users()).await.0, Outcome::Failed(_)) {
        assert!(began.elapsed() < Duration::from_secs(5), "it still answers");
    }
}

#[tokio::test]
async fn one_that_dies_later_is_known_to_be_dead() {
    let spec = TargetSpec {
        ready_within: Duration::from_secs(10),
        ..command(&program("die"))
    };
    let mut rig = spec.raise(0).await.unwrap();
    let mark = rig.output_mark();
    rig.wire().send(rig.scim_url(), &users()).await;
    let began = Instant::now();
    let exit = loop {
        assert!(began.elapsed() < Duration::from_secs(5), "it still runs");
        match rig.exited() {
            Some(exit) => break exit,
            None => tokio::task::yield_now().await,
        }
    };
    assert_eq!(exit, "the bridge exited with status 7");
    assert_eq!(rig.exited(), Some(exit), "it stays dead");
    until(|| {
        rig.output_since(mark)
            .iter()
            .any(|line| line == "out of ideas, [redacted]")
    })
    .await;
    rig.end().await;
}

/// A command that lets this server answer on the port it was given: `sh` only copies the bytes.
fn dump_environment_and_exit() -> &'static str {
    r#"sh -c 'echo "$PORT $OPENAI_BASE_URL $OPENAI_ADMIN_KEY $SCIM_TOKEN"; echo "{port} {openai_base_url} {openai_admin_key} {scim_token}"; test -d "$STATE_DIR" && test "$STATE_DIR" = "{state_dir}" && echo state; exit 3'"#
}

#[tokio::test]
async fn one_that_exits_at_once_is_not_waited_for() {
    let began = Instant::now();
    let error = error_of(TargetSpec {
        ready_within: Duration::from_secs(60),
        ..command("sh -c 'echo no database >&2; exit 1'")
    })
    .await;
    insta::assert_snapshot!(error, @"the bridge exited with status 1 before it listened on port PORT; last output: no database");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn one_that_says_nothing_is_said_to_say_nothing() {
    let error = error_of(command("true")).await;
    insta::assert_snapshot!(error, @"the bridge exited with status 0 before it listened on port PORT; it wrote no output");
}

#[tokio::test]
async fn one_that_kills_itself_is_told_by_its_signal() {
    let error = error_of(command("sh -c 'kill -9 $$'")).await;
    insta::assert_snapshot!(error, @"the bridge was ended by signal 9 before it listened on port PORT; it wrote no output");
}

#[tokio::test]
async fn one_that_never_listens_is_told_about_port() {
    let error = error_of(command("sh -c 'echo starting; echo still starting; exec sleep 1000'")).await;
    insta::assert_snapshot!(error, @"the bridge did not listen on 127.0.0.1:PORT within 700 ms: it must read PORT (or {port} in the command) and serve HTTP there; last output: starting | still starting");
}

#[tokio::test]
async fn one_that_does_not_exist_is_named() {
    let error = error_of(command("no-such-bridge --port {port}")).await;
    insta::assert_snapshot!(error, @"cannot start `no-such-bridge` (no such file or directory): --bridge-cmd must begin with a program in PATH or with the path of one");
}

#[tokio::test]
async fn one_that_is_not_a_program_is_named() {
    let error = error_of(command("/etc/passwd")).await;
    insta::assert_snapshot!(error, @"cannot start `/etc/passwd` (permission denied): --bridge-cmd must begin with a program in PATH or with the path of one");
}

#[tokio::test]
async fn the_environment_and_the_placeholders_say_the_same_and_secrets_are_not_shown() {
    let error = error_of(TargetSpec {
        admin_key: Some("sk-admin-canary".to_owned()),
        ..command(dump_environment_and_exit())
    })
    .await;
    let (_, output) = error.split_once("last output: ").unwrap();
    let [environment, placeholders, state] = output.split(" | ").collect::<Vec<_>>()[..] else {
        panic!("{output}")
    };
    assert_eq!(environment, placeholders);
    assert_eq!(state, "state");
    assert!(
        environment.starts_with("PORT http://127.0.0.1:") && environment.ends_with("/v1 [redacted] [redacted]"),
        "{environment}"
    );
    assert!(!error.contains("canary"), "{error}");
}

#[tokio::test]
async fn without_an_upstream_there_is_no_key() {
    let spec = TargetSpec {
        scim_only: true,
        ..command("sh -c 'env | grep -c ^OPENAI_; exit 4'")
    };
    insta::assert_snapshot!(error_of(spec).await, @"the bridge exited with status 4 before it listened on port PORT; last output: 0");
}

#[test]
fn a_free_port_is_given_once() {
    let ports: std::collections::HashSet<u16> = (0..500).map(|_| command::free_port().unwrap()).collect();
    assert_eq!(ports.len(), 500);
}

#[tokio::test]
async fn a_port_that_somebody_took_is_tried_again_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let tries = folder.path().join("tries");
    let script = format!(
        "sh -c 'echo $PORT >> {}; echo listen EADDRINUSE: address already in use; exit 1'",
        tries.display()
    );
    error_of(command(&script)).await;
    let ports = std::fs::read_to_string(tries).unwrap();
    assert_eq!(ports.lines().count(), 3, "{ports}");
}

#[tokio::test]
async fn nothing_of_it_is_left_not_even_a_grandchild_or_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    // Deaf to SIGTERM, all of them.
    let script = format!(
        r#"sh -c 'trap "" TERM; touch "$STATE_DIR/state"; echo "$STATE_DIR" >> {pids}; (sleep 1000 & echo $! >> {pids}; wait) & echo $$ >> {pids}; wait; wait'"#,
        pids = pids.display()
    );
    error_of(command(&script)).await;
    let lines = std::fs::read_to_string(&pids).unwrap();
    let [ref state_dir, ref pids @ ..] = lines.lines().collect::<Vec<_>>()[..] else {
        panic!("{lines}")
    };
    assert_eq!(pids.len(), 2, "{lines}");
    for pid in pids {
        until(|| is_gone(pid)).await;
    }
    assert!(!Path::new(state_dir).exists(), "{state_dir}");
}

#[tokio::test]
async fn a_grandchild_that_outlives_its_parent_is_killed_too() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("sh -c 'sleep 1000 & echo $! > {}; exit 0'", pid.display());
    error_of(command(&script)).await;
    let pid = std::fs::read_to_string(pid).unwrap();
    until(|| is_gone(pid.trim())).await;
}

#[tokio::test]
async fn a_flood_of_output_holds_nobody_up() {
    let error = error_of(TargetSpec {
        ready_within: Duration::from_secs(60),
        ..command("sh -c 'head -c 20000000 /dev/zero | tr \"\\0\" x; yes flood | head -n 200000; exit 5'")
    })
    .await;
    insta::assert_snapshot!(error, @"the bridge exited with status 5 before it listened on port PORT; last output: flood | flood | flood");
}

#[rstest]
#[case::quote(
    "sh -c 'oops",
    "--bridge-cmd cannot be split into words (missing closing quote): close every quote"
)]
#[case::empty("  ", "--bridge-cmd is empty: give the command that starts the bridge")]
#[case::empty_word("'' x", "--bridge-cmd is empty: give the command that starts the bridge")]
fn one_that_is_not_made_of_words(#[case] line: &str, #[case] says: &str) {
    assert_eq!(command(line).validate().unwrap_err().to_string(), says);
}

#[rstest]
#[case("bridge --upstream {openai_base_url}")]
#[case("bridge --key {openai_admin_key}")]
fn one_that_wants_an_upstream_that_there_is_not(#[case] line: &str) {
    assert_eq!(command(line).validate(), Ok(()));
    let error = TargetSpec {
        scim_only: true,
        ..command(line)
    }
    .validate()
    .unwrap_err();
    assert!(matches!(error, TargetError::NoUpstream { .. }), "{error}");
}

/// A zombie counts as gone: it runs nothing and holds nothing.
fn is_gone(pid: &str) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return true;
    };
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X']))
}

async fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(5), "waited too long");
        tokio::task::yield_now().await;
    }
}
