//! Tells scenarios until each has a transcript that counts.

use std::collections::{BTreeMap, BTreeSet};

use proofload_scenarios::Catalogue;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{mpsc, watch};

use super::super::source::catalogue;
use super::super::{Error, interrupt, select};
use crate::config::Config;
use crate::event::{CaseId, CaseResult, Event};
use crate::finding::Verdict;
use crate::report::Progress;
use crate::run::{self, Case, Plan};
use crate::snapshot::{Ballot, Difference, Snapshots};
use crate::transcript::{self, Background, Manner};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What differs from the snapshots.
    pub(super) differences: Vec<Difference>,
    /// What does not.
    pub(super) same: BTreeSet<CaseId>,
    /// What was another each time.
    pub(super) unsteady: Vec<CaseId>,
    /// What could not be told, and why.
    pub(super) trouble: BTreeMap<CaseId, String>,
    /// How many cases have no snapshot, by the reason.
    pub(super) without: BTreeMap<String, usize>,
    /// Whether it was cut short.
    pub(super) interrupted: bool,
}

/// Tells what the filters select and compares it with the snapshots.
pub(super) async fn tell(config: Config, filters: &[String], snapshots: &mut Snapshots) -> Result<Told, Error> {
    let catalogue = catalogue(config.scenarios.as_deref())?;
    let selected = select::cases(&catalogue, filters, &config.personas).map_err(Error::Selection)?;
    let mut told = Told::default();
    let (cases, expected) = determined(selected, &catalogue, &mut told);
    let Some(first) = cases.first() else {
        return Ok(told);
    };
    let mut manner = Manner {
        noise: config.snapshot.noise.clone().unwrap_or_default(),
        background: Background::default(),
    };
    let listening = plan(&config, Vec::new(), config.seed, &manner);
    manner.background = run::listen(&listening, &first.idp, &catalogue).await?;
    snapshots.leave_out(manner.background.reads.clone());
    let mut ballot = Ballot::default();
    let mut teller = Teller {
        requests: interrupt::requests()?,
        ballot: &mut ballot,
        told: &mut told,
    };
    let accepts = |id: &CaseId, transcript: &str| snapshots.accepts(id, transcript);
    let (mut open, mut seed) = (cases.clone(), config.seed);
    while !open.is_empty() && !teller.told.interrupted {
        teller.tell(plan(&config, open, seed, &manner)).await?;
        let again: BTreeSet<&CaseId> = teller.ballot.open(accepts).into_iter().collect();
        open = cases
            .iter()
            .filter(|case| again.contains(&case.id()))
            .cloned()
            .collect();
        // What depends on the seed shows itself.
        seed = seed.wrapping_add(1);
    }
    let (transcripts, unsteady) = ballot.decide(accepts);
    // Who was interrupted knows too little to call anything unsteady or gone.
    let is_meant = |id: &CaseId| !told.interrupted && select::would_be_selected(id, filters, &config.personas);
    told.differences = snapshots.compare(&transcripts, &expected, is_meant);
    let differing: BTreeSet<&CaseId> = told.differences.iter().map(|difference| &difference.id).collect();
    told.same = transcripts.into_keys().filter(|id| !differing.contains(id)).collect();
    told.unsteady = if told.interrupted { Vec::new() } else { unsteady };
    Ok(told)
}

/// The cases that have a transcript, and all that can have a snapshot.
fn determined(selected: Vec<Case>, catalogue: &Catalogue, told: &mut Told) -> (Vec<Case>, BTreeSet<CaseId>) {
    let expected = catalogue
        .scenarios()
        .iter()
        .filter(|scenario| transcript::why_none(scenario).is_none());
    let expected = expected.flat_map(|scenario| {
        scenario.personas.iter().map(|persona| CaseId {
            scenario: scenario.id.clone(),
            persona: persona.clone(),
        })
    });
    let mut cases = Vec::new();
    for case in selected {
        match transcript::why_none(&case.scenario) {
            Some(reason) => *told.without.entry(reason.to_owned()).or_default() += 1,
            None => cases.push(case),
        }
    }
    (cases, expected.collect())
}

fn plan(config: &Config, cases: Vec<Case>, seed: u64, manner: &Manner) -> Plan {
    let mut target = config.target.clone();
    target.seed = seed;
    Plan {
        cases,
        target,
        jobs: config.jobs,
        seed,
        rules: config.rules.clone(),
        fail_on: config.fail_on,
        command: config.command.clone(),
        transcripts: Some(manner.clone()),
    }
}

struct Teller<'a> {
    requests: UnboundedReceiver<()>,
    ballot: &'a mut Ballot,
    told: &'a mut Told,
}

impl Teller<'_> {
    /// Tells each case once. The first request to end stops it, the second ends the program at once.
    async fn tell(&mut self, plan: Plan) -> Result<(), Error> {
        let (events, mut received) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let mut progress = Progress::on_stderr();
        let running = tokio::spawn(run::run(plan, events, stopped));
        loop {
            tokio::select! {
                event = received.recv() => match event {
                    Some(event) => {
                        progress.event(&event)?;
                        self.hear(event);
                    }
                    None => break,
                },
                Some(()) = self.requests.recv() => {
                    if stop.send_replace(true) {
                        progress.end();
                        return Err(Error::Interrupted);
                    }
                    self.told.interrupted = true;
                }
            }
        }
        progress.end();
        running.await??;
        Ok(())
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::CaseFinished(result) => self.count(*result),
            Event::RunStarted(_) | Event::CaseStarted(_) | Event::Note(_) | Event::RunFinished(_) => {}
        }
    }

    fn count(&mut self, result: CaseResult) {
        let reason = result.reason.unwrap_or_default();
        match (result.verdict, result.transcript) {
            (Verdict::Pass | Verdict::Fail, Some(transcript)) => self.ballot.add(result.id, transcript),
            (Verdict::NotApplicable, _) => *self.told.without.entry(reason).or_default() += 1,
            (Verdict::Skip, _) => {}
            (Verdict::Pass | Verdict::Fail | Verdict::Error, _) => _ = self.told.trouble.insert(result.id, reason),
        }
    }
}
