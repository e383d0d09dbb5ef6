//! A recording as a whole: what comes in, and the file that comes out.

use std::collections::BTreeMap;

use proofload_scenarios::{Catalogue, Requirements, Scenario};
use serde_json::json;

use super::seen::{Seen, SeenAnswer};
use super::*;

fn idps() -> BTreeMap<String, Idp> {
    Catalogue::built_in().unwrap().idps().clone()
}

fn seen(at: u64, line: &str, body: &str, status: u16, answer: &str) -> Seen {
    let (method, target) = line.split_once(' ').unwrap();
    let text = |text: &str| {
        if text.is_empty() {
            Body::None
        } else {
            Body::Text(text.to_owned())
        }
    };
    let mut headers = vec![("accept".to_owned(), "application/scim+json".to_owned())];
    if !body.is_empty() {
        headers.push((
            "content-type".to_owned(),
            "application/scim+json; charset=utf-8".to_owned(),
        ));
    }
    Seen {
        began_ms: at,
        ended_ms: at + 5,
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        has_credentials: status != 401,
        body: text(body),
        answer: (status > 0).then(|| SeenAnswer {
            status,
            location: None,
            body: text(answer),
        }),
    }
}

/// A first day with Entra: a look-up, a create, a group that was there before, a rename, and what went wrong.
fn first_day() -> Recording {
    let user = r#"{ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "externalId": "marie.o'neill",
  "userName": "Marie.O'Neill@corp.example", "active": true, "displayName": "Marie O'Neill", "title": "CFO {x}", "password": "$PASSWORD",
  "name": {"givenName": "Marie", "familyName": "O'Neill"}, "emails": [{"type": "work", "value": "marie@corp.example"}],
  "phoneNumbers": [{"type": "work", "value": "+49 170 1234567"}] }"#;
    let created = r#"{"id": "u-17", "userName": "Marie.O'Neill@corp.example"}"#;
    let group = json!({"Resources": [{"id": "g-4", "displayName": "Sales & Ops"}]}).to_string();
    let member = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"$ref":null,"value":"u-17"}]}]}"#;
    let off = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}"#;
    let name = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"userName","value":"marie.new@corp.example"}]}"#;
    let filter = "GET /Users?filter=userName+eq+%22Marie.O'Neill%40corp.example%22";
    Recording {
        began: "2026-11-22T18:53:35Z".to_owned(),
        seen: vec![
            seen(
                0,
                "GET /Users?filter=userName+eq+%221b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed%22",
                "",
                401,
                "",
            ),
            seen(10, filter, "", 200, r#"{"totalResults": 0, "Resources": []}"#),
            seen(20, "POST /Users", user, 503, ""),
            seen(30, "POST /Users", user, 201, created),
            seen(
                40,
                "GET /Groups?filter=displayName+eq+%22Sales+%26+Ops%22",
                "",
                200,
                &group,
            ),
            seen(50, "PATCH /Groups/g-4", member, 204, ""),
            seen(60, "PATCH /Users/u-17", off, 200, created),
            seen(70, "PATCH /Users/u-17", name, 400, ""),
            seen(
                80,
                "GET /Users?filter=userName+eq+%22MARIE.O'NEILL%40CORP.EXAMPLE%22",
                "",
                200,
                created,
            ),
            seen(90, "DELETE /Users/u-unknown", "", 404, ""),
            seen(95, "GET /Users/u-17", "", 0, ""),
            seen(100, "GET /favicon.ico", "", 404, ""),
        ],
        notes: Vec::new(),
    }
}

fn parse(text: &str) -> Scenario {
    Scenario::parse("recorded/x", "x.toml", text, &idps(), &Requirements::default()).unwrap()
}

