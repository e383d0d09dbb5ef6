//! Several organizations in one process: kept apart by key, each with all that is its own.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::io::ErrorKind;
use std::net::SocketAddr;

use mock_openai::{AddOrganizationError, AdminKeys, MockOpenAi, OrgRole};
use reqwest::{Client, Method};
use serde_json::{Value, json};

struct Desk {
    mock: MockOpenAi,
    client: Client,
}

impl Desk {
    async fn open() -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let mock = MockOpenAi::builder().manage(free).admin_key("sk-admin-one");
        let mock = mock.organization(AdminKeys::Only("sk-admin-two".to_owned()));
        Self {
            mock: mock.start().await.unwrap(),
            client: Client::new(),
        }
    }

    async fn manage(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.mock.manage_url().unwrap());
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Status, organization and body of what a key is answered.
    async fn ask(&self, key: &str, path: &str) -> (u16, String, Value) {
        let url = format!("{}/organization/{path}", self.mock.openai_base_url());
        let response = self.client.get(url).bearer_auth(key).send().await.unwrap();
        let status = response.status().as_u16();
        let organization = response.headers()["openai-organization"].to_str().unwrap().to_owned();
        (status, organization, response.json().await.unwrap())
    }

    async fn invite(&self, key: &str) -> u16 {
        let url = format!("{}/organization/invites", self.mock.openai_base_url());
        let body = json!({ "email": "ann@x.org", "role": "reader" });
        let request = self.client.post(url).bearer_auth(key).json(&body);
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_key_leads_to_its_organization_and_nowhere_else() {
    let desk = Desk::open().await;
    let ids = desk.mock.organizations();
    assert_eq!(ids.len(), 2);
    let join = |id: &str, email: &str| {
        let joined = desk
            .mock
            .org_of(id, |org, now| org.add_member(email, None, OrgRole::Owner, now));
        joined.expect("there is such an organization")
    };
    join(&ids[0], "ann@one.org");
    join(&ids[1], "bob@two.org");
    for (key, id, email) in [
        ("sk-admin-one", &ids[0], "ann@one.org"),
        ("sk-admin-two", &ids[1], "bob@two.org"),
    ] {
        // Twice: the second time the key is remembered.
        for _ in 0..2 {
            let (status, organization, list) = desk.ask(key, "users").await;
            assert_eq!((status, &organization), (200, id));
            assert_eq!(list["data"].as_array().unwrap().len(), 1);
            assert_eq!(list["data"][0]["email"], email);
        }
    }
    let (status, organization, _) = desk.ask("sk-admin-three", "users").await;
    assert_eq!((status, &organization), (401, &ids[0]));
    assert_eq!(desk.mock.org_of("org-none", |_, _| ()), None);
    assert_eq!(
        desk.mock.last_seq(),
        4,
        "the journal of the first one holds what was for it"
    );
}

#[tokio::test]
async fn keys_that_come_and_go_are_followed() {
    let desk = Desk::open().await;
    let ids = desk.mock.organizations();
    let url = format!("{}/organization/admin_api_keys", desk.mock.openai_base_url());
    let request = desk
        .client
        .post(&url)
        .bearer_auth("sk-admin-two")
        .json(&json!({ "name": "a" }));
    let made: Value = request.send().await.unwrap().json().await.unwrap();
    let secret = made["value"].as_str().unwrap();
    assert_eq!(desk.ask(secret, "users").await.1, ids[1]);
    let url = format!("{url}/{}", made["id"].as_str().unwrap());
    let deleted = desk
        .client
        .delete(url)
        .bearer_auth("sk-admin-two")
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), 200);
    assert_eq!(desk.ask(secret, "users").await.0, 401);
    // The same key in the other organization now.
    let body = json!({ "name": "a", "secret": secret });
    let (status, key) = desk.manage(Method::POST, "/admin_keys", Some(body)).await;
    assert_eq!((status, key["secret"].as_str()), (200, Some(secret)));
    assert_eq!(desk.ask(secret, "users").await.1, ids[0]);
}

