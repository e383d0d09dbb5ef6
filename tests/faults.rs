//! Every check is proven twice: the reference bridge passes it, and a named fault fails it.
//!
//! The matrix that this prints (`cargo test -p proofload-tests --test faults -- --nocapture`) says for each fault by which
//! scenario, under which persona and by which checks it is caught.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use proofload::event::CaseResult;
use proofload::finding::Verdict;
use proofload::judge::{Check, Invariant};
use proofload::target::TargetSpec;
use proofload_scenarios::{Catalogue, Level, Scenario};
use proofload_tests::{assert_current, cases, catalogue, in_repository, plan, run};
use reference_bridge::Fault;
use tokio::task::JoinSet;

/// How many faults are tried at a time; most of the time they wait for effects that never come.
const TRIALS_AT_ONCE: usize = 12;
/// So many faults at least have to be found by each invariant and by nothing else.
const FAULTS_ALONE: usize = 3;
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
async fn every_fault_is_caught_by_the_scenarios_it_names() {
    let catalogue = Arc::new(catalogue());
    let pairs = Fault::ALL
        .iter()
        .flat_map(|fault| fault.scenarios().iter().map(|scenario| (*fault, *scenario)));
    let mut waiting = pairs.enumerate();
    let mut running = JoinSet::new();
    let mut trials = BTreeMap::new();
    let mut missed = Vec::new();
    loop {
        while running.len() < TRIALS_AT_ONCE
            && let Some((number, (fault, scenario))) = waiting.next()
        {
            let catalogue = Arc::clone(&catalogue);
            running.spawn(async move { (number, Trial::run(&catalogue, fault, scenario).await) });
        }
        let Some(ended) = running.join_next().await else { break };
        let (number, trial) = ended.unwrap();
        if !trial.is_caught() {
            missed.push(trial.told());
        }
        trials.insert(number, trial);
    }
    let trials: Vec<Trial> = trials.into_values().collect();
    for trial in &trials {
        println!("{}", trial.row());
    }
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
    assert!(Fault::ALL.len() >= 100, "there are only {} faults", Fault::ALL.len());
    each_invariant_is_needed(&trials);
    each_check_can_fail(&trials);
    assert_current("reference-bridge/FAULTS.md", &documentation(&trials), "faults");
    assert_current("scenarios/COVERAGE.md", &coverage(&trials), "faults");
}

/// For each invariant there are faults that nothing else finds in some scenario.
fn each_invariant_is_needed(trials: &[Trial]) {
    let mut lacking = Vec::new();
    for invariant in Invariant::ALL
        .iter()
        .filter(|invariant| is_of_the_thirteen(**invariant))
    {
        let alone: BTreeSet<&str> = trials
            .iter()
            .filter(|trial| trial.checks().into_iter().eq([invariant.as_str()]))
            .map(|trial| trial.fault.name())
            .collect();
        if alone.len() < FAULTS_ALONE {
            lacking.push(format!("{}: only {alone:?}", invariant.as_str()));
        }
    }
    assert!(
        lacking.is_empty(),
        "faults that only the invariant finds:\n{}",
        lacking.join("\n")
    );
}

/// The form of `Retry-After` is a rule about one header, judged with the answers but no invariant of the design.
fn is_of_the_thirteen(invariant: Invariant) -> bool {
    !matches!(invariant, Invariant::RetryAfterValid | Invariant::RetryAfterInteger)
}

/// For each check there is a fault that it finds: one that none has ever failed may be one that cannot fail.
fn each_check_can_fail(trials: &[Trial]) {
    let found = found_by_check(trials);
    let unproven: Vec<&str> = found
        .iter()
        .filter(|(_, _, faults)| faults.is_empty())
        .map(|(check, ..)| *check)
        .collect();
    assert!(
        unproven.is_empty(),
        "checks that find no fault: {}",
        unproven.join(", ")
    );
}

/// Every check there is, what it looks at, and the faults it finds at any level.
fn found_by_check(trials: &[Trial]) -> Vec<(&'static str, &'static str, BTreeSet<&'static str>)> {
    let mut found: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    for trial in trials {
        for finding in trial.results.iter().flat_map(|result| &result.findings) {
            let check = Check::of(&finding.check).map_or(finding.check.as_str(), |check| check.id);
            found.entry(check).or_default().insert(trial.fault.name());
        }
    }
    let invariants = Invariant::ALL.iter().map(|one| (one.as_str(), one.why()));
    let checks = Check::ALL.iter().map(|check| (check.id, check.what));
    invariants
        .chain(checks)
        .map(|(check, what)| (check, what, found.remove(check).unwrap_or_default()))
        .collect()
}

/// Where the part of `scenarios/COVERAGE.md` begins that is written here, after what `proofload explain --coverage` prints.
const CHECKS: &str = "\n## Which check is proven by what\n";

/// What `scenarios/COVERAGE.md` is with the checks as they were found.
fn coverage(trials: &[Trial]) -> String {
    let written = std::fs::read_to_string(in_repository("scenarios/COVERAGE.md")).unwrap_or_default();
    let requirements = written.split(CHECKS).next().unwrap_or_default();
    let mut text = format!(
        "{requirements}{CHECKS}\nThe rules that hold at all times, then what a step expects and what a persona needs; each with the faults that it\n\
         finds, at whatever level. `UPDATE_DOCS=1 cargo test -p proofload-tests --test faults` writes this part.\n\n\
         | check | what | faults |\n|---|---|---|\n"
    );
    for (check, what, faults) in found_by_check(trials) {
        let faults: Vec<String> = faults.iter().map(|fault| format!("`{fault}`")).collect();
        _ = writeln!(text, "| `{check}` | {what} | {} |", faults.join(" "));
    }
    text
}

