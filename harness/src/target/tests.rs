//! Targets of every kind, well-behaved and not.

#[cfg(unix)]
mod commands;

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
        kind: TargetKind::Url { url: url.to_owned() },
        scim_token: Some("token-of-the-bridge".to_owned()),
        ..TargetSpec::default()
    }
}

#[cfg(unix)]
pub(crate) use self::commands::program;

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
        headers: vec![("Authorization".to_owned(), format!("Bearer {}", rig.scim_token()))],
        body: None,
    };
    let (outcome, _) = rig.wire().send(rig.scim_url(), &request).await;
    let Outcome::Answered(answer) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(answer.status, 200);
    assert!(rig.scim_url().ends_with("/scim/v2"), "{}", rig.scim_url());
    assert!(rig.upstream().unwrap().last_seq() > 0, "it has asked its upstream");
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
    assert_eq!(outcome, Outcome::Failed(crate::exchange::WireTrouble::Refused));
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
        ids.push(
            rig.upstream()
                .unwrap()
                .org(|org, now| org.add_member("a@b.example", None, mock_openai::OrgRole::Reader, now)),
        );
        rig.end().await;
    }
    assert_eq!(ids[0], ids[2]);
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_running_bridge_finds_the_mock_where_it_was_told() {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, command::free_port().unwrap()));
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
    assert_eq!(rig.upstream().unwrap().openai_base_url(), format!("http://{free}/v1"));
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
#[case::wrong_url(url("http://admin:canary@b.example"), "a bridge at a URL that is wrong")]
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
