//! What happens in a run, task by task: a profile laid over a directory.
//!
//! Shares are drawn person by person from the seed, never from one stream, so the plans of all shards together have the very
//! tasks of a single run. What a persona can only do one by one (Entra ID's memberships) is a task each; what it does in one
//! request (a PUT of everybody in a group) is one.

mod planner;

use std::time::Duration;

use proofload_scenarios::{Idp, LoadPace, LoadVerb, PhaseSpec, Profile};

use self::planner::Planner;
use super::directory::{Directory, Shard};
use super::parameters::Parameters;
use super::task::Task;

/// Everything that is to happen, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// One after the other.
    pub phases: Vec<Phase>,
}

/// What happens before the next happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// What it is called in reports.
    pub name: String,
    /// How fast jobs begin.
    pub pace: Pace,
    /// The wait between two requests of one job.
    pub think: Duration,
    /// How many jobs about one group may be under way at a time.
    pub at_once_per_group: u32,
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// Whether it begins only when everybody who will accept has accepted.
    pub wait_for_acceptance: bool,
    /// Whether what failed for good before is tried again first.
    pub retry_failed: bool,
    /// The wait before it, on the clock of the run.
    pub pause: Duration,
}

/// How fast jobs begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many at a time; each begins when another has ended.
    Workers(u32),
    /// So many a second on so many connections, whether or not the earlier ones have ended.
    PerSecond(f64, u32),
}

impl Pace {
    /// How many jobs can be under way at a time.
    pub fn workers(self) -> usize {
        match self {
            Self::Workers(workers) | Self::PerSecond(_, workers) => workers.try_into().unwrap_or(usize::MAX),
        }
    }

    /// A pace of the whole run, shared out to one shard. At least one worker remains, so many shards are a little faster.
    fn of(pace: LoadPace, shard: Shard) -> Self {
        match pace {
            LoadPace::Workers(workers) => Self::Workers(workers.div_ceil(shard.count())),
            LoadPace::PerSecond(rate, connections) => {
                Self::PerSecond(rate / f64::from(shard.count()), connections.div_ceil(shard.count()))
            }
        }
    }
}

impl Plan {
    /// How many jobs it has.
    pub fn jobs(&self) -> usize {
        self.phases.iter().map(|phase| phase.tasks.len()).sum()
    }

    /// The most jobs that can be under way at a time.
    pub fn workers(&self) -> usize {
        self.phases.iter().map(|phase| phase.pace.workers()).max().unwrap_or(0)
    }
}

/// One turn of a verb: what it is about, and then the memberships that need the ids it brings.
struct Turn {
    tasks: Vec<Task>,
    memberships: Option<Vec<Task>>,
}

impl From<Vec<Task>> for Turn {
    fn from(tasks: Vec<Task>) -> Self {
        let memberships = None;
        Self { tasks, memberships }
    }
}

/// Lays `profile`, which already has what the command line overrides, over the directory. `idp` decides how memberships are
/// cut into jobs, and of `parameters` the compression divides all pauses.
pub fn make(profile: &Profile, parameters: &Parameters, directory: &Directory, idp: &Idp) -> Plan {
    let mut planner = Planner::new(directory, idp);
    let mut phases = Vec::new();
    for (number, spec) in profile.phases.iter().enumerate() {
        let turns = turns(spec, &mut planner, &number.to_string());
        let count = turns.len();
        for (index, turn) in turns.into_iter().enumerate() {
            let name = match count {
                1 => spec.name.clone(),
                _ => format!("{} ({} of {count})", spec.name, index + 1),
            };
            let phase = Phase {
                pace: Pace::of(spec.pace, directory.shard()),
                think: spec.think,
                at_once_per_group: planner.at_once_per_group(spec.at_once_per_group),
                tasks: turn.tasks,
                wait_for_acceptance: spec.wait_for_acceptance && index == 0,
                retry_failed: spec.retry_failed,
                pause: spec.pause.div_f64(parameters.compress()),
                name,
            };
            let memberships = turn.memberships.map(|tasks| Phase {
                name: format!("{}: memberships", phase.name),
                tasks,
                wait_for_acceptance: false,
                retry_failed: false,
                pause: Duration::ZERO,
                ..phase.clone()
            });
            phases.push(phase);
            phases.extend(memberships);
        }
    }
    Plan { phases }
}

/// `salt` sets the lots that are drawn for this phase apart from those of others.
fn turns(spec: &PhaseSpec, planner: &mut Planner<'_>, salt: &str) -> Vec<Turn> {
    let one = |tasks: Vec<Task>| vec![Turn::from(tasks)];
    match spec.verb {
        LoadVerb::Probe(times) => planner.again_and_again(&Task::Probe, times, spec.pause),
        LoadVerb::Import(times) => planner.again_and_again(&Task::Import, times, spec.pause),
        LoadVerb::Assign(share) => one(planner.assign(share, salt)),
        LoadVerb::Push(members) => vec![planner.push(members)],
        LoadVerb::Join => one(planner.join()),
        LoadVerb::Move(share) => one(planner.shuffle(share, salt)),
        LoadVerb::Promote(share) => one(planner.promote(share, salt)),
        LoadVerb::Demote => one(planner.demote()),
        LoadVerb::Leave(share) => one(planner.leave(share, salt)),
        LoadVerb::Return(share) => vec![planner.come_back(share, salt)],
        LoadVerb::DropGroups(share) => one(planner.drop_groups(share, salt)),
        LoadVerb::Churn(churn) => (0..churn.cycles)
            .map(|cycle| planner.cycle(churn, &format!("{salt}.{cycle}")))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
