//! The organization as a client and the world see it; a file for each resource, no sockets.

mod admin_keys;
mod audit_logs;
mod gate;
mod groups;
mod hostile;
mod invites;
mod members;
mod paging;
mod scopes;
mod seed;
mod state;
mod trouble;
mod users;
mod world;

use std::time::Duration;

use serde_json::Value;

use super::Org;
use crate::journal::{Effect, Entry};
use crate::message::{Reaction, Request};
use crate::record::OrgRole;
use crate::settings::Settings;
use crate::timestamp::Timestamp;

/// An organization with a clock that only moves when it is told to.
struct Lab {
    org: Org,
    now: Timestamp,
}

impl Lab {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn seeded(seed: u64) -> Self {
        let org = Org::new(Settings::default(), seed);
        Self { org, ..Self::new() }
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        let now = Timestamp::from_millis(1_700_000_000_123);
        Self {
            org: Org::new(settings, 1),
            now,
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    fn send(&mut self, request: Request) -> (u16, Value) {
        let reaction = self.react(&request.bearer("sk-admin-test-0123456789"));
        let answer = reaction.answer().expect("the request is answered");
        let body = serde_json::from_slice(&answer.body).expect("answers are JSON");
        (answer.status, body)
    }

    fn react(&mut self, request: &Request) -> Reaction {
        self.org.handle(request, self.now)
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        self.send(Request::get(&format!("/v1/organization/{path}")))
    }

    fn post(&mut self, path: &str, json: &str) -> (u16, Value) {
        self.send(Request::post(&format!("/v1/organization/{path}"), json.to_owned()))
    }

    fn delete(&mut self, path: &str) -> (u16, Value) {
        self.send(Request::delete(&format!("/v1/organization/{path}")))
    }

    fn invite(&mut self, email: &str) -> (u16, Value) {
        self.post("invites", &format!(r#"{{"email":"{email}","role":"reader"}}"#))
    }

    fn member(&mut self, email: &str) -> String {
        self.org.add_member(email, Some("Some Body"), OrgRole::Reader, self.now)
    }

    fn owner(&mut self, email: &str) -> String {
        self.org.add_member(email, Some("Some Body"), OrgRole::Owner, self.now)
    }

    fn group(&mut self, name: &str, members: &[String]) -> String {
        self.org.add_group(name, members, false, self.now)
    }

    fn last_entry(&self) -> &Entry {
        self.org
            .journal()
            .entries()
            .next_back()
            .expect("something has happened")
    }

    fn last_effects(&self) -> &[Effect] {
        &self.last_entry().effects
    }
}

/// `status code param` of an error answer, as one word each; `-` for null.
fn gist((status, body): &(u16, Value)) -> String {
    let field = |name: &str| body["error"][name].as_str().unwrap_or("-").to_owned();
    format!("{status} {} {}", field("code"), field("param"))
}

fn id(body: &(u16, Value)) -> String {
    body.1["id"].as_str().expect("the answer has an id").to_owned()
}

fn pretty(body: &Value) -> String {
    serde_json::to_string_pretty(body).unwrap()
}

/// One string field of each row of a list.
fn column(list: &Value, field: &str) -> Vec<String> {
    let rows = list["data"].as_array().expect("a list has data");
    rows.iter()
        .map(|row| row[field].as_str().unwrap_or("null").to_owned())
        .collect()
}

#[test]
fn the_same_seed_and_requests_give_the_same_bytes() {
    let run = || {
        let mut lab = Lab::new();
        let ann = lab.member("ann@x.org");
        let requests = [
            Request::post("/v1/organization/invites", r#"{"email":"b@x.org","role":"owner"}"#),
            Request::get("/v1/organization/users?limit=1"),
            Request::post("/v1/organization/groups", r#"{"name":"Staff"}"#),
            Request::post("/v1/organization/groups", r#"{"name":"#),
            Request::get("/v1/organization/nothing"),
            Request::delete(&format!("/v1/organization/users/{ann}")),
        ];
        let reactions = requests.map(|request| lab.react(&request.bearer("k")));
        let journal: Vec<_> = lab.org.journal().entries().map(AsRef::as_ref).collect();
        (reactions, serde_json::to_string(&journal).unwrap())
    };
    assert_eq!(run(), run());
}

/// Whatever is sent, an answer comes back and it is one that the API could give.
#[test]
fn no_request_is_too_strange() {
    let mut rng = fastrand::Rng::with_seed(42);
    let mut lab = Lab::new();
    let known = [lab.member("ann@x.org"), lab.group("Staff", &[])];
    let words = [
        "users",
        "invites",
        "groups",
        "roles",
        "admin_api_keys",
        "audit_logs",
        "",
        "%",
        "%ff",
        "%00",
        "..",
        "\u{1f600}",
        "{",
        &known[0],
        &known[1],
    ];
    let params = [
        "limit=0",
        "limit=-9223372036854775808",
        "limit=1e9",
        "after=%",
        "after=cur_",
        "&&=&",
        "order=desc",
        "emails[]=",
        "emails[99999999999999999999]=x",
        "emails=%ff",
        "after=user-",
        "after=audit_log-ffffffffffffffffffffffffffffffffff_",
        "before=audit_log-%ff_",
        "effective_at[gt]=18446744073709551616",
        "tenant_only=true",
    ];
    let bodies = [
        "",
        "{",
        "null",
        "[]",
        "\u{0}",
        "{}",
        r#"{"name":"\ud800"}"#,
        r#"{"email":"@","role":1}"#,
        r#"{"name":{}}"#,
        r#"{"user_id":[]}"#,
        r#"{"name":"","expires_in_seconds":-1}"#,
        r#"{"name":"a","expires_in_seconds":1e300}"#,
        r#"{"role":"owner","role_id":"__"}"#,
        r#"{"email":"a@b","role":"owner","projects":[null]}"#,
    ];
    let nested = "[".repeat(100_000);
    for _ in 0..3_000 {
        let segments: Vec<&str> = (0..rng.usize(0..5)).map(|_| words[rng.usize(..words.len())]).collect();
        let query: Vec<&str> = (0..rng.usize(0..4))
            .map(|_| params[rng.usize(..params.len())])
            .collect();
        let method = ["GET", "POST", "DELETE", "PATCH"][rng.usize(..4)].parse().unwrap();
        let target = format!("/v1/organization/{}?{}", segments.join("/"), query.join("&"));
        let mut request = Request::new(method, &target).bearer("k");
        request.body = match rng.usize(..=bodies.len()) {
            number if number < bodies.len() => bodies[number].into(),
            _ => nested.clone().into(),
        };
        let (status, body) = lab.send(request);
        let expected = [200, 400, 404, 405, 409, 501];
        assert!(expected.contains(&status), "{status} to {target}: {body}");
    }
}

#[test]
fn a_reset_organization_is_as_new_but_goes_on_counting() {
    let mut lab = Lab::new();
    let first = lab.invite("ann@x.org");
    let last_seq = lab.org.journal().last_seq();
    lab.org.faults_mut().push("*=500".parse().unwrap());
    lab.org.reset();
    assert_eq!(lab.org.invites(lab.now).count(), 0);
    assert_eq!(lab.invite("ann@x.org"), first);
    assert_eq!(lab.last_entry().seq, last_seq + 1);
    assert_eq!(lab.org.journal().counts().requests, 1);
}
