//! The preflight against everything that is not a bridge ready to be tested. Each line it says is held here.

use std::net::SocketAddr;

use rstest::rstest;

use super::*;
use crate::target::{TargetKind, TargetSpec};
use crate::wire::Limits;
use crate::wire::hostile::{Closed, Hostile, Manner, response};

const TOKEN: &str = "canary-token";
const LIST: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}"#;

fn spec(url: &str) -> TargetSpec {
    TargetSpec {
        kind: TargetKind::Url { url: url.to_owned() },
        scim_only: true,
        scim_token: Some(TOKEN.to_owned()),
        ready_within: Duration::from_millis(300),
        limits: Limits {
            body_bytes: 1024 * 1024,
            ..Limits::default()
        },
        ..TargetSpec::default()
    }
}

async fn verdict(spec: TargetSpec) -> String {
    let mut rig = spec.raise(0).await.unwrap();
    let verdict = check(&mut rig).await;
    rig.end().await;
    let said = verdict.map_or_else(|error| error.to_string(), |()| "ready".to_owned());
    assert!(!said.contains('\n') && !said.contains("canary"), "{said}");
    said
}

/// What is said of a server, without its port.
async fn verdict_on(manner: Manner) -> String {
    let server = Hostile::start(manner).await;
    without_port(&verdict(spec(&server.url())).await, server.address)
}

async fn verdict_on_answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> String {
    verdict_on(Manner::Say(response(status, headers, body))).await
}

fn without_port(said: &str, address: SocketAddr) -> String {
    said.replace(&address.to_string(), "127.0.0.1:PORT")
}

fn error(detail: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"500","detail":"{detail}"}}"#)
}

#[tokio::test]
async fn the_question_is_the_one_an_identity_provider_asks() {
    let server = Hostile::saying(response("200 OK", "", LIST)).await;
    assert_eq!(verdict(spec(&server.url())).await, "ready");
    let asked = server.heard().remove(0).replace(&server.address.to_string(), "HOST");
    assert_eq!(
        asked,
        "GET /scim/v2/Users?startIndex=1&count=1 HTTP/1.1\r\nAccept: application/scim+json\r\n\
         Authorization: Bearer canary-token\r\nHost: HOST\r\n\r\n"
    );
}

#[tokio::test]
async fn the_embedded_bridge_is_ready() {
    let mut rig = TargetSpec::default().raise(0).await.unwrap();
    assert_eq!(check(&mut rig).await, Ok(()));
    rig.end().await;
}

#[rstest]
#[case::strange_totals("200 OK", r#"{"totalResults":"0"}"#)]
#[case::refuses_paging(
    "400 Bad Request",
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400"}"#
)]
#[tokio::test]
async fn a_scim_server_that_answers_badly_is_ready_to_be_judged(#[case] status: &str, #[case] body: &str) {
    assert_eq!(verdict_on_answer(status, "", body).await, "ready");
}

#[tokio::test]
async fn nobody_there() {
    let closed = Closed::new();
    let address = closed.address;
    let said = without_port(&verdict(spec(&format!("http://{address}"))).await, address);
    insta::assert_snapshot!(said, @"nothing listens on 127.0.0.1:PORT: start the bridge, or give its address with --bridge-url");
}

#[tokio::test]
async fn no_such_host() {
    insta::assert_snapshot!(verdict(spec("http://bridge.invalid")).await, @"the host `bridge.invalid` is not known: check --bridge-url for a misspelling, or the DNS of this machine");
}

#[tokio::test]
async fn silence() {
    insta::assert_snapshot!(verdict_on(Manner::Silence).await, @"GET http://127.0.0.1:PORT/scim/v2/Users was not answered within 300 ms: see what the bridge waits for, or give it longer with --ready-within");
}

#[tokio::test]
async fn a_closed_connection() {
    insta::assert_snapshot!(verdict_on(Manner::Say(Vec::new())).await, @"127.0.0.1:PORT closes the connection without an answer (it ended in the middle): check that this is the bridge's port and that nothing in front of it refuses us");
}

#[tokio::test]
async fn a_reset_connection() {
    insta::assert_snapshot!(verdict_on(Manner::Reset(Vec::new())).await, @"127.0.0.1:PORT closes the connection without an answer (it was reset): check that this is the bridge's port and that nothing in front of it refuses us");
}

