//! Keys, scopes, the throttle, unknown paths, and the headers of every answer.

use std::time::Duration;

use http::HeaderMap;
use rstest::rstest;
use serde_json::Value;

use super::{Lab, gist};
use crate::journal::Injected;
use crate::message::Request;
use crate::operation::Operation;
use crate::org::{AdminKeys, MAX_BODY};
use crate::settings::RateHeaders;
use crate::throttle::{Bucket, RetryAfterForm, Throttle};

const KEY: &str = "sk-admin-0123456789abcdef";
const USERS: &str = "/v1/organization/users";

fn locked() -> Lab {
    let mut lab = Lab::new();
    lab.org.set_keys(AdminKeys::Only(KEY.to_owned()), lab.now);
    lab
}

fn answer(lab: &mut Lab, request: &Request) -> (u16, HeaderMap, Value) {
    let reaction = lab.react(request);
    let answer = reaction.answer().unwrap().clone();
    let body = serde_json::from_slice(&answer.body).unwrap();
    (answer.status, answer.headers, body)
}

#[rstest]
#[case(None, "401 - -")]
#[case(Some(""), "401 - -")]
#[case(Some("Bearer "), "401 - -")]
#[case(Some("Basic c2stYWRtaW4="), "401 - -")]
#[case(Some(KEY), "401 - -")]
#[case(Some("Bearer sk-admin-wrong"), "401 invalid_api_key -")]
#[case(Some("Bearer sk-proj-0123456789abcdef"), "403 missing_scopes -")]
#[case(Some("Bearer sk-admin-0123456789abcdef"), "200 - -")]
#[case(Some("bearer  sk-admin-0123456789abcdef"), "200 - -")]
fn keys(#[case] authorization: Option<&str>, #[case] expected: &str) {
    let mut request = Request::get(USERS);
    if let Some(value) = authorization {
        request.headers.insert("authorization", value.parse().unwrap());
    }
    let (status, _, body) = answer(&mut locked(), &request);
    assert_eq!(gist(&(status, body)), expected);
}

#[test]
fn a_wrong_key_is_not_repeated_in_full_and_changes_nothing() {
    let mut lab = locked();
    let body = r#"{"email":"a@x.org","role":"reader"}"#;
    let request = Request::post("/v1/organization/invites", body);
    let (_, headers, body) = answer(&mut lab, &request.bearer("sk-admin-another-key-0000"));
    let message = body["error"]["message"].as_str().unwrap();
    assert_eq!(message, "Incorrect API key provided: ****0000.");
    assert_eq!(lab.org.invites(lab.now).count(), 0);
    assert!(!headers.contains_key("x-mock-openai"), "this code was observed");
    let journal = serde_json::to_string(lab.last_entry()).unwrap();
    assert!(!journal.contains("another-key"), "{journal}");
}

#[rstest]
#[case("GET", "/v1/organization/nothing", "404 unknown_url -")]
#[case("GET", "/v1/organization/costs", "501 not_modelled -")]
#[case("PUT", "/v1/organization/users", "405 method_not_allowed -")]
fn paths_that_are_no_operation(#[case] verb: &str, #[case] path: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    let request = Request::new(verb.parse().unwrap(), path).bearer(KEY);
    let (status, headers, body) = answer(&mut lab, &request);
    assert_eq!(gist(&(status, body)), expected);
    assert_eq!(headers.get("allow").is_some(), status == 405);
    let entry = lab.last_entry();
    assert_eq!(
        (entry.operation, entry.route.as_ref()),
        (None, format!("{verb} (no operation)").as_str())
    );
}

#[test]
fn a_body_that_is_too_large() {
    let body = " ".repeat(MAX_BODY + 1);
    let mut lab = Lab::new();
    let answer = lab.post("invites", &body);
    assert_eq!(gist(&answer), "413 request_too_large -");
}

