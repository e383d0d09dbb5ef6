//! The client against servers that do what no server should, and its requests byte by byte.

use std::io::Write;

use rstest::rstest;

use super::hostile::{Closed, Hostile, Manner, response};
use super::*;

fn limits() -> Limits {
    Limits {
        answer_within: Duration::from_millis(300),
        body_bytes: 1024 * 1024,
        connect_within: Duration::from_millis(200),
    }
}

fn get(target: &str) -> SentRequest {
    SentRequest {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        body: None,
    }
}

async fn send(url: &str, request: &SentRequest) -> Outcome {
    Wire::new(limits()).unwrap().send(url, request).await.0
}

async fn outcome(manner: Manner) -> Outcome {
    let server = Hostile::start(manner).await;
    send(&server.url(), &get("/Users")).await
}

fn answered(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Failed(trouble) => panic!("{trouble}"),
    }
}

fn failed(outcome: Outcome) -> WireTrouble {
    match outcome {
        Outcome::Answered(answer) => panic!("{answer:?}"),
        Outcome::Failed(trouble) => trouble,
    }
}

async fn heard(request: &SentRequest) -> String {
    let server = Hostile::saying(response("200 OK", "", "")).await;
    answered(send(&format!("{}/scim/v2", server.url()), request).await);
    server.heard().remove(0).replace(&server.address.to_string(), "HOST")
}

#[tokio::test]
async fn a_request_has_nothing_that_was_not_asked_for() {
    assert_eq!(
        heard(&get("/Users")).await,
        "GET /scim/v2/Users HTTP/1.1\r\nHost: HOST\r\n\r\n"
    );
}

#[tokio::test]
async fn a_request_has_everything_that_was_asked_for() {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = SentRequest {
        method: "PATCH".to_owned(),
        target: "/Users/1".to_owned(),
        headers: vec![
            header("user-agent", "Okta SCIM Client 1.0.0"),
            header("AUTHORIZATION", "Bearer t"),
            header("Accept", "*/*"),
            header("content-type", "application/scim+json; charset=utf-8"),
            header("X-Twice", "one"),
            header("X-Twice", "zwö"),
        ],
        body: Some(Bytes::from_static("{\"ä\": 1}".as_bytes())),
    };
    assert_eq!(
        heard(&request).await,
        "PATCH /scim/v2/Users/1 HTTP/1.1\r\nUser-Agent: Okta SCIM Client 1.0.0\r\nAuthorization: Bearer t\r\n\
         Accept: */*\r\nContent-Type: application/scim+json; charset=utf-8\r\nX-Twice: one\r\nX-Twice: zwö\r\n\
         Host: HOST\r\nContent-Length: 9\r\n\r\n{\"ä\": 1}"
    );
}

#[rstest]
#[case::plus_and_quotes("/Users?filter=userName+eq+%22a%40b%22")]
#[case::percent_20("/Users?filter=userName%20eq%20%22a%22")]
#[case::apostrophe_and_brackets("/Users?filter=emails[type+eq+'work']&x={y|z}")]
#[case::bare_flag("/Users?aadOptscim062020")]
#[case::trailing_ampersand("/Users?count=1&")]
#[case::trailing_question_mark("/Users?")]
#[case::two_question_marks("/Users?a=b?c")]
#[case::dots("/Users/../Groups/./%2e%2e/x")]
#[case::double_slash("/Users//1")]
#[case::encoded_slash("/Users/a%2Fb")]
#[case::lower_case_escapes("/Users?filter=%c3%a4")]
#[case::raw_utf8("/Users?filter=ä")]
#[case::nothing("")]
#[tokio::test]
async fn a_target_keeps_its_bytes(#[case] target: &str) {
    let heard = heard(&get(target)).await;
    assert_eq!(heard.lines().next().unwrap(), format!("GET /scim/v2{target} HTTP/1.1"));
}

#[tokio::test]
async fn only_what_cannot_stand_in_a_request_line_is_encoded() {
    let all: String = ('\0'..='\x7f').filter(|character| *character != '?').collect();
    let heard = heard(&get(&format!("/{all}?{all}"))).await;
    let line = heard.lines().next().unwrap();
    let [_, target, _] = line.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{line}")
    };
    let decoded = percent_encoding::percent_decode_str(target).decode_utf8().unwrap();
    // The one `%` of the list is followed by `&'`, so it decodes to itself.
    assert_eq!(decoded, format!("/scim/v2/{all}?{all}"));
    assert!(target.contains("!%22%23$%&'()*+,-./0123456789:;%3C=%3E@A"), "{target}");
}