#[tokio::test]
async fn another_protocol() {
    insta::assert_snapshot!(verdict_on(Manner::Say(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())).await, @"127.0.0.1:PORT does not answer in HTTP (invalid HTTP version parsed): if it speaks TLS, give https:// in --bridge-url, else check the port");
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn https_where_there_is_none() {
    let server = Hostile::saying("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let spec = TargetSpec {
        ready_within: Duration::from_secs(5),
        ..spec(&format!("https://{}", server.address))
    };
    insta::assert_snapshot!(without_port(&verdict(spec).await, server.address), @"no HTTPS with 127.0.0.1:PORT (TLS failed, received corrupt message of type InvalidContentType): trust the authority of its certificate (SSL_CERT_FILE can name one), or give http:// if it speaks no TLS");
}

#[tokio::test]
async fn a_hundred_megabytes() {
    let flood = Manner::Flood(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n".to_vec());
    let server = Hostile::start(flood).await;
    let spec = TargetSpec {
        ready_within: Duration::from_secs(10),
        ..spec(&server.url())
    };
    insta::assert_snapshot!(without_port(&verdict(spec).await, server.address), @"GET http://127.0.0.1:PORT/scim/v2/Users did not work: the answer is larger than 1 MiB; reading stopped there; check that this is a SCIM base");
}

#[tokio::test]
async fn a_body_that_never_ends() {
    insta::assert_snapshot!(verdict_on(Manner::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await, @"GET http://127.0.0.1:PORT/scim/v2/Users was not answered within 300 ms: see what the bridge waits for, or give it longer with --ready-within");
}

#[tokio::test]
async fn a_web_page() {
    let page = "<!doctype html><html><head><title>Sign in &middot; canary-token</title></head></html>";
    insta::assert_snapshot!(verdict_on_answer("200 OK", "Content-Type: text/html\r\n", page).await, @"GET http://127.0.0.1:PORT/scim/v2/Users answered with a web page (`Sign in &middot; [redacted]`): the base path is probably wrong; try --base-path with the path in front of /Users (the usual ones do not answer either)");
}

#[tokio::test]
async fn a_web_page_beside_scim() {
    let server = Hostile::start(Manner::Paths(vec![
        ("/Users", response("200 OK", "", "<html><title>App</title>")),
        ("/v2/Users", response("200 OK", "", LIST)),
    ]))
    .await;
    let spec = TargetSpec {
        base_path: Some("/".to_owned()),
        ..spec(&server.url())
    };
    insta::assert_snapshot!(without_port(&verdict(spec).await, server.address), @"GET http://127.0.0.1:PORT/Users answered with a web page (`App`): the base path is probably wrong; SCIM answers at /v2, so try --base-path /v2");
}

#[tokio::test]
async fn a_wrong_path() {
    insta::assert_snapshot!(verdict_on_answer("404 Not Found", "", error("no such endpoint")).await, @"GET http://127.0.0.1:PORT/scim/v2/Users answered 404: wrong base path; try --base-path with the path in front of /Users (the usual ones do not answer either)");
}

#[rstest]
#[case::usual("/scim/v2", "/api/scim/v2", "/api/scim/v2")]
#[case::below("/tenants/7", "/tenants/7/scim/v2", "/tenants/7/scim/v2")]
#[case::above("/scim/Users", "/scim", "/scim")]
#[case::root("/scim", "", "/")]
#[tokio::test]
async fn a_wrong_path_beside_the_right_one(#[case] given: &str, #[case] right: &str, #[case] hint: &str) {
    let users: &'static str = format!("{right}/Users").leak();
    let server = Hostile::start(Manner::Paths(vec![(users, response("200 OK", "", LIST))])).await;
    let said = verdict(spec(&format!("{}{given}", server.url()))).await;
    let wanted = format!("answered 404: wrong base path; SCIM answers at {hint}, so try --base-path {hint}");
    assert!(said.ends_with(&wanted), "{said}");
}

#[rstest]
#[case("401 Unauthorized")]
#[case("403 Forbidden")]
#[tokio::test]
async fn a_wrong_token(#[case] status: &str) {
    let code = &status[..3];
    let said = verdict_on_answer(status, "WWW-Authenticate: Bearer\r\n", error("no")).await;
    assert_eq!(
        said,
        format!(
            "GET http://127.0.0.1:PORT/scim/v2/Users answered {code}: wrong token; give the one that the bridge expects with --scim-token or PROOFLOAD_SCIM_TOKEN"
        )
    );
}

#[tokio::test]
async fn a_redirect() {
    let headers = "Location: https://bridge.example/scim/v2/Users?startIndex=1&count=1\r\n";
    insta::assert_snapshot!(verdict_on_answer("301 Moved Permanently", headers, "").await, @"GET http://127.0.0.1:PORT/scim/v2/Users redirects to https://bridge.example/scim/v2, and identity providers do not follow: give the URL it redirects to as --bridge-url");
}

#[tokio::test]
async fn a_redirect_to_nowhere() {
    insta::assert_snapshot!(verdict_on_answer("302 Found", "", "").await, @"GET http://127.0.0.1:PORT/scim/v2/Users redirects, and identity providers do not follow: give the URL it redirects to as --bridge-url");
}

#[tokio::test]
async fn trouble_that_stays() {
    insta::assert_snapshot!(verdict_on_answer("503 Service Unavailable", "", error("upstream refuses canary-token")).await, @"GET http://127.0.0.1:PORT/scim/v2/Users still answers 503 after 300 ms (`upstream refuses [redacted]`): the bridge must be able to list its users before it can be tested");
}

#[tokio::test]
async fn trouble_in_a_proxy() {
    insta::assert_snapshot!(verdict_on_answer("502 Bad Gateway", "", "<html><title>502 Bad Gateway</title>").await, @"GET http://127.0.0.1:PORT/scim/v2/Users still answers 502 after 300 ms (`502 Bad Gateway`): the bridge must be able to list its users before it can be tested");
}

#[rstest]
#[case("429 Too Many Requests")]
#[case("500 Internal Server Error")]
#[tokio::test]
async fn trouble_that_passes(#[case] status: &str) {
    let answers = vec![response(status, "", error("not yet")), response("200 OK", "", LIST)];
    let server = Hostile::start(Manner::InTurn(answers)).await;
    let spec = TargetSpec {
        ready_within: Duration::from_secs(10),
        ..spec(&server.url())
    };
    assert_eq!(verdict(spec).await, "ready");
    assert_eq!(server.heard().len(), 2);
}

#[tokio::test]
async fn plain_text() {
    insta::assert_snapshot!(verdict_on_answer("200 OK", "", "it works").await, @"GET http://127.0.0.1:PORT/scim/v2/Users answered 200 with `it works`: no SCIM server is here; try --base-path with the path in front of /Users (the usual ones do not answer either)");
}

#[tokio::test]
async fn bytes_that_are_no_text() {
    insta::assert_snapshot!(verdict_on_answer("200 OK", "", b"\xff\xfe\x00").await, @"GET http://127.0.0.1:PORT/scim/v2/Users answered 200 with `��`: no SCIM server is here; try --base-path with the path in front of /Users (the usual ones do not answer either)");
}

#[tokio::test]
async fn nothing() {
    insta::assert_snapshot!(verdict_on_answer("200 OK", "", "").await, @"GET http://127.0.0.1:PORT/scim/v2/Users answered 200 with an empty body: no SCIM server is here; try --base-path with the path in front of /Users (the usual ones do not answer either)");
}

#[tokio::test]
async fn json_of_another_kind() {
    insta::assert_snapshot!(verdict_on_answer("200 OK", "", r#"{"users":[],"token":"canary-token"}"#).await, @r#"GET http://127.0.0.1:PORT/scim/v2/Users answered 200 and speaks JSON but not SCIM, there is no `Resources` or `totalResults` in `{"users":[],"token":"[redacted]"}`; try --base-path with the path in front of /Users (the usual ones do not answer either)"#);
}

#[cfg(unix)]
mod commands {
    use super::*;
    use crate::target::tests::program;

    /// What is said of a program, without its port.
    async fn verdict_on(mode: &str) -> String {
        let spec = TargetSpec {
            kind: TargetKind::Command { command: program(mode) },
            scim_token: Some(TOKEN.to_owned()),
            ready_within: Duration::from_secs(10),
            ..TargetSpec::default()
        };
        let mut rig = spec.raise(0).await.unwrap();
        let address = rig.scim_url().split('/').nth(2).unwrap().parse().unwrap();
        let said = check(&mut rig)
            .await
            .map_or_else(|error| error.to_string(), |()| "ready".to_owned());
        rig.end().await;
        assert!(!said.contains('\n') && !said.contains("canary"), "{said}");
        without_port(&said, address)
    }

    #[tokio::test]
    async fn one_that_answers_is_ready() {
        assert_eq!(verdict_on("list").await, "ready");
    }

    #[tokio::test]
    async fn one_that_refuses_its_own_token() {
        insta::assert_snapshot!(verdict_on("refuse").await, @"GET http://127.0.0.1:PORT/scim/v2/Users answered 401: the bridge must accept the bearer token it finds in SCIM_TOKEN; last output: running 1 test | asked GET /scim/v2/Users?startIndex=1&count=1 HTTP/1.1");
    }

    #[tokio::test]
    async fn one_that_dies_of_the_question() {
        insta::assert_snapshot!(verdict_on("die").await, @"the bridge exited with status 7 before it could be tested; last output: running 1 test | asked GET /scim/v2/Users?startIndex=1&count=1 HTTP/1.1 | out of ideas, [redacted]");
    }
}
