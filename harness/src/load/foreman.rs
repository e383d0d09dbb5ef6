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

    /// All phases, and the time after them. Gives why it ended early, how long the phases took, and how long the bridge took
    /// after them; `None` if it did not get there.
    pub(super) async fn all(&mut self) -> (Option<Cut>, Duration, Option<Duration>) {
        for phase in &self.order.plan.phases {
            if let Some(cut) = self.phase(phase).await {
                return (Some(cut), self.began.elapsed(), None);
            }
        }
        let worked = self.began.elapsed();
        let settled = self.settle().await;
        let cut = (*self.stop.borrow()).then_some(Cut::Interrupted);
        (cut, worked, settled)
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

    /// Waits until upstream shows everything that was acknowledged, the time is over, or somebody wants an end.
    async fn settle(&mut self) -> Option<Duration> {
        let Some((oversight, upstream)) = self.running.oversight().zip(self.rig.upstream()) else {
            return Some(Duration::ZERO);
        };
        self.running.turn_to("the bridge catches up", 0);
        let began = Instant::now();
        let until = (began + self.order.settle_within).min(self.deadline);
        self.wait(until, || oversight.look(upstream).is_whole()).await;
        oversight.look(upstream).is_whole().then(|| began.elapsed())
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
