//! Some faults, to see that they are wrong in the way they say. The whole matrix is proven by the
//! scenarios.

use mock_openai::settings::DuplicateInvite;
use reference_bridge::Fault;
use serde_json::{Value, json};

use crate::support::{World, person};

async fn with(fault: Fault) -> World {
    World::with(|settings| settings.faults = fault.into()).await
}

#[tokio::test]
async fn every_fault_lets_the_bridge_start_and_answer() {
    for fault in Fault::ALL {
        let world = with(*fault).await;
        let answer = world.get("/Users").await;
        assert_eq!(answer.status, 200, "{fault}");
    }
}

#[tokio::test]
async fn a_race_makes_two_of_one() {
    let world = with(Fault::CreateRaces).await;
    world
        .openai
        .org(|org, _| org.settings_mut().duplicate_invite = DuplicateInvite::SecondInvite);
    let (one, two) = tokio::join!(
        world.post("/Users", person("ada@example.com")),
        world.post("/Users", person("ada@example.com")),
    );
    assert_eq!((one.status, two.status), (201, 201));
    assert_ne!(one.id(), two.id());
}

#[tokio::test]
async fn a_blind_repetition_sends_two_invites() {
    let world = with(Fault::LostAnswerInvitesAgain).await;
    world
        .openai
        .org(|org, _| org.settings_mut().duplicate_invite = DuplicateInvite::SecondInvite);
    world.trouble("inviteUser=502:next(1):after");
    world.assign("ada@example.com").await;
    assert_eq!(world.invites("ada@example.com").len(), 2);
}

#[tokio::test]
async fn a_swallowed_throttle_invites_nobody() {
    let world = with(Fault::ThrottleSwallowed).await;
    world.trouble("inviteUser=429:next(1)");
    world.assign("ada@example.com").await;
    assert!(world.invites("ada@example.com").is_empty());
}

#[tokio::test]
async fn string_false_keeps_the_person() {
    let world = with(Fault::StringFalseIsTrue).await;
    let id = world.assign("ada@example.com").await;
    let off = world
        .patch(
            &format!("/Users/{id}"),
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
        )
        .await;
    assert_eq!((off.status, &off.body["active"]), (200, &json!(true)));
    assert_eq!(world.invites("ada@example.com").len(), 1);
}

#[tokio::test]
async fn an_empty_201_is_empty() {
    let world = with(Fault::Empty201).await;
    let created = world.post("/Users", person("ada@example.com")).await;
    assert_eq!((created.status, created.body), (201, Value::Null));
}

#[tokio::test]
async fn the_first_page_only_hides_everybody_else() {
    let world = with(Fault::FirstUpstreamPageOnly).await;
    for n in 0..25 {
        world.assign(&format!("p{n}@example.com")).await;
    }
    let listed = world.get("/Users").await;
    assert!(listed.body["totalResults"].as_u64().is_some_and(|total| total < 25));
}

#[tokio::test]
async fn an_id_that_changes_on_acceptance_leads_nowhere() {
    let world = with(Fault::IdChangesOnAcceptance).await;
    let id = world.assign("ada@example.com").await;
    assert_eq!(world.get(&format!("/Users/{id}")).await.status, 200);
    world.accept("ada@example.com");
    assert_eq!(world.get(&format!("/Users/{id}")).await.status, 404);
}
