//! Groups and who is in them.

use mock_openai::settings::ListOrder;
use mock_openai::{Effect, OrgRole};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{World, in_group, person};

/// Assigns people and has them accept.
async fn members(world: &World, emails: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for email in emails {
        ids.push(world.assign(email).await);
        world.accept(email);
    }
    ids
}

#[tokio::test]
async fn members_are_added_and_pending_people_are_held_until_they_accept() {
    let world = World::start().await;
    let ada = members(&world, &["ada@example.com"]).await.remove(0);
    let bob = world.assign("bob@example.com").await;
    let id = world.push("Engineers", &[&ada, &bob]).await;
    let read = world.get(&format!("/Groups/{id}")).await;
    assert_eq!(read.members(), [ada, bob.clone()]);
    assert_eq!(world.in_group("Engineers"), ["ada@example.com"]);

    let seq = world.openai.last_seq();
    world.accept("bob@example.com");
    world
        .until("Bob in the group", |org, _| {
            in_group(org, "Engineers") == ["ada@example.com", "bob@example.com"]
        })
        .await;
    assert_eq!(world.calls_after(seq, "add-group-user"), 1);
    let user = world.get(&format!("/Users/{bob}")).await;
    assert_eq!(user.body["groups"][0]["value"], id);
}

#[tokio::test]
async fn a_put_writes_the_difference_only() {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com", "b@example.com", "c@example.com"]).await;
    let id = world.push("Engineers", &[&ids[0], &ids[1]]).await;
    let seq = world.openai.last_seq();
    let put = world
        .put(
            &format!("/Groups/{id}"),
            json!({"displayName": "Engineers", "id": id, "members": [
                {"value": ids[1], "display": null}, {"value": ids[2], "display": null}]}),
        )
        .await;
    assert_eq!(put.status, 200);
    assert_eq!(put.members(), [&ids[1], &ids[2]]);
    let writes = world.writes_after(seq);
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(matches!(&writes[0], Effect::MemberRemoved { email, .. } if email == "a@example.com"));
    assert!(matches!(&writes[1], Effect::MemberAdded { email, .. } if email == "c@example.com"));
}

#[rstest]
#[case::entra_value_array(|id: &str| json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": id}]}]))]
#[case::path(|id: &str| json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]))]
#[tokio::test]
async fn removing_one_leaves_the_others(#[case] operations: fn(&str) -> Value) {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com", "b@example.com"]).await;
    let id = world.push("Engineers", &[&ids[0], &ids[1]]).await;
    let answer = world.patch(&format!("/Groups/{id}"), operations(&ids[0])).await;
    assert_eq!((answer.status, &answer.body), (204, &Value::Null));
    assert_eq!(world.in_group("Engineers"), ["b@example.com"]);
}

#[tokio::test]
async fn redundant_adds_change_nothing_and_concurrent_adds_lose_nobody() {
    let world = World::start().await;
    let emails: Vec<String> = (0..10).map(|n| format!("p{n}@example.com")).collect();
    let names: Vec<&str> = emails.iter().map(String::as_str).collect();
    let ids = members(&world, &names).await;
    let id = world.push("Engineers", &[]).await;
    let path = format!("/Groups/{id}");
    let add = |person: &str| json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": person}]}]);
    let all = ids.iter().map(|person| world.patch(&path, add(person)));
    for answer in futures_join(all).await {
        assert_eq!(answer.status, 204);
    }
    assert_eq!(world.in_group("Engineers").len(), 10);
    let modified = world.get(&path).await.body["meta"]["lastModified"].clone();
    let seq = world.openai.last_seq();
    assert_eq!(world.patch(&path, add(&ids[3])).await.status, 204);
    assert_eq!(world.writes_after(seq), []);
    assert_eq!(world.get(&path).await.body["meta"]["lastModified"], modified);
}

/// Runs all futures at once on this task.
async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut waiting {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *output = Some(done);
            }
        }
        if waiting.iter().all(|(_, output)| output.is_some()) {
            return std::task::Poll::Ready(());
        }
        std::task::Poll::Pending
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}

