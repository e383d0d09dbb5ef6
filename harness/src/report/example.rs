//! A run made by hand, with one case of every kind, for the tests of the reports.

use std::time::Duration;

use proofload_scenarios::{Level, Place};

use super::Record;
use crate::event::{CaseId, CaseResult, Event, Passage, Played, RunEnd, RunInfo};
use crate::finding::{Evidence, Finding, StepRef, Verdict};

pub(super) fn run() -> RunInfo {
    RunInfo {
        target: "embedded reference bridge".into(),
        target_kind: "embedded",
        scim_only: false,
        seed: 7,
        cases: 8,
        jobs: 4,
        fail_on: Level::Must,
        command: "proofload check --seed 7".into(),
    }
}

pub(super) fn end(interrupted: bool) -> Event {
    Event::RunFinished(RunEnd {
        duration: Duration::from_millis(1234),
        interrupted,
    })
}

pub(super) fn case(scenario: &str, persona: &str, verdict: Verdict) -> Event {
    Event::CaseFinished(Box::new(plain_case(scenario, persona, verdict)))
}

/// Everything a record can hold.
pub(super) fn events() -> Vec<Event> {
    let mut not_applicable = plain_case("groups/hold-pending-member", "entra", Verdict::NotApplicable);
    not_applicable.reason = Some("it needs an upstream to look at".into());
    not_applicable.checks = 0;
    not_applicable.checks_not_applicable = 9;
    let mut error = plain_case("users/import-pages", "okta-aiw", Verdict::Error);
    error.reason = Some("the bridge exited with status 101".into());
    error.output = vec!["thread 'main' panicked".into(), "index out of bounds".into()];
    let mut noted = plain_case("users/assign", "entra", Verdict::Pass);
    noted.findings = vec![should_finding()];
    let mut also_failed = failed_case();
    also_failed.id.persona = "okta-aiw".into();
    also_failed.duration = Duration::from_millis(45);
    let boxed = |case| Event::CaseFinished(Box::new(case));
    let mut hazardous = plain_case("users/assign", "okta-oin", Verdict::Pass);
    hazardous.findings = vec![hazard_finding()];
    vec![
        Event::RunStarted(run()),
        Event::CaseStarted(CaseId {
            scenario: "users/assign".into(),
            persona: "entra".into(),
        }),
        boxed(noted),
        case("users/assign", "okta-aiw", Verdict::Pass),
        boxed(hazardous),
        boxed(also_failed),
        boxed(failed_case()),
        case("activation/entra-string-false", "okta-oin", Verdict::Pass),
        boxed(error),
        boxed(not_applicable),
        Event::Note("Okta would have waited 60 s after the 429 of step 2; it waited 1 s".into()),
        end(false),
    ]
}

pub(crate) fn record() -> Record {
    let mut record = Record::new(run());
    for event in events() {
        record.add(event);
    }
    record
}

pub(crate) fn failed_case() -> CaseResult {
    CaseResult {
        title: "Entra switches somebody off with a string".into(),
        catalogue: Some("ACT-03".into()),
        findings: vec![must_finding()],
        played: vec![
            Played {
                step: StepRef {
                    number: 1,
                    name: "Entra assigns Alice".into(),
                },
                passages: vec![Passage {
                    evidence: should_finding().evidence,
                    curl: None,
                }],
            },
            Played {
                step: must_finding().step,
                passages: vec![Passage {
                    evidence: must_finding().evidence,
                    curl: Some("curl -X PATCH \"$SCIM_BASE/Users/u-1\"".into()),
                }],
            },
        ],
        duration: Duration::from_millis(31),
        ..plain_case("activation/entra-string-false", "entra", Verdict::Fail)
    }
}

fn plain_case(scenario: &str, persona: &str, verdict: Verdict) -> CaseResult {
    CaseResult {
        id: CaseId {
            scenario: scenario.into(),
            persona: persona.into(),
        },
        title: "A title".into(),
        catalogue: None,
        verdict,
        findings: Vec::new(),
        reason: None,
        checks: 12,
        checks_not_applicable: 0,
        duration: Duration::from_millis(12),
        output: Vec::new(),
        played: Vec::new(),
        transcript: None,
    }
}

fn must_finding() -> Finding {
    let text = "title = \"x\"\n\n[[step]]\nexpect.json = { \"/active\" = false }\n";
    let start = text.find("\"/active\"").unwrap();
    let path = "scenarios/catalogue/activation/entra-string-false.toml";
    Finding {
        check: "expect.json./active".into(),
        level: Level::Must,
        message: "the answer's /active is not what it must be".into(),
        expected: Some("false".into()),
        got: Some("true".into()),
        why: "Entra can send booleans as strings. A bridge that only understands `false` answers 200 and leaves a \
              leaver with a seat, which nobody notices before the next audit."
            .into(),
        spec: vec!["RFC 7643 §2.3.3".into(), "RFC 7644 §3.5.2.3".into()],
        step: StepRef {
            number: 3,
            name: "Entra switches Alice off with the string \"False\"".into(),
        },
        place: Some(Place::new(path.into(), text.into(), start..start + 9)),
        evidence: Evidence {
            exchange: vec![
                "PATCH /Users/u-1".into(),
                "{\n  \"Operations\": [{ \"op\": \"Replace\", \"path\": \"active\", \"value\": \"False\" }]\n}".into(),
                "answered 200 in 3 ms".into(),
                "{\n  \"active\": true\n}".into(),
            ],
            upstream: vec![
                "#12 DELETE /organization/users/user-x → 200".into(),
                "#13 GET /organization/users → 200".into(),
            ],
        },
        known: None,
    }
}

fn should_finding() -> Finding {
    Finding {
        check: "expect.headers.Location".into(),
        level: Level::Should,
        message: "there is no Location header".into(),
        expected: Some("a value".into()),
        got: None,
        why: "Clients may follow it.".into(),
        spec: vec!["RFC 7644 §3.3".into()],
        step: StepRef {
            number: 1,
            name: "Entra creates Alice".into(),
        },
        place: None,
        evidence: Evidence {
            exchange: vec!["POST /Users".into(), "answered 201 in 8 ms".into()],
            upstream: Vec::new(),
        },
        known: None,
    }
}

fn hazard_finding() -> Finding {
    Finding {
        check: "expect.json./totalResults".into(),
        level: Level::Hazard,
        message: "the answer's /totalResults is not what it must be".into(),
        why: "Okta imports nobody from a list whose total is wrong.".into(),
        spec: vec!["RFC 7644 §3.4.2".into()],
        ..should_finding()
    }
}
