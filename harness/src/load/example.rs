//! One result for the tests of everything that reads results.

use std::collections::BTreeMap;

use mock_openai::Operation;

use super::convergence::Share;
use super::efficiency::Unavoidable;
use super::end_state::EndState;
use super::result::{Driver, FORMAT, Jobs, Limit, LoadResult, Phase, Point, Run, Second, Step, UpstreamSide};
use super::tally::{Example, Tally};
use super::times::Times;
use super::watch::{Route, Routes};

fn times(count: u64, longest_us: u64) -> Times {
    Times::of((1..=count).map(|n| longest_us * n / count))
}

fn step(count: u64, longest_us: u64, statuses: &[(u16, u64)]) -> Step {
    Step {
        corrected: times(count, longest_us),
        service: times(count, longest_us / 2),
        lag: times(count, 1_000),
        statuses: statuses.iter().copied().collect(),
        unanswered: count - statuses.iter().map(|(_, count)| count).sum::<u64>(),
    }
}

fn run() -> Run {
    Run {
        profile: "onboarding".to_owned(),
        title: "A company comes on board".to_owned(),
        persona: "okta".to_owned(),
        seed: 7,
        target: "the embedded reference bridge".to_owned(),
        parameters: BTreeMap::from([
            ("people".to_owned(), "140".to_owned()),
            ("throttle".to_owned(), "measured".to_owned()),
        ]),
        compress: 60.0,
        limit: Some(Limit {
            burst: 20,
            per_minute: 360.0,
        }),
        people: 140,
        groups: 6,
        shards: Vec::new(),
        shards_of: 0,
        command: "proofload load onboarding --seed 7".to_owned(),
    }
}

/// Two people lost, one stranger touched, 12 times throttled.
pub(super) fn end_state() -> EndState {
    let example = |who: &str, what: &str, line: &str| Example {
        who: who.to_owned(),
        what: what.to_owned(),
        journal: vec![line.to_owned()],
    };
    let lost = "should have access, but OpenAI has neither a member nor a pending invite";
    EndState {
        lost: Tally {
            count: 2,
            examples: vec![
                example(
                    "ann@acme.example",
                    lost,
                    "#12 POST /organization/invites {\"email\":\"ann@acme.example\"} → 429",
                ),
                example(
                    "bob@acme.example",
                    lost,
                    "#19 DELETE /organization/invites/invite-b → 200",
                ),
            ],
        },
        strangers_touched: Tally {
            count: 1,
            examples: vec![example(
                "stranger@acme.example",
                "was never mentioned by the identity provider, but (#40): stranger@acme.example was removed from the organization",
                "#40 DELETE /organization/users/user-s → 200",
            )],
        },
        unsure: 1,
        right: 283,
        ..EndState::default()
    }
}

fn upstream() -> UpstreamSide {
    let route = |calls, effective, throttled| Route {
        calls,
        effective,
        throttled,
        failed: calls - effective - throttled,
        while_closed: throttled / 2,
    };
    let routes = [
        ("inviteUser", route(152, 140, 12)),
        ("create-group", route(6, 6, 0)),
        ("add-group-user", route(292, 292, 0)),
    ];
    UpstreamSide {
        routes: Routes(
            routes
                .map(|(name, route)| (name.to_owned(), route))
                .into_iter()
                .collect(),
        ),
        unavoidable: Unavoidable([(Operation::InviteUser, 140)].into_iter().collect()),
        missed: 0,
        misread: 0,
    }
}

/// The result of a run that found something.
pub(super) fn result() -> LoadResult {
    let second = |requests: u64, n: u64| Second {
        requests,
        errors: u64::from(n == 3),
        throttled: u64::from(n % 7 == 1),
        percentiles: [20_000 + n * 500, 60_000 + n * 900, 80_000 + n * 2_000],
    };
    let point = |at: u32| Point {
        at: f64::from(at),
        share: Share {
            right: u64::from(at.min(24)) * 11,
            said: 286.min(u64::from(at) * 15),
        },
    };
    LoadResult {
        format: FORMAT,
        proofload: "1.2.3".to_owned(),
        run: run(),
        phases: vec![
            Phase {
                name: "people are assigned".to_owned(),
                began: 0.0,
                ended: 12.5,
                jobs: 140,
            },
            Phase {
                name: "groups are pushed".to_owned(),
                began: 12.5,
                ended: 20.0,
                jobs: 6,
            },
        ],
        steps: BTreeMap::from([
            ("match GET /Users".to_owned(), step(160, 10_000, &[(200, 160)])),
            (
                "create POST /Users".to_owned(),
                step(140, 150_000, &[(201, 135), (429, 3), (503, 1)]),
            ),
        ]),
        jobs: BTreeMap::from([(
            "assign".to_owned(),
            Jobs {
                done: 139,
                retries: 4,
                given_up: 1,
            },
        )]),
        seconds: (0..20).map(|n| second(15, n)).collect(),
        curve: (0..=25).map(point).collect(),
        worked: 20.0,
        settled: Some(5.0),
        driver: Driver {
            cpu: Some(1.25),
            bottleneck: None,
        },
        upstream: Some(upstream()),
        end_state: Some(end_state()),
        ..LoadResult::default()
    }
}

/// The same a little later: creates take twice as long, one of them is lost, nobody is touched.
pub(super) fn slower() -> LoadResult {
    let mut result = result();
    let creates = step(140, 300_000, &[(201, 140)]);
    result.steps.insert("create POST /Users".to_owned(), creates);
    let matches = step(150, 10_100, &[(200, 150)]);
    result.steps.insert("match GET /Users".to_owned(), matches);
    if let Some(state) = &mut result.end_state {
        (state.lost.count, state.strangers_touched) = (1, Tally::default());
    }
    result.settled = Some(7.5);
    result
}
