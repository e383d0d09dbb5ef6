//! Lists, pages, filters, projections, discovery, and requests that make no sense.

use mock_openai::OrgRole;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{World, person};

#[tokio::test]
async fn pages_show_everybody_once() {
    let world = World::start().await;
    world.openai.org(|org, now| {
        for n in 0..120 {
            org.add_member(&format!("m{n}@example.com"), Some("M N"), OrgRole::Reader, now);
        }
        for n in 0..120 {
            org.add_invite(&format!("i{n}@example.com"), OrgRole::Reader, now);
        }
    });
    let gone = world.assign("gone@example.com").await;
    world
        .patch(
            &format!("/Users/{gone}"),
            json!([{"op": "replace", "value": {"active": false}}]),
        )
        .await;
    let mut seen = std::collections::BTreeSet::new();
    let mut total = 0;
    for start in [1, 101, 201] {
        let page = world.get(&format!("/Users?startIndex={start}&count=100")).await;
        total = page.body["totalResults"].as_u64().expect("a number");
        assert_eq!(page.body["startIndex"], start);
        assert_eq!(page.body["itemsPerPage"], page.ids().len());
        assert_eq!(
            page.ids().len(),
            if start < 201 {
                100
            } else {
                usize::try_from(total).expect("small") - 200
            }
        );
        seen.extend(page.ids().into_iter().map(str::to_owned));
    }
    assert_eq!(seen.len() as u64, total);
    let upstream = world.openai.org(|org, _| org.users().count());
    assert_eq!(seen.len(), upstream + 120 + 1);
    assert!(seen.contains(&gone));
    assert_eq!(world.writes_after(0).len(), 2, "one invite, and taking it back");
}

#[tokio::test]
async fn guid_probes_cost_nothing() {
    let world = World::start().await;
    for filter in [
        "userName eq \"5d3a7f0e-0b0a-4b7e-9d0c-1f2e3d4c5b6a\"",
        "externalId eq \"5d3a7f0e-0b0a-4b7e-9d0c-1f2e3d4c5b6a\"",
        "emails[type eq \"work\"].value eq \"5d3a7f0e-0b0a-4b7e-9d0c-1f2e3d4c5b6a\"",
    ] {
        let probe = world.find(filter).await;
        assert_eq!((probe.status, &probe.body["totalResults"]), (200, &json!(0)));
    }
    assert_eq!(world.openai.last_seq(), 0);
}

#[rstest]
#[case("userName")]
#[case("userName xx \"a\"")]
#[case("active gt true")]
#[case("(userName eq \"a\"")]
#[tokio::test]
async fn broken_filters_are_400(#[case] filter: &str) {
    let world = World::start().await;
    let answer = world.find(filter).await;
    assert_eq!(
        (answer.status, &answer.body["scimType"]),
        (400, &json!("invalidFilter"))
    );
}

#[tokio::test]
async fn unknown_parameters_and_odd_urls_are_taken() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    for path in [
        "/Users?aadOptscim062020&filter=userName+eq+%22ada%40example.com%22&".to_owned(),
        "/Users?filter=userName%20eq%20ada%40example.com".to_owned(),
        "/Users/?filter=userName+Eq+%22ada@example.com%22&x=y".to_owned(),
    ] {
        let found = world.get(&path).await;
        assert_eq!(found.ids(), [id.as_str()], "{path}");
    }
    assert_eq!(world.get(&format!("/Users/{id}?")).await.id(), id);
}

#[tokio::test]
async fn projections_cut_every_answer() {
    let world = World::start().await;
    let created = world
        .post("/Users?attributes=userName", person("ada@example.com"))
        .await;
    let keys: Vec<&String> = created.body.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["schemas", "id", "userName"]);
    let group = world.push("Engineers", &[&created.id()]).await;
    let cut = world.get(&format!("/Groups/{group}?excludedAttributes=members")).await;
    assert_eq!(cut.body.get("members"), None);
    let patched = world
        .patch(
            &format!("/Groups/{group}?attributes=displayName"),
            json!([{"op": "add", "value": {"externalId": "x"}}]),
        )
        .await;
    assert_eq!(
        (patched.status, &patched.body["displayName"]),
        (200, &json!("Engineers"))
    );
}

