//! What the run came to: what the identity provider was told ([`Book`]) beside what upstream shows ([`Watch`]), person by
//! person, group by group, membership by membership.
//!
//! Judged is only what was acknowledged. A person who is to have access must be a member or have an invite; one who is not,
//! neither. A membership is owed once the person has accepted, because OpenAI knows no other members; until then a bridge
//! may hold it. What a job left open is counted as unsure, and what people or other administrators undid is nobody's fault.

mod standing;

use mock_openai::{Entry, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::standing::{Verdict, membership, person};
use super::book::{Book, Told};
use super::tally::{Example, LINES_MAX, Tally};
use super::task::{GroupId, PersonId};
use super::watch::{Names, Watch, lines_about};

/// See the module. Every tally but `unsure` is of things that are wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndState {
    /// People who are to have access: neither members nor invited.
    pub lost: Tally,
    /// People who were invited although they were members or had a pending invite, at any moment.
    pub doubled: Tally,
    /// People who are to have no access: still members, or still invited.
    pub ghost: Tally,
    /// People who were made owners although nobody ever asked, at any moment, and people who are owners in the end although
    /// the last thing asked for was less.
    pub escalated: Tally,
    /// Members who are less than the last thing asked for.
    pub roles_lost: Tally,
    /// Changes of people and groups that the identity provider never mentioned.
    pub strangers_touched: Tally,
    /// Memberships that were acknowledged and are not there, of people who have accepted.
    pub memberships_lost: Tally,
    /// Memberships that are there and were taken away, or were never asked for.
    pub memberships_ghost: Tally,
    /// Groups that were acknowledged and are not there.
    pub groups_lost: Tally,
    /// Groups that are there more than once.
    pub groups_doubled: Tally,
    /// Groups that are there although their deletion was acknowledged.
    pub groups_ghost: Tally,
    /// Requests sent again and again before the time that a 429 told them.
    pub impatient: Tally,
    /// People, groups and memberships whose last job failed, was not answered, or was undone by others: not judged.
    pub unsure: u64,
    /// What was judged and is right: people, groups, memberships.
    pub right: u64,
}

impl EndState {
    /// The state of things at this moment.
    pub fn of(book: &Book, watch: &Watch, names: Names<'_>, now: Timestamp) -> Self {
        let broken = watch.broken().clone();
        let mut state = Self {
            doubled: broken.doubled,
            escalated: broken.escalated,
            strangers_touched: broken.strangers,
            impatient: broken.impatient,
            ..Self::default()
        };
        let already: Vec<String> = state.escalated.examples.iter().map(|known| known.who.clone()).collect();
        for (id, entry) in book.people() {
            let standing = watch.upstream().standing(id, now);
            let verdict = person(entry, standing);
            let who = || (names.address)(id);
            if verdict == Verdict::Escalated && already.contains(&who()) {
                continue;
            }
            state.note(verdict, || (who(), standing::of_person(verdict, standing)));
        }
        for (id, entry) in book.groups() {
            state.note_group(book, watch, names, id);
            for (member, told) in sorted(&entry.members) {
                let verdict = membership(book, watch.upstream(), id, member, told, now);
                let who = || both(names, id, member);
                state.note_membership(verdict, || (who(), standing::of_membership(verdict)));
            }
        }
        state.note_unasked(book, watch, names);
        state
    }

    fn note(&mut self, verdict: Verdict, said: impl FnOnce() -> (String, String)) {
        let tally = match verdict {
            Verdict::NotSaid => return,
            Verdict::Unsure => return self.unsure += 1,
            Verdict::Right => return self.right += 1,
            Verdict::Lost => &mut self.lost,
            Verdict::Ghost => &mut self.ghost,
            Verdict::Escalated => &mut self.escalated,
            Verdict::RoleLost => &mut self.roles_lost,
        };
        tally.add(|| example(said()));
    }

    fn note_membership(&mut self, verdict: Verdict, said: impl FnOnce() -> (String, String)) {
        let tally = match verdict {
            Verdict::NotSaid => return,
            Verdict::Unsure => return self.unsure += 1,
            Verdict::Right => return self.right += 1,
            Verdict::Ghost | Verdict::Escalated => &mut self.memberships_ghost,
            Verdict::Lost | Verdict::RoleLost => &mut self.memberships_lost,
        };
        tally.add(|| example(said()));
    }

