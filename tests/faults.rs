//! Every check is proven twice: the reference bridge passes it, and a named fault fails it.
//!
//! The matrix that this prints (`cargo test -p proofload-tests --test faults -- --nocapture`) says for each fault by which
//! scenario, under which personas and by which checks it is caught.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proofload::event::CaseResult;
use proofload::finding::Verdict;
use proofload::target::TargetSpec;
use proofload_scenarios::Level;
use proofload_tests::{cases, catalogue, plan, run};
use reference_bridge::Fault;

/// How many faults are tried at a time; most of the time they wait for effects that never come.
const FAULTS_AT_ONCE: usize = 6;
/// How long an effect may take here: the embedded bridge polls every 50 ms.
const SETTLE: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_bridge_passes_every_scenario() {
    let target = TargetSpec {
        seed: 11,
        ..TargetSpec::default()
    };
    let plan = plan(cases(&catalogue(), |_| true), target, Duration::from_secs(30), 4);
    let results = run(plan).await.unwrap();
    let wrong: Vec<String> = results
        .iter()
        .filter(|result| result.verdict != Verdict::Pass)
        .map(told)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unlooked: Vec<String> = results
        .iter()
        .filter(|result| result.checks == 0)
        .map(|result| result.id.to_string())
        .collect();
    assert!(unlooked.is_empty(), "passed without a check: {}", unlooked.join(", "));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_caught_by_the_scenario_it_names() {
    let mut rows = BTreeMap::new();
    let mut missed = Vec::new();
    for some in Fault::ALL.chunks(FAULTS_AT_ONCE) {
        let mut trials = tokio::task::JoinSet::new();
        for fault in some.iter().copied() {
            trials.spawn(async move { (fault, try_out(fault).await) });
        }
        while let Some(trial) = trials.join_next().await {
            let (fault, results) = trial.unwrap();
            let caught = results.iter().any(fails_at_must);
            let broken = results.iter().any(|result| result.verdict == Verdict::Error);
            if !caught || broken || results.is_empty() {
                let told: Vec<String> = results.iter().map(told).collect();
                missed.push(format!("{fault} by {}:\n{}", fault.scenario(), told.join("\n")));
            }
            rows.insert(fault.name(), row(fault, &results));
        }
    }
    println!("{}", rows.values().cloned().collect::<Vec<_>>().join("\n"));
    assert!(rows.len() >= 30, "there are only {} faults", rows.len());
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}

#[test]
fn every_fault_names_a_scenario_there_is() {
    let catalogue = catalogue();
    let known: BTreeSet<&str> = catalogue
        .scenarios()
        .iter()
        .map(|scenario| scenario.id.as_str())
        .collect();
    for fault in Fault::ALL {
        assert!(known.contains(fault.scenario()), "{fault} names {}", fault.scenario());
    }
}

/// A scenario that no fault has ever failed may be one that cannot fail.
#[test]
fn every_scenario_has_a_fault_that_must_fail_it() {
    let named: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.scenario()).collect();
    let catalogue = catalogue();
    let unproven: Vec<&str> = catalogue
        .scenarios()
        .iter()
        .map(|scenario| scenario.id.as_str())
        .filter(|id| !named.contains(id))
        .collect();
    assert!(unproven.is_empty(), "no fault names {}", unproven.join(", "));
}

/// The scenario that must catch the fault, under all its personas.
async fn try_out(fault: Fault) -> Vec<CaseResult> {
    let target = TargetSpec {
        seed: 5,
        faults: fault.into(),
        ..TargetSpec::default()
    };
    let cases = cases(&catalogue(), |id| id == fault.scenario());
    run(plan(cases, target, SETTLE, 4))
        .await
        .unwrap_or_else(|error| panic!("{fault}: {error}"))
}

fn fails_at_must(result: &CaseResult) -> bool {
    result.verdict == Verdict::Fail && result.findings.iter().any(|finding| finding.level == Level::Must)
}

/// `name  scenario  personas that fail  checks`.
fn row(fault: Fault, results: &[CaseResult]) -> String {
    let failing: Vec<&CaseResult> = results.iter().filter(|result| fails_at_must(result)).collect();
    let personas: Vec<&str> = failing.iter().map(|result| result.id.persona.as_str()).collect();
    let musts = failing
        .iter()
        .flat_map(|result| &result.findings)
        .filter(|finding| finding.level == Level::Must);
    let checks: BTreeSet<&str> = musts.map(|finding| finding.check.as_str()).collect();
    let checks: Vec<&str> = checks.into_iter().collect();
    format!(
        "{:<34} {:<38} {:<34} {}",
        fault.name(),
        fault.scenario(),
        personas.join(" "),
        checks.join(" ")
    )
}

fn told(result: &CaseResult) -> String {
    let findings: Vec<String> = result
        .findings
        .iter()
        .map(|finding| {
            let (expected, got) = (
                finding.expected.as_deref().unwrap_or("-"),
                finding.got.as_deref().unwrap_or("-"),
            );
            format!(
                "    [{}] {}: {} (expected {expected}, got {got})",
                finding.level, finding.check, finding.message
            )
        })
        .collect();
    format!(
        "  {} {:?} {}\n{}",
        result.id,
        result.verdict,
        result.reason.as_deref().unwrap_or(""),
        findings.join("\n")
    )
}
