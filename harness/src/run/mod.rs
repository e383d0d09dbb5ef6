//! Runs scenarios against a target: several workers, each with a bridge and an upstream of its own.
//!
//! A worker takes one case (a scenario under one persona) after the other and keeps its bridge as long as it lives;
//! the names in every case are its own, so cases do not meet. What happens is told as [`Event`]s.

mod by_hand;
mod case;
mod evidence;
mod kill;
mod line;
mod listen;
mod played;
mod send;
mod stage;
mod step;
mod tags;
mod trouble;
mod waiting;
mod worker;
mod world;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proofload_scenarios::{FaultRule, Idp, Level, Policies, RetryAfter, RuleHits, Scenario, Trouble};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Mutex, watch};

pub use self::listen::listen;
use self::worker::Worker;
use crate::event::{CaseId, CaseResult, Event, RunEnd, RunInfo};
use crate::finding::Verdict;
use crate::preflight::{self, PreflightError};
use crate::target::{TargetError, TargetKind, TargetSpec};
use crate::transcript::Manner;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenarios, each under one persona.
    pub cases: Vec<Case>,
    /// The bridge to test.
    pub target: TargetSpec,
    /// How many cases run at a time; a bridge that runs already takes one.
    pub jobs: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// What the bridge is judged by.
    pub rules: Rules,
    /// The level from which a finding fails the run.
    pub fail_on: Level,
    /// The command line that repeats the run, for reports.
    pub command: String,
    /// Whether each case gives a transcript, and how it is written. Each case then has a bridge of its own where one can be
    /// started, so that nothing in it depends on what others left behind.
    pub transcripts: Option<Manner>,
}

/// One scenario under one persona.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is told.
    pub scenario: Arc<Scenario>,
    /// Who tells it.
    pub idp: Arc<Idp>,
}

/// What a bridge is judged by, besides the scenarios.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The choices it says it has made.
    pub policies: Policies,
    /// How long an effect may take that it applies after its answer.
    pub settle: Duration,
    /// Whether upstream always refuses a second invite, because the bridge's author knows that it does.
    pub duplicate_invite_refused: bool,
    /// The extension that the role attribute is mapped to.
    pub role_urn: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            policies: Policies::default(),
            settle: Duration::from_secs(10),
            duplicate_invite_refused: false,
            role_urn: "urn:ietf:params:scim:schemas:extension:openai:2.0:User".to_owned(),
        }
    }
}

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The bridge could not be started or reached.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The bridge cannot be tested as it is set up.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
}

/// A sign to stop: becomes `true` once.
pub type Stop = watch::Receiver<bool>;

/// What is said once when the target cannot be killed.
const NOT_KILLED: &str = "hazard: whether what was acknowledged survives a sudden end was not looked at; it is for a \
                          command that keeps its state in STATE_DIR and is started with --durable";

