//! The workers of a load run and what they share. A phase is put before them by the foreman ([`Crew::conduct`]); each takes
//! one job after the other and does it as the persona does, until there are no phases left.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use proofload_scenarios::Idp;
use tokio::sync::watch;

use super::line::{LoadLine, Way};
use super::meter::{Meter, Sample};
use super::queue::{Attempt, Queue};
use crate::load::book::Book;
use crate::load::directory::Directory;
use crate::load::oversight::Oversight;
use crate::load::result::Jobs as Kind;
use crate::load::task::{GroupId, PersonId, Task};
use crate::load::{job, lock};
use crate::persona::{Failure, Job, Persona};
use crate::target::Rig;
use crate::wire::Wire;

/// How many idle requests are under way at a time.
const IDLE_AT_ONCE: usize = 8;
/// How many of those that were given up are kept to be shown.
const EXAMPLES_MAX: usize = 10;

/// What everybody who works on a run shares.
pub struct Crew {
    way: Way,
    idp: Idp,
    role_urn: String,
    directory: Arc<Directory>,
    book: Arc<Mutex<Book>>,
    oversight: Option<Arc<Oversight>>,
    jobs: Mutex<Jobs>,
    seed: u64,
    hired: AtomicU64,
    /// No more than these work at a time, whatever the phase has work for.
    employed: AtomicUsize,
    requests_left: AtomicU64,
    phase: watch::Sender<Phase>,
}

/// What became of the jobs of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Jobs {
    /// By kind: `assign`, `push group`, …
    pub kinds: BTreeMap<&'static str, Kind>,
    /// Those that could not be sent: the bridge had never given an id that they need.
    pub unsendable: u64,
    /// The first of those that failed for good: what, and why.
    pub examples: Vec<String>,
    /// Those that an identity provider does again in its next cycle.
    pub for_next_cycle: Vec<Task>,
}

impl Jobs {
    fn kind(&mut self, task: &Task) -> &mut Kind {
        self.kinds.entry(task.name()).or_default()
    }
}

/// What a foreman sees to in one phase.
#[derive(Clone)]
enum Phase {
    /// Nothing yet, or between two phases.
    Between,
    /// This many workers take jobs from here.
    Work(Arc<Queue>, usize, Duration),
    /// There is nothing more to do.
    Over,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "the time was over (--max-time)",
            Self::Requests => "as many requests were sent as may be (--max-requests)",
            Self::Interrupted => "interrupted",
        })
    }
}

/// How one phase is worked on.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// How many do it at once: connections, jobs.
    pub workers: usize,
    /// When jobs arrive at a rate, whether or not somebody is free.
    pub per_second: Option<f64>,
    /// Between two requests of a job.
    pub think: Duration,
    /// Jobs about one group at a time.
    pub at_once_per_group: u32,
}

/// Who is told of all requests of a job once it has ended.
pub type Listener = Arc<dyn Fn(&[Sample]) + Send + Sync>;

/// Why a run ended before it was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It took too long.
    Time,
    /// It took too many requests.
    Requests,
    /// Somebody wanted it to end.
    Interrupted,
}

/// What a crew works with.
pub struct Outfit {
    /// Who speaks.
    pub idp: Idp,
    /// Where the role goes.
    pub role_urn: String,
    /// Who there is.
    pub directory: Arc<Directory>,
    /// What they are told.
    pub book: Arc<Mutex<Book>>,
    /// Who looks behind the bridge, if there is something to look at.
    pub oversight: Option<Arc<Oversight>>,
    /// The seed of what is random.
    pub seed: u64,
    /// No more requests than this are sent.
    pub max_requests: u64,
}

impl Crew {
    /// A crew that works on this bridge and has nothing to do yet.
    pub fn new(outfit: Outfit, wire: Wire, rig: Arc<Rig>) -> Self {
        let way = Way {
            wire,
            rig,
            meter: Mutex::new(Meter::start()),
        };
        Self {
            way,
            idp: outfit.idp,
            role_urn: outfit.role_urn,
            directory: outfit.directory,
            book: outfit.book,
            oversight: outfit.oversight,
            jobs: Mutex::default(),
            seed: outfit.seed,
            hired: AtomicU64::new(0),
            employed: AtomicUsize::new(usize::MAX),
            requests_left: AtomicU64::new(outfit.max_requests),
            phase: watch::Sender::new(Phase::Between),
        }
    }

    /// What the identity provider was told.
    pub fn book(&self) -> &Mutex<Book> {
        &self.book
    }

