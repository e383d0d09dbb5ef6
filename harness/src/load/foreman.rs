//! Sees to the order of things: one phase after the other, the pauses between them, and the time the bridge gets afterwards.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::book::Told;
use super::engine::crew::{Cut, Shift};
use super::lock;
use super::plan::{Pace, Phase};
use super::run::{Order, Running};
use super::task::Task;
use crate::target::Rig;

/// How often is looked whether the bridge, or the invited, have caught up.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often the identity provider looks while the bridge catches up.
const IDLE_EVERY: Duration = Duration::from_secs(2);
/// How many people and groups it looks at each time.
const IDLE_MOST: usize = 100;

/// How a run ended.
pub(super) struct Ending {
    /// Why that was early.
    pub(super) cut: Option<Cut>,
    /// How long the phases took.
    pub(super) worked: Duration,
    /// What became of the time after them.
    pub(super) settled: Settled,
}

/// What became of the time that the bridge got to bring upstream in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was so long until everything was there.
    After(Duration),
    /// It came no closer any more, and is not there.
    Never,
    /// It came closer, or had not had its time, when the run had to end: nothing is known of what is missing.
    Cut,
}

impl Settled {
    /// How long it took, if it came to an end.
    pub fn time(self) -> Option<Duration> {
        match self {
            Self::After(time) => Some(time),
            Self::Never | Self::Cut => None,
        }
    }
}

/// See the module.
pub(super) struct Foreman<'a> {
    order: &'a Order,
    rig: &'a Rig,
    running: &'a Running,
    began: Instant,
    deadline: Instant,
    stop: &'a mut watch::Receiver<bool>,
}

impl<'a> Foreman<'a> {
    pub(super) fn new(
        order: &'a Order,
        rig: &'a Rig,
        running: &'a Running,
        stop: &'a mut watch::Receiver<bool>,
    ) -> Self {
        let began = Instant::now();
        Self {
            order,
            rig,
            running,
            began,
            deadline: began + order.max_time,
            stop,
        }
    }

    /// All phases, and the time after them. What was told by then is owed, however early the phases ended.
    pub(super) async fn all(&mut self) -> Ending {
        let mut cut = None;
        for phase in &self.order.plan.phases {
            cut = self.phase(phase).await;
            if cut.is_some() {
                break;
            }
        }
        let worked = self.began.elapsed();
        let settled = self.settle().await;
        if settled == Settled::Cut {
            cut = cut.or(Some(Cut::Time));
        }
        if *self.stop.borrow() {
            cut = Some(Cut::Interrupted);
        }
        Ending { cut, worked, settled }
    }

    async fn phase(&mut self, phase: &Phase) -> Option<Cut> {
        if !phase.pause.is_zero() {
            self.running.turn_to(&format!("pause before: {}", phase.name), 0);
            if let Some(cut) = self.wait(Instant::now() + phase.pause, || false).await {
                return Some(cut);
            }
        }
        if phase.wait_for_acceptance {
            self.running.turn_to("people accept", 0);
            let until = Instant::now() + self.order.settle_within;
            let rig = self.rig;
            if let Some(cut) = self.wait(until, || nobody_is_awaited(rig)).await {
                return Some(cut);
            }
        }
        let mut tasks = phase.tasks.clone();
        if phase.retry_failed {
            let failed = std::mem::take(&mut lock(self.running.crew().jobs()).for_next_cycle);
            tasks.splice(0..0, failed);
        }
        let (began, jobs) = (Instant::now(), tasks.len());
        self.running.turn_to(&phase.name, jobs);
        let cut = self
            .running
            .crew()
            .conduct(shift(phase, tasks), self.deadline, self.stop)
            .await;
        self.running.lap(&phase.name, began, jobs);
        cut
    }

