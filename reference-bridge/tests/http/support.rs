//! A bridge and an upstream for one test, and a client that speaks SCIM.

use std::path::Path;
use std::time::Duration;

use mock_openai::{Cause, Effect, FaultRule, MockOpenAi, Org, OrgRole, Timestamp};
use reference_bridge::{Settings, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A bridge with its upstream.
pub(crate) struct World {
    pub(crate) openai: MockOpenAi,
    pub(crate) bridge: Bridge,
}

/// A running bridge.
pub(crate) struct Bridge {
    base: String,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// An answer of the bridge.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn with(adjust: impl FnOnce(&mut Settings)) -> Self {
        let openai = MockOpenAi::start().await.expect("upstream starts");
        let mut settings = settings(&openai);
        adjust(&mut settings);
        let bridge = Bridge::start(settings).await;
        Self { openai, bridge }
    }

    /// With a state folder.
    pub(crate) async fn durable(dir: &Path) -> Self {
        Self::with(|settings| settings.state_dir = Some(dir.to_owned())).await
    }

    /// Ends the bridge and starts another on the same upstream.
    pub(crate) async fn restart(&mut self, adjust: impl FnOnce(&mut Settings)) {
        self.bridge.stop().await;
        let mut settings = settings(&self.openai);
        adjust(&mut settings);
        self.bridge = Bridge::start(settings).await;
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.bridge
            .send(method, path, "Bearer scim-token", body.map(|b| b.to_string()))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    /// A PATCH with these operations.
    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.call("PATCH", path, Some(body)).await
    }

    /// `GET /Users?filter=…`
    pub(crate) async fn find(&self, filter: &str) -> Answer {
        let filter: String = filter
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' => char::from(byte).to_string(),
                b' ' => "+".to_owned(),
                other => format!("%{other:02X}"),
            })
            .collect();
        self.get(&format!("/Users?filter={filter}")).await
    }

    /// Creates a person and returns the id.
    pub(crate) async fn assign(&self, email: &str) -> String {
        let created = self.post("/Users", person(email)).await;
        assert_eq!(created.status, 201, "{}", created.body);
        created.id()
    }

    /// Creates a group and returns the id.
    pub(crate) async fn push(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let created = self
            .post("/Groups", json!({"displayName": name, "members": members}))
            .await;
        assert_eq!(created.status, 201, "{}", created.body);
        created.id()
    }

    /// The invitee follows the link.
    pub(crate) fn accept(&self, email: &str) -> String {
        self.openai.org(|org, now| {
            let invite = org.pending_invites_for(email, now)[0].id.clone();
            let user = org.accept_invite(&invite, None, now).expect("accepted");
            user.id().to_owned()
        })
    }

    /// The roles of the pending invites for an address.
    pub(crate) fn invites(&self, email: &str) -> Vec<OrgRole> {
        self.openai.org(|org, now| {
            let invites = org.pending_invites_for(email, now);
            invites.iter().map(|invite| invite.role).collect()
        })
    }

    /// The role of a member.
    pub(crate) fn member(&self, email: &str) -> Option<OrgRole> {
        self.openai.org(|org, _| org.user_by_email(email).map(|user| user.role))
    }

    /// The addresses in the one group upstream of that name.
    pub(crate) fn in_group(&self, name: &str) -> Vec<String> {
        self.openai.org(|org, _| in_group(org, name))
    }

    pub(crate) fn seed_member(&self, email: &str, role: OrgRole) -> String {
        self.openai.org(|org, now| org.add_member(email, None, role, now))
    }

    /// Trouble upstream, in the text form of the mock.
    pub(crate) fn trouble(&self, rule: &str) {
        let rule: FaultRule = rule.parse().expect("a fault rule");
        self.trouble_rule(rule);
    }

    pub(crate) fn trouble_rule(&self, rule: FaultRule) {
        self.openai.org(|org, _| org.faults_mut().push(rule));
    }

    pub(crate) fn calm(&self) {
        self.openai.org(|org, _| org.faults_mut().clear());
    }

    /// What the bridge changed upstream after an entry of the journal.
    pub(crate) fn writes_after(&self, seq: u64) -> Vec<Effect> {
        self.openai
            .journal_after(seq)
            .iter()
            .filter(|entry| entry.cause == Cause::Request)
            .flat_map(|entry| entry.effects.clone())
            .collect()
    }

    /// How often the bridge called an operation after an entry of the journal.
    pub(crate) fn calls_after(&self, seq: u64, operation: &str) -> usize {
        self.openai
            .journal_after(seq)
            .iter()
            .filter(|entry| entry.operation.is_some_and(|op| op.as_str() == operation))
            .count()
    }

    /// Waits until upstream is as wanted.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&mut Org, Timestamp) -> bool) {
        let mut changes = self.openai.changes();
        let reached = async {
            while !self.openai.org(|org, now| wanted(org, now)) {
                changes.changed().await.expect("the upstream runs");
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .unwrap_or_else(|_| panic!("never came: {what}"));
    }
}

impl Bridge {
    pub(crate) async fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}/scim/v2", listener.local_addr().expect("bound"));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            serve(listener, settings, shutdown).await.expect("serves");
        });
        Self {
            base,
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            stop: Some(stop),
            task,
        }
    }

    pub(crate) async fn stop(&mut self) {
        if self.stop.take().is_some() {
            (&mut self.task).await.expect("ends cleanly");
        }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, authorization: &str, body: Option<String>) -> Answer {
        let mut request = self
            .client
            .request(method.parse().expect("a method"), format!("{}{path}", self.base))
            .header("authorization", authorization)
            .timeout(PATIENCE * 2);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/scim+json; charset=utf-8")
                .body(body);
        }
        let response = request.send().await.expect("the bridge answers");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Answer { status, body, headers }
    }
}

impl Answer {
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }

    /// The ids listed.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let resources = self.body["Resources"].as_array().expect("a list");
        resources.iter().map(|r| r["id"].as_str().expect("an id")).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The SCIM ids of a group's members.
    pub(crate) fn members(&self) -> Vec<&str> {
        let members = self.body["members"].as_array().expect("members");
        members.iter().map(|m| m["value"].as_str().expect("a value")).collect()
    }
}

/// What Okta sends for a new person, in short.
pub(crate) fn person(email: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": email,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"primary": true, "value": email}],
        "groups": [],
        "password": "s3cret-pw",
        "active": true,
    })
}

/// The addresses in the group of that name.
pub(crate) fn in_group(org: &Org, name: &str) -> Vec<String> {
    let groups = org.groups_named(name);
    assert_eq!(groups.len(), 1, "groups named {name}");
    let members = org.group_members(&groups[0].id);
    let mut emails: Vec<String> = members.iter().map(|user| user.email().to_owned()).collect();
    emails.sort();
    emails
}

fn settings(openai: &MockOpenAi) -> Settings {
    Settings {
        openai_base_url: openai.openai_base_url(),
        openai_admin_key: openai.admin_key().into(),
        scim_token: "scim-token".into(),
        poll_interval: Duration::from_millis(20),
        poll_calls_per_minute: 100_000,
        throttle_wait: Duration::ZERO,
        upstream_timeout: Duration::from_millis(500),
        ..Settings::default()
    }
}