#[test]
fn the_headers_of_every_answer() {
    let mut lab = Lab::new();
    let (_, first, _) = answer(&mut lab, &Request::get(USERS).bearer(KEY));
    let (_, second, _) = answer(&mut lab, &Request::get("/nowhere"));
    for headers in [&first, &second] {
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["openai-version"], "2020-10-01");
        assert_eq!(headers["openai-organization"], lab.org.id());
        assert_eq!(headers["openai-processing-ms"], "0");
        let id = headers["x-request-id"].to_str().unwrap();
        assert!(id.starts_with("req_") && id.len() == 36, "{id}");
    }
    assert_ne!(first["x-request-id"], second["x-request-id"]);
}

fn throttled(form: RetryAfterForm) -> Lab {
    let only = Some(vec![Operation::ListUsers]);
    let bucket = Bucket {
        only,
        form,
        ..Bucket::new(1, 40.0)
    };
    Lab::with(|settings| settings.throttle = Throttle::Bucket(bucket))
}

#[rstest]
#[case(RetryAfterForm::Integer, Some("2"), "after 2 seconds", Some(2.0))]
#[case(
    RetryAfterForm::HttpDate,
    Some("Tue, 14 Nov 2023 22:13:22 GMT"),
    "after 2 seconds",
    Some(2.0)
)]
#[case(RetryAfterForm::TextOnly, None, "after 1.500 seconds", Some(1.5))]
#[case(RetryAfterForm::Absent, None, "later", None)]
fn forms_of_a_429(
    #[case] form: RetryAfterForm,
    #[case] header: Option<&str>,
    #[case] hint: &str,
    #[case] told: Option<f64>,
) {
    let mut lab = throttled(form);
    assert_eq!(lab.get("users").0, 200);
    let (status, headers, body) = answer(&mut lab, &Request::get(USERS).bearer("sk-admin-test-0123456789"));
    assert_eq!(gist(&(status, body.clone())), "429 rate_limit_exceeded -");
    assert_eq!(headers.get("retry-after").map(|value| value.to_str().unwrap()), header);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.ends_with(&format!("Please try again {hint}.")), "{message}");
    let injected = lab.last_entry().injected.clone();
    assert_eq!(
        injected,
        Some(Injected::Throttled {
            retry_after_seconds: told
        })
    );
}

#[test]
fn who_waits_as_told_passes() {
    let mut lab = throttled(RetryAfterForm::HttpDate);
    assert_eq!(lab.get("users").0, 200);
    assert_eq!(lab.get("users").0, 429);
    // The date has no milliseconds: its second begins up to a second before the whole wait.
    lab.now = crate::Timestamp::from_millis(1_700_000_002_000);
    assert_eq!(lab.get("users").0, 200);
}

#[test]
fn only_what_is_named_is_throttled_and_a_refused_key_costs_nothing() {
    let mut lab = throttled(RetryAfterForm::Integer);
    assert_eq!(lab.react(&Request::get(USERS)).answer().unwrap().status, 401);
    assert_eq!(lab.get("users").0, 200);
    assert_eq!(lab.get("users").0, 429);
    assert_eq!([lab.get("groups").0, lab.get("groups").0], [200, 200]);
    lab.now = lab.now.plus(Duration::from_millis(1500));
    assert_eq!(lab.get("users").0, 200);
}

#[test]
fn rate_headers_when_asked_for() {
    let mut lab = throttled(RetryAfterForm::Integer);
    lab.org.settings_mut().rate_headers = RateHeaders::Sent;
    let request = Request::get(USERS).bearer(KEY);
    for expected_status in [200, 429] {
        let (status, headers, _) = answer(&mut lab, &request);
        assert_eq!(status, expected_status);
        assert_eq!(headers["x-ratelimit-limit-requests"], "1");
        assert_eq!(headers["x-ratelimit-remaining-requests"], "0");
        assert_eq!(headers["x-ratelimit-reset-requests"], "1500ms");
    }
}