    fn note_group(&mut self, book: &Book, watch: &Watch, names: Names<'_>, group: GroupId) {
        let copies = watch.upstream().copies(group);
        let (tally, what) = match (book.group(group).exists, copies) {
            (Told::Never, _) => return,
            (Told::Unsure, _) => return self.unsure += 1,
            (Told::For(true), 1) | (Told::For(false), 0) => return self.right += 1,
            (Told::For(true), 0) => (&mut self.groups_lost, "OpenAI has no group of this name".to_owned()),
            (Told::For(true), _) => (
                &mut self.groups_doubled,
                format!("OpenAI has {copies} groups of this name"),
            ),
            (Told::For(false), _) => (&mut self.groups_ghost, "OpenAI still has the group".to_owned()),
        };
        tally.add(|| example(((names.group_name)(group), what)));
    }

    /// Memberships nobody ever spoke of that the bridge made all the same.
    fn note_unasked(&mut self, book: &Book, watch: &Watch, names: Names<'_>) {
        let upstream = watch.upstream();
        let is_unasked = |(group, person): &(GroupId, PersonId)| {
            !book.group(*group).members.contains_key(person) && upstream.was_put_in(*group, *person)
        };
        let mut unasked: Vec<_> = upstream.pairs().filter(is_unasked).collect();
        unasked.sort_unstable();
        for (group, person) in unasked {
            let what = "was put into the group, which nobody asked for".to_owned();
            self.memberships_ghost
                .add(|| example((both(names, group, person), what)));
        }
    }

    /// Everything that is wrong, with the name that thresholds and reports use.
    pub fn tallies(&self) -> [(&'static str, &Tally); 12] {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("ghost", &self.ghost),
            ("escalated", &self.escalated),
            ("roles-lost", &self.roles_lost),
            ("strangers", &self.strangers_touched),
            ("memberships-lost", &self.memberships_lost),
            ("memberships-ghost", &self.memberships_ghost),
            ("groups-lost", &self.groups_lost),
            ("groups-doubled", &self.groups_doubled),
            ("groups-ghost", &self.groups_ghost),
            ("impatient", &self.impatient),
        ]
    }

    fn tallies_mut(&mut self) -> [&mut Tally; 12] {
        [
            &mut self.lost,
            &mut self.doubled,
            &mut self.ghost,
            &mut self.escalated,
            &mut self.roles_lost,
            &mut self.strangers_touched,
            &mut self.memberships_lost,
            &mut self.memberships_ghost,
            &mut self.groups_lost,
            &mut self.groups_doubled,
            &mut self.groups_ghost,
            &mut self.impatient,
        ]
    }

    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.tallies().iter().all(|(_, tally)| tally.count == 0)
    }

    /// The same for a bridge that was cut short: what was not there yet might have come, so it is not judged. What was broken at
    /// any moment stays broken.
    #[must_use]
    pub fn without_what_time_may_mend(mut self) -> Self {
        let mendable = [
            &mut self.lost,
            &mut self.ghost,
            &mut self.roles_lost,
            &mut self.memberships_lost,
            &mut self.memberships_ghost,
            &mut self.groups_lost,
            &mut self.groups_ghost,
        ];
        for tally in mendable {
            self.unsure += std::mem::take(tally).count;
        }
        self
    }

    /// Puts what upstream was asked beside the examples that have nothing to show yet.
    pub fn add_evidence<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) {
        let tallies = self.tallies_mut().into_iter();
        let bare = |example: &&mut Example| example.journal.is_empty();
        let mut examples: Vec<_> = tallies.flat_map(|tally| &mut tally.examples).filter(bare).collect();
        let subjects: Vec<String> = examples.iter().map(|example| subject(&example.who)).collect();
        let lines = lines_about(entries, &subjects, LINES_MAX);
        for (example, subject) in examples.iter_mut().zip(subjects) {
            example.journal = lines.get(&subject).cloned().unwrap_or_default();
        }
    }

    /// Adds the state of another shard.
    pub fn absorb(&mut self, mut other: Self) {
        for (mine, theirs) in self.tallies_mut().into_iter().zip(other.tallies_mut()) {
            mine.absorb(std::mem::take(theirs));
        }
        self.unsure += other.unsure;
        self.right += other.right;
    }
}

/// Whom to look for in the journal: of a membership, the person.
fn subject(who: &str) -> String {
    who.split(IN).next().unwrap_or(who).to_lowercase()
}

const IN: &str = " in ";

fn both(names: Names<'_>, group: GroupId, person: PersonId) -> String {
    format!("{}{IN}{:?}", (names.address)(person), (names.group_name)(group))
}

fn example((who, what): (String, String)) -> Example {
    Example {
        who,
        what,
        journal: Vec::new(),
    }
}

/// In the order of the directory, so that the same run has the same examples.
fn sorted(members: &std::collections::HashMap<PersonId, Told<bool>>) -> Vec<(PersonId, Told<bool>)> {
    let mut sorted: Vec<_> = members.iter().map(|(person, told)| (*person, *told)).collect();
    sorted.sort_unstable_by_key(|(person, _)| *person);
    sorted
}

#[cfg(test)]
mod tests;