#[rstest]
#[case::get("GET", None, "")]
#[case::delete("DELETE", None, "")]
#[case::empty_post("POST", None, "Content-Length: 0\r\n")]
#[case::empty_patch("PATCH", None, "Content-Length: 0\r\n")]
#[case::get_with_body("GET", Some("x"), "Content-Length: 1\r\n")]
#[case::unknown("PROPFIND", None, "")]
#[case::lower_case("get", None, "")]
#[tokio::test]
async fn any_method_goes(#[case] method: &str, #[case] body: Option<&'static str>, #[case] length: &str) {
    let request = SentRequest {
        method: method.to_owned(),
        body: body.map(Bytes::from),
        ..get("/Users")
    };
    let heard = heard(&request).await;
    let head = heard.strip_suffix(body.unwrap_or_default()).unwrap();
    let mut lines: Vec<&str> = head.split_inclusive("\r\n").collect();
    assert_eq!(lines.remove(0), format!("{method} /scim/v2/Users HTTP/1.1\r\n"));
    lines.retain(|line| !["Host: HOST\r\n", "\r\n"].contains(line));
    assert_eq!(lines.concat(), length);
}

#[rstest]
#[case::method(SentRequest { method: "GE T".to_owned(), ..get("/Users") }, "`GE T` is not an HTTP method")]
#[case::header_name(SentRequest { headers: vec![("a b".to_owned(), "c".to_owned())], ..get("/") }, "`a b` is not a header name")]
#[case::header_value(SentRequest { headers: vec![("a".to_owned(), "secret\r\nx: y".to_owned())], ..get("/") }, "header `a` has a control character")]
#[tokio::test]
async fn what_http_cannot_carry_is_not_sent(#[case] request: SentRequest, #[case] says: &str) {
    let trouble = failed(send("http://127.0.0.1:9", &request).await).to_string();
    assert!(
        trouble.contains("cannot be sent") && trouble.contains(says) && !trouble.contains("secret"),
        "{trouble}"
    );
}

#[tokio::test]
async fn an_answer_is_kept_as_it_came() {
    let headers = "Content-Type: application/scim+json\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Odd: \u{e4}\r\n";
    let mut bytes = response("409 Conflict", headers, b"{\xff\xfe}");
    let odd = bytes.windows(2).position(|pair| pair == "ä".as_bytes()).unwrap();
    bytes.remove(odd);
    let answer = answered(outcome(Manner::Say(bytes)).await);
    assert_eq!(answer.status, 409);
    assert_eq!(&answer.body[..], b"{\xff\xfe}");
    let values = |wanted: &str| -> Vec<&str> {
        answer
            .headers
            .iter()
            .filter(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
            .collect()
    };
    assert_eq!(values("x-twice"), ["1", "2"]);
    assert_eq!(values("x-odd"), ["\\xa4"]);
}

#[tokio::test]
async fn chunks_and_an_end_by_closing_are_bodies_too() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n";
    assert_eq!(answered(outcome(Manner::Say(chunked.into())).await).body, "{}");
    assert_eq!(
        answered(outcome(Manner::Say(b"HTTP/1.1 200 OK\r\n\r\n{}".to_vec())).await).body,
        "{}"
    );
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_is_never_blamed() {
    let server = Hostile::saying(response("200 OK", "", "{}")).await;
    let wire = Wire::new(limits()).unwrap();
    for _ in 0..200 {
        answered(wire.send(&server.url(), &get("/Users")).await.0);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let server = Hostile::saying(response("302 Found", "Location: /Users\r\n", "")).await;
    let answer = answered(send(&server.url(), &get("/Users")).await);
    assert_eq!((answer.status, answer.header("Location")), (302, Some("/Users")));
    assert_eq!(server.heard().len(), 1, "nobody may follow");
}

#[rstest]
#[case::never_answers(Manner::Silence)]
#[case::drips_its_head(Manner::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec()))]
#[case::drips_its_body(Manner::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()))]
#[tokio::test]
async fn nobody_waits_for_ever(#[case] manner: Manner) {
    let server = Hostile::start(manner).await;
    let (outcome, elapsed) = Wire::new(limits()).unwrap().send(&server.url(), &get("/Users")).await;
    assert_eq!(failed(outcome), WireTrouble::TimedOut(limits().answer_within));
    assert!((300..2_000).contains(&elapsed.as_millis()), "{elapsed:?}");
}

fn gzip_bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 100 * 1024 * 1024]).unwrap();
    encoder.finish().unwrap()
}

