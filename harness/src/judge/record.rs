//! What one step left behind: everything a judgement of it needs, as plain values.

use std::collections::BTreeSet;
use std::sync::Arc;

use mock_openai::Entry;

use super::upstream::Upstream;
use crate::exchange::Exchange;
use crate::persona::Failure;

/// What one step left behind.
#[derive(Clone, Debug, Default)]
pub struct StepRecord {
    /// Every exchange of the step, in the order they began.
    pub exchanges: Vec<Exchange>,
    /// The persona's jobs, for a `do` step.
    pub jobs: Vec<JobRecord>,
    /// What upstream was asked meanwhile, as far as it concerns this scenario or strangers.
    pub entries: Vec<Arc<Entry>>,
    /// Numbers of those entries that catch up with an earlier step, in a step that asks for no change itself.
    pub catching_up: BTreeSet<u64>,
    /// Where everybody stands upstream in the end; `None` without an upstream.
    pub upstream: Option<Upstream>,
}

/// One job of a persona, with all its attempts.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRecord {
    /// What it was about, for people: `alice`.
    pub about: String,
    /// The attempts in order; each has the indices of its exchanges.
    pub attempts: Vec<Attempt>,
}

/// One attempt at a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Indices into [`StepRecord::exchanges`].
    pub exchanges: Vec<usize>,
    /// How it went in the identity provider's eyes.
    pub result: Result<(), Failure>,
}

impl JobRecord {
    /// The exchange that decided: the last write of the last attempt, or its last exchange.
    pub fn deciding(&self, exchanges: &[Exchange]) -> Option<usize> {
        let last = self.attempts.last()?;
        let write = last.exchanges.iter().rev().find(|index| exchanges[**index].is_write());
        write.or(last.exchanges.last()).copied()
    }

    /// How the job ended.
    pub fn end(&self) -> Option<&Failure> {
        self.attempts.last().and_then(|attempt| attempt.result.as_ref().err())
    }
}
