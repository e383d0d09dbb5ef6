//! What all connections share: the organization, its clock, and who waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::message::{Reaction, Request};
use crate::org::Org;
use crate::timestamp::Timestamp;

/// See the module.
pub(super) struct Shared {
    org: Mutex<Org>,
    clock: Clock,
    changes: watch::Sender<u64>,
    /// Told whenever the time of the next tick may have changed.
    schedule: Notify,
}

/// A clock that starts with the system's, never goes back, and can be put forward.
struct Clock {
    start: Timestamp,
    started: Instant,
    advanced_millis: AtomicU64,
}

impl Shared {
    pub(super) fn new(org: Org) -> Self {
        let clock = Clock {
            start: Timestamp::from(SystemTime::now()),
            started: Instant::now(),
            advanced_millis: AtomicU64::new(0),
        };
        let (org, changes) = (Mutex::new(org), watch::Sender::new(0));
        Self {
            org,
            clock,
            changes,
            schedule: Notify::new(),
        }
    }

    pub(super) fn handle(&self, request: &Request) -> Reaction {
        self.org(|org, now| org.handle(request, now))
    }

    pub(super) fn org<R>(&self, work: impl FnOnce(&mut Org, Timestamp) -> R) -> R {
        let (result, has_schedule) = self.locked(work);
        if has_schedule {
            self.schedule.notify_one();
        }
        result
    }

    fn locked<R>(&self, work: impl FnOnce(&mut Org, Timestamp) -> R) -> (R, bool) {
        let mut org = self.org.lock();
        // Read under the lock, so that the journal's times do not go back.
        let result = work(&mut org, self.now());
        let last_seq = org.journal().last_seq();
        let has_schedule = org.next_tick().is_some();
        drop(org);
        self.changes.send_if_modified(|known| {
            let is_newer = last_seq > *known;
            *known = last_seq.max(*known);
            is_newer
        });
        (result, has_schedule)
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn now(&self) -> Timestamp {
        let advanced = Duration::from_millis(self.clock.advanced_millis.load(Ordering::Relaxed));
        self.clock.start.plus(self.clock.started.elapsed()).plus(advanced)
    }

    pub(super) fn advance_clock(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let add = |advanced: u64| Some(advanced.saturating_add(millis));
        // The closure never gives `None`, so this cannot fail.
        let _ = self
            .clock
            .advanced_millis
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        self.schedule.notify_one();
    }

    /// Lets time pass in the organization when nobody else calls.
    pub(super) async fn tick_for_ever(self: Arc<Self>) {
        loop {
            let (wait, _) = self.locked(|org, now| {
                org.tick(now);
                org.next_tick().map(|due| due.since(now))
            });
            match wait {
                None => self.schedule.notified().await,
                Some(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.schedule.notified() => {}
                    }
                }
            }
        }
    }
}