    /// What became of the jobs.
    pub fn jobs(&self) -> &Mutex<Jobs> {
        &self.jobs
    }

    /// What was measured so far.
    pub fn meter(&self) -> &Mutex<Meter> {
        &self.way.meter
    }

    /// How many jobs of the phase that runs are still to be done.
    pub fn left(&self) -> usize {
        match &*self.phase.borrow() {
            Phase::Work(queue, ..) => queue.left(),
            Phase::Between | Phase::Over => 0,
        }
    }

    /// Puts one phase before the workers and waits until it is worked off, `deadline` is over, or `stop` says so. Jobs that
    /// are under way come to their end.
    pub async fn conduct(&self, shift: Shift, deadline: Instant, stop: &mut watch::Receiver<bool>) -> Option<Cut> {
        let queue = Arc::new(Queue::new(shift.tasks, shift.per_second, shift.at_once_per_group));
        self.phase
            .send_replace(Phase::Work(Arc::clone(&queue), shift.workers, shift.think));
        let cut = tokio::select! {
            () = queue.over() => None,
            () = tokio::time::sleep_until(deadline.into()) => Some(Cut::Time),
            _ = stop.wait_for(|stop| *stop) => Some(Cut::Interrupted),
        };
        if cut.is_some() {
            queue.stop();
            queue.over().await;
        }
        self.phase.send_replace(Phase::Between);
        let no_requests_left = self.requests_left.load(Ordering::Relaxed) == 0;
        cut.or(no_requests_left.then_some(Cut::Requests))
    }

    /// Lets one worker after the other do one task each and gives how long each took, with every request of it. For
    /// measuring single jobs: nobody else works meanwhile.
    pub async fn time(self: &Arc<Self>, tasks: Vec<Task>) -> Vec<Duration> {
        let mut times = Vec::new();
        for task in tasks {
            let attempt = Attempt {
                task,
                number: 1,
                due: Instant::now(),
            };
            self.attempt(&attempt, Duration::ZERO, fastrand::Rng::with_seed(self.seed))
                .await;
            times.push(attempt.due.elapsed());
        }
        times
    }

    /// What an identity provider sends when nothing has changed: the probe, and a look at those in question. A bridge may wait
    /// for such an occasion to catch up. Nothing of it is measured, and whether it succeeds is not the question.
    pub async fn idle(&self, people: &[PersonId], groups: &[GroupId]) {
        let mut jobs = vec![Job::Requests(self.idp.connection.probe.clone())];
        {
            let book = lock(&self.book);
            for person in people.iter().filter(|person| book.person(**person).id.is_some()) {
                let actor = self.directory.actor(*person, &book, &self.idp);
                jobs.extend([Job::FindUser(actor.clone()), Job::ReadUser(actor)]);
            }
            let known = groups.iter().filter(|group| book.group(**group).id.is_some());
            jobs.extend(known.map(|group| Job::ReadGroup(self.directory.team(*group, &book))));
        }
        let persona = Persona::new(&self.idp, self.way.rig.scim_token(), &self.role_urn);
        stream::iter(jobs)
            .for_each_concurrent(IDLE_AT_ONCE, async |job| {
                _ = persona.perform(&job, &mut LoadLine::untimed(&self.way)).await;
            })
            .await;
    }

