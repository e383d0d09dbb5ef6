//! One organization of a running mock: its lock, the time in it, and who waits for it.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::clock::RunningClock;
use crate::message::{Reaction, Request};
use crate::org::Org;
use crate::timestamp::Timestamp;

/// See the module.
pub(super) struct Tenant {
    org: Mutex<Org>,
    clock: Arc<RunningClock>,
    changes: watch::Sender<u64>,
    /// Told whenever the time of the next tick may have changed.
    schedule: Notify,
}

impl Tenant {
    pub(super) fn new(org: Org, clock: Arc<RunningClock>) -> Self {
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
            self.wake();
        }
        result
    }

    fn locked<R>(&self, work: impl FnOnce(&mut Org, Timestamp) -> R) -> (R, bool) {
        let mut org = self.org.lock();
        // Read under the lock, so that the journal's times do not go back.
        let result = work(&mut org, self.clock.now());
        let last_seq = org.journal().last_seq();
        let has_schedule = org.next_tick().is_some();
        drop(org);
        // Most of the time nobody waits, and waking nobody is not cheap.
        if self.changes.receiver_count() > 0 {
            self.changes.send_if_modified(|known| {
                let is_newer = last_seq > *known;
                *known = last_seq.max(*known);
                is_newer
            });
        }
        (result, has_schedule)
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        let mut receiver = self.changes.subscribe();
        // Nobody told it what happened while nobody waited.
        self.locked(|_, _| ());
        receiver.mark_unchanged();
        receiver
    }

    /// To be called when the clock was changed.
    pub(super) fn wake(&self) {
        self.schedule.notify_one();
    }

    /// Lets time pass in the organization when nobody else calls.
    pub(super) async fn tick_for_ever(self: Arc<Self>) {
        loop {
            let (due, _) = self.locked(|org, now| {
                org.tick(now);
                org.next_tick()
            });
            match due.and_then(|due| self.clock.until(due)) {
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
