//! The journal: pages, filters, following.

use std::time::Duration;

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::desk::Desk;

const LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_journal() {
    let desk = Desk::open().await;
    desk.post("/users", json!({ "email": "ann@x.org" })).await;
    desk.admin("users?limit=1").await;
    desk.admin("groups").await;
    let journal = desk.get("/journal").await;
    assert_eq!(journal["last_seq"], 3);
    assert_eq!(journal["counts"]["requests"], 2);
    assert_eq!(journal["counts"]["operations"]["list-users"]["succeeded"], 1);
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries[0]["effects"][0]["kind"], "user_added");
    let request = &entries[1];
    assert_eq!(request["route"], "GET /organization/users");
    assert_eq!(request["operation"], "list-users");
    assert_eq!(request["request"]["query"], "limit=1");
    assert_eq!(request["answer"]["status"], 200);
    let key = desk.mock.admin_key();
    assert!(!journal.to_string().contains(key), "the key is in the journal");

    let tail = desk.get("/journal?after=1&limit=1").await;
    assert_eq!(tail["entries"].as_array().unwrap().len(), 1);
    assert_eq!(tail["entries"][0]["seq"], 2);
    let (status, error) = desk.send(Method::GET, "/journal?since=1", None).await;
    assert_eq!(status, 400);
    let error = error["error"].as_str().unwrap();
    assert!(
        error.contains("unknown field `since`, expected one of `organization`, `after`, `limit`"),
        "{error}"
    );
}

/// Four entries: a member by hand, a list, an invite by hand, an unknown id.
async fn busy_desk() -> Desk {
    let desk = Desk::open().await;
    desk.post("/users", json!({ "email": "ann@x.org" })).await;
    desk.admin("users?emails[]=Ann@x.org").await;
    desk.post("/invites", json!({ "email": "bob@x.org" })).await;
    desk.admin("users/user-nobody").await;
    desk
}

#[rstest]
#[case("", &[1, 2, 3, 4])]
#[case("after=2", &[3, 4])]
#[case("cause=world", &[1, 3])]
#[case("cause=request&limit=1", &[2])]
#[case("operation=retrieve-user", &[4])]
#[case("status=200", &[2])]
#[case("status=4xx", &[4])]
#[case("contains=ANN@X", &[1, 2])]
#[case("contains=invite_created", &[3])]
#[case("cause=world&contains=bob&after=3", &[])]
#[tokio::test]
async fn filters(#[case] query: &str, #[case] expected: &[u64]) {
    let desk = busy_desk().await;
    let journal = desk.get(&format!("/journal?{query}")).await;
    let entries = journal["entries"].as_array().unwrap();
    let seqs: Vec<_> = entries.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, expected);
    assert_eq!(journal["last_seq"], 4);
}

#[rstest]
#[case("operation=list-user", "unknown variant `list-user`, expected one of")]
#[case("cause=me", "unknown variant `me`, expected `request` or `world`")]
#[case("status=6xx", "`6xx` is no status; write 429 or 4xx")]
#[case("follow=perhaps", "provided string was not `true` or `false`")]
#[case("timeout_ms=5", "`timeout_ms` is for `follow=true`")]
#[tokio::test]
async fn filters_that_cannot_be(#[case] query: &str, #[case] expected: &str) {
    let desk = Desk::open().await;
    let (status, error) = desk.send(Method::GET, &format!("/journal?{query}"), None).await;
    assert_eq!(status, 400);
    let error = error["error"].as_str().unwrap();
    assert!(error.contains(expected), "{error}");
}

async fn follow(desk: &Desk, query: &str) -> reqwest::Response {
    let url = format!("{}/journal?follow=true&{query}", desk.mock.manage_url().unwrap());
    let response = desk.client.get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    response
}

#[tokio::test]
async fn who_follows_gets_lines_as_things_happen() {
    let desk = busy_desk().await;
    let mut response = follow(&desk, "after=1&cause=world&limit=2").await;
    let mut line = async || {
        let chunk = timeout(LIMIT, response.chunk()).await.expect("it goes on").unwrap();
        chunk.map(|chunk| serde_json::from_slice::<Value>(&chunk).expect("one line"))
    };
    assert_eq!(line().await.unwrap()["seq"], 3);
    desk.admin("users").await;
    desk.post("/users", json!({ "email": "cleo@x.org" })).await;
    assert_eq!(line().await.unwrap()["seq"], 6);
    assert_eq!(line().await, None, "as many came as were wanted");
}

#[tokio::test]
async fn following_ends_when_its_time_is_over() {
    let desk = busy_desk().await;
    let response = follow(&desk, "after=3&timeout_ms=1").await;
    let text = timeout(LIMIT, response.text()).await.expect("it ends").unwrap();
    assert_eq!(text.lines().count(), 1);
}
