//! What survives the end of the process.

use serde_json::json;

use crate::support::{World, in_group};

#[tokio::test]
async fn ids_holds_and_wishes_survive_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut world = World::durable(dir.path()).await;
    let ada = world.assign("ada@example.com").await;
    let bob = world.assign("bob@example.com").await;
    let group = world.push("Engineers", &[&ada, &bob]).await;
    let before = world.get(&format!("/Users/{ada}")).await;
    world
        .patch(
            &format!("/Users/{bob}"),
            json!([{"op": "replace", "value": {"active": false}}]),
        )
        .await;

    let state = dir.path().to_owned();
    world.restart(|settings| settings.state_dir = Some(state)).await;

    let after = world.get(&format!("/Users/{ada}")).await;
    assert_eq!(after.body["meta"]["created"], before.body["meta"]["created"]);
    assert_eq!(after.body["name"], before.body["name"]);
    assert_eq!(world.get(&format!("/Users/{bob}")).await.body["active"], false);
    assert_eq!(world.get(&format!("/Groups/{group}")).await.members(), [ada, bob]);

    world.accept("ada@example.com");
    world
        .until("the hold is applied", |org, _| {
            in_group(org, "Engineers") == ["ada@example.com"]
        })
        .await;
}

#[tokio::test]
async fn an_acceptance_while_the_bridge_is_down_is_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut world = World::durable(dir.path()).await;
    let ada = world.assign("ada@example.com").await;
    world.push("Engineers", &[&ada]).await;
    world.bridge.stop().await;
    world.accept("ada@example.com");
    let state = dir.path().to_owned();
    world.restart(|settings| settings.state_dir = Some(state)).await;
    world
        .until("the hold is applied", |org, _| !in_group(org, "Engineers").is_empty())
        .await;
}

#[tokio::test]
async fn without_a_folder_upstream_is_the_memory() {
    let mut world = World::start().await;
    world.assign("ada@example.com").await;
    world.restart(|_| {}).await;
    let found = world.find("userName eq \"ada@example.com\"").await;
    assert_eq!(found.body["totalResults"], 1);
    assert_eq!(world.assign("ada@example.com").await, found.ids()[0]);
    assert_eq!(world.invites("ada@example.com").len(), 1);
}
