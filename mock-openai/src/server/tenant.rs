//! One organization of a running mock: its lock, the time in it, and who waits for it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::keeper::{self, Progress};
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
    /// If it is kept on disk.
    progress: Option<Arc<Progress>>,
}

/// A change that may not be on disk yet.
pub(super) struct Unsaved {
    progress: Arc<Progress>,
    revision: u64,
}

impl Unsaved {
    fn of(progress: &Arc<Progress>, revision: u64) -> Self {
        let progress = Arc::clone(progress);
        Self { progress, revision }
    }

    /// Waits until it is.
    pub(super) async fn saved(self) -> io::Result<()> {
        self.progress.reaches(self.revision).await
    }
}

impl Tenant {
    pub(super) fn new(org: Org, clock: Arc<RunningClock>, path: Option<PathBuf>) -> Self {
        let (org, changes) = (Mutex::new(org), watch::Sender::new(0));
        Self {
            org,
            clock,
            changes,
            schedule: Notify::new(),
            progress: path.map(Progress::new).map(Arc::new),
        }
    }

    /// Answers a request. The answer must not go out before the change that it made is saved.
    pub(super) fn handle(&self, request: &Request) -> (Reaction, Option<Unsaved>) {
        let Some(progress) = &self.progress else {
            return (self.org(|org, now| org.handle(request, now)), None);
        };
        let (reaction, before, revision) = self.org(|org, now| {
            let before = org.revision();
            (org.handle(request, now), before, org.revision())
        });
        let unsaved = (before < revision).then(|| Unsaved::of(progress, revision));
        (reaction, unsaved)
    }

    /// What was changed up to now, if it is not saved yet.
    pub(super) fn unsaved(&self) -> Option<Unsaved> {
        let progress = self.progress.as_ref()?;
        let revision = self.org(|org, _| org.revision());
        Some(Unsaved::of(progress, revision))
    }

    /// Keeps the file in step, if there is one. Ends only if it cannot be written.
    pub(super) async fn save_for_ever(self: Arc<Self>) {
        let Some(progress) = &self.progress else {
            return;
        };
        let mut wanted = progress.wanted.subscribe();
        let mut written = None;
        loop {
            // The sender lives as long as `self`.
            let _ = wanted.wait_for(|wanted| Some(*wanted) > written).await;
            let (text, revision) = self.org(|org, now| (keeper::text(org, now), org.revision()));
            let path = progress.path.clone();
            let write = tokio::task::spawn_blocking(move || keeper::write(&path, &text));
            let Ok(outcome) = write.await else {
                // The runtime ends.
                return;
            };
            written = Some(revision);
            let outcome = outcome.map(|()| written).map_err(|error| error.to_string());
            let has_failed = outcome.is_err();
            progress.written.send_modify(|written| *written = outcome);
            if has_failed {
                return;
            }
        }
    }

    /// Why it cannot be kept on disk, as soon as it cannot.
    pub(super) async fn failure(&self) -> String {
        let Some(progress) = &self.progress else {
            return std::future::pending().await;
        };
        let mut written = progress.written.subscribe();
        let broken = written.wait_for(Result::is_err).await;
        broken.map_or_else(
            |error| error.to_string(),
            |broken| broken.clone().err().unwrap_or_default(),
        )
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
        let revision = org.revision();
        drop(org);
        if let Some(progress) = &self.progress {
            progress.wanted.send_if_modified(|wanted| {
                let is_newer = revision > *wanted;
                *wanted = revision.max(*wanted);
                is_newer
            });
        }
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

    /// To be called when the clock was changed: what is due happens now, and the new time is kept.
    pub(super) fn clock_moved(&self) {
        self.org(|org, now| {
            org.tick(now);
            org.touch();
        });
        self.wake();
    }

    fn wake(&self) {
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