#[test]
fn a_recording_becomes_a_scenario() {
    let told = first_day().scenarios(&idps(), None);
    let [text] = told.texts.as_slice() else {
        panic!("{told:?}")
    };
    insta::assert_snapshot!(text);
    insta::assert_snapshot!(told.notes.join("\n"), @"
    left out, because they are no SCIM: 1 request
    left out, because the same came again and was answered: 1 request that met 429, 5xx or no answer
    ");
    assert_eq!(parse(text).steps.len(), 11);
    for personal in [
        "Marie",
        "marie",
        "Neill",
        "corp",
        "CFO",
        "1234567",
        "u-17",
        "g-4",
        "PASSWORD",
        "u-unknown",
    ] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
}

#[test]
fn a_pause_begins_a_new_scenario_that_stands_by_itself() {
    let mut recording = first_day();
    for seen in &mut recording.seen[6..] {
        seen.began_ms += 60_000;
        seen.ended_ms += 60_000;
    }
    let told = recording.scenarios(&idps(), Some(Duration::from_secs(60)));
    assert_eq!(told.texts.len(), 2);
    // Whom the first part created was there before the second.
    let second = parse(&told.texts[1]);
    assert_eq!(second.steps[0].name, "Before the recording began: ann was there");
    assert_eq!(
        recording.scenarios(&idps(), Some(Duration::from_secs(61))).texts.len(),
        1
    );
}

#[test]
fn what_is_too_much_for_one_file_becomes_several() {
    let mut recording = first_day();
    let one = recording.seen[1].clone();
    recording.seen = vec![one.clone(); SCENES_MAX + 1];
    assert_eq!(recording.scenarios(&idps(), None).texts.len(), 2);
    let body = format!("{{\"a\":{}}}", "1".repeat(BYTES_MAX));
    recording.seen = vec![one, seen(1, "POST /Users", &body, 201, "")];
    let told = recording.scenarios(&idps(), None);
    assert_eq!((told.texts.len(), told.requests), (1, 1));
    assert!(told.notes[0].contains("more than a file can hold"), "{:?}", told.notes);
}

#[test]
fn nothing_is_told_of_nothing() {
    let told = Recording::default().scenarios(&idps(), None);
    assert!(told.texts.is_empty());
    let trouble = Recording {
        seen: vec![seen(0, "GET /Users", "", 503, "")],
        ..Recording::default()
    };
    let told = trouble.scenarios(&idps(), None);
    assert!(
        told.texts.is_empty() && told.notes[0].contains("nothing can be expected"),
        "{told:?}"
    );
}

/// Whatever is recorded, what comes out can be loaded, or is left out and noted.
#[test]
fn hostile_traffic_gives_files_that_can_be_loaded() {
    let bodies = [
        "{\"userName\": \"{ann.id} {tag} {x}\", \"{kept.y}\": \"'''\\\"\\\"\\\"\\u0000\"}",
        "{\"userName\": \"\"}",
        "[[[[{\"members\": {\"value\": [1, null, \"{\"]}}]]]]",
        "{active:false}",
        "\u{feff}",
        "{\"Operations\": [{\"op\": 7, \"path\": \"members[value eq \\\"\\\\\", \"value\": {\"a\": {\"userName\": \"b\"}}}]}",
        "{\"Operations\": \"x\", \"Resources\": [{\"id\": \"{tag}\"}]}",
        "\"\"",
    ];
    let targets = [
        "GET /Users?filter=",
        "GET /Users?filter=userName+eq+%22",
        "PATCH /Users/%7Bann.id%7D",
        "PUT /Users//x",
        "DELETE /Groups/a%2Fb%00",
        "GET /Users?{tag}={ann.id}&=&&x",
        "POST /Bulk",
        "GET /Users/%22%20%0A",
        "GET /\u{e9}",
        "POST /Users?a=%26%7Btag%7D%23",
        "PATCH /Groups/g",
        "GET /Users?filter=userName+eq+%22%7Bx%7D%26%22+and+%7By%7D",
    ];
    let mut all = Vec::new();
    for (number, (target, body)) in targets
        .iter()
        .flat_map(|target| bodies.map(|body| (target, body)))
        .enumerate()
    {
        let at = u64::try_from(number).unwrap();
        all.push(seen(at, target, body, [200, 201, 204, 409, 500, 0][number % 6], body));
    }
    let count = all.len();
    let recording = Recording {
        seen: all,
        ..Recording::default()
    };
    let told = recording.scenarios(&idps(), None);
    assert!(told.requests > count / 3, "{:?}", told.notes);
    for text in &told.texts {
        parse(text);
    }
}
