//! One load run from beginning to end: the surroundings are set up, the phases are worked off, the bridge gets time to bring
//! upstream in line, and everything that is known is put together.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proofload_scenarios::Idp;
use tokio::sync::watch;

use super::book::Book;
use super::directory::Directory;
use super::end_state::EndState;
use super::engine::cpu;
pub use super::engine::crew::Listener;
use super::engine::crew::{Crew, Cut, Outfit};
use super::engine::workers::{self, WorkersError};
use super::foreman::Foreman;
pub use super::foreman::Settled;
use super::lock;
use super::oversight::Oversight;
use super::plan::Plan;
use super::surroundings::Surroundings;
use crate::target::Rig;
use crate::wire::{Error as WireError, Wire};

/// What is to be run.
pub struct Order {
    /// What happens.
    pub plan: Plan,
    /// Who tells it.
    pub idp: Idp,
    /// Where the role goes.
    pub role_urn: String,
    /// Who there is.
    pub directory: Arc<Directory>,
    /// The seed of what is random.
    pub seed: u64,
    /// What OpenAI does meanwhile.
    pub surroundings: Surroundings,
    /// How long the bridge may take after the last phase.
    pub settle_within: Duration,
    /// How long the whole may take.
    pub max_time: Duration,
    /// No more requests than this are sent to the bridge.
    pub max_requests: u64,
    /// Who does the jobs.
    pub workforce: Workforce,
    /// The bridge is killed and started again after every so many requests.
    pub kill_every: Option<NonZeroU32>,
    /// Whether everything that was made is taken away again.
    pub cleanup: bool,
}

/// Who does the jobs of a run.
#[derive(Clone)]
pub enum Workforce {
    /// goose's users, as many as the plan has work for. goose writes reports of its own here.
    Goose(Vec<PathBuf>),
    /// Ours, at most as many as the plan has work for and as somebody wants ([`Running::employ`]); none before that. Every
    /// request is told.
    Led(Listener),
}

/// What somebody outside wants of a run that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// So many jobs at a time from now on.
    Workers(usize),
    /// An early end.
    Stop,
}

/// How many of ours take away what was made.
const CLEANERS: usize = 4;

/// Why there is nothing to report.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// goose broke.
    #[error(transparent)]
    Workers(#[from] WorkersError),
    /// goose ended on its own.
    #[error("the workers ended before the work was done; this is our fault")]
    Deserted,
    /// A limit of zero.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A part of the program broke.
    #[error("the load run broke, which is our fault: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// A phase, as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Lap {
    /// What it is called.
    pub name: String,
    /// From the beginning of the run.
    pub began: Duration,
    /// From the beginning of the run.
    pub ended: Duration,
    /// How many jobs it had.
    pub jobs: usize,
}

/// A run that goes on; can be looked at from outside.
pub struct Running {
    crew: Arc<Crew>,
    oversight: Option<Arc<Oversight>>,
    workforce: Workforce,
    began: Instant,
    phase: Mutex<String>,
    jobs: AtomicUsize,
    laps: Mutex<Vec<Lap>>,
    /// Why the bridge did not stand up again after it was killed.
    fallen: Mutex<Option<String>>,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// What happens now.
    pub phase: String,
    /// Jobs of this phase.
    pub jobs: usize,
    /// Of them, those that have been done.
    pub jobs_done: usize,
    /// Requests in the last full second.
    pub per_second: u64,
    /// p50, p95, p99 of the last full second, from when requests were due, in microseconds.
    pub percentiles: Option<[u64; 3]>,
    /// Answers with 429 so far.
    pub throttled: u64,
    /// Requests so far that had no success and should have.
    pub errors: u64,
    /// The share of what was acknowledged that upstream shows.
    pub converged: Option<f64>,
    /// How long this phase will still take, if it goes on like this.
    pub left: Option<Duration>,
}

