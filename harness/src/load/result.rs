//! What is left of a load run: everything that was measured, exact enough to be merged, compared and judged again.
//!
//! This is the JSON report. Within one [`FORMAT`], keys are only added. Times of requests are histograms in microseconds
//! ([`Times`]), everything else is in seconds from the beginning of the run. Nothing in it depends on the machine's clock,
//! and no secret gets in: the target is a text that was redacted before.

mod merge;

use std::collections::BTreeMap;
use std::time::Duration;

use mock_openai::{Bucket, Throttle};
use serde::{Deserialize, Serialize};

pub use self::merge::{MergeError, merge};
use super::convergence::Share;
use super::efficiency::{Unavoidable, efficiency};
use super::end_state::EndState;
use super::threshold::Judged;
use super::times::Times;
use super::watch::Routes;
use crate::exit;

/// The format of these files. Rises when a key goes away or changes its meaning.
pub const FORMAT: u32 = 1;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadResult {
    /// [`FORMAT`] when it was written.
    pub format: u32,
    /// The version of proofload that wrote it.
    pub proofload: String,
    /// What was run.
    pub run: Run,
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// The requests to the bridge, by step: `create POST /Users`.
    pub steps: BTreeMap<String, Step>,
    /// What became of the jobs, by kind: `assign`.
    pub jobs: BTreeMap<String, Jobs>,
    /// Second by second.
    pub seconds: Vec<Second>,
    /// How the share of what was acknowledged that upstream shows went over time.
    pub curve: Vec<Point>,
    /// Seconds from the first request to the last answer.
    pub worked: f64,
    /// Seconds after that until upstream showed everything; `None` if it did not, or nobody could look.
    pub settled: Option<f64>,
    /// The program that sent all this.
    pub driver: Driver,
    /// The other side; `None` with `--scim-only`.
    pub upstream: Option<UpstreamSide>,
    /// Who was lost; `None` with `--scim-only`, which means that nobody could look.
    pub end_state: Option<EndState>,
    /// Why the run ended early, if it did.
    pub cut: Option<String>,
    /// Whether somebody interrupted it.
    pub interrupted: bool,
    /// What else the reader should know.
    pub notes: Vec<String>,
    /// The thresholds, and whether they hold.
    pub thresholds: Vec<Judged>,
}

/// What was run. Two results can be merged if all of it but the target and the shards is the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The profile's id.
    pub profile: String,
    /// The profile's title.
    pub title: String,
    /// The persona.
    pub persona: String,
    /// The seed.
    pub seed: u64,
    /// What was tested, without secrets.
    pub target: String,
    /// Everything else that can be set, as text: `people = 300`.
    pub parameters: BTreeMap<String, String>,
    /// So many seconds of OpenAI's time passed in one.
    pub compress: f64,
    /// The limit that upstream set, compression included.
    pub limit: Option<Limit>,
    /// People in the directory, of this shard.
    pub people: u64,
    /// Groups in the directory, of this shard.
    pub groups: u64,
    /// The shards that are in it; empty if the run was not shared out.
    pub shards: Vec<u32>,
    /// Into how many shards the run was shared out; 0 or 1 if it was not.
    pub shards_of: u32,
    /// The command that runs the same again, without secrets.
    pub command: String,
}

/// A limit for each operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Calls at once.
    pub burst: u32,
    /// Calls a minute after that.
    pub per_minute: f64,
}

/// A phase, as it went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// What it is called.
    pub name: String,
    /// When it began.
    pub began: f64,
    /// When it ended.
    pub ended: f64,
    /// How many jobs it had.
    pub jobs: u64,
}

/// The requests of one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// From when it was due until it was answered: what an identity provider would have waited.
    pub corrected: Times,
    /// From when it was sent until it was answered.
    pub service: Times,
    /// Between the two.
    pub lag: Times,
    /// How many answers had which status.
    pub statuses: BTreeMap<u16, u64>,
    /// How many had no complete answer.
    pub unanswered: u64,
}