/// Runs a plan and tells what happens. Ends when every case has ended, or soon after `stop`.
///
/// # Errors
/// When the target cannot be tested at all. Nothing was run and no event was sent then.
pub async fn run(plan: Plan, events: UnboundedSender<Event>, stop: Stop) -> Result<(), RunError> {
    let started = Instant::now();
    let mut rig = plan.target.raise(0).await?;
    if let Err(error) = preflight::check(&mut rig).await {
        rig.end().await;
        return Err(error.into());
    }
    let jobs = plan.jobs.clamp(1, plan.cases.len().max(1));
    let tell = |event| _ = events.send(event);
    tell(Event::RunStarted(RunInfo {
        target: plan.target.describe(),
        target_kind: plan.target.kind.as_str(),
        scim_only: plan.target.scim_only,
        seed: plan.seed,
        cases: plan.cases.len(),
        jobs,
        fail_on: plan.fail_on,
        command: plan.command.clone(),
    }));

    if plan.cases.iter().any(|case| case.scenario.kills_the_bridge()) && !plan.target.can_be_killed() {
        tell(Event::Note(NOT_KILLED.to_owned()));
    }
    let queue = Arc::new(Mutex::new(in_order(
        plan.cases.clone(),
        matches!(plan.target.kind, TargetKind::Url { .. }),
    )));
    let plan = Arc::new(plan);
    let mut first = Some(rig);
    let workers: Vec<_> = (0..jobs)
        .map(|number| {
            let worker = Worker::new(
                number,
                Arc::clone(&plan),
                Arc::clone(&queue),
                events.clone(),
                stop.clone(),
            );
            tokio::spawn(worker.work(first.take()))
        })
        .collect();
    let mut broken = None;
    for worker in workers {
        if let Err(error) = worker.await {
            broken = Some(error);
        }
    }
    // What nobody took was not run; a report that left it out would look complete.
    for case in queue.lock().await.drain(..) {
        let reason = match &broken {
            Some(error) => format!("a worker of the harness broke: {error}"),
            None => "the run was interrupted".to_owned(),
        };
        tell(Event::CaseFinished(Box::new(case.unrun(Verdict::Skip, reason))));
    }
    tell(Event::RunFinished(RunEnd {
        duration: started.elapsed(),
        interrupted: *stop.borrow(),
    }));
    Ok(())
}

impl Case {
    /// Which case this is.
    pub fn id(&self) -> CaseId {
        CaseId {
            scenario: self.scenario.id.clone(),
            persona: self.idp.name.clone(),
        }
    }

    /// Roughly how long it lasts, in people: a hundred of them take about as long as a second that is waited.
    fn length(&self) -> u32 {
        let people = self.scenario.people.values().filter_map(|person| person.count);
        let rules = self.scenario.steps.iter().flat_map(|step| &step.fault_plan);
        let waits = rules.map(|rule| 100_u32.saturating_mul(seconds_waited(rule)));
        people.chain(waits).fold(0, u32::saturating_add)
    }

    /// Whether upstream makes trouble on purpose in it.
    fn makes_trouble(&self) -> bool {
        self.scenario.steps.iter().any(|step| !step.fault_plan.is_empty())
    }

    /// The result of a case that was not run.
    fn unrun(&self, verdict: Verdict, reason: String) -> CaseResult {
        CaseResult {
            id: self.id(),
            title: self.scenario.title.clone(),
            catalogue: self.scenario.catalogue.clone(),
            verdict,
            findings: Vec::new(),
            reason: Some(reason),
            checks: 0,
            checks_not_applicable: 0,
            duration: Duration::ZERO,
            output: Vec::new(),
            played: Vec::new(),
            transcript: None,
        }
    }
}

/// Cases that wait or work long come first, so that nobody waits for the last one; then in the order given. A bridge
/// that cannot be started anew meets trouble last, because it may rightly stay cautious for a while afterwards.
fn in_order(mut cases: Vec<Case>, one_bridge: bool) -> VecDeque<Case> {
    if one_bridge {
        cases.sort_by_key(Case::makes_trouble);
    } else {
        cases.sort_by_key(|case| std::cmp::Reverse((case.length(), case.makes_trouble())));
    }
    cases.into()
}

/// How long an identity provider waits on a rule when the bridge passes each wait on; ten times is Okta's patience.
fn seconds_waited(rule: &FaultRule) -> u32 {
    let times = match rule.hits {
        RuleHits::All => 10,
        RuleHits::First(times) => times,
        RuleHits::Nth(_) => 1,
    };
    match rule.trouble {
        Trouble::Status {
            retry_after: Some(RetryAfter::Integer(each) | RetryAfter::HttpDate(each) | RetryAfter::TextOnly(each)),
            ..
        } => each.saturating_mul(times),
        Trouble::Status { .. } | Trouble::Hang | Trouble::Reset | Trouble::Meanwhile(_) | Trouble::Kill => 0,
    }
}
