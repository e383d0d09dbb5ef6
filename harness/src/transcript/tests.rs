use std::time::Duration;

use proofload_scenarios::{Catalogue, Idp};
use rstest::rstest;

use super::*;
use crate::exchange::{Answer, Exchange, Outcome, SentRequest, WireTrouble};
use crate::judge::{Attempt, JobRecord};

const BASE: &str = "http://127.0.0.1:41873/scim/v2";

fn catalogue() -> Catalogue {
    Catalogue::built_in().unwrap()
}

fn idp(catalogue: &Catalogue) -> &Idp {
    &catalogue.idps()["okta-oin"]
}

fn scenario(text: &str) -> Scenario {
    let catalogue = catalogue();
    let head = "title = 't'\npersonas = ['any']\nwhy = 'w'\nspec = ['s']\n";
    let text = format!("{head}{text}");
    Scenario::parse("x/y", "x/y.toml", &text, catalogue.idps(), catalogue.requirements()).unwrap()
}

/// Alice and Bob, whom this seed gives other tags and ids than another.
fn cast(seed: u64) -> Cast {
    let catalogue = catalogue();
    let scenario = scenario("[people]\nalice = {}\nbob = {}\n[[step]]\nname = 'n'\ndo = 'probe'\n");
    Cast::invent(&scenario, idp(&catalogue), seed)
}

fn exchange(method: &str, target: &str, body: &str, status: u16, answer: &str, concurrent: bool) -> Exchange {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Exchange {
        label: "send",
        request: SentRequest {
            method: method.into(),
            target: target.into(),
            headers: vec![header("Authorization", "Bearer secret")],
            body: (!body.is_empty()).then(|| body.to_owned().into()),
        },
        outcome: Outcome::Answered(Answer {
            status,
            headers: vec![
                header("Date", "today"),
                header("ETag", "W/\"17\""),
                header("Retry-After", "7"),
            ],
            body: answer.to_owned().into(),
        }),
        elapsed: Duration::ZERO,
        seq_before: 0,
        seq_after: 0,
        concurrent,
    }
}

fn told(exchanges: Vec<Exchange>, cast: &Cast) -> String {
    let id = CaseId {
        scenario: "x/y".into(),
        persona: "okta-oin".into(),
    };
    let step = StepRef {
        number: 1,
        name: "Something happens".into(),
    };
    let record = StepRecord {
        exchanges,
        ..StepRecord::default()
    };
    write(&id, "A story", &[Told { step, record }], cast, BASE, &Manner::default())
}

/// The same story with other ids, times and tags.
fn story(seed: u64, id: &str, guid: &str, day: u32) -> String {
    let mut cast = cast(seed);
    let name = cast.actor("alice").unwrap().user_name().to_owned();
    cast.learn_user_id(&name, id, true);
    let alice = format!(
        r#"{{"id":"{id}","userName":"{name}","password":"hunter22","meta":{{"version":"W/\"{day}\"",
        "created":"2026-11-{day}T10:00:00.123Z","location":"{BASE}/Users/{id}"}},"seen":17000000{day}}}"#
    );
    let target = format!("/Users/{id}?attributes=userName&x=%22{guid}%22");
    told(
        vec![
            exchange("POST", "/Users", &alice, 201, &alice, false),
            exchange(
                "GET",
                &target,
                "",
                429,
                &format!("try {guid} again in {day} seconds"),
                false,
            ),
        ],
        &cast,
    )
}

#[test]
fn another_run_gives_the_same_text() {
    let one = story(
        1,
        "2819c223-7f76-453a-919d-413861904646",
        "0b1f8f4e-0001-4000-a000-000000000001",
        17,
    );
    let other = story(
        2,
        "user-vNsdHKxFIbmB90eexaga5zRT",
        "0b1f8f4e-0002-4000-a000-000000000002",
        23,
    );
    assert_eq!(one, other);
    let short = story(3, "7", "0b1f8f4e-0003-4000-a000-000000000003", 29);
    assert_eq!(one, short);
    insta::assert_snapshot!(one);
}

