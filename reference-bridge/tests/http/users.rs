//! Creating people: invites, adoption, duplicates, refusals.

use std::time::Duration;

use mock_openai::OrgRole;
use mock_openai::settings::ListOrder;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{World, person};

#[tokio::test]
async fn a_new_person_is_invited_once_and_answered_in_full() {
    let world = World::start().await;
    let created = world.post("/Users", person("Ada@example.com")).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("content-type"), "application/scim+json");
    assert_eq!(created.body["userName"], "Ada@example.com");
    assert_eq!(created.body["active"], true);
    assert_eq!(created.body["password"], Value::Null);
    assert_eq!(created.body["meta"]["location"], created.header("location"));
    assert_eq!(created.body["meta"]["created"], created.body["meta"]["lastModified"]);
    assert_eq!(world.invites("ada@example.com"), [OrgRole::Reader]);

    let read = world.get(&format!("/Users/{}", created.id())).await;
    assert_eq!((read.status, read.body), (200, created.body.clone()));
    let found = world.find("userName eq \"ADA@EXAMPLE.COM\"").await;
    assert_eq!(found.ids(), [created.id()]);
    assert!(!created.body.to_string().contains("s3cret-pw"));
}

#[tokio::test]
async fn the_same_person_again_is_409_and_no_second_invite() {
    let world = World::start().await;
    world.assign("ada@example.com").await;
    let seq = world.openai.last_seq();
    let again = world.post("/Users", person("ADA@example.com")).await;
    assert_eq!((again.status, &again.body["scimType"]), (409, &json!("uniqueness")));
    assert!(world.writes_after(seq).is_empty());
}

#[tokio::test]
async fn identical_creates_at_once_make_one_person() {
    let world = World::start().await;
    let (one, two) = tokio::join!(
        world.post("/Users", person("ada@example.com")),
        world.post("/Users", person("ada@example.com")),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(world.calls_after(0, "inviteUser"), 1);
}

#[tokio::test]
async fn a_member_by_hand_is_found_and_taken_over_without_a_write() {
    let world = World::start().await;
    world.seed_member("Ada@Example.com", OrgRole::Owner);
    let seq = world.openai.last_seq();
    let found = world.find("userName eq \"ada@example.com\"").await;
    let id = found.ids()[0].to_owned();
    let mut body = found.body["Resources"][0].clone();
    body["name"]["givenName"] = json!("Augusta");
    let put = world.put(&format!("/Users/{id}"), body).await;
    assert_eq!((put.status, put.id()), (200, id));
    assert!(world.writes_after(seq).is_empty());
    assert_eq!(world.member("ada@example.com"), Some(OrgRole::Owner));
    let again = world.post("/Users", person("ada@example.com")).await;
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn a_member_who_was_only_found_is_claimed_by_a_create() {
    let world = World::start().await;
    world.seed_member("ada@example.com", OrgRole::Reader);
    let found = world.find("userName eq \"ada@example.com\"").await;
    let seq = world.openai.last_seq();
    let created = world.post("/Users", person("ada@example.com")).await;
    assert_eq!(created.status, 201);
    assert_eq!(found.ids(), [created.id()]);
    assert!(world.writes_after(seq).is_empty());
}

#[tokio::test]
async fn an_invite_by_hand_is_adopted_with_the_role_asked_for() {
    let world = World::start().await;
    world
        .openai
        .org(|org, now| org.add_invite("ada@example.com", OrgRole::Reader, now));
    let mut body = person("ada@example.com");
    body["openai_role"] = json!("owner");
    assert_eq!(world.post("/Users", body).await.status, 201);
    assert_eq!(world.invites("ada@example.com"), [OrgRole::Owner]);
}

#[tokio::test]
async fn hand_made_invites_beyond_the_first_page_are_found() {
    let world = World::start().await;
    world.openai.org(|org, now| {
        for n in 0..250 {
            org.add_invite(&format!("p{n}@example.com"), OrgRole::Reader, now);
        }
    });
    let found = world.find("userName eq \"p0@example.com\"").await;
    assert_eq!(found.body["totalResults"], 1);
    let found = world.find("userName eq \"p249@example.com\"").await;
    assert_eq!(found.body["totalResults"], 1);
}

#[rstest]
#[case(ListOrder::NewestFirst)]
#[case(ListOrder::OldestFirst)]
#[tokio::test]
async fn invites_that_come_and_go_by_hand_are_seen_at_once(#[case] order: ListOrder) {
    let world = World::start().await;
    let second = Duration::from_secs(1);
    world.openai.org(|org, now| {
        org.settings_mut().list_order = order;
        for n in 0..250 {
            let later = now.plus(second * (n / 50));
            org.add_invite(&format!("p{n}@example.com"), OrgRole::Reader, later);
        }
    });
    world.openai.advance_clock(second * 10);
    let find = async |name: &str| {
        let found = world.find(&format!("userName eq \"{name}@example.com\"")).await;
        found.body["totalResults"].as_u64()
    };
    assert_eq!(find("nobody").await, Some(0));
    let seq = world.openai.last_seq();
    assert_eq!(find("nobody-else").await, Some(0));
    let pages = world.calls_after(seq, "list-invites");
    assert_eq!(pages, if order == ListOrder::NewestFirst { 1 } else { 3 });

    let late = world
        .openai
        .org(|org, now| org.add_invite("late@example.com", OrgRole::Reader, now));
    assert_eq!(find("late").await, Some(1));
    let gone = world.openai.org(|org, now| {
        org.decline_invite(&late, now).expect("declined");
        org.pending_invites_for("p3@example.com", now)[0].id.clone()
    });
    world
        .openai
        .org(|org, now| org.decline_invite(&gone, now))
        .expect("declined");
    assert_eq!(find("p3").await, Some(0), "what is remembered is asked about");
    assert_eq!(find("p7").await, Some(1));
}

#[rstest]
#[case::no_user_name(json!({"emails": [{"value": "a@example.com"}]}), "invalidValue")]
#[case::empty_user_name(json!({"userName": ""}), "invalidValue")]
#[case::no_address(json!({"userName": "ada"}), "invalidValue")]
#[case::bad_active(json!({"userName": "a@example.com", "active": "perhaps"}), "invalidValue")]
#[case::bad_role(json!({"userName": "a@example.com", "openai_role": "admin"}), "invalidValue")]
#[case::not_an_object(json!(["userName"]), "invalidSyntax")]
#[tokio::test]
async fn nonsense_is_refused_without_a_call(#[case] body: Value, #[case] word: &str) {
    let world = World::start().await;
    let answer = world.post("/Users", body).await;
    assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!(word)));
    assert_eq!(answer.body["status"], "400");
    assert_eq!(world.openai.last_seq(), 0);
}