    /// Works with so many workers of its own, without goose, until dismissed or until this is said anew. Of workers that are
    /// too many, those with a job come to its end.
    pub fn employ(self: &Arc<Self>, workers: usize, listener: &Listener) {
        let there = usize::try_from(self.hired.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        for _ in there..workers {
            let (mut hand, listener) = (self.hire(), Arc::clone(listener));
            tokio::spawn(async move {
                while let Some(samples) = hand.work().await {
                    listener(&samples);
                }
            });
        }
        self.employed.store(workers, Ordering::Relaxed);
        // Who waits for the next phase looks whether this one is for them now.
        self.phase.send_modify(|_| ());
    }

    /// Sends everybody home.
    pub fn dismiss(&self) {
        self.phase.send_replace(Phase::Over);
    }

    /// Returns when everybody has been sent home.
    pub(crate) async fn dismissed(&self) {
        // The sender is ours, so this waits for nothing else.
        _ = self
            .phase
            .subscribe()
            .wait_for(|phase| matches!(phase, Phase::Over))
            .await;
    }

    /// Another worker.
    pub(super) fn hire(self: &Arc<Self>) -> Hand {
        let number = self.hired.fetch_add(1, Ordering::Relaxed);
        Hand {
            phase: self.phase.subscribe(),
            random: fastrand::Rng::with_seed(self.seed ^ number.rotate_left(32)),
            crew: Arc::clone(self),
            number: usize::try_from(number).unwrap_or(usize::MAX),
        }
    }

    async fn attempt(
        &self,
        attempt: &Attempt,
        think: Duration,
        random: fastrand::Rng,
    ) -> (Vec<Sample>, Option<Duration>) {
        let prepared = {
            let mut book = lock(&self.book);
            let task = sendable(&attempt.task, &book);
            if attempt.number == 1 {
                book.begin(&task);
                self.said(&task);
            }
            job::of(&task, &book, &self.directory, &self.idp).map(|job| (task, job))
        };
        let Some((task, job)) = prepared else {
            lock(&self.jobs).unsendable += 1;
            return (Vec::new(), None);
        };
        let persona = Persona::new(&self.idp, self.way.rig.scim_token(), &self.role_urn);
        let mut line = LoadLine::new(&self.way, random, attempt.due, think);
        let done = persona.perform(&job, &mut line).await;
        let sent = line.samples.len() as u64;
        let (samples, seen_id) = (line.samples, line.seen_id);
        let spend = |left: u64| Some(left.saturating_sub(sent));
        _ = self
            .requests_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        let again = match done {
            Ok(()) => {
                self.acknowledge(&task, seen_id.as_deref());
                None
            }
            Err(failure) => self.failed(&persona, &task, attempt.number, &failure),
        };
        (samples, again)
    }

    fn acknowledge(&self, task: &Task, seen_id: Option<&str>) {
        let mut book = lock(&self.book);
        match (task, seen_id) {
            (Task::Assign(person), Some(id)) => book.learn_person(*person, id),
            (Task::Push(group, _), Some(id)) => book.learn_group(*group, id),
            _ => {}
        }
        book.acknowledge(task);
        drop(book);
        self.said(task);
        lock(&self.jobs).kind(task).done += 1;
    }

    fn said(&self, task: &Task) {
        if let Some(oversight) = &self.oversight {
            oversight.said(task.clone());
        }
    }

    /// Keeps count of a failure; gives how long to wait before the next try, if there is to be one.
    fn failed(&self, persona: &Persona<'_>, task: &Task, number: u32, failure: &Failure) -> Option<Duration> {
        let patience = persona.patience(failure, number).map(|(wait, _)| wait);
        let mut jobs = lock(&self.jobs);
        if patience.is_some() {
            jobs.kind(task).retries += 1;
            return patience;
        }
        jobs.kind(task).given_up += 1;
        if jobs.examples.len() < EXAMPLES_MAX {
            jobs.examples.push(format!("{task}: {}", failure.message));
        }
        if persona.sends_again_later(failure) {
            jobs.for_next_cycle.push(task.clone());
        }
        None
    }
}

/// The task without those whose id the bridge never gave: an identity provider leaves them out.
fn sendable(task: &Task, book: &Book) -> Task {
    let known = |people: &[_]| {
        let known = people
            .iter()
            .copied()
            .filter(|person| book.person(*person).id.is_some());
        known.collect()
    };
    match task {
        Task::Push(group, people) => Task::Push(*group, known(people)),
        Task::Join(group, people) => Task::Join(*group, known(people)),
        Task::Part(group, people) => Task::Part(*group, known(people)),
        Task::Probe
        | Task::Import
        | Task::Assign(_)
        | Task::Move(_)
        | Task::Promote(..)
        | Task::Switch(..)
        | Task::DropGroup(_) => task.clone(),
    }
}

/// One worker.
pub(super) struct Hand {
    crew: Arc<Crew>,
    phase: watch::Receiver<Phase>,
    random: fastrand::Rng,
    number: usize,
}

impl Hand {
    /// Does the next job, and gives what was sent for it; `None` when there is nothing more to do.
    pub(super) async fn work(&mut self) -> Option<Vec<Sample>> {
        loop {
            let phase = self.phase.borrow_and_update().clone();
            if let Phase::Work(queue, workers, think) = &phase
                && self.number < self.crew.employed.load(Ordering::Relaxed).min(*workers)
                && let Some(attempt) = queue.next().await
            {
                if self.crew.requests_left.load(Ordering::Relaxed) == 0 {
                    queue.stop();
                }
                let (samples, again) = self.crew.attempt(&attempt, *think, self.random.fork()).await;
                queue.done(&attempt, again);
                return Some(samples);
            }
            if matches!(phase, Phase::Over) || self.phase.changed().await.is_err() {
                return None;
            }
        }
    }
}