/// What became of the jobs of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    /// Those that succeeded.
    pub done: u64,
    /// How often one was tried again.
    pub retries: u64,
    /// Those that were given up.
    pub given_up: u64,
}

/// One second of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Requests that ended in it.
    pub requests: u64,
    /// Of them, how many failed: 5xx, 4xx other than 404 and 429, or no answer.
    pub errors: u64,
    /// Of them, how many were answered 429.
    pub throttled: u64,
    /// p50, p95, p99 of the corrected times that ended in it, in microseconds. After a merge, those of the slowest shard.
    pub percentiles: [u64; 3],
}

/// The share at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub at: f64,
    /// Of what was acknowledged, what upstream shows.
    pub share: Share,
}

/// The program that sent the requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Seconds of processor time, of all processes together; what runs inside the program (the mock, an embedded bridge) is
    /// in it. `None` where the system does not tell.
    pub cpu: Option<f64>,
    /// Why the figures say more about the driver than about the bridge, if they do.
    pub bottleneck: Option<String>,
}

/// What upstream was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpstreamSide {
    /// Calls by route.
    pub routes: Routes,
    /// Of them, those that no bridge could have avoided.
    pub unavoidable: Unavoidable,
    /// Journal entries that were gone before they could be read.
    pub missed: u64,
    /// People and groups that the watch of the journal had wrong in the end: trouble of our own.
    pub misread: u64,
}

impl LoadResult {
    /// Requests to the bridge.
    pub fn requests(&self) -> u64 {
        self.steps.values().map(Step::requests).sum()
    }

    /// Requests to the bridge that failed, see [`Second::errors`].
    pub fn errors(&self) -> u64 {
        self.steps.values().map(Step::errors).sum()
    }

    /// Answers of the bridge with this status.
    pub fn answered(&self, status: u16) -> u64 {
        self.steps.values().map(|step| step.status(status)).sum()
    }

    /// Answers of the bridge with 429.
    pub fn throttled(&self) -> u64 {
        self.answered(429)
    }

    /// The times of all steps together.
    pub fn all_steps(&self) -> Step {
        let mut all = Step::default();
        for step in self.steps.values() {
            all.absorb(step);
        }
        all
    }

    /// Seconds until upstream showed everything; until the last answer if it never did or nobody could look.
    pub fn time(&self) -> f64 {
        self.worked + self.settled.unwrap_or_default()
    }

    /// Upstream calls for each request to the bridge.
    #[expect(clippy::cast_precision_loss, reason = "requests of one run are far below 2^52")]
    pub fn amplification(&self) -> Option<f64> {
        let calls = self.upstream.as_ref()?.routes.total().calls;
        let requests = self.requests();
        (requests > 0).then(|| calls as f64 / requests as f64)
    }

    /// See [`efficiency`]. Only a run that ended with everything upstream has one.
    pub fn efficiency(&self) -> Option<f64> {
        self.settled?;
        let taken = Duration::try_from_secs_f64(self.time()).ok()?;
        efficiency(self.shortest(), taken)
    }

    /// The shortest time under upstream's limit.
    pub fn shortest(&self) -> Option<Duration> {
        let limit = self.run.limit?;
        let throttle = Throttle::Bucket(Bucket::new(limit.burst, limit.per_minute));
        self.upstream.as_ref()?.unavoidable.shortest(&throttle)
    }

    /// Whether the end state has something to say against the bridge.
    pub fn has_findings(&self) -> bool {
        self.end_state.as_ref().is_some_and(|state| !state.is_right())
    }

    /// Whether every threshold holds, as far as it could be looked at.
    pub fn holds(&self) -> bool {
        self.thresholds.iter().all(|judged| judged.holds != Some(false))
    }

    /// Whether nothing was ever acknowledged, so that nothing can have gone wrong either.
    pub fn proves_nothing(&self) -> bool {
        let nothing_done = self.jobs.values().all(|jobs| jobs.done == 0);
        nothing_done || self.end_state.as_ref().is_some_and(|state| state.right == 0)
    }

