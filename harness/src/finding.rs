//! What the bridge did wrong, with the evidence. A finding is data; it is never an error of ours.

use proofload_scenarios::{Level, Place};

/// One thing the bridge did wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Stable id of the check: an invariant (`one-invite`), a persona's need (`idp.create`) or an expectation of a
    /// step (`expect.status`, `expect.json./active`).
    pub check: String,
    /// How binding the requirement is.
    pub level: Level,
    /// What is wrong, in a bridge author's words, without the place.
    pub message: String,
    /// What the check wanted, when that can be put beside what came.
    pub expected: Option<String>,
    /// What came.
    pub got: Option<String>,
    /// Why it matters.
    pub why: String,
    /// Where the requirement stands.
    pub spec: Vec<String>,
    /// The step it was found in.
    pub step: StepRef,
    /// Where the scenario file says what should be, when it does.
    pub place: Option<Place>,
    /// What shows it.
    pub evidence: Evidence,
    /// Why it is known and fails nothing, in the words of the baseline.
    pub known: Option<String>,
}

/// Which step of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepRef {
    /// Counted from 1.
    pub number: usize,
    /// Its name.
    pub name: String,
}

/// What shows a finding: the exchange, and what upstream was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The request and the answer, already redacted: `PATCH /Users/17 …`, body, `answered 200 …`, body.
    pub exchange: Vec<String>,
    /// The upstream journal lines that matter: `#12 POST /organization/invites → 200`.
    pub upstream: Vec<String>,
}

/// How a scenario under one persona ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything that could be looked at holds.
    Pass,
    /// There are findings at or above the level that fails a run.
    Fail,
    /// Not run, because the run was cut short.
    Skip,
    /// Means nothing for this target.
    NotApplicable,
    /// We could not tell: trouble of ours, or the target went away.
    Error,
}

impl Verdict {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::NotApplicable => "not_applicable",
            Self::Error => "error",
        }
    }
}
