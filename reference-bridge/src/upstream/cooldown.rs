//! When each operation may be called again after a 429, and how often it may be called at all. Shared by all requests and the
//! poller.
//!
//! Upstream publishes no limits, but two 429s tell one: what got through between them is what it lets through in that time.
//! Calls that keep that pace are seldom refused, and nobody waits for a whole rest at once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::operation::Operation;

/// From fewer calls no pace is learned.
const TELLING: u32 = 3;
/// How much of the pace is left after each call that gets through: limits may be raised.
const EASED: f64 = 0.98;
/// A pace that is not worth waiting for.
const NO_PACE: Duration = Duration::from_millis(5);

/// What is known of each operation that was refused once.
#[derive(Debug, Default)]
pub(crate) struct Cooldowns(Mutex<HashMap<Operation, Limit>>);

#[derive(Debug)]
struct Limit {
    /// No call before.
    until: Instant,
    /// The last 429.
    refused: Instant,
    /// How many calls got through since.
    passed: u32,
    /// The time between two calls, if it is known.
    gap: Option<Duration>,
    /// Where the next call has its place.
    next: Instant,
}

impl Cooldowns {
    /// How long `operation` still has to rest.
    pub(crate) fn left(&self, operation: Operation, now: Instant) -> Option<Duration> {
        let until = self.0.lock().get(&operation)?.until;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// Notes that `operation` has to rest for `wait`. A longer rest that is known stays.
    pub(crate) fn rest(&self, operation: Operation, now: Instant, wait: Duration) {
        let until = now + wait;
        let mut all = self.0.lock();
        let limit = all.entry(operation).or_insert(Limit {
            until,
            refused: now,
            passed: 0,
            gap: None,
            next: until,
        });
        if limit.passed >= TELLING {
            limit.gap = Some((now - limit.refused) / limit.passed);
        }
        limit.until = until.max(limit.until);
        limit.refused = now;
        limit.passed = 0;
    }

    /// Notes that a call got through.
    pub(crate) fn passed(&self, operation: Operation) {
        if let Some(limit) = self.0.lock().get_mut(&operation) {
            limit.passed += 1;
            limit.gap = limit.gap.map(|gap| gap.mul_f64(EASED)).filter(|gap| *gap > NO_PACE);
        }
    }

    /// How far off the next place in the pace of `operation` is; none when that is beyond `patience`, for a pace is only a
    /// guess.
    pub(crate) fn pace(&self, operation: Operation, now: Instant, patience: Duration) -> Option<Duration> {
        self.0.lock().get(&operation)?.pace(now, patience)
    }

    /// The same, and takes that place.
    pub(crate) fn take_place(&self, operation: Operation, now: Instant, patience: Duration) -> Option<Duration> {
        let mut all = self.0.lock();
        let limit = all.get_mut(&operation)?;
        let wait = limit.pace(now, patience)?;
        limit.next = now + wait + limit.gap?;
        Some(wait)
    }
}

impl Limit {
    fn pace(&self, now: Instant, patience: Duration) -> Option<Duration> {
        let wait = self.next.saturating_duration_since(now);
        self.gap.map(|_| wait).filter(|wait| *wait <= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_longest_rest_counts_and_ends() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        cooldowns.rest(Operation::InviteUser, now, 5 * SECOND);
        cooldowns.rest(Operation::InviteUser, now, SECOND);
        assert_eq!(cooldowns.left(Operation::InviteUser, now + SECOND), Some(4 * SECOND));
        assert_eq!(cooldowns.left(Operation::InviteUser, now + 5 * SECOND), None);
        assert_eq!(cooldowns.left(Operation::ListUsers, now), None);
    }

    #[test]
    fn two_refusals_tell_the_pace() {
        let cooldowns = Cooldowns::default();
        let began = Instant::now();
        let place = |now| cooldowns.take_place(Operation::InviteUser, now, 3 * SECOND);
        cooldowns.rest(Operation::InviteUser, began, SECOND);
        assert_eq!(place(began), None, "one refusal tells nothing");
        for _ in 0..10 {
            cooldowns.passed(Operation::InviteUser);
        }
        let now = began + 10 * SECOND;
        cooldowns.rest(Operation::InviteUser, now, SECOND);
        assert_eq!(
            [place(now), place(now), place(now)],
            [0, 1, 2].map(|n| Some(n * SECOND))
        );
        assert_eq!(place(now), Some(3 * SECOND));
        assert_eq!(place(now), None, "nobody waits longer than they can");
        assert_eq!(cooldowns.take_place(Operation::ListUsers, now, SECOND), None);
    }

    #[test]
    fn a_pace_eases_until_it_is_none() {
        let cooldowns = Cooldowns::default();
        let began = Instant::now();
        cooldowns.rest(Operation::InviteUser, began, SECOND);
        for _ in 0..TELLING {
            cooldowns.passed(Operation::InviteUser);
        }
        let now = began + SECOND;
        cooldowns.rest(Operation::InviteUser, now, SECOND);
        assert!(cooldowns.take_place(Operation::InviteUser, now, SECOND).is_some());
        for _ in 0..300 {
            cooldowns.passed(Operation::InviteUser);
        }
        assert_eq!(cooldowns.take_place(Operation::InviteUser, now, SECOND), None);
    }
}
