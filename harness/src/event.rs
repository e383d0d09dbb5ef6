//! What a run tells while it goes on. The runner speaks events, reports listen; neither knows the other.

use std::time::Duration;

use proofload_scenarios::Level;

use crate::finding::{Evidence, Finding, StepRef, Verdict};

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run begins.
    RunStarted(RunInfo),
    /// A scenario begins under one persona.
    CaseStarted(CaseId),
    /// A scenario has ended under one persona.
    CaseFinished(Box<CaseResult>),
    /// Something people should know that is no finding: a restarted bridge, a shortened wait.
    Note(String),
    /// The run has ended; nothing follows.
    RunFinished(RunEnd),
}

/// What a run is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInfo {
    /// The target as people would name it: `embedded reference bridge`, the command, the URL. No secret in it.
    pub target: String,
    /// `embedded`, `command` or `url`.
    pub target_kind: &'static str,
    /// Whether there is no upstream to look at.
    pub scim_only: bool,
    /// The seed of everything random.
    pub seed: u64,
    /// How many scenarios times personas.
    pub cases: usize,
    /// How many run at a time.
    pub jobs: usize,
    /// The level from which a finding fails the run.
    pub fail_on: Level,
    /// The command line that repeats this run, without the filter: `proofload check --bridge-cmd '…' --seed 7`.
    pub command: String,
}

/// A scenario under one persona.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId {
    /// The scenario's id.
    pub scenario: String,
    /// The persona's name.
    pub persona: String,
}

/// How a scenario ended under one persona.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseResult {
    /// Which.
    pub id: CaseId,
    /// The scenario's title.
    pub title: String,
    /// Its row in the scenario catalogue.
    pub catalogue: Option<String>,
    /// How it ended.
    pub verdict: Verdict,
    /// Everything found, also below the level that fails.
    pub findings: Vec<Finding>,
    /// Why it was not run, is not applicable, or what our trouble was.
    pub reason: Option<String>,
    /// How many checks were made.
    pub checks: u32,
    /// How many checks mean nothing for this target; they are never counted as passed.
    pub checks_not_applicable: u32,
    /// Wall-clock time.
    pub duration: Duration,
    /// What the bridge wrote to its output meanwhile, redacted, for failures of command targets.
    pub output: Vec<String>,
    /// What went over the wires, step by step, when something was found.
    pub played: Vec<Played>,
    /// What went over both wires, in a form that is the same in every run; when transcripts were asked for.
    pub transcript: Option<String>,
}

/// A step as it went over the wires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Which.
    pub step: StepRef,
    /// Its requests to the bridge, in the order they began.
    pub passages: Vec<Passage>,
}

/// A request to the bridge and what it led to. Without a request: what upstream was asked beside any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// The request, what upstream was asked meanwhile, and the answer.
    pub evidence: Evidence,
    /// A shell command that sends the request, to `$SCIM_BASE` with `$SCIM_TOKEN`.
    pub curl: Option<String>,
}

impl CaseResult {
    /// How many of its findings are hazards.
    pub fn hazards(&self) -> usize {
        let is_hazard = |finding: &&Finding| finding.level == Level::Hazard;
        self.findings.iter().filter(is_hazard).count()
    }

    /// How many of its findings are known.
    pub fn known(&self) -> usize {
        self.findings.iter().filter(|finding| finding.known.is_some()).count()
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// Wall-clock time.
    pub duration: Duration,
    /// Whether it was cut short by Ctrl-C.
    pub interrupted: bool,
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.scenario, self.persona)
    }
}
