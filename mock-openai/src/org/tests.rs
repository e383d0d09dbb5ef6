//! The organization as a client and the world see it; a file for each resource, no sockets.

mod admin_keys;
mod assignments;
mod audit_logs;
mod gate;
mod groups;
mod hostile;
mod invites;
mod lag;
mod members;
mod paging;
mod project_groups;
mod project_users;
mod projects;
mod roles;
mod scopes;
mod seed;
mod service_accounts;
mod state;
mod strange;
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
        self.send(Request::get(&target(path)))
    }

    fn post(&mut self, path: &str, json: &str) -> (u16, Value) {
        self.send(Request::post(&target(path), json.to_owned()))
    }

    fn delete(&mut self, path: &str) -> (u16, Value) {
        self.send(Request::delete(&target(path)))
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

    fn project(&mut self, name: &str) -> String {
        self.org.add_project(name, self.now)
    }

    fn default_project(&self) -> String {
        let default = self.org.projects().find(|project| project.is_default);
        default.expect("there is always one").id.clone()
    }

    /// A custom role of the organization or of a project.
    fn role(&mut self, name: &str, project_id: Option<&str>) -> String {
        let permissions = ["api.groups.read".to_owned()];
        self.org.add_role(name, &permissions, project_id, self.now).unwrap()
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

/// Below `/v1/organization/`, or below `/v1` if the path begins with a slash.
fn target(path: &str) -> String {
    match path.strip_prefix('/') {
        Some(below) => format!("/v1/{below}"),
        None => format!("/v1/organization/{path}"),
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