/// The matrix, as `reference-bridge/FAULTS.md` has it.
fn documentation(trials: &[Trial]) -> String {
    let mut text = format!(
        "# Faults of the reference bridge\n\n\
         Each is a defect that a real bridge could have, in the words of a bug report; `--fault NAME` switches it on. Each must be\n\
         caught by every scenario beside it, by the checks named there. Generated:\n\
         `UPDATE_DOCS=1 cargo test -p proofload-tests --test faults` writes it, and the test fails when it is stale.\n\n\
         {} faults, {} proofs.\n\n\
         | fault | what is wrong | scenario | checks |\n|---|---|---|---|\n",
        Fault::ALL.iter().filter(|fault| fault.load_proof().is_none()).count(),
        trials.len()
    );
    for trial in trials {
        let checks: Vec<String> = trial.checks().iter().map(|check| format!("`{check}`")).collect();
        let (fault, what) = (trial.fault, trial.fault.description().replace('|', "\\|"));
        let row = if trial.scenario == fault.scenarios()[0] {
            format!("| `{fault}` | {what} |")
        } else {
            "| | |".to_owned()
        };
        _ = writeln!(text, "{row} `{}` | {} |", trial.scenario, checks.join(", "));
    }
    text.push_str(LOAD);
    for fault in Fault::ALL {
        if let Some((profile, category)) = fault.load_proof() {
            let what = fault.description().replace('|', "\\|");
            _ = writeln!(text, "| `{fault}` | {what} | `{profile}` | {category} |");
        }
    }
    text
}

const LOAD: &str = "\n\
## What only load shows

A scenario has a few people; these need a crowd, or a rush. Each must be caught by its load profile, in this category of the end
state or by a threshold of this metric.

| fault | what is wrong | profile | caught as |
|---|---|---|---|
";

#[test]
fn every_fault_names_scenarios_there_are() {
    let catalogue = catalogue();
    for fault in Fault::ALL {
        for id in fault.scenarios() {
            assert!(find(&catalogue, id).is_some(), "{fault} names {id}");
        }
    }
}

/// A scenario that no fault has ever failed may be one that cannot fail.
#[test]
fn every_scenario_has_a_fault_that_must_fail_it() {
    let named: BTreeSet<&str> = Fault::ALL.iter().flat_map(|fault| fault.scenarios()).copied().collect();
    let catalogue = catalogue();
    let unproven: Vec<&str> = catalogue
        .scenarios()
        .iter()
        .map(|scenario| scenario.id.as_str())
        .filter(|id| !named.contains(id))
        .collect();
    assert!(unproven.is_empty(), "no fault names {}", unproven.join(", "));
}

/// One fault and one scenario that must catch it.
struct Trial {
    fault: Fault,
    scenario: &'static str,
    /// The level at which it has to be caught: the highest that the scenario speaks at.
    bar: Level,
    /// One result a persona, up to the first that catches the fault.
    results: Vec<CaseResult>,
}

impl Trial {
    /// Tells the scenario under one persona after the other, until one catches the fault.
    async fn run(catalogue: &Catalogue, fault: Fault, scenario: &'static str) -> Self {
        let bar = find(catalogue, scenario).map_or(Level::Must, |found| highest_level(catalogue, found));
        let mut trial = Self {
            fault,
            scenario,
            bar,
            results: Vec::new(),
        };
        for case in cases(catalogue, |id| id == scenario) {
            let target = TargetSpec {
                seed: 5,
                faults: fault.into(),
                ..TargetSpec::default()
            };
            let results = run(plan(vec![case], target, SETTLE, 1)).await;
            trial
                .results
                .extend(results.unwrap_or_else(|error| panic!("{fault}: {error}")));
            if trial.is_caught() {
                break;
            }
        }
        trial
    }

    /// Whether the last persona found what has to be found, and none was in trouble.
    fn is_caught(&self) -> bool {
        let whole = self.results.iter().all(|result| result.verdict != Verdict::Error);
        whole && !self.checks().is_empty()
    }

    /// The checks that caught it.
    fn checks(&self) -> BTreeSet<&str> {
        let findings = self.results.last().into_iter().flat_map(|result| &result.findings);
        findings
            .filter(|finding| finding.level >= self.bar)
            .map(|finding| finding.check.as_str())
            .collect()
    }

    /// `fault  scenario  persona  checks`.
    fn row(&self) -> String {
        let persona = self.results.last().map_or("", |result| result.id.persona.as_str());
        let checks: Vec<&str> = self.checks().into_iter().collect();
        let (fault, scenario) = (self.fault.name(), self.scenario);
        format!("{fault:<34} {scenario:<38} {persona:<10} {}", checks.join(" "))
    }

    fn told(&self) -> String {
        let told: Vec<String> = self.results.iter().map(told).collect();
        format!("{} by {}:\n{}", self.fault, self.scenario, told.join("\n"))
    }
}

fn find<'a>(catalogue: &'a Catalogue, id: &str) -> Option<&'a Scenario> {
    catalogue.scenarios().iter().find(|scenario| scenario.id == id)
}

/// The highest level that the scenario speaks at, under those who tell it.
fn highest_level(catalogue: &Catalogue, scenario: &Scenario) -> Level {
    let steps = scenario.steps.iter().filter_map(|step| step.level);
    let said = steps.chain([scenario.level]).max().unwrap_or_default();
    let weighed = catalogue.tellers(scenario).map(|idp| idp.evidence.at_most.min(said));
    weighed.max().unwrap_or_default()
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
