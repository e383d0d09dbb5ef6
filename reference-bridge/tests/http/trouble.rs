//! Upstream trouble: rate limits, failures, lost answers, silence, a wrong key.

use std::time::Duration;

use mock_openai::settings::DuplicateInvite;
use mock_openai::{FaultAction, FaultRule, FaultStatus, Hits, Operation, RetryAfter};
use rstest::rstest;
use serde_json::json;

use crate::support::{World, person};

fn throttled(operation: Operation, retry_after: RetryAfter) -> FaultRule {
    FaultRule {
        operation: Some(operation),
        hits: Hits::Next(1),
        ..FaultRule::new(FaultAction::Status(FaultStatus {
            retry_after: Some(retry_after),
            ..FaultStatus::new(429)
        }))
    }
}

#[rstest]
#[case(RetryAfter::Integer(7), 7..=7)]
#[case(RetryAfter::HttpDate(7), 7..=9)]
#[case(RetryAfter::TextOnly(7), 7..=7)]
#[case(RetryAfter::Absent, 1..=1)]
#[tokio::test]
async fn a_rate_limit_is_passed_on_in_whole_seconds(
    #[case] form: RetryAfter,
    #[case] expected: std::ops::RangeInclusive<u64>,
) {
    let world = World::start().await;
    world.trouble_rule(throttled(Operation::InviteUser, form));
    let answer = world.post("/Users", person("ada@example.com")).await;
    assert_eq!((answer.status, &answer.body["status"]), (429, &json!("429")));
    let seconds: u64 = answer.header("retry-after").parse().expect("whole seconds");
    assert!(expected.contains(&seconds), "{seconds}");

    // Until then the operation is left alone.
    let again = world.post("/Users", person("ada@example.com")).await;
    assert_eq!(again.status, 429);
    assert_eq!(world.calls_after(0, "inviteUser"), 1);
}

#[tokio::test]
async fn a_short_rate_limit_is_waited_for() {
    let world = World::with(|settings| settings.throttle_wait = Duration::from_secs(2)).await;
    world.trouble_rule(throttled(Operation::InviteUser, RetryAfter::Integer(1)));
    world.assign("ada@example.com").await;
    assert_eq!(world.calls_after(0, "inviteUser"), 2);
}

#[tokio::test]
async fn a_rate_limit_in_the_middle_of_a_patch_is_resumed() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let email = format!("p{n}@example.com");
        ids.push(world.assign(&email).await);
        world.accept(&email);
    }
    let group = world.push("Engineers", &[]).await;
    world.trouble_rule(FaultRule {
        hits: Hits::Nth(3),
        ..throttled(Operation::AddGroupUser, RetryAfter::Integer(1))
    });
    let members: Vec<_> = ids.iter().map(|id| json!({ "value": id })).collect();
    let add = json!([{"op": "add", "path": "members", "value": members}]);
    let path = format!("/Groups/{group}");
    assert_eq!(world.patch(&path, add.clone()).await.status, 429);
    assert_eq!(world.in_group("Engineers").len(), 2);
    let seq = world.openai.last_seq();
    // Until upstream's second is over the bridge answers by itself; what it asks then is counted below.
    let patched = async {
        let mut status = 429;
        while status == 429 {
            status = world.patch(&path, add.clone()).await.status;
        }
        status
    };
    let status = tokio::time::timeout(Duration::from_secs(10), patched).await;
    assert_eq!(status.expect("an end of the rate limit"), 204);
    assert_eq!(world.in_group("Engineers").len(), 5);
    assert_eq!(world.calls_after(seq, "add-group-user"), 3);
}

#[rstest]
#[case::failed_before("inviteUser=500:next(1):before")]
#[case::lost_after("inviteUser=502:next(1):after")]
#[case::reset_after("inviteUser=reset:next(1):after")]
#[case::half_after("inviteUser=half_body:next(1):after")]
#[case::silent_after("inviteUser=hang:next(1):after")]
#[case::silent_before("inviteUser=hang:next(1):before")]
#[tokio::test]
async fn after_a_lost_answer_there_is_one_invite(#[case] rule: &str) {
    let world = World::start().await;
    world
        .openai
        .org(|org, _| org.settings_mut().duplicate_invite = DuplicateInvite::SecondInvite);
    world.trouble(rule);
    world.assign("ada@example.com").await;
    assert_eq!(world.invites("ada@example.com").len(), 1);
}

#[tokio::test]
async fn lasting_trouble_is_503_with_bounded_tries_and_heals() {
    let world = World::start().await;
    world.trouble("inviteUser=503:always");
    let failed = world.post("/Users", person("ada@example.com")).await;
    assert_eq!((failed.status, &failed.body["status"]), (503, &json!("503")));
    assert_eq!(world.calls_after(0, "inviteUser"), 3);
    world.calm();
    world.assign("ada@example.com").await;
}

#[tokio::test]
async fn silence_is_answered_within_the_budget() {
    let world = World::with(|settings| {
        settings.upstream_timeout = Duration::from_millis(200);
        settings.request_budget = Duration::from_millis(500);
    })
    .await;
    world.trouble("*=hang:always");
    let began = std::time::Instant::now();
    let answer = world.post("/Users", person("ada@example.com")).await;
    assert_eq!(answer.status, 503);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[rstest]
#[case(401)]
#[case(403)]
#[tokio::test]
async fn a_refused_key_is_the_bridges_trouble(#[case] status: u16) {
    let world = World::start().await;
    world.trouble(&format!("*={status}:always"));
    let answer = world.post("/Users", person("ada@example.com")).await;
    assert_eq!(answer.status, 502);
    assert!(
        answer.body["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("key"))
    );
    assert!(!answer.body.to_string().contains(world.openai.admin_key()));
    assert_eq!(world.openai.last_seq(), 1, "no retries");
}

#[tokio::test]
async fn a_group_whose_answer_got_lost_is_not_made_twice() {
    let world = World::start().await;
    world.trouble("create-group=502:next(1):after");
    world.push("Engineers", &[]).await;
    assert!(world.in_group("Engineers").is_empty());
}

#[tokio::test]
async fn known_people_are_read_without_upstream() {
    let world = World::start().await;
    let id = world.assign("ada@example.com").await;
    world.trouble("*=500:always");
    assert_eq!(world.get(&format!("/Users/{id}")).await.status, 200);
    let found = world.find("userName eq \"ada@example.com\"").await;
    assert_eq!(found.ids(), [id]);
}