#[tokio::test]
async fn each_has_its_own_settings_faults_journal_and_throttle() {
    let desk = Desk::open().await;
    let second = &desk.mock.organizations()[1];
    let of_second = |path: &str| format!("{path}?organization={second}");
    let patch = json!({ "duplicate_invite": "conflict" });
    let patched = desk.manage(Method::PATCH, &of_second("/settings"), Some(patch)).await;
    assert_eq!(patched.0, 200);
    let rules = json!({ "rules": [{ "operation": "list-groups", "action": { "status": { "status": 503 } } }] });
    let put = desk.manage(Method::PUT, &of_second("/faults"), Some(rules)).await;
    assert_eq!(put.0, 200);
    let (one, two) = ("sk-admin-one", "sk-admin-two");
    assert_eq!((desk.invite(one).await, desk.invite(one).await), (200, 400));
    assert_eq!((desk.invite(two).await, desk.invite(two).await), (200, 409));
    assert_eq!(desk.ask(one, "groups").await.0, 200);
    assert_eq!(desk.ask(two, "groups").await.0, 503);
    let journal = desk
        .manage(Method::GET, &format!("{}&after=1", of_second("/journal")), None)
        .await
        .1;
    let routes: Vec<_> = journal["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["route"])
        .collect();
    assert_eq!(routes, ["POST /organization/invites", "GET /organization/groups"]);
    assert_eq!(desk.manage(Method::POST, &of_second("/reset"), None).await.0, 200);
    assert_eq!(desk.ask(two, "invites").await.2["data"], json!([]));
    assert_eq!(desk.ask(one, "invites").await.2["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn organizations_by_hand() {
    let desk = Desk::open().await;
    let (status, third) = desk.manage(Method::POST, "/organizations", None).await;
    assert_eq!(status, 200);
    let key = third["admin_key"].as_str().unwrap();
    assert!(key.starts_with("sk-admin-"), "{key}");
    assert_eq!(desk.ask(key, "users").await.1, third["id"].as_str().unwrap());
    let body = json!({ "any_admin_key": true });
    let (_, open) = desk.manage(Method::POST, "/organizations", Some(body)).await;
    assert_eq!(desk.ask("whatever", "users").await.1, open["id"].as_str().unwrap());
    assert_eq!(desk.ask("sk-admin-two", "users").await.1, desk.mock.organizations()[1]);

    let list = desk.manage(Method::GET, "/organizations", None).await.1;
    let ids: Vec<_> = list["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|org| &org["id"])
        .collect();
    assert_eq!(json!(ids), json!(desk.mock.organizations()));
    let keys: Vec<_> = list["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|org| &org["admin_key"])
        .collect();
    assert_eq!(keys[..2], ["sk-admin-one", "sk-admin-two"]);

    let body = json!({ "admin_key": "sk-admin-two" });
    let (status, error) = desk.manage(Method::POST, "/organizations", Some(body)).await;
    assert_eq!(
        (status, error),
        (
            409,
            json!({ "error": "the admin key opens another organization already" })
        )
    );
    let body = json!({ "admin_key": "x", "any_admin_key": true });
    assert_eq!(desk.manage(Method::POST, "/organizations", Some(body)).await.0, 400);
    let (status, error) = desk.manage(Method::GET, "/settings?organization=org-none", None).await;
    assert_eq!(
        (status, error),
        (404, json!({ "error": "there is no organization org-none" }))
    );
    let (status, error) = desk.manage(Method::POST, "/reset?organisation=org-x", None).await;
    assert_eq!(status, 400);
    let text = error["error"].as_str().unwrap();
    assert!(
        text.contains("unknown field `organisation`, expected `organization`"),
        "{text}"
    );
}

#[tokio::test]
async fn time_passes_for_all_alike() {
    let desk = Desk::open().await;
    for key in ["sk-admin-one", "sk-admin-two"] {
        assert_eq!(desk.invite(key).await, 200);
    }
    let week = json!({ "seconds": 604_800 });
    assert_eq!(desk.manage(Method::POST, "/clock/advance", Some(week)).await.0, 200);
    for key in ["sk-admin-one", "sk-admin-two"] {
        assert_eq!(desk.ask(key, "invites").await.2["data"][0]["status"], "expired");
    }
}

#[tokio::test]
async fn one_key_opens_one_organization() {
    let key = AdminKeys::Only("sk-admin-same".to_owned());
    let builder = MockOpenAi::builder()
        .admin_key("sk-admin-same")
        .organization(key.clone());
    assert_eq!(builder.start().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let mock = MockOpenAi::start().await.unwrap();
    mock.add_organization(key.clone()).unwrap();
    assert_eq!(mock.add_organization(key), Err(AddOrganizationError::KeyTaken));
    let made_up = mock.add_organization(AdminKeys::MadeUp).unwrap();
    assert_eq!(mock.organizations().last(), Some(&made_up));
}