    /// The exit code: findings weigh more than thresholds. That a run comes to its end and proves something is a threshold
    /// of every run.
    pub fn exit_code(&self) -> u8 {
        let misread = self
            .upstream
            .as_ref()
            .is_some_and(|side| side.misread > 0 && side.missed == 0);
        match () {
            () if self.interrupted => exit::INTERRUPTED,
            () if self.has_findings() => exit::FINDINGS,
            () if misread => exit::TROUBLE,
            () if !self.holds() || self.cut.is_some() || self.proves_nothing() => exit::THRESHOLD,
            () => exit::CONFORMS,
        }
    }
}

impl Step {
    /// How many requests.
    pub fn requests(&self) -> u64 {
        self.statuses.values().sum::<u64>() + self.unanswered
    }

    /// How many answers had this status.
    pub fn status(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or_default()
    }

    /// How many failed, see [`Second::errors`].
    pub fn errors(&self) -> u64 {
        let failed = |status: u16| status >= 400 && status != 404 && status != 429;
        let answered = self.statuses.iter().filter(|(status, _)| failed(**status));
        answered.map(|(_, count)| count).sum::<u64>() + self.unanswered
    }

    /// Adds another one up, exactly.
    pub fn absorb(&mut self, other: &Self) {
        self.corrected.absorb(&other.corrected);
        self.service.absorb(&other.service);
        self.lag.absorb(&other.lag);
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.unanswered += other.unanswered;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::example;

    /// The file is a promise: whatever changes here is a change of the format.
    #[test]
    fn a_file_looks_like_this() {
        let mut result = example::result();
        result.seconds.truncate(2);
        result.curve.truncate(2);
        let mut json = serde_json::to_value(&result).unwrap();
        for step in json["steps"].as_object_mut().unwrap().values_mut() {
            // Another version of the compressor may write the same in other bytes.
            for times in ["corrected", "service", "lag"] {
                assert!(step[times].as_str().unwrap().starts_with("HIST"));
                step[times] = "[times]".into();
            }
        }
        insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
    }

    #[test]
    fn a_file_comes_back() {
        let result = example::result();
        let json = serde_json::to_string(&result).unwrap();
        assert_eq!(serde_json::from_str::<LoadResult>(&json).unwrap(), result);
    }

    #[test]
    fn findings_weigh_more_than_thresholds() {
        let mut result = example::result();
        let missed = Judged {
            holds: Some(false),
            ..Judged::default()
        };
        result.thresholds = vec![missed];
        assert_eq!(result.exit_code(), exit::FINDINGS);
        result.end_state = Some(EndState {
            right: 1,
            ..EndState::default()
        });
        assert_eq!(result.exit_code(), exit::THRESHOLD);
        result.upstream.as_mut().unwrap().misread = 1;
        assert_eq!(result.exit_code(), exit::TROUBLE);
        result.upstream.as_mut().unwrap().missed = 9;
        result.thresholds[0].holds = None;
        assert_eq!(result.exit_code(), exit::CONFORMS);
        result.interrupted = true;
        assert_eq!(result.exit_code(), exit::INTERRUPTED);
    }

    /// A bridge that refuses everything has lost nobody.
    #[test]
    fn a_run_that_proves_nothing_does_not_pass() {
        let good = || {
            let mut result = example::result();
            result.end_state = Some(EndState {
                right: 1,
                ..EndState::default()
            });
            result
        };
        assert_eq!(good().exit_code(), exit::CONFORMS);
        let mut refused = good();
        refused.end_state = Some(EndState::default());
        assert_eq!(refused.exit_code(), exit::THRESHOLD);
        let mut refused = good();
        refused.jobs.clear();
        (refused.end_state, refused.upstream) = (None, None);
        assert_eq!(refused.exit_code(), exit::THRESHOLD);
        let mut cut = good();
        cut.cut = Some("the time was over".to_owned());
        assert_eq!(cut.exit_code(), exit::THRESHOLD);
    }
}
