//! Targets of every kind, well-behaved and not. Commands are small shell scripts; the one that serves HTTP is this test
//! program's own thread elsewhere, so that nothing but `sh` is needed.

use std::path::Path;
use std::time::Instant;

use rstest::rstest;

use super::*;
use crate::exchange::{Outcome, SentRequest};

fn command(command: &str) -> TargetSpec {
    TargetSpec {
        kind: TargetKind::Command {
            command: command.to_owned(),
        },
        ready_within: Duration::from_millis(700),
        ..TargetSpec::default()
    }
}

fn url(url: &str) -> TargetSpec {
    TargetSpec {
        kind: TargetKind::Url {
            url: url.to_owned(),
        },
        scim_token: Some("token-of-the-bridge".to_owned()),
        ..TargetSpec::default()
    }
}

/// The error with its port and folder made predictable.
async fn error_of(spec: TargetSpec) -> String {
    let error = spec.raise(0).await.unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    let mut words: Vec<String> = error.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        let port = word
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .trim_end_matches(';')
            .to_owned();
        if port.len() >= 4 && digits.ends_with(&port) {
            *word = word.replace(&port, "PORT");
        }
    }
    words.join(" ")
}

#[tokio::test]
async fn the_embedded_bridge_serves_scim_with_its_own_upstream() {
    let rig = TargetSpec::default().raise(0).await.unwrap();
    let request = SentRequest {
        method: "GET".to_owned(),
        target: "/Users?count=1".to_owned(),
        headers: vec![(
            "Authorization".to_owned(),
            format!("Bearer {}", rig.scim_token()),
        )],
        body: None,
    };
    let (outcome, _) = rig.wire().send(rig.scim_url(), &request).await;
    let Outcome::Answered(answer) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(answer.status, 200);
    assert!(rig.scim_url().ends_with("/scim/v2"), "{}", rig.scim_url());
    assert!(
        rig.upstream().unwrap().last_seq() > 0,
        "it has asked its upstream"
    );
    rig.end().await;
}

#[tokio::test]
async fn the_embedded_bridge_is_gone_after_its_end() {
    let mut rig = TargetSpec::default().raise(0).await.unwrap();
    assert_eq!(rig.exited(), None);
    let url = rig.scim_url().to_owned();
    let wire = rig.wire().clone();
    rig.end().await;
    let request = SentRequest {
        method: "GET".to_owned(),
        target: "/Users".to_owned(),
        headers: Vec::new(),
        body: None,
    };
    let (outcome, _) = wire.send(&url, &request).await;
    assert_eq!(
        outcome,
        Outcome::Failed(crate::exchange::WireTrouble::Refused)
    );
}

#[tokio::test]
async fn the_embedded_bridge_can_stand_for_one_with_its_own_back_end() {
    let rig = TargetSpec {
        scim_only: true,
        base_path: Some("/v2".to_owned()),
        ..TargetSpec::default()
    }
    .raise(0)
    .await
    .unwrap();
    assert!(rig.upstream().is_none());
    assert!(
        rig.scim_url().ends_with("/v2") && !rig.scim_url().ends_with("/scim/v2"),
        "{}",
        rig.scim_url()
    );
    rig.end().await;
}

#[tokio::test]
async fn workers_have_upstreams_with_seeds_of_their_own() {
    let spec = TargetSpec {
        seed: u64::MAX,
        ..TargetSpec::default()
    };
    let mut ids = Vec::new();
    for worker in [0, 1, 0] {
        let rig = spec.raise(worker).await.unwrap();
        ids.push(rig.upstream().unwrap().org(|org, now| {
            org.add_member("a@b.example", None, mock_openai::OrgRole::Reader, now)
        }));
        rig.end().await;
    }
    assert_eq!(ids[0], ids[2]);
    assert_ne!(ids[0], ids[1]);
}

#[cfg(unix)]
mod commands {
    use super::*;

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
        let error = error_of(command(
            "sh -c 'echo starting; echo still starting; exec sleep 1000'",
        ))
        .await;
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
            environment.starts_with("PORT http://127.0.0.1:")
                && environment.ends_with("/v1 [redacted] [redacted]"),
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
    #[case::empty_word(
        "'' x",
        "--bridge-cmd is empty: give the command that starts the bridge"
    )]
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
}