#[tokio::test]
async fn entra_membership_probes_are_answered() {
    let world = World::start().await;
    let ada = world.assign("ada@example.com").await;
    let bob = world.assign("bob@example.com").await;
    let group = world.push("Engineers", &[&ada]).await;
    for (person, total) in [(ada, 1), (bob, 0)] {
        let probe = world
            .get(&format!(
                "/Groups?attributes=id&filter=id+eq+%22{group}%22+and+members+eq+{person}"
            ))
            .await;
        assert_eq!(probe.body["totalResults"], total);
    }
}

#[tokio::test]
async fn discovery_is_consistent_and_free() {
    let world = World::start().await;
    let config = world.get("/ServiceProviderConfig").await;
    assert_eq!(config.body["patch"]["supported"], true);
    let types = world.get("/ResourceTypes").await;
    let schemas = world.get("/Schemas").await;
    let known: Vec<&str> = schemas.ids();
    for kind in types.body["Resources"].as_array().expect("a list") {
        assert!(known.contains(&kind["schema"].as_str().expect("a URN")));
        for extension in kind["schemaExtensions"].as_array().expect("a list") {
            assert!(known.contains(&extension["schema"].as_str().expect("a URN")));
        }
    }
    let ours = world
        .get("/Schemas/urn:ietf:params:scim:schemas:extension:openai:2.0:User")
        .await;
    assert_eq!(
        ours.body["attributes"][0]["canonicalValues"],
        json!(["owner", "reader"])
    );
    assert_eq!(world.get("/Schemas/urn:none").await.status, 404);
    assert_eq!(world.get("/ResourceTypes/User").await.body["endpoint"], "/Users");
    assert_eq!(world.openai.last_seq(), 0);
}

#[rstest]
#[case("GET", "/Nothing", 404)]
#[case("POST", "/Users/some-id", 405)]
#[case("DELETE", "/Users", 405)]
#[case("POST", "/Bulk", 501)]
#[case("GET", "/Me", 501)]
#[case("POST", "/.search", 501)]
#[case("POST", "/Users/.search", 501)]
#[case("GET", "/Users/nobody", 404)]
#[case("GET", "/Groups/nothing", 404)]
#[tokio::test]
async fn wrong_requests_are_scim_errors(#[case] method: &str, #[case] path: &str, #[case] status: u16) {
    let world = World::start().await;
    let answer = world.call(method, path, None).await;
    assert_eq!(answer.status, status);
    assert_eq!(answer.body["status"], status.to_string());
    assert_eq!(answer.header("content-type"), "application/scim+json");
    assert_eq!(
        answer.body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
}

#[rstest]
#[case("Bearer wrong")]
#[case("Basic scim-token")]
#[case("")]
#[tokio::test]
async fn a_wrong_token_opens_nothing(#[case] authorization: &str) {
    let world = World::start().await;
    let answer = world.bridge.send("GET", "/Users", authorization, None).await;
    assert_eq!((answer.status, &answer.body["status"]), (401, &json!("401")));
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(world.openai.last_seq(), 0);
}

#[tokio::test]
async fn broken_and_huge_bodies_are_refused() {
    let world = World::start().await;
    let bearer = "Bearer scim-token";
    let send = |body: String| world.bridge.send("POST", "/Users", bearer, Some(body));
    let broken = send("{\"userName\": \"a@x".to_owned()).await;
    assert_eq!(
        (broken.status, &broken.body["scimType"]),
        (400, &json!("invalidSyntax"))
    );
    let huge = send(format!("{{\"userName\": \"{}\"}}", "x".repeat(3 << 20))).await;
    assert_eq!((huge.status, &huge.body["status"]), (413, &json!("413")));
    let deep = send(format!("{}{}", "[".repeat(5_000), "]".repeat(5_000))).await;
    assert_eq!(deep.status, 400);
    assert_ne!(deep.body, Value::Null);
}