#[rstest]
#[case::put(|path: &str| ("PUT", json!({"displayName": "Builders", "id": path, "schemas": []})))]
#[tokio::test]
async fn a_rename_is_one_call(#[case] request: fn(&str) -> (&str, Value)) {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com"]).await;
    let id = world.push("Engineers", &[&ids[0]]).await;
    let path = format!("/Groups/{id}");
    let seq = world.openai.last_seq();
    let (method, body) = request(&path);
    let renamed = world.call(method, &path, Some(body)).await;
    assert_eq!((renamed.status, renamed.members()), (200, vec![ids[0].as_str()]));
    let writes = world.writes_after(seq);
    assert!(matches!(writes.as_slice(), [Effect::GroupRenamed { to, .. }] if to == "Builders"));
    let okta = json!([{"op": "replace", "value": {"id": id, "displayName": "Makers"}}]);
    assert_eq!(world.patch(&path, okta.clone()).await.status, 204);
    let seq = world.openai.last_seq();
    assert_eq!(world.patch(&path, okta).await.status, 204);
    assert!(world.writes_after(seq).is_empty());
}

#[tokio::test]
async fn a_name_in_use_is_409_in_any_case() {
    let world = World::start().await;
    let id = world.push("Engineers", &[]).await;
    let other = world.push("Builders", &[]).await;
    let again = world.post("/Groups", json!({"displayName": "ENGINEERS"})).await;
    assert_eq!((again.status, &again.body["scimType"]), (409, &json!("uniqueness")));
    let path = format!("/Groups/{other}");
    let renamed = world.put(&path, json!({"displayName": "engineers"})).await;
    assert_eq!(renamed.status, 409);
    let found = world
        .get("/Groups?excludedAttributes=members&filter=displayName+eq+%22engineers%22")
        .await;
    assert_eq!(found.ids(), [id]);
    assert_eq!(found.body["Resources"][0].get("members"), None);
    assert_eq!(world.calls_after(0, "list-group-users"), 0);
}

#[tokio::test]
async fn a_group_by_hand_is_adopted_with_its_people() {
    let world = World::start().await;
    let user = world.seed_member("ada@example.com", OrgRole::Reader);
    world
        .openai
        .org(|org, now| org.add_group("Engineers", &[user], false, now));
    let seq = world.openai.last_seq();
    let found = world.get("/Groups?filter=displayName+eq+%22engineers%22").await;
    assert_eq!(found.body["totalResults"], 1);
    let members = found.body["Resources"][0]["members"].clone();
    assert_eq!(members.as_array().map(Vec::len), Some(1));
    let bob = world.assign("bob@example.com").await;
    let id = world.push("Engineers", &[&bob]).await;
    assert_eq!(found.ids(), [id.as_str()]);
    assert_eq!(world.get(&format!("/Groups/{id}")).await.members().len(), 2);
    assert_eq!(world.calls_after(seq, "create-group"), 0);
}

#[tokio::test]
async fn two_groups_of_one_name_are_listed_but_not_taken_over() {
    let world = World::start().await;
    for _ in 0..2 {
        world.openai.org(|org, now| org.add_group("Engineers", &[], false, now));
    }
    let found = world.get("/Groups?filter=displayName+eq+%22Engineers%22").await;
    assert_eq!(found.body["totalResults"], 1);
    assert_eq!(world.get("/Groups").await.body["totalResults"], 2);
    let created = world.post("/Groups", json!({"displayName": "Engineers"})).await;
    assert_eq!(created.status, 409);
}

#[tokio::test]
async fn unknown_members_are_named_and_nothing_is_changed() {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com"]).await;
    let id = world.push("Engineers", &[]).await;
    let add = json!([{"op": "add", "path": "members", "value": [{"value": ids[0]}, {"value": "nobody-7"}]}]);
    let answer = world.patch(&format!("/Groups/{id}"), add).await;
    assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!("invalidValue")));
    assert!(
        answer.body["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("nobody-7"))
    );
    assert!(world.in_group("Engineers").is_empty());
}

#[tokio::test]
async fn deleting_a_group_leaves_its_people() {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com"]).await;
    let id = world.push("Engineers", &[&ids[0]]).await;
    let path = format!("/Groups/{id}");
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(world.delete(&path).await.status, 404);
    assert!(world.member("a@example.com").is_some());
    let user = world.get(&format!("/Users/{}", ids[0])).await;
    assert_eq!(user.body.get("groups"), None);
}