#[tokio::test]
async fn a_running_bridge_finds_the_mock_where_it_was_told() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let rig = TargetSpec {
        mock_listen: Some(free),
        ..url("http://bridge.example/api?aadOptscim062020")
    }
    .raise(0)
    .await
    .unwrap();
    assert_eq!(rig.scim_url(), "http://bridge.example/api");
    assert_eq!(rig.scim_token(), "token-of-the-bridge");
    assert_eq!(rig.admin_key(), None);
    assert_eq!(
        rig.upstream().unwrap().openai_base_url(),
        format!("http://{free}/v1")
    );
    rig.end().await;
}

#[tokio::test]
async fn a_running_server_with_its_own_back_end_gets_no_mock() {
    let rig = TargetSpec {
        scim_only: true,
        ..url("http://bridge.example")
    }
    .raise(0)
    .await
    .unwrap();
    assert!(rig.upstream().is_none());
    rig.end().await;
}

#[tokio::test]
async fn a_busy_address_for_the_mock_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let spec = TargetSpec {
        mock_listen: Some(taken.local_addr().unwrap()),
        ..url("http://bridge.example")
    };
    insta::assert_snapshot!(error_of(spec).await, @"cannot listen on 127.0.0.1:PORT for the mock upstream (address in use): end what listens there, or give another --mock-listen and tell the bridge");
}

#[rstest]
#[case::no_token(TargetSpec { scim_token: None, ..url("http://b.example") }, "--bridge-url needs the bearer token that the bridge expects: give --scim-token or set PROOFLOAD_SCIM_TOKEN")]
#[case::empty_token(TargetSpec { scim_token: Some(String::new()), ..url("http://b.example") }, "--scim-token is empty: give a value or leave it out")]
#[case::odd_key(TargetSpec { admin_key: Some("canary\n".to_owned()), ..TargetSpec::default() }, "--admin-key has a character that cannot stand in an HTTP header: use visible ASCII without blanks")]
#[case::no_url(
    url("b.example/scim"),
    "--bridge-url `b.example/scim` cannot be used: it must begin with http:// or https://"
)]
#[case::no_path(TargetSpec { base_path: Some("a b".to_owned()), ..TargetSpec::default() }, "--base-path `a b` is not a path: give something like /scim/v2, or / for none")]
#[case::unused_listener(TargetSpec { mock_listen: Some(MOCK_LISTEN), ..TargetSpec::default() }, "--mock-listen is only for --bridge-url with an upstream: a bridge that proofload starts is told where its upstream is")]
#[case::no_limit(TargetSpec { limits: Limits { body_bytes: 0, ..Limits::default() }, ..TargetSpec::default() }, "the limit `body_bytes` must be more than zero")]
fn what_is_wrong_is_known_before_anything_starts(#[case] spec: TargetSpec, #[case] says: &str) {
    assert_eq!(spec.validate().unwrap_err().to_string(), says);
}

#[rstest]
#[case::embedded(TargetSpec::default(), "embedded reference bridge")]
#[case::command(TargetSpec { scim_token: Some("canary".to_owned()), ..command("bridge --token canary") }, "bridge --token [redacted]")]
#[case::url(url("http://b.example/scim/?x"), "http://b.example/scim")]
#[case::wrong_url(
    url("http://admin:canary@b.example"),
    "a bridge at a URL that is wrong"
)]
fn a_target_has_a_name_without_secrets(#[case] spec: TargetSpec, #[case] name: &str) {
    assert_eq!(spec.describe(), name);
    assert!(!format!("{spec:?}").contains("canary"), "{spec:?}");
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let spec = TargetSpec {
        scim_token: Some("canary-token".to_owned()),
        admin_key: Some("canary-key".to_owned()),
        ..TargetSpec::default()
    };
    let rig = spec.raise(0).await.unwrap();
    let shown = format!("{spec:?} {rig:?}");
    assert!(!shown.contains("canary"), "{shown}");
    rig.end().await;
}