#[rstest]
#[case::says_so(response("200 OK", "", vec![b'0'; 1024 * 1024 + 1]))]
#[case::gzip_bomb(response("200 OK", "Content-Encoding: gzip\r\n", gzip_bomb()))]
#[tokio::test]
async fn nobody_reads_too_much(#[case] bytes: Vec<u8>) {
    let server = Hostile::saying(bytes).await;
    let wire = Wire::new(Limits {
        answer_within: Duration::from_secs(20),
        ..limits()
    })
    .unwrap();
    assert_eq!(
        failed(wire.send(&server.url(), &get("/Users")).await.0),
        WireTrouble::TooLarge(1024 * 1024)
    );
}

#[tokio::test]
async fn a_flood_is_not_drained() {
    let server = Hostile::start(Manner::Flood(
        b"HTTP/1.1 200 OK\r\nContent-Length: 107374182400\r\n\r\n".to_vec(),
    ))
    .await;
    let wire = Wire::new(Limits {
        answer_within: Duration::from_secs(20),
        ..limits()
    })
    .unwrap();
    assert_eq!(
        failed(wire.send(&server.url(), &get("/Users")).await.0),
        WireTrouble::TooLarge(1024 * 1024)
    );
}

#[rstest]
#[case::half_a_body(Manner::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".to_vec()), "it ended in the middle")]
#[case::half_a_chunk(Manner::Say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".to_vec()), "it ended in the middle")]
#[case::half_a_head(Manner::Say(b"HTTP/1.1 200 OK\r\nX".to_vec()), "it ended in the middle")]
#[case::nothing(Manner::Say(Vec::new()), "it ended in the middle")]
#[case::reset(Manner::Reset(Vec::new()), "it was reset")]
#[tokio::test]
async fn half_an_answer_is_none(#[case] manner: Manner, #[case] how: &str) {
    assert_eq!(failed(outcome(manner).await), WireTrouble::Closed(how.to_owned()));
}

#[tokio::test]
async fn a_reset_in_the_middle_of_a_body_is_no_answer() {
    let trouble = failed(
        outcome(Manner::Reset(
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".to_vec(),
        ))
        .await,
    );
    assert!(matches!(trouble, WireTrouble::Closed(_)), "{trouble:?}");
}

#[rstest]
#[case::ssh(b"SSH-2.0-OpenSSH_9.6\r\n")]
#[case::http_0_9(b"<html>hello</html>")]
#[case::bad_status(b"HTTP/1.1 abc OK\r\n\r\n")]
#[case::bad_chunk(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
#[case::bad_length(b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n")]
#[case::not_gzip(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")]
#[tokio::test]
async fn what_is_not_http_is_called_so(#[case] bytes: &[u8]) {
    let trouble = failed(outcome(Manner::Say(bytes.to_vec())).await);
    assert!(matches!(trouble, WireTrouble::NotHttp(_)), "{trouble:?}");
}

#[tokio::test]
async fn a_head_without_end_is_stopped() {
    let trouble = failed(outcome(Manner::Flood(b"HTTP/1.1 200 OK\r\nX: ".to_vec())).await);
    assert!(matches!(trouble, WireTrouble::NotHttp(_)), "{trouble:?}");
}

#[rstest]
#[case::plain("http")]
#[cfg_attr(feature = "tls", case::tls("https"))]
#[tokio::test]
async fn a_closed_port_refuses(#[case] scheme: &str) {
    let closed = Closed::new();
    let address = closed.address;
    assert_eq!(
        failed(send(&format!("{scheme}://{address}"), &get("/Users")).await),
        WireTrouble::Refused
    );
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_server_without_tls_is_not_https() {
    let server = Hostile::saying("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let trouble = failed(send(&format!("https://{}", server.address), &get("/Users")).await);
    assert!(
        matches!(&trouble, WireTrouble::NotHttp(text) if text.starts_with("TLS failed")),
        "{trouble:?}"
    );
}

#[tokio::test]
async fn gzip_is_undone() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(b"{}").unwrap();
    let bytes = response("200 OK", "Content-Encoding: gzip\r\n", encoder.finish().unwrap());
    assert_eq!(answered(outcome(Manner::Say(bytes)).await).body, "{}");
}

#[rstest]
#[case::answer_within(Limits { answer_within: Duration::ZERO, ..limits() }, "the limit `answer_within` must be more than zero")]
#[case::body_bytes(Limits { body_bytes: 0, ..limits() }, "the limit `body_bytes` must be more than zero")]
#[case::connect_within(Limits { connect_within: Duration::ZERO, ..limits() }, "the limit `connect_within` must be more than zero")]
fn a_limit_of_zero_is_refused(#[case] limits: Limits, #[case] says: &str) {
    assert_eq!(Wire::new(limits).unwrap_err().to_string(), says);
}