    /// Waits until upstream shows everything that was acknowledged, for as long as it comes closer, or somebody wants an end.
    /// Meanwhile the identity provider is not silent.
    async fn settle(&mut self) -> Settled {
        let Some((oversight, upstream)) = self.running.oversight().zip(self.rig.upstream()) else {
            return Settled::After(Duration::ZERO);
        };
        self.running.turn_to("the bridge catches up", 0);
        let began = Instant::now();
        let patience = self.order.settle_within;
        self.deadline = self.deadline.max(began + patience);
        let mut right = oversight.look(upstream).right;
        let (mut until, mut idle) = (began + patience, began + IDLE_EVERY);
        loop {
            let next = idle.min(until);
            let looks_whole = || {
                let share = oversight.look(upstream);
                if share.right > right {
                    (right, until) = (share.right, Instant::now() + patience);
                }
                share.is_whole()
            };
            let cut = self.wait(next, looks_whole).await;
            if oversight.look(upstream).is_whole() {
                return Settled::After(began.elapsed());
            }
            if *self.stop.borrow() || cut.is_some() && until > self.deadline {
                return Settled::Cut;
            }
            if cut.is_some() || Instant::now() >= until {
                return Settled::Never;
            }
            if Instant::now() >= idle {
                let (people, groups) = oversight.open(IDLE_MOST);
                self.running.crew().idle(&people, &groups).await;
                idle = Instant::now() + IDLE_EVERY;
            }
        }
    }

    /// Takes away what was made: groups first, then everybody's access.
    pub(super) async fn clean_up(&mut self) {
        let (groups, people) = {
            let book = lock(self.running.crew().book());
            let groups = book.groups().filter(|(_, entry)| entry.exists != Told::Never);
            let people = book
                .people()
                .filter(|(_, entry)| !matches!(entry.access, Told::Never | Told::For(false)));
            let groups: Vec<_> = groups.map(|(group, _)| Task::DropGroup(group)).collect();
            (
                groups,
                people
                    .map(|(person, _)| Task::Switch(person, false))
                    .collect::<Vec<_>>(),
            )
        };
        for (name, tasks) in [("groups are taken away", groups), ("people are taken away", people)] {
            self.running.turn_to(name, tasks.len());
            let shift = Shift {
                tasks,
                workers: 4,
                per_second: None,
                think: Duration::ZERO,
                at_once_per_group: 1,
            };
            let until = Instant::now() + self.order.max_time;
            self.running.crew().conduct(shift, until, self.stop).await;
        }
        self.settle().await;
    }

    /// Waits until then, until `is_over`, or until the run has to end.
    async fn wait(&mut self, until: Instant, mut is_over: impl FnMut() -> bool) -> Option<Cut> {
        while !is_over() {
            let now = Instant::now();
            if *self.stop.borrow() {
                return Some(Cut::Interrupted);
            }
            if now >= self.deadline {
                return Some(Cut::Time);
            }
            if now >= until {
                break;
            }
            let next = (now + LOOK_EVERY).min(until);
            tokio::select! {
                () = tokio::time::sleep_until(next.into()) => {}
                _ = self.stop.wait_for(|stop| *stop) => {}
            }
        }
        None
    }
}

/// Whether nobody will accept any more by themselves.
fn nobody_is_awaited(rig: &Rig) -> bool {
    const LONG: Duration = Duration::from_secs(3600);
    let Some(upstream) = rig.upstream() else { return true };
    upstream.org(|org, now| org.next_tick().is_none_or(|next| next.since(now) > LONG))
}

fn shift(phase: &Phase, tasks: Vec<Task>) -> Shift {
    let (workers, per_second) = match phase.pace {
        Pace::Workers(workers) => (workers, None),
        Pace::PerSecond(rate, connections) => (connections, Some(rate)),
    };
    Shift {
        tasks,
        workers: workers.try_into().unwrap_or(usize::MAX),
        per_second,
        think: phase.think,
        at_once_per_group: phase.at_once_per_group,
    }
}