#[tokio::test]
async fn every_attribute_comes_back_as_sent() {
    let world = World::start().await;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let sent = json!({
        "userName": "Ada@example.com", "externalId": "00uX", "displayName": "Ada L",
        "title": "Countess", "nickName": "A", "locale": "en_US", "preferredLanguage": "en",
        "name": {"formatted": "Ada King", "familyName": "King", "givenName": "Ada"},
        "emails": [{"type": "work", "value": "Ada@example.com", "primary": true}],
        "addresses": [{"type": "work", "country": "GB"}],
        "phoneNumbers": [{"type": "mobile", "value": "+44 1"}],
        (enterprise): {"department": "R&D", "manager": {"value": "m1"}},
        "urn:example:2.0:User": {"color": "Blue"},
    });
    let created = world.post("/Users", sent.clone()).await;
    assert_eq!(created.status, 201);
    for (key, value) in sent.as_object().expect("an object") {
        assert_eq!(&created.body[key], value, "{key}");
    }
    let schemas = created.body["schemas"].as_array().expect("schemas");
    assert!(schemas.contains(&json!(enterprise)));
    assert!(schemas.contains(&json!("urn:example:2.0:User")));
}

#[tokio::test]
async fn an_address_that_upstream_refuses_is_400_and_leaves_nobody() {
    let world = World::start().await;
    world.trouble("inviteUser=400:always");
    let refused = world.post("/Users", person("ada@example.com")).await;
    assert_eq!(refused.status, 400);
    world.calm();
    let found = world.find("userName eq \"ada@example.com\"").await;
    assert_eq!(found.body["totalResults"], 0);
}

#[tokio::test]
async fn a_person_created_inactive_is_not_invited() {
    let world = World::start().await;
    let mut body = person("ada@example.com");
    body["active"] = json!(false);
    let created = world.post("/Users", body).await;
    assert_eq!((created.status, &created.body["active"]), (201, &json!(false)));
    assert!(world.invites("ada@example.com").is_empty());
}
