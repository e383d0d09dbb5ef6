//! Acceptance, rename, deactivation, reactivation, deletion.

use mock_openai::{Effect, OrgRole};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{World, person};

#[tokio::test]
async fn the_id_survives_acceptance_deactivation_and_reactivation() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    world.accept("ada@example.com");
    assert_eq!(world.get(&path).await.id(), id);

    let off = world
        .patch(&path, json!([{"op": "replace", "value": {"active": false}}]))
        .await;
    assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));
    assert_eq!(world.member("ada@example.com"), None);
    let found = world.find("userName eq \"ada@example.com\"").await;
    assert_eq!(found.body["Resources"][0]["active"], false);

    let on = world
        .patch(&path, json!([{"op": "Replace", "path": "active", "value": "True"}]))
        .await;
    assert_eq!((on.status, on.id()), (200, id));
    assert_eq!(world.invites("ada@example.com"), [OrgRole::Reader]);
}

#[rstest]
#[case::okta(json!([{"op": "replace", "value": {"active": false}}]))]
#[case::entra_string(json!([{"op": "Replace", "path": "active", "value": "False"}]))]
#[case::entra_opt(json!([{"op": "replace", "path": "active", "value": false}]))]
#[tokio::test]
async fn deactivating_a_pending_person_takes_the_invite_back(#[case] operations: Value) {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    let off = world.patch(&path, operations.clone()).await;
    assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));
    assert!(world.invites("ada@example.com").is_empty());
    let seq = world.openai.last_seq();
    assert_eq!(world.patch(&path, operations).await.status, 200);
    assert_eq!(world.openai.last_seq(), seq, "the second time needs no call");
}

#[tokio::test]
async fn an_acceptance_in_the_last_moment_does_not_survive_deactivation() {
    // The poller must not notice the acceptance first.
    let world = World::with(|s| s.poll_interval = std::time::Duration::from_secs(3600)).await;
    let id = world.assign("ada@example.com").await;
    world.accept("ada@example.com");
    let off = world
        .patch(
            &format!("/Users/{id}"),
            json!([{"op": "replace", "value": {"active": false}}]),
        )
        .await;
    assert_eq!(off.status, 200);
    assert_eq!(world.member("ada@example.com"), None);
}

#[tokio::test]
async fn the_last_owner_stays_and_the_reason_is_told() {
    let world = World::start().await;
    world.openai.org(|org, now| {
        let ids: Vec<String> = org.users().map(|user| user.id().to_owned()).collect();
        for id in ids {
            org.remove_member(&id, now).expect("removed");
        }
    });
    world.seed_member("ada@example.com", OrgRole::Owner);
    let found = world.find("userName eq \"ada@example.com\"").await;
    let path = format!("/Users/{}", found.ids()[0]);
    let off = world
        .patch(&path, json!([{"op": "replace", "value": {"active": false}}]))
        .await;
    assert_eq!(off.status, 400, "{}", off.body);
    assert!(
        off.body["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("owner"))
    );
    assert_eq!(world.get(&path).await.body["active"], true);
    assert_eq!(world.member("ada@example.com"), Some(OrgRole::Owner));
}

#[tokio::test]
async fn an_echoed_put_writes_nothing() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    let body = world.get(&path).await.body;
    let seq = world.openai.last_seq();
    let put = world.put(&path, body.clone()).await;
    assert_eq!((put.status, put.body), (200, body));
    assert!(world.writes_after(seq).is_empty());
}

#[tokio::test]
async fn a_put_without_active_keeps_it() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    let mut body = person("ada@example.com");
    body["active"] = json!("false");
    assert_eq!(world.put(&path, body.clone()).await.body["active"], false);
    body.as_object_mut().expect("an object").remove("active");
    assert_eq!(world.put(&path, body).await.body["active"], false);
    assert!(world.invites("ada@example.com").is_empty());
}

#[tokio::test]
async fn a_pending_person_moves_to_the_new_address() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    let put = world.put(&path, person("augusta@example.com")).await;
    assert_eq!((put.status, put.id()), (200, id.clone()));
    assert!(world.invites("ada@example.com").is_empty());
    assert_eq!(world.invites("augusta@example.com").len(), 1);
    let old = world.find("userName eq \"ada@example.com\"").await;
    assert_eq!(old.body["totalResults"], 0);
    let new = world.find("userName eq \"augusta@example.com\"").await;
    assert_eq!(new.ids(), [id]);
}

