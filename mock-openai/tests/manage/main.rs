//! The management API, every path of it.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod bulk;
mod desk;
mod journal;
mod openapi;

use desk::Desk;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

#[tokio::test]
async fn health() {
    let desk = Desk::open().await;
    let mut health = desk.get("/health").await;
    assert!(health["now_ms"].take().as_u64().unwrap() > 1_700_000_000_000);
    let version = env!("CARGO_PKG_VERSION");
    let expected = json!({ "status": "ok", "version": version, "seed": 3, "last_seq": 0, "now_ms": null });
    assert_eq!(health, expected);
}

#[tokio::test]
async fn people_and_groups_by_hand() {
    let desk = Desk::open().await;
    let (status, ann) = desk
        .post(
            "/users",
            json!({ "email": "ann@x.org", "name": "Ann", "role": "owner" }),
        )
        .await;
    assert_eq!((status, &ann["role"]), (200, &json!("owner")));
    let (status, group) = desk
        .post("/groups", json!({ "name": "Staff", "members": [ann["id"]] }))
        .await;
    assert_eq!(status, 200);
    let path = format!("groups/{}/users", group["id"].as_str().unwrap());
    assert_eq!(desk.admin(&path).await.1["data"][0]["id"], ann["id"]);
    let (status, error) = desk
        .post("/groups", json!({ "name": "X", "members": ["nobody"] }))
        .await;
    assert_eq!((status, error), (404, json!({ "error": "there is no user nobody" })));
    assert_eq!(desk.admin("groups").await.1["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn invites_by_hand() {
    let desk = Desk::open().await;
    let mut ids = Vec::new();
    for email in ["a@x.org", "b@x.org", "c@x.org"] {
        let (status, invite) = desk.post("/invites", json!({ "email": email })).await;
        assert_eq!((status, &invite["role"]), (200, &json!("reader")));
        ids.push(invite["id"].as_str().unwrap().to_owned());
    }
    let accept = format!("/invites/{}/accept", ids[0]);
    let (status, user) = desk.post(&accept, json!({ "name": "Ay" })).await;
    assert_eq!((status, &user["name"]), (200, &json!("Ay")));
    let (status, error) = desk.send(Method::POST, &accept, None).await;
    assert_eq!(status, 409);
    let expected = format!("the invite {} is not pending, it is accepted", ids[0]);
    assert_eq!(error["error"], expected);
    let end = async |what: &str, id: &str| desk.send(Method::POST, &format!("/invites/{id}/{what}"), None).await;
    assert_eq!(end("expire", &ids[1]).await, (200, json!({})));
    assert_eq!(end("decline", &ids[2]).await, (200, json!({})));
    assert_eq!(end("decline", &ids[2]).await.0, 404);
    assert_eq!(desk.invite_statuses().await, ["expired", "accepted"]);
}

#[tokio::test]
async fn a_state_goes_round() {
    let desk = Desk::open().await;
    let (_, ann) = desk.post("/users", json!({ "email": "ann@x.org" })).await;
    desk.post("/invites", json!({ "email": "bob@x.org" })).await;
    desk.post("/groups", json!({ "name": "Staff", "members": [ann["id"]] }))
        .await;
    let state = desk.get("/state").await;
    let users = desk.admin("users").await;
    assert_eq!(desk.send(Method::POST, "/reset", None).await, (200, json!({})));
    assert_eq!(desk.admin("users").await.1["data"], json!([]));
    assert_eq!(desk.send(Method::PUT, "/state", Some(state.clone())).await.0, 200);
    assert_eq!(desk.get("/state").await, state);
    assert_eq!(desk.admin("users").await, users);

    let broken = json!({ "groups": [{ "id": "g", "name": "G", "created_at_ms": 1, "members": ["u"] }] });
    let (status, error) = desk.send(Method::PUT, "/state", Some(broken)).await;
    assert_eq!(status, 400);
    assert_eq!(error["error"], "the group g has a member u who is not among the users");
    assert_eq!(desk.get("/state").await, state);
}

#[tokio::test]
async fn settings() {
    let desk = Desk::open().await;
    assert_eq!(desk.get("/settings").await["last_owner"], "refuse");
    let patch = json!({ "last_owner": "allow", "invite_ttl_seconds": null,
        "throttle": { "bucket": { "burst": 1, "per_minute": 1.0 } } });
    let (status, changed) = desk.send(Method::PATCH, "/settings", Some(patch)).await;
    assert_eq!((status, &changed["last_owner"]), (200, &json!("allow")));
    assert_eq!(desk.get("/settings").await, changed);
    assert_eq!(changed["duplicate_invite"], "refuse");
    assert_eq!((desk.admin("users").await.0, desk.admin("users").await.0), (200, 429));
}

#[tokio::test]
async fn faults() {
    let desk = Desk::open().await;
    assert_eq!(desk.get("/faults").await, json!({ "rules": [] }));
    let rules = json!({ "rules": [{ "operation": "list-users", "hits": { "next": 1 },
        "action": { "status": { "status": 503, "body": "empty" } } }] });
    // Answers have no body that is JSON then, so only the status is looked at.
    assert_eq!(desk.send(Method::PUT, "/faults", Some(rules)).await.0, 200);
    let stored = desk.get("/faults").await;
    assert_eq!(stored["rules"][0]["phase"], "before");
    let url = format!("{}/organization/users", desk.mock.openai_base_url());
    let answer = desk
        .client
        .get(url)
        .bearer_auth(desk.mock.admin_key())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.text().await.unwrap(), "");
    assert_eq!(desk.admin("users").await.0, 200);
}

#[tokio::test]
async fn the_clock() {
    let desk = Desk::open().await;
    desk.post("/invites", json!({ "email": "ann@x.org" })).await;
    let (status, answer) = desk.post("/clock/advance", json!({ "seconds": 604_800 })).await;
    assert_eq!(status, 200);
    assert!(answer["now_ms"].as_u64().unwrap() <= desk.mock.now().as_millis());
    assert_eq!(desk.admin("invites").await.1["data"][0]["status"], "expired");
}

#[tokio::test]
async fn a_clock_that_stands_still() {
    let desk = Desk::open().await;
    let clock = desk.get("/clock").await;
    assert_eq!(clock["mode"], "real");
    let put = async |clock: Value| desk.send(Method::PUT, "/clock", Some(clock)).await;
    let later = clock["now_ms"].as_u64().unwrap() + 60_000;
    let frozen = json!({ "mode": "frozen", "now_ms": later });
    assert_eq!(put(frozen.clone()).await, (200, frozen.clone()));
    assert_eq!(desk.get("/clock").await, frozen);
    let (_, advanced) = desk.post("/clock/advance", json!({ "seconds": 5 })).await;
    assert_eq!(advanced, json!({ "mode": "frozen", "now_ms": later + 5000 }));
    let (status, error) = put(frozen).await;
    assert_eq!(status, 409);
    let error = error["error"].as_str().unwrap();
    assert!(error.starts_with("the clock never goes back: it is "), "{error}");
    assert_eq!(put(json!({ "mode": "frozen" })).await.1["now_ms"], later + 5000);
    assert_eq!(put(json!({ "mode": "real" })).await.1["mode"], "real");
}

/// Five pass; then, the clock standing still, none does until it is moved.
#[tokio::test]
async fn a_throttle_refills_by_the_clock() {
    let desk = Desk::open().await;
    desk.send(Method::PUT, "/clock", Some(json!({ "mode": "frozen" })))
        .await;
    let patch = json!({ "throttle": { "bucket": { "burst": 5, "per_minute": 60.0, "should_retry": false } } });
    desk.send(Method::PATCH, "/settings", Some(patch)).await;
    for expected in [200, 200, 200, 200, 200, 429, 429] {
        assert_eq!(desk.admin("users").await.0, expected);
    }
    desk.post("/clock/advance", json!({ "seconds": 2 })).await;
    for expected in [200, 200, 429] {
        assert_eq!(desk.admin("users").await.0, expected);
    }
    let journal = desk.get("/journal").await;
    let headers = &journal["entries"].as_array().unwrap().last().unwrap()["answer"]["headers"];
    assert!(headers.to_string().contains("x-should-retry"), "{headers}");
}

#[tokio::test]
async fn a_preset_comes_behind_the_rules_and_brings_its_settings() {
    let desk = Desk::open().await;
    let faults = json!({ "preset": "hostile", "rules": [{ "action": "hang", "hits": { "rate": 0.0 } }] });
    let (status, stored) = desk.send(Method::PUT, "/faults", Some(faults)).await;
    assert_eq!((status, &stored["rules"][0]["action"]), (200, &json!("hang")));
    assert!(stored["rules"].as_array().unwrap().len() > 5);
    let settings = desk.get("/settings").await;
    assert_eq!(
        (&settings["next_cursor"], &settings["list_order"]),
        (&json!("opaque"), &json!("shuffled"))
    );
}

#[rstest]
#[case(
    "POST",
    "/users",
    r#"{"email":"a@x","rolle":"owner"}"#,
    400,
    "unknown field `rolle`, expected one of `email`, `name`, `role`"
)]
#[case(
    "POST",
    "/users",
    r#"{"email":"a@x","role":"boss"}"#,
    400,
    "unknown variant `boss`, expected `reader` or `owner`"
)]
#[case(
    "POST",
    "/invites/invite-x/accept",
    r#"{"nam":"A"}"#,
    400,
    "unknown field `nam`, expected `name`"
)]
#[case("POST", "/invites/invite-x/accept", "", 404, "there is no invite invite-x")]
#[case(
    "PATCH",
    "/settings",
    r#"{"last_ower":"allow"}"#,
    400,
    "unknown field `last_ower`, expected one of `duplicate_invite`"
)]
#[case(
    "PATCH",
    "/settings",
    r#"{"last_owner":"perhaps"}"#,
    400,
    "expected one of `refuse`, `forbid`, `allow`"
)]
#[case(
    "PUT",
    "/faults",
    r#"{"rules":[{"action":"x"}]}"#,
    400,
    "unknown variant `x`, expected one of `status`, `hang`"
)]
#[case("PUT", "/state", r#"{"user":[]}"#, 400, "unknown field `user`, expected one of")]
#[case("POST", "/invites/%ff/accept", "", 400, "Bad Request")]
#[case("POST", "/clock/advance", r#"{"seconds":-1}"#, 400, "invalid value: integer `-1`")]
#[case("POST", "/clock/advance", "{", 400, "EOF while parsing")]
#[case("GET", "/nothing", "", 404, "known are GET /health, GET /openapi.json, POST /reset")]
#[case("DELETE", "/state", "", 405, "known are GET /health, GET /openapi.json, POST /reset")]
#[tokio::test]
async fn what_is_wrong_is_named(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: &str,
    #[case] expected_status: u16,
    #[case] expected: &str,
) {
    let desk = Desk::open().await;
    let url = format!("{}{path}", desk.mock.manage_url().unwrap());
    let request = desk.client.request(method.parse().unwrap(), url).body(body.to_owned());
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), expected_status);
    let error: Value = response.json().await.unwrap();
    let text = error["error"].as_str().unwrap();
    assert!(text.contains(expected), "{text}");
    assert_eq!(error.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn the_admin_port_knows_nothing_of_it() {
    let desk = Desk::open().await;
    let root = desk.mock.openai_base_url().trim_end_matches("/v1").to_owned();
    for path in ["/health", "/state", "/v1/health"] {
        let response = desk.client.get(format!("{root}{path}")).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn invites_by_address() {
    let desk = Desk::open().await;
    for email in ["Ann@x.org", "bob@x.org", "cleo@x.org"] {
        desk.post("/invites", json!({ "email": email })).await;
    }
    let (status, ann) = desk
        .post("/invites/accept", json!({ "email": "ann@X.org", "name": "Ann" }))
        .await;
    assert_eq!(
        (status, &ann["email"], &ann["name"]),
        (200, &json!("Ann@x.org"), &json!("Ann"))
    );
    let (status, error) = desk.post("/invites/accept", json!({ "email": "ann@x.org" })).await;
    let expected = json!({ "error": "there is no pending invite for ann@x.org" });
    assert_eq!((status, error), (404, expected));
    assert_eq!(
        desk.post("/invites/expire", json!({ "email": "bob@x.org" })).await.0,
        200
    );
    assert_eq!(
        desk.post("/invites/decline", json!({ "email": "cleo@x.org" })).await.0,
        200
    );
    assert_eq!(desk.invite_statuses().await, ["expired", "accepted"]);
}

/// A page in a browser of the same machine can send requests here, but only with these headers.
#[tokio::test]
async fn web_pages_are_refused() {
    let desk = Desk::open().await;
    let url = format!("{}/reset", desk.mock.manage_url().unwrap());
    for (name, value, expected) in [
        (
            "origin",
            "https://evil.example",
            "requests of web pages (with a header Origin)",
        ),
        ("host", "evil.example", "the host `evil.example` is refused here"),
    ] {
        let response = desk.client.post(&url).header(name, value).send().await.unwrap();
        assert_eq!(response.status(), 403);
        let error: Value = response.json().await.unwrap();
        let error = error["error"].as_str().unwrap();
        assert!(error.starts_with(expected), "{error}");
    }
    let here = desk.client.post(&url).header("host", "localhost");
    assert_eq!(here.send().await.unwrap().status(), 200);
}