/// What a run came to, before it is put into words.
pub struct Ran {
    /// Everything that was measured and told.
    pub running: Arc<Running>,
    /// Why it ended early, if it did.
    pub cut: Option<Cut>,
    /// From the first request to the last answer.
    pub worked: Duration,
    /// What became of the time that the bridge got after that to bring upstream in line.
    pub settled: Settled,
    /// Processor time of the driver; `None` where the system does not tell.
    pub driver_cpu: Option<Duration>,
    /// Where everybody was when it ended, before anything was cleaned up; `None` without an upstream to look at.
    pub end_state: Option<EndState>,
    /// People and groups that the watch of the journal had wrong in the end.
    pub misread: u64,
}

impl Running {
    /// Makes everything ready. Nothing is sent yet.
    ///
    /// # Errors
    /// When there can be no client.
    pub fn prepare(order: &Order, rig: &Arc<Rig>) -> Result<Arc<Self>, LoadError> {
        let book = Arc::new(Mutex::new(Book::new(
            order.directory.people(),
            order.directory.groups(),
        )));
        let oversight = rig.upstream().map(|upstream| {
            order.surroundings.set_up(upstream);
            Arc::new(Oversight::begin(
                upstream,
                Arc::clone(&order.directory),
                Arc::clone(&book),
            ))
        });
        let outfit = Outfit {
            idp: order.idp.clone(),
            role_urn: order.role_urn.clone(),
            directory: Arc::clone(&order.directory),
            book,
            oversight: oversight.clone(),
            seed: order.seed,
            max_requests: order.max_requests,
        };
        let wire = Wire::kept_alive(rig.wire().limits())?;
        Ok(Arc::new(Self {
            crew: Arc::new(Crew::new(outfit, wire, Arc::clone(rig))),
            oversight,
            workforce: order.workforce.clone(),
            began: Instant::now(),
            phase: Mutex::default(),
            jobs: AtomicUsize::new(0),
            laps: Mutex::default(),
            fallen: Mutex::default(),
        }))
    }

    /// What was measured, and what became of the jobs.
    pub fn crew(&self) -> &Crew {
        &self.crew
    }

    /// Lets so many work at a time from now on, if they are ours.
    pub fn employ(&self, workers: usize) {
        match &self.workforce {
            Workforce::Goose(_) => {}
            Workforce::Led(listener) => self.crew.employ(workers, listener),
        }
    }

    /// What is known of the other side; `None` without an upstream to look at.
    pub fn oversight(&self) -> Option<&Oversight> {
        self.oversight.as_deref()
    }

    /// The phases so far.
    pub fn laps(&self) -> Vec<Lap> {
        lock(&self.laps).clone()
    }

    /// Why the bridge did not stand up again after it was killed, if it did not.
    pub fn fallen(&self) -> Option<String> {
        lock(&self.fallen).clone()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let jobs = self.jobs.load(Ordering::Relaxed);
        let left = self.crew.left();
        let mut meter = lock(self.crew.meter());
        let seconds = meter.seconds();
        let throttled = seconds.iter().map(|second| second.throttled).sum();
        let errors = seconds.iter().map(|second| second.errors).sum();
        let last = seconds.iter().rev().nth(1).cloned().unwrap_or_default();
        drop(meter);
        let jobs_done = jobs.saturating_sub(left);
        let phase_began = lock(&self.laps).last().map_or(Duration::ZERO, |lap| lap.ended);
        let taken = self.began.elapsed().saturating_sub(phase_began);
        Progress {
            phase: lock(&self.phase).clone(),
            jobs,
            jobs_done,
            per_second: last.requests,
            percentiles: (last.requests > 0).then_some(last.percentiles),
            throttled,
            errors,
            converged: self.oversight().map(|oversight| oversight.share().fraction()),
            left: time_left(taken, jobs_done, left),
        }
    }

    /// From now on this is what happens.
    pub(super) fn turn_to(&self, phase: &str, jobs: usize) {
        phase.clone_into(&mut lock(&self.phase));
        self.jobs.store(jobs, Ordering::Relaxed);
    }