#[tokio::test]
async fn a_returning_member_is_put_back_into_the_group_once() {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com"]).await;
    let group = world.push("Engineers", &[&ids[0]]).await;
    let path = format!("/Users/{}", ids[0]);
    for active in [false, true] {
        let answer = world
            .patch(&path, json!([{"op": "replace", "value": {"active": active}}]))
            .await;
        assert_eq!(answer.status, 200);
    }
    assert!(world.in_group("Engineers").is_empty());
    assert_eq!(world.get(&format!("/Groups/{group}")).await.members(), [&ids[0]]);
    let seq = world.openai.last_seq();
    world.accept("a@example.com");
    world
        .until("back in the group", |org, _| in_group(org, "Engineers").len() == 1)
        .await;
    assert_eq!(world.calls_after(seq, "add-group-user"), 1);
}

#[tokio::test]
async fn a_pending_person_who_left_the_group_is_never_added() {
    let world = World::start().await;
    let bob = world.assign("bob@example.com").await;
    let eve = world.assign("eve@example.com").await;
    let id = world.push("Engineers", &[&bob, &eve]).await;
    let path = format!("/Groups/{id}");
    let remove = json!([{"op": "remove", "path": format!("members[value eq \"{bob}\"]")}]);
    assert_eq!(world.patch(&path, remove).await.status, 204);
    world.accept("bob@example.com");
    world.accept("eve@example.com");
    world
        .until("Eve in the group", |org, _| !in_group(org, "Engineers").is_empty())
        .await;
    assert_eq!(world.in_group("Engineers"), ["eve@example.com"]);
}

#[tokio::test]
async fn a_hold_survives_a_new_invite() {
    let world = World::start().await;
    let bob = world.assign("bob@example.com").await;
    world.push("Engineers", &[&bob]).await;
    let mut body = person("bob@example.com");
    body["openai_role"] = json!("owner");
    assert_eq!(world.put(&format!("/Users/{bob}"), body).await.status, 200);
    world.accept("bob@example.com");
    world
        .until("Bob in the group", |org, _| !in_group(org, "Engineers").is_empty())
        .await;
}

#[tokio::test]
async fn deleted_people_leave_their_groups() {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com"]).await;
    let id = world.push("Engineers", &[&ids[0]]).await;
    assert_eq!(world.delete(&format!("/Users/{}", ids[0])).await.status, 204);
    assert!(world.get(&format!("/Groups/{id}")).await.members().is_empty());
}

#[tokio::test]
async fn a_group_that_vanished_upstream_is_made_anew() {
    let world = World::start().await;
    let ids = members(&world, &["a@example.com"]).await;
    let id = world.push("Engineers", &[]).await;
    world.openai.org(|org, now| {
        let group = org.groups_named("Engineers")[0].id.clone();
        org.remove_group(&group, now).expect("removed");
    });
    let path = format!("/Groups/{id}");
    let add = json!([{"op": "add", "path": "members", "value": [{"value": ids[0]}]}]);
    let mut answer = world.patch(&path, add.clone()).await;
    if answer.status == 503 {
        answer = world.patch(&path, add).await;
    }
    assert_eq!(answer.status, 204);
    assert_eq!(world.in_group("Engineers"), ["a@example.com"]);
}

#[rstest]
#[case(ListOrder::NewestFirst)]
#[case(ListOrder::OldestFirst)]
#[tokio::test]
async fn acceptances_are_found_among_many_who_wait(#[case] order: ListOrder) {
    let world = World::start().await;
    world.openai.org(|org, _| org.settings_mut().list_order = order);
    for n in 0..120 {
        world.assign(&format!("w{n}@example.com")).await;
    }
    let bob = world.assign("bob@example.com").await;
    world.push("Engineers", &[&bob]).await;
    world.accept("bob@example.com");
    world
        .until("Bob in the group", |org, _| !in_group(org, "Engineers").is_empty())
        .await;
}

#[tokio::test]
async fn people_who_have_just_accepted_are_added_with_the_request() {
    let world = World::with(|s| s.poll_interval = std::time::Duration::from_secs(3600)).await;
    let mut ids = Vec::new();
    for n in 0..120 {
        let email = format!("p{n}@example.com");
        ids.push(world.assign(&email).await);
        world.accept(&email);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.push("Engineers", &ids).await;
    assert_eq!(world.in_group("Engineers").len(), 120);
}
