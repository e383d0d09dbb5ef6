//! The role: every place it can stand, and every state of the person it can meet.

use mock_openai::OrgRole;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{World, person};

const URN: &str = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";

#[rstest]
#[case::top_level(json!({"openai_role": "Owner"}))]
#[case::nested(json!({URN: {"openai_role": "owner"}}))]
#[case::roles(json!({"roles": [{"primary": "True", "value": "owner"}]}))]
#[tokio::test]
async fn a_new_owner_is_invited_as_owner(#[case] extra: Value) {
    let world = World::start().await;
    let mut body = person("ada@example.com");
    for (key, value) in extra.as_object().expect("an object") {
        body[key] = value.clone();
    }
    let created = world.post("/Users", body).await;
    assert_eq!(created.status, 201);
    assert_eq!(world.invites("ada@example.com"), [OrgRole::Owner]);
    if let Some(role) = extra.get("openai_role") {
        assert_eq!(&created.body["openai_role"], role, "echoed as sent");
    }
}

#[rstest]
#[case::entra(json!([{"op": "Add", "path": format!("{URN}:openai_role"), "value": "owner"}]))]
#[case::entra_opt(json!([{"op": "add", "value": {(format!("{URN}:openai_role")): "owner"}}]))]
#[case::entra_roles(json!([{"op": "Add", "path": "roles", "value": [{"value": "{\"value\":\"owner\"}"}]}]))]
#[tokio::test]
async fn a_role_change_reaches_invites_and_members(#[case] operations: Value) {
    let world = World::start().await;
    let pending = world.assign("ada@example.com").await;
    let member = world.assign("bob@example.com").await;
    world.accept("bob@example.com");
    for id in [pending, member] {
        let changed = world.patch(&format!("/Users/{id}"), operations.clone()).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
    }
    assert_eq!(world.invites("ada@example.com"), [OrgRole::Owner]);
    assert_eq!(world.member("bob@example.com"), Some(OrgRole::Owner));
    assert_eq!(world.calls_after(0, "delete-user"), 0);
}

#[tokio::test]
async fn an_equal_or_absent_role_writes_nothing() {
    let world = World::start().await;
    let mut body = person("ada@example.com");
    body["openai_role"] = json!("owner");
    let id = world.post("/Users", body.clone()).await.id();
    let seq = world.openai.last_seq();
    assert_eq!(world.put(&format!("/Users/{id}"), body).await.status, 200);
    let absent = world.put(&format!("/Users/{id}"), person("ada@example.com")).await;
    assert_eq!(absent.body["openai_role"], "owner", "kept when not mentioned");
    assert!(world.writes_after(seq).is_empty());
}

#[tokio::test]
async fn the_wish_survives_deactivation() {
    let world = World::start().await;
    let mut body = person("ada@example.com");
    body["openai_role"] = json!("owner");
    let id = world.post("/Users", body).await.id();
    for active in [false, true] {
        world
            .patch(
                &format!("/Users/{id}"),
                json!([{"op": "replace", "value": {"active": active}}]),
            )
            .await;
    }
    assert_eq!(world.invites("ada@example.com"), [OrgRole::Owner]);
}

#[tokio::test]
async fn a_role_that_changes_upstream_by_acceptance_is_corrected() {
    let world = World::start().await;
    let mut body = person("ada@example.com");
    body["openai_role"] = json!("owner");
    world.post("/Users", body).await;
    let user = world.accept("ada@example.com");
    world
        .openai
        .org(|org, now| org.set_member_role(&user, OrgRole::Reader, now))
        .expect("changed");
    world
        .until("the role asked for", |org, _| {
            org.user_by_email("ada@example.com")
                .is_some_and(|user| user.role == OrgRole::Owner)
        })
        .await;
}

#[tokio::test]
async fn unknown_roles_are_refused_before_any_call() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let seq = world.openai.last_seq();
    let answer = world
        .patch(
            &format!("/Users/{id}"),
            json!([{"op": "add", "path": "openai_role", "value": "admin"}]),
        )
        .await;
    assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!("invalidValue")));
    assert_eq!(world.openai.last_seq(), seq);
    let foreign = world
        .patch(
            &format!("/Users/{id}"),
            json!([{"op": "add", "path": "roles", "value": [{"value": "clerk"}]}]),
        )
        .await;
    assert_eq!(foreign.status, 200, "roles may be somebody else's scheme");
}