#[tokio::test]
async fn a_rename_that_cannot_be_finished_converges_later() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    world.trouble("inviteUser=503:always");
    let failed = world.put(&path, person("augusta@example.com")).await;
    assert_eq!(failed.status, 503);
    world.calm();
    let put = world.put(&path, person("augusta@example.com")).await;
    assert_eq!(put.status, 200);
    assert!(world.invites("ada@example.com").is_empty());
    assert_eq!(world.invites("augusta@example.com").len(), 1);
}

#[tokio::test]
async fn a_renamed_member_keeps_the_membership() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    world.accept("ada@example.com");
    let path = format!("/Users/{id}");
    let seq = world.openai.last_seq();
    let renamed = world
        .patch(
            &path,
            json!([
                {"op": "Replace", "path": "userName", "value": "augusta@example.com"},
                {"op": "Replace", "path": "emails", "value": [{"value": "augusta@example.com"}]},
            ]),
        )
        .await;
    assert_eq!((renamed.status, renamed.id()), (200, id));
    assert!(world.writes_after(seq).is_empty());
    assert!(world.member("ada@example.com").is_some());
    let listed = world.get("/Users").await;
    let names: Vec<_> = listed.body["Resources"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["userName"].as_str().is_some_and(|name| name.starts_with('a')))
        .collect();
    assert_eq!(names.len(), 1, "the old address is not listed as somebody else");
}

#[tokio::test]
async fn a_taken_name_is_409_and_changes_nothing() {
    let world = World::start().await;
    let ada = world.assign("ada@example.com").await;
    world.assign("bob@example.com").await;
    let seq = world.openai.last_seq();
    let put = world.put(&format!("/Users/{ada}"), person("BOB@example.com")).await;
    assert_eq!((put.status, &put.body["scimType"]), (409, &json!("uniqueness")));
    assert!(world.writes_after(seq).is_empty());
    let same = world.put(&format!("/Users/{ada}"), person("ADA@example.com")).await;
    assert_eq!((same.status, &same.body["userName"]), (200, &json!("ADA@example.com")));
    assert!(world.writes_after(seq).is_empty());
}

#[tokio::test]
async fn a_deleted_person_is_gone_and_may_come_back_as_another() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    let gone = world.delete(&path).await;
    assert_eq!((gone.status, &gone.body), (204, &Value::Null));
    assert!(world.invites("ada@example.com").is_empty());
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(world.delete(&path).await.status, 404);
    assert_eq!(world.put(&path, person("ada@example.com")).await.status, 404);
    let found = world.find("userName eq \"ada@example.com\"").await;
    assert_eq!(found.body["totalResults"], 0);
    assert_ne!(world.assign("ada@example.com").await, id);
}

#[tokio::test]
async fn a_create_for_somebody_inactive_restores_the_id() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    world
        .patch(
            &format!("/Users/{id}"),
            json!([{"op": "replace", "value": {"active": false}}]),
        )
        .await;
    assert_eq!(world.assign("ada@example.com").await, id);
    assert_eq!(world.invites("ada@example.com").len(), 1);
}

#[tokio::test]
async fn a_member_who_was_removed_by_hand_can_be_deleted() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let user = world.accept("ada@example.com");
    world.get(&format!("/Users/{id}")).await;
    world
        .openai
        .org(|org, now| org.remove_member(&user, now))
        .expect("removed");
    assert_eq!(world.delete(&format!("/Users/{id}")).await.status, 204);
}

#[tokio::test]
async fn profile_changes_stay_here_and_move_last_modified() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    let path = format!("/Users/{id}");
    let seq = world.openai.last_seq();
    let changed = world
        .patch(
            &path,
            json!([{"op": "replace", "value": {"name.givenName": "Augusta"}}]),
        )
        .await;
    assert_eq!(
        changed.body["name"],
        json!({"givenName": "Augusta", "familyName": "Lovelace"})
    );
    let invites = world
        .writes_after(seq)
        .into_iter()
        .filter(|effect| matches!(effect, Effect::InviteCreated { .. }))
        .count();
    assert_eq!(invites, 0);
    let again = world
        .patch(
            &path,
            json!([{"op": "replace", "value": {"name.givenName": "Augusta"}}]),
        )
        .await;
    assert_eq!(again.body["meta"], changed.body["meta"]);
}
