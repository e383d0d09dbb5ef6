//! When each operation may be called again after a 429. Shared by all requests and the poller.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::operation::Operation;

/// The operations that have to rest, and until when.
#[derive(Debug, Default)]
pub(crate) struct Cooldowns(Mutex<HashMap<Operation, Instant>>);

impl Cooldowns {
    /// How long `operation` still has to rest.
    pub(crate) fn left(&self, operation: Operation, now: Instant) -> Option<Duration> {
        let until = *self.0.lock().get(&operation)?;
        until.checked_duration_since(now).filter(|d| !d.is_zero())
    }

    /// Notes that `operation` has to rest for `wait`. A longer rest that is known stays.
    pub(crate) fn rest(&self, operation: Operation, now: Instant, wait: Duration) {
        let until = now + wait;
        let mut all = self.0.lock();
        let known = all.entry(operation).or_insert(until);
        *known = until.max(*known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rest_counts_and_ends() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        let second = Duration::from_secs(1);
        cooldowns.rest(Operation::InviteUser, now, 5 * second);
        cooldowns.rest(Operation::InviteUser, now, second);
        assert_eq!(cooldowns.left(Operation::InviteUser, now + second), Some(4 * second));
        assert_eq!(cooldowns.left(Operation::InviteUser, now + 5 * second), None);
        assert_eq!(cooldowns.left(Operation::ListUsers, now), None);
    }
}
