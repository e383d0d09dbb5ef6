//! The work of one phase, and who may do which part of it when.
//!
//! Jobs about one group or one person take turns, as an identity provider sees to. A job that has to wait before it is
//! tried again frees its worker: other jobs keep coming meanwhile.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::load::lock;
use crate::load::task::{GroupId, PersonId, Task};

/// One try of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// What is to be done.
    pub(super) task: Task,
    /// Which try this is, from 1.
    pub(super) number: u32,
    /// When it should begin. What comes later than this is a wait that the measured times include.
    pub(super) due: Instant,
}

/// Whom a task is about. Tasks about one subject do not run side by side without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Person(PersonId),
    Group(GroupId),
}

/// What there is to do in one phase.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Somebody may find work now, or learn that there will be none.
    changed: Notify,
    /// There is nothing left to do. Not told at every change: who waits for it is another thread, to be woken once.
    ended: Notify,
    at_once_per_group: u32,
}

struct State {
    tickets: VecDeque<Task>,
    /// When the next ticket is due, and how much later each following one; `None`: whenever a worker is free.
    schedule: Option<(Instant, Duration)>,
    /// Waiting for their time.
    delayed: BinaryHeap<Reverse<Delayed>>,
    /// Waiting for their subject to be free.
    parked: HashMap<Subject, VecDeque<Attempt>>,
    /// Their subject has become free.
    unparked: VecDeque<Attempt>,
    busy: HashMap<Subject, u32>,
    under_way: usize,
    stopped: bool,
}

struct Delayed(Attempt);

impl Queue {
    /// A phase that begins now. `per_second` is given when jobs arrive at a rate, whether or not anybody is free.
    pub(super) fn new(tasks: Vec<Task>, per_second: Option<f64>, at_once_per_group: u32) -> Self {
        let interval = per_second.map(|rate| Duration::from_secs_f64(1.0 / rate.max(1e-6)));
        Self {
            state: Mutex::new(State {
                tickets: tasks.into(),
                schedule: interval.map(|interval| (Instant::now(), interval)),
                delayed: BinaryHeap::new(),
                parked: HashMap::new(),
                unparked: VecDeque::new(),
                busy: HashMap::new(),
                under_way: 0,
                stopped: false,
            }),
            changed: Notify::new(),
            ended: Notify::new(),
            at_once_per_group: at_once_per_group.max(1),
        }
    }

    /// The next job, once there is one and its time has come; `None` when the phase is over.
    pub(super) async fn next(&self) -> Option<Attempt> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            let pick = self.state().pick(self.at_once_per_group);
            let wake = match pick {
                Pick::Take(attempt) => {
                    // A ticket is taken ahead of its time by whoever is free, and begun when it is due.
                    wait_until(attempt.due).await;
                    return Some(attempt);
                }
                Pick::Over => return None,
                Pick::Wait(until) => until,
            };
            match wake {
                Some(until) => _ = tokio::time::timeout_at(until.into(), changed).await,
                None => changed.await,
            }
        }
    }

    /// The attempt is done with, for good or until `again`.
    pub(super) fn done(&self, attempt: &Attempt, again: Option<Duration>) {
        let mut state = self.state();
        state.under_way -= 1;
        if let Some(subject) = subject(&attempt.task) {
            state.free(subject);
        }
        if let Some(wait) = again {
            state.delayed.push(Reverse(Delayed(Attempt {
                task: attempt.task.clone(),
                number: attempt.number + 1,
                due: Instant::now() + wait,
            })));
        }
        let is_over = state.is_over();
        drop(state);
        self.changed.notify_waiters();
        if is_over {
            self.ended.notify_waiters();
        }
    }

    /// Returns when there is nothing left to do, or when it was stopped and nothing is under way any more.
    pub(super) async fn over(&self) {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.state().is_over() {
                return;
            }
            ended.await;
        }
    }

    /// Nothing more is begun.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_waiters();
        self.ended.notify_waiters();
    }

    /// How many tasks have not been done yet, those under way included.
    pub(super) fn left(&self) -> usize {
        let state = self.state();
        let parked: usize = state.parked.values().map(VecDeque::len).sum();
        state.tickets.len() + state.delayed.len() + parked + state.unparked.len() + state.under_way
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Returns at `due`, at once if that is over. The runtime's clock ticks in milliseconds and rounds up: whoever asked it each
/// time would be late by half of one at every request.
pub(super) async fn wait_until(due: Instant) {
    if Instant::now() < due {
        tokio::time::sleep_until(due.into()).await;
    }
}

enum Pick {
    Take(Attempt),
    /// Until something changes, or until then.
    Wait(Option<Instant>),
    Over,
}

impl State {
    fn pick(&mut self, at_once_per_group: u32) -> Pick {
        if self.stopped {
            return Pick::Over;
        }
        while let Some(attempt) = self.candidate() {
            let Some(subject) = subject(&attempt.task) else {
                return self.take(attempt);
            };
            let limit = match subject {
                Subject::Person(_) => 1,
                Subject::Group(_) => at_once_per_group,
            };
            let busy = self.busy.entry(subject).or_default();
            if *busy < limit {
                *busy += 1;
                return self.take(attempt);
            }
            self.parked.entry(subject).or_default().push_back(attempt);
        }
        if self.is_over() {
            return Pick::Over;
        }
        Pick::Wait(self.delayed.peek().map(|Reverse(Delayed(attempt))| attempt.due))
    }

    fn is_over(&self) -> bool {
        let nothing_waits =
            self.tickets.is_empty() && self.delayed.is_empty() && self.parked.is_empty() && self.unparked.is_empty();
        self.under_way == 0 && (self.stopped || nothing_waits)
    }

    /// What could be begun next, if its subject is free.
    fn candidate(&mut self) -> Option<Attempt> {
        if let Some(attempt) = self.unparked.pop_front() {
            return Some(attempt);
        }
        let now = Instant::now();
        if self
            .delayed
            .peek()
            .is_some_and(|Reverse(Delayed(attempt))| attempt.due <= now)
        {
            return self.delayed.pop().map(|Reverse(Delayed(attempt))| attempt);
        }
        let task = self.tickets.pop_front()?;
        let due = match &mut self.schedule {
            Some((next, interval)) => std::mem::replace(next, *next + *interval),
            None => now,
        };
        Some(Attempt { task, number: 1, due })
    }

    fn take(&mut self, attempt: Attempt) -> Pick {
        self.under_way += 1;
        Pick::Take(attempt)
    }

    fn free(&mut self, subject: Subject) {
        if let Some(busy) = self.busy.get_mut(&subject) {
            *busy -= 1;
            if *busy == 0 {
                self.busy.remove(&subject);
            }
        }
        if let Some(waiting) = self.parked.get_mut(&subject) {
            self.unparked.extend(waiting.pop_front());
            if waiting.is_empty() {
                self.parked.remove(&subject);
            }
        }
    }
}

fn subject(task: &Task) -> Option<Subject> {
    let group = task.group().map(Subject::Group);
    group.or_else(|| task.person().map(Subject::Person))
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        self.0.due == other.0.due
    }
}

