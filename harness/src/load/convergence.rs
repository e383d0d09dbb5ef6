//! How much of what was acknowledged upstream already shows: kept up to date at the cost of what has changed.
//!
//! Tell it what was said ([`Convergence::said`], after every change of the book) and what was seen ([`Watch::take_changed`]);
//! nothing is looked at twice until [`Convergence::update`] settles all of it at once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use mock_openai::Timestamp;
use serde::{Deserialize, Serialize};

use super::book::{Book, Told};
use super::end_state::{Verdict, membership, person};
use super::task::{GroupId, PersonId, Task};
use super::watch::{Seen, Watch};

/// Of what was acknowledged: people, groups and memberships.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Those that upstream shows as they were acknowledged.
    pub right: u64,
    /// All of them that can be judged.
    pub said: u64,
}

impl Share {
    /// From 0 to 1; 1 when nothing was said yet.
    #[expect(clippy::cast_precision_loss, reason = "a share of less than 2^52 things")]
    pub fn fraction(self) -> f64 {
        if self.said == 0 {
            1.0
        } else {
            self.right as f64 / self.said as f64
        }
    }

    /// Whether upstream shows everything.
    pub fn is_whole(self) -> bool {
        self.right == self.said
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Convergence {
    share: Share,
    people: HashMap<PersonId, bool>,
    groups: HashMap<GroupId, bool>,
    pairs: HashMap<(GroupId, PersonId), bool>,
    groups_of: HashMap<PersonId, Vec<GroupId>>,
    changed: HashSet<Seen>,
}

impl Convergence {
    /// The book has changed by this task: it was begun, or acknowledged.
    pub fn said(&mut self, task: &Task) {
        self.changed.extend(task.person().map(Seen::Person));
        match task {
            Task::Push(group, members) | Task::Join(group, members) | Task::Part(group, members) => {
                for member in members {
                    let groups = self.groups_of.entry(*member).or_default();
                    if !groups.contains(group) {
                        groups.push(*group);
                    }
                    self.changed.insert(Seen::Membership(*group, *member));
                }
                if matches!(task, Task::Push(..)) {
                    self.changed.insert(Seen::Group(*group));
                }
            }
            Task::DropGroup(group) => _ = self.changed.insert(Seen::Group(*group)),
            Task::Probe | Task::Import | Task::Assign(_) | Task::Move(_) | Task::Promote(..) | Task::Switch(..) => {}
        }
    }

    /// People and groups that upstream does not show as they were acknowledged, or not in their groups; at most so many of each.
    pub fn open(&self, most: usize) -> (Vec<PersonId>, Vec<GroupId>) {
        fn wrong<K: Copy>((key, is_right): (&K, &bool)) -> Option<K> {
            (!is_right).then_some(*key)
        }
        let pairs = || self.pairs.iter().filter_map(wrong);
        let people = self
            .people
            .iter()
            .filter_map(wrong)
            .chain(pairs().map(|(_, person)| person));
        let groups = self
            .groups
            .iter()
            .filter_map(wrong)
            .chain(pairs().map(|(group, _)| group));
        let people: BTreeSet<_> = people.take(most).collect();
        let groups: BTreeSet<_> = groups.take(most).collect();
        (people.into_iter().collect(), groups.into_iter().collect())
    }

    /// Looks at what has changed since the last time.
    pub fn update(&mut self, book: &Book, watch: &mut Watch, now: Timestamp) -> Share {
        self.changed.extend(watch.take_changed());
        let mut pairs = HashSet::new();
        for changed in std::mem::take(&mut self.changed) {
            match changed {
                Seen::Person(id) => {
                    let verdict = person(book.person(id), watch.upstream().standing(id, now));
                    note(&mut self.people, &mut self.share, id, verdict);
                    let groups = self.groups_of.get(&id).into_iter().flatten();
                    pairs.extend(groups.map(|group| (*group, id)));
                }
                Seen::Group(id) => {
                    let copies = watch.upstream().copies(id);
                    let is_right = match book.group(id).exists {
                        Told::Never | Told::Unsure => Verdict::NotSaid,
                        Told::For(exists) if usize::from(exists) == copies => Verdict::Right,
                        Told::For(_) => Verdict::Lost,
                    };
                    note(&mut self.groups, &mut self.share, id, is_right);
                    pairs.extend(book.group(id).members.keys().map(|member| (id, *member)));
                }
                Seen::Membership(group, member) => _ = pairs.insert((group, member)),
            }
        }
        for (group, member) in pairs {
            let told = book.group(group).members.get(&member).copied().unwrap_or_default();
            let verdict = membership(book, watch.upstream(), group, member, told, now);
            note(&mut self.pairs, &mut self.share, (group, member), verdict);
        }
        self.share
    }
}

/// Takes note of how one thing stands now.
fn note<K: Eq + Hash>(known: &mut HashMap<K, bool>, share: &mut Share, key: K, verdict: Verdict) {
    let is = match verdict {
        Verdict::NotSaid | Verdict::Unsure => None,
        Verdict::Right => Some(true),
        Verdict::Lost | Verdict::Ghost | Verdict::Escalated | Verdict::RoleLost => Some(false),
    };
    let was = match is {
        None => known.remove(&key),
        Some(is) => known.insert(key, is),
    };
    share.said = share.said + u64::from(is.is_some()) - u64::from(was.is_some());
    share.right = share.right + u64::from(is == Some(true)) - u64::from(was == Some(true));
}

#[cfg(test)]
mod tests;
