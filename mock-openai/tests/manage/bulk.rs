//! Many people at once, and the whole organization as one document.

use reqwest::Method;
use serde_json::json;

use crate::desk::Desk;

#[tokio::test]
async fn a_hundred_thousand_in_one_call_go_round() {
    let desk = Desk::open().await;
    let crowd = json!({ "users": { "count": 100_000 }, "groups": { "count": 100, "members": 1000 } });
    let (status, sown) = desk.post("/seed", crowd).await;
    let expected = json!({ "users": 100_000, "members_already": 0, "groups": 100 });
    assert_eq!((status, sown), (200, expected));
    assert_eq!(desk.mock.last_seq(), 1);
    let state = desk.get("/state").await;
    assert_eq!(state["users"].as_array().unwrap().len(), 100_000);
    assert_eq!(state["groups"][99]["members"].as_array().unwrap().len(), 1000);

    desk.send(Method::POST, "/reset", None).await;
    assert_eq!(desk.mock.org(|org, _| org.users().count()), 0);
    assert_eq!(desk.send(Method::PUT, "/state", Some(state.clone())).await.0, 200);
    // `assert_eq` would print a hundred thousand people.
    assert!(desk.get("/state").await == state, "the state goes round");
}

#[tokio::test]
async fn a_seed_by_name() {
    let desk = Desk::open().await;
    let seed = json!({
        "users": [{ "email": "ann@x.org", "role": "owner" }, { "email": "bob@x.org", "name": "Bob" }],
        "groups": [{ "name": "Staff", "members": ["BOB@x.org"] }],
    });
    assert_eq!(desk.post("/seed", seed).await.0, 200);
    let (_, groups) = desk.admin("groups").await;
    let members = format!("groups/{}/users", groups["data"][0]["id"].as_str().unwrap());
    assert_eq!(desk.admin(&members).await.1["data"][0]["name"], "Bob");
    let (status, error) = desk
        .post("/seed", json!({ "groups": [{ "name": "G", "members": ["x@y"] }] }))
        .await;
    let expected = "the group G has a member x@y who is neither a user nor among those to be";
    assert_eq!((status, error), (400, json!({ "error": expected })));
    let (status, error) = desk.post("/seed", json!({ "users": 5 })).await;
    assert_eq!(status, 400);
    let error = error["error"].as_str().unwrap();
    assert!(
        error.starts_with("invalid type: integer `5`, expected a list, or a table with `count`"),
        "{error}"
    );
}

/// What is read in several pieces is either of one moment or breaks off.
#[tokio::test]
async fn a_state_that_changes_while_it_is_read_breaks_off() {
    let desk = Desk::open().await;
    desk.post("/seed", json!({ "users": { "count": 100_000 } })).await;
    let url = format!("{}/state", desk.mock.manage_url().unwrap());
    // The client does not read on, so the mock cannot have written all of it.
    let mut response = desk.client.get(url).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    desk.post("/users", json!({ "email": "late@x.org" })).await;
    let rest = async {
        while response.chunk().await?.is_some() {}
        Ok::<_, reqwest::Error>(())
    };
    assert!(rest.await.is_err(), "half of two states is none");
    assert_eq!(desk.get("/state").await["users"].as_array().unwrap().len(), 100_001);
}