#[test]
fn what_happens_at_once_is_sorted_and_numbered_afterwards() {
    let cast = cast(1);
    let created = |guid: &str, status: u16| {
        let body = format!(r#"{{"ref":"0b1f8f4e-000{guid}-4000-a000-000000000000"}}"#);
        exchange("POST", "/Users", &body, status, "", true)
    };
    let (first, second) = (created("1", 201), created("2", 409));
    let one = told(vec![first.clone(), second.clone()], &cast);
    assert_eq!(one, told(vec![second, first], &cast));
    assert!(one.contains("{guid-1}") && one.contains("{guid-2}"), "{one}");
    let alike = told(vec![created("3", 201), created("4", 201)], &cast);
    assert!(
        alike.contains("\n2 times:\n> POST /Users\n  { \"ref\": \"{guid}\" }\n"),
        "{alike}"
    );
}

#[test]
fn what_is_tried_again_and_again_stands_there_once() {
    let cast = cast(1);
    let attempts = |number: usize| {
        let record = StepRecord {
            exchanges: vec![exchange("POST", "/Users", "{}", 429, "", false); number],
            jobs: vec![JobRecord {
                about: "alice".into(),
                attempts: (0..number)
                    .map(|index| Attempt {
                        exchanges: vec![index],
                        result: Ok(()),
                    })
                    .collect(),
            }],
            ..StepRecord::default()
        };
        let names = Names::new(&cast, BASE, &[], &Noise::default());
        step::write(&record, calls::Calls::beside_none(number), &names, &Noise::default())
    };
    assert_eq!(attempts(2), attempts(7));
    assert!(attempts(2).contains(AGAIN) && !attempts(1).contains(AGAIN));
}

#[test]
fn the_order_of_a_list_means_nothing_and_whom_a_page_holds_neither() {
    let cast = cast(1);
    let list = |who: &[&str], total: usize| {
        let people: Vec<String> = who
            .iter()
            .map(|name| format!(r#"{{"id":"1","userName":"{name}"}}"#))
            .collect();
        let body = format!(r#"{{"totalResults":{total},"Resources":[{}]}}"#, people.join(","));
        told(vec![exchange("GET", "/Users", "", 200, &body, false)], &cast)
    };
    assert_eq!(list(&["alice", "bob"], 2), list(&["bob", "alice"], 2));
    assert_eq!(list(&["alice"], 2), list(&["bob"], 2));
    assert_ne!(list(&["alice"], 1), list(&["bob"], 1));
    let crowd = list(&["carl", "carl", "carl"], 3);
    assert!(crowd.contains("… and 2 more like it"), "{crowd}");
}

/// Whatever a bridge sends, there is a text, and it is no longer than a transcript may be.
#[rstest]
#[case("\u{E000}guid\u{E001}x")]
#[case("[[[[{\"a\":[{},{}]}]]]]")]
#[case("{\"Resources\":[{},{}],\"totalResults\":99999999999}")]
#[case("{\"id\":1,\"Resources\":{\"Resources\":[]}}")]
#[case("\u{0}\u{1b}[2J")]
fn a_hostile_answer_is_written_down(#[case] answer: &str) {
    let text = told(
        vec![exchange("GET", "/%FF%00?&=&cursor", "", 200, answer, false)],
        &cast(1),
    );
    assert!(!text.contains('\u{E000}') && text.contains("> GET /"), "{text}");
    let many = vec![exchange("GET", "/", "", 200, &answer.repeat(100_000), true); 3];
    assert!(told(many, &cast(1)).len() < LENGTH_MAX);
}

#[test]
fn no_answer_is_said_without_what_the_system_says() {
    let mut lost = exchange("GET", "/Users", "", 200, "", false);
    lost.outcome = Outcome::Failed(WireTrouble::Closed("os error 104".into()));
    let text = told(vec![lost], &cast(1));
    assert!(
        text.contains("< no answer: the connection was closed") && !text.contains("104"),
        "{text}"
    );
}

#[test]
fn noise_is_taken_out() {
    let noise = Noise {
        headers: vec!["date".into()],
        redact: vec![
            Redaction::Pointer("/meta/build".parse().unwrap()),
            Redaction::Pattern("build-[0-9a-f]+".parse().unwrap()),
        ],
    };
    let names = Names::new(&cast(1), BASE, &[], &noise);
    let body = br#"{"meta":{"build":1},"x":"build-77af","Resources":[{"meta":{"build":2}}]}"#;
    insta::assert_snapshot!(body::write(body, body::Side::Answered, &names, &noise), @r#"
      {
        "meta": { "build": "{redacted}" },
        "x": "{redacted}",
        "Resources": [{ "meta": { "build": "{redacted}" } }]
      }
    "#);
    assert!(noise.shows("Date") && !noise.shows("content-type"));
}

#[rstest]
#[case::pointer("meta/version".parse::<Pointer>().map(drop), "a JSON Pointer begins with `/`")]
#[case::pattern("a(".parse::<Pattern>().map(drop), "this is no regular expression: unclosed group")]
#[case::everything("a*".parse::<Pattern>().map(drop), "it would match everywhere")]
fn a_wrong_rule_is_refused(#[case] parsed: Result<(), String>, #[case] message: &str) {
    let error = parsed.unwrap_err();
    assert!(error.contains(message), "{error}");
}

#[test]
fn reads_that_a_bridge_makes_by_itself_are_left_out() {
    let text = "# 1  x\n\n> GET /Users\n< 200\nOpenAI: GET /organization/users?emails[]=a@b&limit=100 → 200\n\n\
                OpenAI: GET /organization/users/{alice.user} → 404, made on purpose\nOpenAI: POST /organization/users → 200\n";
    let kinds = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(
        without(
            text,
            &kinds(&["GET /organization/users?emails[]&limit", "GET /organization/users/*"])
        ),
        "# 1  x\n\n> GET /Users\n< 200\n\nOpenAI: POST /organization/users → 200\n"
    );
    assert_eq!(without(text, &kinds(&["GET /organization/users"])), text);
}

#[rstest]
#[case::plain("[[step]]\nname = 'n'\ndo = 'assign alice'", None)]
#[case::killed("[[step]]\nname = 'n'\nworld = 'the bridge is killed'", Some("killed"))]
#[case::together(
    "[[step]]\nname = 'n'\nsend = 'GET /Users'\nwith = [{ send = 'GET /Groups' }]",
    Some("at the same moment")
)]
#[case::alike("[[step]]\nname = 'n'\nsend = 'GET /Users'\nat_once = 3", None)]
#[case::hung_up("[[step]]\nname = 'n'\nsend = 'GET /Users'\nhang_up_after = 3", Some("hangs up"))]
#[case::one_in_trouble(
    "[[step]]\nname = 'n'\ndo = 'assign alice'\nfault_plan = [{ operation = '*', times = 2, status = 500 }]",
    None
)]
#[case::some_in_trouble(
    "[[step]]\nname = 'n'\ndo = 'assign alice, bob'\nfault_plan = [{ operation = '*', times = 2, status = 500 }]",
    Some("trouble hits some of many")
)]
fn some_stories_have_no_transcript(#[case] steps: &str, #[case] reason: Option<&str>) {
    let scenario = scenario(&format!(
        "[people]\nalice = {{}}\nbob = {{}}\n{steps}\n[[step]]\nname = 'n'\ndo = 'probe'\n"
    ));
    let why = why_none(&scenario);
    assert_eq!(why.is_some(), reason.is_some(), "{why:?}");
    assert!(reason.is_none_or(|reason| why.unwrap().contains(reason)), "{why:?}");
}
