use rstest::rstest;

use super::*;

const TOKEN: &str = "canary-token/4711+x";
const PASSWORD: &str = "canary \"pass\" 4712";

fn raw(target: &str, body: &str) -> Raw {
    Raw {
        method: "POST".into(),
        target: target.into(),
        headers: vec![
            ("Authorization".into(), format!("Bearer {TOKEN}")),
            ("Cookie".into(), "sid=canary-cookie-4713; theme=dark".into()),
            ("X-Api-Key".into(), "canary-key-4714".into()),
            ("User-Agent".into(), "idp/1".into()),
        ],
        body: RawBody::Bytes(body.as_bytes().to_vec()),
        ..Raw::default()
    }
}

fn kept(raw: Raw) -> String {
    serde_json::to_string(&Cleaner::default().clean(raw)).unwrap()
}

#[rstest]
#[case::header_only("/Users", "{}")]
#[case::query("/Users?access_token=canary-token%2F4711%2Bx", "")]
#[case::query_of_any_name("/Users?x=canary-token%2F4711%2Bx&y=1", "")]
#[case::other_value_in_a_query("/Users?code=canary-other-9", "")]
#[case::path("/canary-key-4714/Users", "")]
#[case::member(
    "/Users",
    r#"{"password":"canary \"pass\" 4712","displayName":"canary \"pass\" 4712!"}"#
)]
#[case::any_case("/Users", r#"{"PassWord":{"a":["canary-deep-1"]}}"#)]
#[case::with_urn("/Users", r#"{"urn:x:2.0:User:password":"canary-deep-1"}"#)]
#[case::patch(
    "/Users/1",
    r#"{"Operations":[{"op":"replace","value":"canary-deep-1","path":"password"}]}"#
)]
#[case::number("/Users", r#"{"password":4711}"#)]
#[case::broken_json("/Users", r#"{"password":"canary-deep-1","#)]
#[case::form("/token", "grant_type=password&password=canary%20deep&client_secret=canary-2")]
#[case::token_in_text("/Users", r#"{"a":"was canary-token/4711+x"}"#)]
#[case::token_escaped("/Users", r#"{"a":"canary-token\/4711+x"}"#)]
#[case::cookie("/Users", r#"{"a":"canary-cookie-4713"}"#)]
#[case::filter("/Users?filter=password%20eq%20%22canary-deep-1%22", "")]
#[case::filter_plus("/Users?filter=password+eq+%22canary-deep-1%22&count=2", "")]
#[case::bearer_of_others("/Users", r#"{"a":"Bearer canary-0123456789"}"#)]
fn no_secret_is_kept(#[case] target: &str, #[case] body: &str) {
    let kept = kept(raw(target, body));
    for secret in ["canary", "4711", "deep"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    assert!(kept.contains("idp/1"), "what is no secret stays: {kept}");
}

#[test]
fn basic_credentials_are_known_in_every_form() {
    let secret = format!("ann:{PASSWORD}");
    let mut raw = raw("/Users", &serde_json::json!({"a": secret, "b": PASSWORD}).to_string());
    raw.headers[0].1 = format!("Basic {}", BASE64_STANDARD.encode(&secret));
    raw.body = RawBody::Bytes(
        serde_json::json!({"a": secret, "b": PASSWORD, "c": BASE64_STANDARD.encode(&secret)})
            .to_string()
            .into_bytes(),
    );
    let kept = kept(raw);
    assert!(!kept.contains("canary") && !kept.contains("4712"), "{kept}");
    assert!(!kept.contains(&BASE64_STANDARD.encode(&secret)), "{kept}");
}

#[test]
fn an_answer_has_no_secret_either() {
    let mut raw = raw("/Users", "{}");
    raw.answer = Some(RawAnswer {
        status: 200,
        headers: vec![
            ("Set-Cookie".into(), "sid=canary-answer-1; Path=/; HttpOnly".into()),
            ("Location".into(), format!("https://b/Users/1?t={TOKEN}")),
        ],
        body: RawBody::Bytes(
            format!(r#"{{"id":"1","password":"canary-2","detail":"canary-answer-1 {TOKEN}"}}"#).into_bytes(),
        ),
    });
    let kept = kept(raw);
    assert!(!kept.contains("canary") && kept.contains(r#"\"id\":\"1\""#), "{kept}");
}

#[test]
fn what_is_no_secret_keeps_its_bytes() {
    let body = "{ \"userName\" : \"o\\u0027b@x.de\",\r\n \"active\": \"False\" , \"a\":\"tab\\tand \\u0000\" }";
    let target = "/Users?filter=userName%20eq%20%22a+b%40x.de%22&startIndex=1&";
    let mut raw = raw(target, body);
    raw.headers.push(("X-Password".into(), "active".into()));
    let seen = Cleaner::default().clean(raw);
    assert_eq!(seen.body.text(), Some(body));
    assert_eq!(seen.target, target);
    assert!(seen.has_credentials);
}

#[test]
fn what_is_no_text_is_left_out() {
    let mut raw = raw("/Users", "");
    raw.body = RawBody::Bytes(vec![0xff, 0xfe]);
    let seen = Cleaner::default().clean(raw);
    assert_eq!(seen.body, Body::LeftOut("2 bytes that are no text".into()));
}

#[test]
fn only_so_many_secrets_are_remembered() {
    let mut cleaner = Cleaner::default();
    for number in 0..1_000 {
        let body = format!(r#"{{"password":"pass-{number}-word"}}"#);
        cleaner.clean(raw("/Users", &body));
    }
    assert_eq!(cleaner.remembered.len(), REMEMBERED);
    assert!(
        cleaner.remembered.iter().any(|secret| secret == TOKEN),
        "what comes again stays"
    );
}
