//! Fault rules at work: what the client gets, what the organization becomes, what is noted.

use std::time::Duration;

use rstest::rstest;

use super::{Lab, column, gist, id};
use crate::delay::Delay;
use crate::fault::{FaultAction, FaultBody, FaultRule, FaultStatus, Phase, RetryAfter};
use crate::journal::{Cause, Injected};
use crate::message::{Reaction, Request};
use crate::operation::Operation;

fn lab(rule: &str) -> Lab {
    let mut lab = Lab::new();
    lab.org.faults_mut().push(rule.parse().unwrap());
    lab
}

fn invite() -> Request {
    let body = r#"{"email":"ann@x.org","role":"reader"}"#;
    Request::post("/v1/organization/invites", body).bearer("k")
}

#[rstest]
#[case("inviteUser=500:always:before", 0)]
#[case("inviteUser=500:always:after", 1)]
#[case("inviteUser=hang:always:before", 0)]
#[case("inviteUser=hang:always:after", 1)]
#[case("inviteUser=reset:always:before", 0)]
#[case("inviteUser=reset:always:after", 1)]
#[case("inviteUser=half_body:always:before", 0)]
#[case("inviteUser=half_body:always:after", 1)]
#[case("inviteUser=delay(9ms):always:before", 1)]
#[case("inviteUser=delay(9ms):always:after", 1)]
fn before_and_after(#[case] rule: &str, #[case] invites: usize) {
    let mut lab = lab(rule);
    let reaction = lab.react(&invite());
    assert_eq!(lab.org.invites(lab.now).count(), invites);
    let entry = lab.last_entry();
    assert_eq!(entry.effects.len(), invites);
    let phase = if rule.ends_with("before") {
        Phase::Before
    } else {
        Phase::After
    };
    let injected = Injected::Fault {
        rule: rule.to_owned(),
        phase,
        retry_after_seconds: None,
    };
    assert_eq!(entry.injected, Some(injected));
    let is_answered = matches!(reaction, Reaction::Answer { .. });
    assert_eq!(entry.answered.is_some(), is_answered);
    assert_eq!(
        entry.answer.is_some(),
        is_answered || matches!(reaction, Reaction::Half(_))
    );
}

#[test]
fn a_lost_answer_followed_by_a_retry_meets_the_invite_that_is_there() {
    let mut lab = lab("inviteUser=503:next(1):after");
    assert_eq!(lab.invite("ann@x.org").0, 503);
    assert_eq!(gist(&lab.invite("ann@x.org")), "400 invite_already_exists -");
    assert_eq!(lab.org.pending_invites_for("ann@x.org", lab.now).len(), 1);
}

#[test]
fn a_delay_keeps_the_answer_and_says_when_it_ends() {
    let mut lab = lab("inviteUser=delay(250ms)");
    let Reaction::Answer { answer, delay } = lab.react(&invite()) else {
        panic!("a delayed answer is an answer");
    };
    assert_eq!((answer.status, delay), (200, Duration::from_millis(250)));
    assert_eq!(answer.headers["openai-processing-ms"], "250");
    let entry = lab.last_entry();
    assert_eq!(entry.answered.unwrap().since(entry.arrived), delay);
}

#[test]
fn half_of_the_proper_answer_or_of_an_error() {
    let Reaction::Half(answer) = lab("*=half_body:always:after").react(&invite()) else {
        panic!("half an answer was asked for");
    };
    assert_eq!(answer.status, 200);
    let Reaction::Half(answer) = lab("*=half_body").react(&invite()) else {
        panic!("half an answer was asked for");
    };
    assert_eq!(answer.status, 500);
}

#[rstest]
#[case(FaultBody::Object, "application/json", r#"{"error":{"message":"#)]
#[case(FaultBody::BareString, "application/json", r#"{"error":"mock-openai"#)]
#[case(FaultBody::NumericCode, "application/json", r#"{"code":502,"message":"mock-openai"#)]
#[case(FaultBody::Html, "text/html", "<html>")]
#[case(FaultBody::Empty, "text/plain", "")]
fn bodies(#[case] body: FaultBody, #[case] media_type: &str, #[case] begin: &str) {
    let status = FaultStatus {
        body,
        ..FaultStatus::new(502)
    };
    let mut lab = with_status(status);
    let reaction = lab.react(&invite());
    let answer = reaction.answer().unwrap();
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (502, &media_type.parse().unwrap())
    );
    assert!(answer.body.starts_with(begin.as_bytes()));
    assert_eq!(
        answer.headers.contains_key("x-request-id"),
        media_type == "application/json"
    );
}

