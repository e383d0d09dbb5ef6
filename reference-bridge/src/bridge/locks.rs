//! Locks by name: whoever is about to invite an address, or to change a person or a group, holds
//! its lock from the first look to the last write.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::core::error::ScimError;

/// Unused locks are swept when there are more than this.
const SWEEP_ABOVE: usize = 1_024;

/// All the locks.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<HashMap<String, Arc<AsyncMutex<()>>>>);

/// Some locks, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    _held: Vec<OwnedMutexGuard<()>>,
}

impl Locks {
    /// Takes the locks of all `keys`, in one order for everybody, so that nobody waits in a ring.
    ///
    /// # Errors
    /// 503 when they are not free before `deadline`.
    pub(crate) async fn acquire(&self, mut keys: Vec<String>, deadline: Instant) -> Result<Guard, ScimError> {
        keys.sort_unstable();
        keys.dedup();
        let locks: Vec<_> = {
            let mut all = self.0.lock();
            if all.len() > SWEEP_ABOVE {
                all.retain(|_, lock| Arc::strong_count(lock) > 1);
            }
            keys.into_iter()
                .map(|key| Arc::clone(all.entry(key).or_default()))
                .collect()
        };
        let take = async {
            let mut held = Vec::with_capacity(locks.len());
            for lock in locks {
                held.push(lock.lock_owned().await);
            }
            Guard { _held: held }
        };
        tokio::time::timeout_at(deadline.into(), take)
            .await
            .map_err(|_| ScimError::new(503, "another request for the same resource takes too long"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_lock_is_held_until_dropped() {
        let locks = Locks::default();
        let soon = || Instant::now() + Duration::from_millis(20);
        let both = vec!["b".to_owned(), "a".to_owned(), "a".to_owned()];
        let guard = locks.acquire(both, soon()).await.expect("free");
        let a = || vec!["a".to_owned()];
        assert_eq!(
            locks.acquire(a(), soon()).await.map(drop).map_err(|e| e.status),
            Err(503)
        );
        drop(guard);
        assert!(locks.acquire(a(), soon()).await.is_ok());
    }
}
