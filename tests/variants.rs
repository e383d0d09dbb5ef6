//! No correct bridge is accused: the whole catalogue finds nothing binding in any variant of the reference bridge.
//!
//! Every scenario is told to every variant, each time by the next of its personas, so that over all variants every persona
//! has its turn. `PROOFLOAD_PERSONAS=all` tells all of them to each, which takes minutes, and `PROOFLOAD_VARIANT=NAME` tells
//! them to one variant alone.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use proofload::event::CaseResult;
use proofload::finding::Verdict;
use proofload::run::Case;
use proofload::target::TargetSpec;
use proofload_scenarios::{Level, Scenario};
use proofload_tests::{cases, catalogue, plan, run};
use reference_bridge::Variant;
use tokio::task::JoinSet;

/// How many variants are told the catalogue side by side.
const VARIANTS_AT_ONCE: usize = 10;
/// How long an effect may take; some variants wait a rate limit out.
const SETTLE: Duration = Duration::from_secs(20);
/// Scenarios with hundreds of people cost seconds; only every so many variants are told them.
const CROWDS_EVERY: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn no_variant_is_accused() {
    let only = std::env::var("PROOFLOAD_VARIANT").ok();
    let wanted = |variant: Variant| only.as_ref().is_none_or(|name| name == variant.name());
    let all = Variant::ALL.iter().copied().enumerate();
    let mut waiting = all.filter(|(_, variant)| wanted(*variant));
    let mut running = JoinSet::new();
    let mut accused = BTreeMap::new();
    let mut told = 0;
    loop {
        while running.len() < VARIANTS_AT_ONCE
            && let Some((turn, variant)) = waiting.next()
        {
            let cases = in_turn(turn);
            told += cases.len();
            running.spawn(async move { (variant, tell(variant, cases).await) });
        }
        let Some(ended) = running.join_next().await else { break };
        let (variant, results) = ended.unwrap();
        let busy: Duration = results.iter().map(|result| result.duration).sum();
        println!(
            "{variant:<24} {:>4} cases in {:>5.1} s",
            results.len(),
            busy.as_secs_f32()
        );
        let wrong: Vec<&CaseResult> = results.iter().filter(|result| is_wrong(result)).collect();
        if !wrong.is_empty() {
            accused.insert(variant, wrong.into_iter().map(described).collect::<String>());
        }
    }
    assert!(told > 60, "only {told} cases were told");
    let accused: Vec<String> = accused
        .iter()
        .map(|(variant, findings)| format!("{variant}: {}\n{findings}", variant.description()))
        .collect();
    let accused = accused.concat();
    assert!(accused.is_empty(), "correct bridges are accused:\n{accused}");
}

/// Every scenario once, each under the persona whose turn it is; or under all of them.
fn in_turn(turn: usize) -> Vec<Case> {
    let all = cases(&catalogue(), |_| true);
    if std::env::var("PROOFLOAD_PERSONAS").is_ok_and(|wanted| wanted == "all") {
        return all;
    }
    let scenarios = all.chunk_by(|one, next| one.scenario.id == next.scenario.id);
    scenarios
        .enumerate()
        .filter(|(_, cases)| turn.is_multiple_of(CROWDS_EVERY) || !has_a_crowd(&cases[0].scenario))
        .map(|(number, cases)| cases[(turn + number) % cases.len()].clone())
        .collect()
}

fn has_a_crowd(scenario: &Scenario) -> bool {
    let people = scenario.people.values().map(|person| person.count.unwrap_or(1));
    people.sum::<u32>() > 300
}

async fn tell(variant: Variant, cases: Vec<Case>) -> Vec<CaseResult> {
    let target = TargetSpec {
        seed: 3,
        variants: variant.into(),
        ..TargetSpec::default()
    };
    run(plan(cases, target, SETTLE, 2))
        .await
        .unwrap_or_else(|error| panic!("{variant}: {error}"))
}

fn is_wrong(result: &CaseResult) -> bool {
    match result.verdict {
        Verdict::Pass | Verdict::NotApplicable => false,
        Verdict::Fail | Verdict::Skip | Verdict::Error => true,
    }
}

/// The case and what was found at `must`.
fn described(result: &CaseResult) -> String {
    let mut text = format!(
        "  {} {} {}\n",
        result.id,
        result.verdict.as_str(),
        result.reason.as_deref().unwrap_or("")
    );
    for finding in result.findings.iter().filter(|finding| finding.level == Level::Must) {
        let or_dash = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
        let (expected, got) = (or_dash(&finding.expected), or_dash(&finding.got));
        let _ = writeln!(
            text,
            "    {} in step {}: {} (expected {expected}, got {got})",
            finding.check, finding.step.number, finding.message
        );
    }
    text
}