#[rstest]
#[case(None, None, None)]
#[case(Some(RetryAfter::Absent), None, None)]
#[case(Some(RetryAfter::Integer(3)), Some("3"), Some(3.0))]
#[case(Some(RetryAfter::HttpDate(3)), Some("Tue, 14 Nov 2023 22:13:23 GMT"), Some(3.0))]
#[case(Some(RetryAfter::TextOnly(3)), None, Some(3.0))]
fn waits(#[case] retry_after: Option<RetryAfter>, #[case] header: Option<&str>, #[case] told: Option<f64>) {
    let mut lab = with_status(FaultStatus {
        retry_after,
        ..FaultStatus::new(429)
    });
    let reaction = lab.react(&invite());
    let answer = reaction.answer().unwrap();
    assert_eq!(
        answer.headers.get("retry-after").map(|value| value.to_str().unwrap()),
        header
    );
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(text.contains("after 3 seconds"), told.is_some(), "{text}");
    assert!(text.contains(r#""code":"rate_limit_exceeded""#), "{text}");
    let Some(Injected::Fault {
        retry_after_seconds, ..
    }) = &lab.last_entry().injected
    else {
        panic!("a rule struck");
    };
    assert_eq!(*retry_after_seconds, told);
}

fn with_status(status: FaultStatus) -> Lab {
    let mut lab = Lab::new();
    lab.org.faults_mut().push(FaultRule::new(FaultAction::Status(status)));
    lab
}

#[test]
fn the_first_rule_that_strikes_wins_and_one_that_does_not_lets_the_next_try() {
    let mut lab = lab("inviteUser=500:nth(2)");
    lab.org.faults_mut().push("*=503".parse().unwrap());
    let statuses = ["a@x.org", "b@x.org", "c@x.org"].map(|email| lab.invite(email).0);
    assert_eq!(statuses, [503, 500, 503]);
}

#[test]
fn a_rule_about_one_person_leaves_others_alone() {
    let mut lab = lab("inviteUser=500");
    let mut rule: FaultRule = "inviteUser=500".parse().unwrap();
    rule.containing = Some("ANN@".to_owned());
    lab.org.faults_mut().set([rule]);
    assert_eq!([lab.invite("ann@x.org").0, lab.invite("bob@x.org").0], [500, 200]);
    lab.org.faults_mut().clear();
    assert_eq!(lab.invite("ann@x.org").0, 200);
}

#[test]
fn faults_come_before_the_key_is_looked_at_and_leave_unknown_paths_alone() {
    let mut lab = lab("*=500");
    let keyless = Request::get("/v1/organization/users");
    assert_eq!(lab.react(&keyless).answer().unwrap().status, 500);
    assert_eq!(lab.get("nothing").0, 404);
}

#[test]
fn an_address_reaches_what_is_no_operation() {
    let mut lab = lab("/organization/usage/*=503");
    assert_eq!(lab.get("usage/completions").0, 503);
    assert_eq!(lab.last_entry().operation, None);
    assert!(lab.last_entry().injected.is_some());
    assert_eq!(lab.get("usage").0, 404);
}

#[rstest]
#[case(Some(true), Some("true"))]
#[case(Some(false), Some("false"))]
#[case(None, None)]
fn sdks_can_be_told_whether_to_retry(#[case] should_retry: Option<bool>, #[case] header: Option<&str>) {
    let mut lab = with_status(FaultStatus {
        should_retry,
        ..FaultStatus::new(400)
    });
    let reaction = lab.react(&invite());
    let told = reaction.answer().unwrap().headers.get("x-should-retry");
    assert_eq!(told.map(|value| value.to_str().unwrap()), header);
}

#[test]
fn a_stale_read_shows_what_was_before_until_the_lag_is_over() {
    let mut lab = lab("/**=stale(2s)");
    let ids = |lab: &mut Lab, path| column(&lab.get(path).1, "id");
    assert_eq!(ids(&mut lab, "invites"), [""; 0]);
    let invite = id(&lab.invite("ann@x.org"));
    assert_eq!(ids(&mut lab, "invites"), [""; 0]);
    let injected = Injected::Fault {
        rule: "/**=stale(2000ms):always:before".to_owned(),
        phase: Phase::Before,
        retry_after_seconds: None,
    };
    assert_eq!(lab.last_entry().injected, Some(injected));
    // Nobody asked for this before: there is no earlier answer, and nothing is injected.
    assert_eq!(lab.get(&format!("invites/{invite}")).0, 200);
    assert_eq!(lab.last_entry().injected, None);
    lab.wait(2);
    assert_eq!(ids(&mut lab, "invites"), [invite.as_str()]);

    // What the world does is seen late as well.
    lab.org.accept_invite(&invite, None, lab.now).unwrap();
    assert_eq!(lab.get(&format!("invites/{invite}")).1["status"], "pending");
    lab.wait(2);
    assert_eq!(lab.get(&format!("invites/{invite}")).1["status"], "accepted");
}

#[test]
fn a_race_can_be_decided() {
    let mut lab = Lab::new();
    let invite_id = id(&lab.invite("ann@x.org"));
    let accepted = invite_id.clone();
    let accepts = crate::Interlude::new(Operation::DeleteInvite, Some(invite_id.clone()), 1, move |org, now| {
        org.accept_invite(&accepted, None, now).unwrap();
    });
    lab.org.faults_mut().interrupt(accepts);
    assert_eq!(lab.delete(&format!("invites/{invite_id}")).0, 400);
    let causes: Vec<_> = lab.org.journal().entries().map(|entry| entry.cause).collect();
    assert_eq!(causes, [Cause::Request, Cause::World, Cause::Request]);
}

#[test]
fn how_late_an_answer_is_follows_from_the_request_alone() {
    let delays = |paths: [&str; 2]| {
        let mut lab = Lab::new();
        let jitter = Delay::Uniform(Duration::ZERO, Duration::from_millis(100));
        lab.org.faults_mut().set_jitter(Some(jitter));
        paths.map(|path| {
            lab.get(path);
            let entry = lab.last_entry();
            entry.answered.unwrap().since(entry.arrived)
        })
    };
    let [users, invites] = delays(["users", "invites"]);
    assert_eq!(delays(["invites", "users"]), [invites, users]);
    assert_ne!(users, invites);
}
