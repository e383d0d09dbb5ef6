//! Shared set-up of the tests in this package: runs a plan in this process and gathers how it went.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proofload::event::{CaseResult, Event};
use proofload::run::{Case, Plan, Rules, RunError};
use proofload::target::TargetSpec;
use proofload_scenarios::{Catalogue, Level};
use tokio::sync::{mpsc, watch};

/// The built-in catalogue.
pub fn catalogue() -> Catalogue {
    Catalogue::built_in().unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", errors.join("\n\n"))
    })
}

/// Every case of the scenarios that `wanted` picks by id: each scenario under each of its personas.
pub fn cases(catalogue: &Catalogue, wanted: impl Fn(&str) -> bool) -> Vec<Case> {
    let scenarios = catalogue.scenarios().iter().filter(|scenario| wanted(&scenario.id));
    scenarios
        .flat_map(|scenario| {
            let scenario = Arc::new(scenario.clone());
            let idps: Vec<_> = catalogue.tellers(&scenario).cloned().collect();
            idps.into_iter().map(move |idp| Case {
                scenario: Arc::clone(&scenario),
                idp: Arc::new(idp),
            })
        })
        .collect()
}

/// A plan for these cases against this target. `settle` is how long an effect may take.
pub fn plan(cases: Vec<Case>, target: TargetSpec, settle: Duration, jobs: usize) -> Plan {
    Plan {
        cases,
        seed: target.seed,
        target,
        jobs,
        rules: Rules {
            settle,
            ..Rules::default()
        },
        fail_on: Level::Must,
        transcripts: None,
        command: "proofload check".to_owned(),
    }
}

/// Runs a plan to its end; the results in order of scenario and persona.
///
/// # Errors
/// When the target cannot be tested at all.
pub async fn run(plan: Plan) -> Result<Vec<CaseResult>, RunError> {
    let (events, mut received) = mpsc::unbounded_channel();
    let (_stop, stopped) = watch::channel(false);
    proofload::run::run(plan, events, stopped).await?;
    let mut results = Vec::new();
    while let Ok(event) = received.try_recv() {
        if let Event::CaseFinished(result) = event {
            results.push(*result);
        }
    }
    results.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(results)
}

/// Whether the file is what would be generated now; with `UPDATE_DOCS=1` it is made so. `path` is from the repository's root,
/// `from` the test that generates it.
pub fn assert_current(path: &str, now: &str, from: &str) {
    let file = in_repository(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        assert!(std::fs::write(&file, now).is_ok(), "{path} cannot be written");
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == now,
        "{path} is stale: run `UPDATE_DOCS=1 cargo test -p proofload-tests --test {from}`"
    );
}

/// The file at this path from the repository's root.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