    /// A phase that began then has ended.
    pub(super) fn lap(&self, name: &str, began: Instant, jobs: usize) {
        lock(&self.laps).push(Lap {
            name: name.to_owned(),
            began: began.duration_since(self.began),
            ended: self.began.elapsed(),
            jobs,
        });
    }
}

/// As long as what is left takes at the pace so far. Nothing is said in the first second, and of nothing.
fn time_left(taken: Duration, done: usize, left: usize) -> Option<Duration> {
    let (done, left) = (u32::try_from(done).ok()?, u32::try_from(left).ok()?);
    let known = done > 0 && left > 0 && taken > Duration::from_secs(1);
    known.then(|| taken / done * left)
}

/// Runs an order. `stop` ends it early; what is known then is given all the same.
///
/// # Errors
/// Trouble of our own only.
pub async fn run(
    order: &Order,
    rig: Arc<Rig>,
    running: Arc<Running>,
    mut stop: watch::Receiver<bool>,
) -> Result<Ran, LoadError> {
    let cpu_before = cpu::used();
    let mut working = tokio::spawn(work(
        Arc::clone(&running),
        order.plan.workers().max(1),
        rig.scim_url().to_owned(),
    ));
    let (following_rig, following_run) = (Arc::clone(&rig), Arc::clone(&running));
    let following = tokio::spawn(async move {
        if let (Some(oversight), Some(upstream)) = (following_run.oversight(), following_rig.upstream()) {
            oversight.follow(upstream).await;
        }
    });
    let killing = order.kill_every.filter(|_| rig.can_be_killed());
    let killing =
        killing.map(|every| tokio::spawn(kill_again_and_again(every, Arc::clone(&rig), Arc::clone(&running))));
    let mut foreman = Foreman::new(order, &rig, &running, &mut stop);
    let ending = tokio::select! {
        ended = foreman.all() => ended,
        // goose ends when the crew is dismissed, and not before.
        ended = &mut working => {
            ended??;
            return Err(LoadError::Deserted);
        }
    };
    if let Some(killing) = killing {
        // Not in the middle of a restart.
        rig.is_up().await;
        killing.abort();
    }
    let cpu = cpu::used();
    let sides = running.oversight().zip(rig.upstream());
    let misread = sides.map_or(0, |(oversight, upstream)| oversight.verify(upstream));
    let end_state = sides.map(|(oversight, upstream)| {
        let state = oversight.end_state(upstream);
        if ending.settled == Settled::Cut {
            state.without_what_time_may_mend()
        } else {
            state
        }
    });
    if order.cleanup {
        running.employ(CLEANERS);
        foreman.clean_up().await;
    }
    running.crew.dismiss();
    working.await??;
    following.abort();
    Ok(Ran {
        cut: ending.cut,
        worked: ending.worked,
        settled: ending.settled,
        driver_cpu: cpu.zip(cpu_before).map(|(after, before)| after.saturating_sub(before)),
        end_state,
        misread,
        running,
    })
}

/// Returns when the crew was dismissed and goose, if it takes part, has ended.
async fn work(running: Arc<Running>, hands: usize, host: String) -> Result<(), WorkersError> {
    match &running.workforce {
        Workforce::Goose(reports) => workers::run(Arc::clone(&running.crew), hands, &host, reports).await,
        Workforce::Led(_) => {
            running.crew.dismissed().await;
            Ok(())
        }
    }
}

/// Kills the bridge after every so many requests. One that does not stand up again is not killed again.
async fn kill_again_and_again(every: NonZeroU32, rig: Arc<Rig>, running: Arc<Running>) {
    const LOOK_EVERY: Duration = Duration::from_millis(20);
    let every = u64::from(every.get());
    let mut next = every;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let requests = lock(running.crew.meter()).requests();
        if requests < next {
            continue;
        }
        if let Err(error) = rig.kill().await {
            *lock(&running.fallen) = Some(error.to_string());
            return;
        }
        next = requests + every;
    }
}
