//! Trouble that upstream makes on purpose during a step, in the mock's words.

use std::time::Duration;

use mock_openai::{
    Delay, FaultAction, FaultRule as MockRule, FaultStatus, Hits, Interlude, MockOpenAi, Operation, Org, Phase,
    RetryAfter as MockRetryAfter, Timestamp,
};
use proofload_scenarios::{FaultRule, RetryAfter, RuleHits, Trouble, WorldEvent};

use super::by_hand::{self, address};
use crate::cast::{Actor, Cast};

/// The most by which answers are late while several requests of a step are under way.
const JITTER: Duration = Duration::from_millis(8);

/// Makes trouble from now on; replaces what was made before, unless there is none to make.
pub(super) fn make(upstream: &MockOpenAi, rules: &[FaultRule], cast: &Cast) {
    if rules.is_empty() {
        return;
    }
    upstream.org(|org, now| {
        org.faults_mut().clear();
        for rule in rules {
            let operation = rule.operation.parse::<Operation>().ok();
            for containing in texts(rule, operation, cast, org, now) {
                match (&rule.trouble, operation) {
                    (Trouble::Meanwhile(event), Some(operation)) => {
                        let interlude = interlude(operation, containing, rule.hits, event.clone(), cast.clone());
                        org.faults_mut().interrupt(interlude);
                    }
                    (trouble, operation) => org.faults_mut().push(MockRule {
                        operation,
                        address: None,
                        containing,
                        hits: hits(rule.hits),
                        phase: if rule.after_effect { Phase::After } else { Phase::Before },
                        action: action(trouble),
                    }),
                }
            }
        }
    });
}

/// While several requests are under way, upstream's answers are late by a little, so that the seed decides who comes first.
pub(super) fn set_jitter(upstream: &MockOpenAi, on: bool) {
    let jitter = on.then_some(Delay::Uniform(Duration::ZERO, JITTER));
    upstream.org(|org, _| org.faults_mut().set_jitter(jitter));
}

fn interlude(
    operation: Operation,
    containing: Option<String>,
    hits: RuleHits,
    event: WorldEvent,
    cast: Cast,
) -> Interlude {
    let nth = match hits {
        RuleHits::All | RuleHits::First(_) => 1,
        RuleHits::Nth(nth) => nth,
    };
    Interlude::new(operation, containing, nth, move |org, now| {
        // What cannot happen any more has been prevented by the bridge in its own way.
        by_hand::happen(&event, org, now, &cast);
    })
}

fn hits(hits: RuleHits) -> Hits {
    match hits {
        RuleHits::All => Hits::Always,
        RuleHits::First(times) => Hits::Next(times),
        RuleHits::Nth(nth) => Hits::Nth(nth),
    }
}

fn action(trouble: &Trouble) -> FaultAction {
    match trouble {
        // Who kills the bridge when the call comes in leaves it without an answer.
        Trouble::Hang | Trouble::Kill | Trouble::Meanwhile(_) => FaultAction::Hang,
        Trouble::Reset => FaultAction::Reset,
        Trouble::Status { status, retry_after } => FaultAction::Status(FaultStatus {
            retry_after: retry_after.map(|wait| match wait {
                RetryAfter::Integer(seconds) => MockRetryAfter::Integer(seconds),
                RetryAfter::HttpDate(seconds) => MockRetryAfter::HttpDate(seconds),
                RetryAfter::TextOnly(seconds) => MockRetryAfter::TextOnly(seconds),
                RetryAfter::Absent => MockRetryAfter::Absent,
            }),
            ..FaultStatus::new(*status)
        }),
    }
}

/// What the calls that a rule is about have in them: one text for each person of a crowd; any call without `about`.
fn texts(
    rule: &FaultRule,
    operation: Option<Operation>,
    cast: &Cast,
    org: &Org,
    now: Timestamp,
) -> Vec<Option<String>> {
    let Some(about) = &rule.about else {
        return vec![None];
    };
    if let Some(team) = cast.team(about) {
        let id = by_hand::group_id(org, cast, about).ok();
        let by_id =
            operation.is_some_and(|operation| !matches!(operation, Operation::CreateGroup | Operation::ListGroups));
        return vec![id.filter(|_| by_id).or_else(|| Some(team.display_name.clone()))];
    }
    let people = cast.everybody(about).into_iter();
    let actors = people.filter_map(|name| cast.actor(&name));
    actors.map(|actor| Some(person(operation, actor, org, now))).collect()
}

/// Calls about members and about invites name them by OpenAI's ids, once they have one.
fn person(operation: Option<Operation>, actor: &Actor, org: &Org, now: Timestamp) -> String {
    let id = match operation {
        Some(
            Operation::RetrieveUser
            | Operation::ModifyUser
            | Operation::DeleteUser
            | Operation::AddGroupUser
            | Operation::RetrieveGroupUser
            | Operation::RemoveGroupUser,
        ) => by_hand::member(org, actor).ok(),
        Some(Operation::RetrieveInvite | Operation::DeleteInvite) => by_hand::pending_invite(org, actor, now).ok(),
        _ => None,
    };
    id.unwrap_or_else(|| address(actor).to_owned())
}