impl Eq for Delayed {}

impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Delayed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.due.cmp(&other.0.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assign(person: u32) -> Task {
        Task::Assign(PersonId(person))
    }

    fn join(group: u32) -> Task {
        Task::Join(GroupId(group), vec![PersonId(0)])
    }

    #[tokio::test(start_paused = true)]
    async fn every_task_is_given_out_once_and_then_it_is_over() {
        let queue = Queue::new(vec![assign(1), assign(2)], None, 1);
        let (first, second) = (queue.next().await.unwrap(), queue.next().await.unwrap());
        assert_eq!((&first.task, &second.task), (&assign(1), &assign(2)));
        assert_eq!(queue.left(), 2);
        queue.done(&first, None);
        queue.done(&second, None);
        assert_eq!(queue.next().await, None);
    }

    #[tokio::test]
    async fn who_waits_for_work_learns_that_there_is_none() {
        let queue = Queue::new(vec![assign(1)], None, 1);
        let only = queue.next().await.unwrap();
        let (over, ()) = tokio::join!(queue.next(), async { queue.done(&only, None) });
        assert_eq!(over, None);
    }

    #[tokio::test]
    async fn one_group_is_not_touched_more_often_at_once_than_told() {
        let queue = Queue::new(vec![join(1), join(1), join(1), join(2)], None, 2);
        let taken = [
            queue.next().await.unwrap(),
            queue.next().await.unwrap(),
            queue.next().await.unwrap(),
        ];
        let groups = taken.each_ref().map(|attempt| attempt.task.group().unwrap().0);
        assert_eq!(groups, [1, 1, 2], "the third of group 1 has to wait");
        queue.done(&taken[0], None);
        assert_eq!(queue.next().await.unwrap().task, join(1));
    }

    #[tokio::test]
    async fn a_job_that_waits_frees_its_worker_and_comes_again() {
        let queue = Queue::new(vec![assign(1), assign(2)], None, 1);
        let first = queue.next().await.unwrap();
        queue.done(&first, Some(Duration::from_millis(20)));
        assert_eq!(queue.next().await.unwrap().task, assign(2));
        let again = queue.next().await.unwrap();
        assert_eq!((&again.task, again.number), (&assign(1), 2));
        assert!(Instant::now() >= again.due);
    }

    #[tokio::test]
    async fn tickets_are_due_at_their_rate_whoever_is_free() {
        let queue = Queue::new(vec![assign(1), assign(2), assign(3)], Some(100.0), 1);
        let mut dues = Vec::new();
        for _ in 0..3 {
            dues.push(queue.next().await.unwrap().due);
        }
        assert_eq!(dues[1] - dues[0], Duration::from_millis(10));
        assert_eq!(dues[2] - dues[1], Duration::from_millis(10));
    }

    #[tokio::test]
    async fn after_a_stop_nothing_is_begun() {
        let queue = Queue::new(vec![assign(1), assign(2)], None, 1);
        let first = queue.next().await.unwrap();
        queue.stop();
        assert_eq!(queue.next().await, None);
        queue.done(&first, None);
        assert_eq!(queue.left(), 1);
    }
}
