//! Bridges that pass the preflight and then misbehave: each is a finding within its limit, and the rest is still reported.

use std::time::{Duration, Instant};

use proofload::finding::Verdict;
use proofload::target::{TargetKind, TargetSpec};
use proofload::wire::Limits;
use proofload_tests::{cases, catalogue, plan, run};
use rstest::rstest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const EMPTY_LIST: &str = concat!(
    "HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nConnection: close\r\n\r\n",
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}"#
);

/// What a hostile bridge does with anything but a GET.
#[derive(Clone, Copy, Debug)]
enum Malice {
    Hang,
    Drip,
    Flood,
    WebPage,
    NotUtf8,
    RedirectToItself,
    HalfBody,
    Close,
    NotHttp,
}

#[rstest]
#[case::hangs(Malice::Hang, "answers-in-time", "no complete answer within 1 s")]
#[case::drips_for_ever(Malice::Drip, "answers-in-time", "no complete answer within 1 s")]
#[case::sends_100_mb(Malice::Flood, "answers-in-time", "the answer is larger than 1 MiB")]
#[case::answers_html(Malice::WebPage, "json-errors", "a body that is not JSON (text/html)")]
#[case::answers_bytes(Malice::NotUtf8, "json-errors", "a body that is not JSON")]
#[case::redirects(Malice::RedirectToItself, "expect.status", "was not answered as it must be")]
#[case::closes_half_way(Malice::HalfBody, "answers-in-time", "closed before the answer was complete")]
#[case::closes_at_once(Malice::Close, "answers-in-time", "closed before the answer was complete")]
#[case::speaks_something_else(Malice::NotHttp, "answers-in-time", "not HTTP")]
#[tokio::test]
async fn misbehaviour_is_a_finding_within_its_limit(#[case] malice: Malice, #[case] check: &str, #[case] words: &str) {
    let url = serve(malice).await.unwrap();
    let target = TargetSpec {
        kind: TargetKind::Url { url },
        scim_only: true,
        scim_token: Some("hostile-token".to_owned()),
        limits: Limits {
            answer_within: Duration::from_secs(1),
            body_bytes: 1 << 20,
            ..Limits::default()
        },
        ..TargetSpec::default()
    };
    let started = Instant::now();
    let wanted = |id: &str| id == "users/assign-okta-minimal" || id == "connection/wrong-token";
    let cases = cases(&catalogue(), wanted);
    let told = cases.len();
    let results = run(plan(cases, target, Duration::from_secs(1), 1)).await.unwrap();

    let create = results
        .iter()
        .find(|result| result.id.scenario == "users/assign-okta-minimal")
        .unwrap();
    assert_eq!(create.verdict, Verdict::Fail, "{create:?}");
    let said: Vec<String> = create
        .findings
        .iter()
        .map(|finding| format!("{}: {}", finding.check, finding.message))
        .collect();
    assert!(
        said.iter().any(|said| said.starts_with(check) && said.contains(words)),
        "{said:#?}"
    );
    assert_eq!(results.len(), told, "the rest was not reported");
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "took {:?}",
        started.elapsed()
    );
}

/// A bridge that dies takes nothing with it but its own scenario.
#[tokio::test]
async fn a_bridge_that_exits_is_a_finding_and_the_next_scenario_gets_a_new_one() {
    let target = TargetSpec {
        kind: TargetKind::Command {
            command: env!("CARGO_BIN_EXE_dies").to_owned(),
        },
        ..TargetSpec::default()
    };
    let wanted = |id: &str| id == "users/assign-okta-minimal" || id == "users/assign-okta-full";
    let results = run(plan(cases(&catalogue(), wanted), target, Duration::from_secs(1), 1))
        .await
        .unwrap();

    assert_eq!(results.len(), 2);
    for result in results {
        let said: Vec<&str> = result.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(result.verdict, Verdict::Fail, "{result:?}");
        assert!(
            said.iter().any(|said| said.contains("the bridge exited with status 7")),
            "{said:#?}"
        );
        assert!(
            result.output.iter().any(|line| line.contains("out of here")),
            "{:?}",
            result.output
        );
    }
}

/// Starts a bridge that answers GET well and everything else with malice. It lives as long as the test's runtime.
async fn serve(malice: Malice) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/scim/v2", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, malice));
        }
    });
    Ok(url)
}

async fn answer(mut stream: TcpStream, malice: Malice) {
    let mut request = vec![0; 64 * 1024];
    let Ok(read) = stream.read(&mut request).await else {
        return;
    };
    if request[..read].starts_with(b"GET") {
        _ = stream.write_all(EMPTY_LIST.as_bytes()).await;
        return;
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\n";
    match malice {
        Malice::Hang => std::future::pending().await,
        Malice::Drip => {
            _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            while stream.write_all(b" ").await.is_ok() {
                beat.tick().await;
            }
        }
        Malice::Flood => {
            _ = stream
                .write_all(format!("{head}Content-Length: 104857600\r\n\r\n").as_bytes())
                .await;
            let block = vec![b' '; 1 << 16];
            while stream.write_all(&block).await.is_ok() {}
        }
        Malice::WebPage => {
            _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>hello</html>")
                .await;
        }
        Malice::NotUtf8 => {
            _ = stream
                .write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())
                .await;
            _ = stream.write_all(b"{\"id\":\"\xff\xfe\"}").await;
        }
        Malice::RedirectToItself => {
            _ = stream
                .write_all(
                    b"HTTP/1.1 302 Found\r\nLocation: /scim/v2/Users\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                )
                .await;
        }
        Malice::HalfBody => {
            _ = stream
                .write_all(format!("{head}Content-Length: 1000\r\n\r\n{{\"id\":").as_bytes())
                .await;
        }
        Malice::Close => {}
        Malice::NotHttp => _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await,
    }
}
