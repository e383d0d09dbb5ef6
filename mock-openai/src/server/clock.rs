//! The one clock of a running mock: all its organizations live in the same time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::timestamp::Timestamp;

/// A clock that starts with the system's, never goes back, and can be put forward.
pub(super) struct Clock {
    start: Timestamp,
    started: Instant,
    advanced_millis: AtomicU64,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            start: Timestamp::from(SystemTime::now()),
            started: Instant::now(),
            advanced_millis: AtomicU64::new(0),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        let advanced = Duration::from_millis(self.advanced_millis.load(Ordering::Relaxed));
        self.start.plus(self.started.elapsed()).plus(advanced)
    }

    pub(super) fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let add = |advanced: u64| Some(advanced.saturating_add(millis));
        // The closure never gives `None`, so this cannot fail.
        let _ = self
            .advanced_millis
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}
