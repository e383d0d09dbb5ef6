//! How well the bridge used the time that upstream's limit left it.
//!
//! Upstream lets so many calls of each operation through: a burst, then a rate. Some calls no bridge can avoid, because the
//! Admin API has no bulk call: one invite for each new person, one group, one membership at a time, one removal for each
//! leaver. The time those need is a lower bound for any bridge; that bound divided by the time taken is the efficiency. It
//! is a bound, not a schedule: acceptance, reading and the identity provider's own pace are left out, so 1 need not be
//! reachable, and a run whose people accept slowly shows a low figure that is not the bridge's fault.

use std::collections::BTreeMap;
use std::time::Duration;

use mock_openai::{Operation, Throttle};
use serde::{Deserialize, Serialize};

use super::book::{Book, Told};
use super::watch::Upstream;

/// Calls that no bridge could have avoided, by operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unavoidable(pub BTreeMap<Operation, u64>);

impl Unavoidable {
    /// Of what the bridge did, the part that it had to do: each person invited, removed or changed once, each membership
    /// made once.
    pub fn of(book: &Book, upstream: &Upstream) -> Self {
        let mut calls = BTreeMap::new();
        let mut need = |operation, needed: bool| {
            if needed {
                *calls.entry(operation).or_default() += 1;
            }
        };
        for (id, entry) in book.people() {
            let done = upstream.done(id);
            let is_out = entry.access == Told::For(false);
            need(Operation::InviteUser, done.invited);
            need(Operation::DeleteUser, is_out && done.removed);
            need(Operation::DeleteInvite, is_out && done.withdrew && !done.removed);
            need(Operation::ModifyUser, entry.owner_asked && done.role_changed);
        }
        for (id, entry) in book.groups() {
            need(Operation::CreateGroup, upstream.was_made(id));
            need(
                Operation::DeleteGroup,
                entry.exists == Told::For(false) && upstream.was_there(id) && upstream.copies(id) == 0,
            );
        }
        let memberships = upstream.pairs_made();
        if memberships > 0 {
            calls.insert(Operation::AddGroupUser, memberships);
        }
        Self(calls)
    }

    /// Adds those of another shard.
    pub fn absorb(&mut self, other: Self) {
        for (operation, calls) in other.0 {
            *self.0.entry(operation).or_default() += calls;
        }
    }

    /// The shortest time in which upstream would have let them through; `None` if it sets no limit, or never lets them.
    pub fn shortest(&self, throttle: &Throttle) -> Option<Duration> {
        let bucket = throttle.bucket()?;
        let limited = |operation: &Operation| bucket.only.as_ref().is_none_or(|only| only.contains(operation));
        let waiting = self.0.iter().filter(|(operation, _)| limited(operation));
        let most = waiting
            .map(|(_, calls)| calls.saturating_sub(u64::from(bucket.burst)))
            .max()?;
        #[expect(clippy::cast_precision_loss, reason = "calls of one run are far below 2^52")]
        let seconds = most as f64 * 60.0 / bucket.per_minute;
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|shortest| !shortest.is_zero())
    }
}

/// The shortest time divided by the time taken; `None` without a limit that mattered.
pub fn efficiency(shortest: Option<Duration>, taken: Duration) -> Option<f64> {
    let shortest = shortest?;
    (!taken.is_zero()).then(|| shortest.as_secs_f64() / taken.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use mock_openai::Bucket;
    use rstest::rstest;

    use super::*;
    use crate::load::lab::{Lab, people};
    use crate::load::task::{GroupId, PersonId, Task};

    fn needed(calls: &[(Operation, u64)]) -> Unavoidable {
        Unavoidable(calls.iter().copied().collect())
    }

    fn limit(burst: u32, per_minute: f64, only: Option<Operation>) -> Throttle {
        let mut bucket = Bucket::new(burst, per_minute);
        bucket.only = only.map(|operation| vec![operation]);
        Throttle::Bucket(bucket)
    }

    #[rstest]
    #[case::slowest(limit(10, 60.0, None), Some(100))]
    #[case::only_that(limit(10, 60.0, Some(Operation::CreateGroup)), Some(10))]
    #[case::none_limited(limit(10, 60.0, Some(Operation::ListUsers)), None)]
    #[case::burst_was_enough(limit(110, 60.0, None), None)]
    #[case::never(limit(1, 0.0, None), None)]
    #[case::off(Throttle::Off, None)]
    fn the_slowest_operation_decides(#[case] throttle: Throttle, #[case] seconds: Option<u64>) {
        let needed = needed(&[(Operation::InviteUser, 110), (Operation::CreateGroup, 20)]);
        assert_eq!(needed.shortest(&throttle), seconds.map(Duration::from_secs));
    }

    #[test]
    fn half_as_fast_as_possible_is_a_half() {
        let shortest = Some(Duration::from_secs(50));
        assert_eq!(efficiency(shortest, Duration::from_secs(100)), Some(0.5));
        assert_eq!(efficiency(shortest, Duration::ZERO), None);
        assert_eq!(efficiency(None, Duration::from_secs(100)), None);
    }

    /// Doing a thing twice does not make it unavoidable twice.
    #[test]
    fn counts_what_had_to_be_done() {
        let mut lab = Lab::new();
        let user = lab.onboard(0);
        let invite = lab.invite(1, "reader");
        lab.asks(&format!("DELETE invites/{invite}"), "");
        lab.invite(1, "reader");
        lab.told(&Task::Push(GroupId(0), people(&[0])));
        let group = lab.make_group(0, &[&user]);
        lab.asks(&format!("DELETE groups/{group}/users/{user}"), "");
        lab.put_in(&group, &user);
        lab.told(&Task::Switch(PersonId(0), false));
        lab.asks(&format!("DELETE users/{user}"), "");
        let expected = needed(&[
            (Operation::InviteUser, 2),
            (Operation::DeleteUser, 1),
            (Operation::CreateGroup, 1),
            (Operation::AddGroupUser, 1),
        ]);
        assert_eq!(Unavoidable::of(&lab.book, lab.watch.upstream()), expected);
    }
}
