//! Follows the upstream journal of a load run: where everybody stands, and what was broken on the way.
//!
//! Pure and incremental: an entry is taken in at the cost of its effects. What only time shows (nobody was lost) is judged
//! in the end by [`end_state`](super::end_state); what is wrong at any moment is judged here: a second invite, a role above
//! the one asked for, a hand on strangers, impatience under 429. The rules are those of [`effects`](crate::judge::effects) with
//! more tolerance where a crowd differs from a story: `patience` is judged request by request, and because work may be
//! queued behind an answer, a role that was *ever* asked for may come late and is judged by the end state alone.

mod patience;
mod routes;
mod upstream;

use std::collections::HashMap;

use mock_openai::{Cause, Effect, Entry, Operation, Org, OrgRole, Timestamp};

use self::patience::Patience;
pub use self::routes::{Route, Routes};
pub use self::upstream::{Done, Seen, Standing, Upstream};
use super::book::Book;
use super::tally::{Example, Tally};
use super::task::{GroupId, PersonId};
use crate::judge::effects::{journal_line, said};

/// Who is who: the directory, as far as judging needs it.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The person with this address, whatever its case.
    pub person: &'a dyn Fn(&str) -> Option<PersonId>,
    /// The group with this name.
    pub group: &'a dyn Fn(&str) -> Option<GroupId>,
    /// The address of a person.
    pub address: &'a dyn Fn(PersonId) -> String,
    /// The name of a group.
    pub group_name: &'a dyn Fn(GroupId) -> String,
}

/// What was broken at some moment, whatever the end is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// People who were invited although they were members or had a pending invite; each counts once.
    pub doubled: Tally,
    /// People who were made owners although nobody ever asked for that; each counts once.
    pub escalated: Tally,
    /// Changes of what is none of the bridge's business.
    pub strangers: Tally,
    /// Requests sent again and again before the time that a 429 told them.
    pub impatient: Tally,
}

/// See the module.
#[derive(Debug)]
pub struct Watch {
    upstream: Upstream,
    broken: Broken,
    patience: Patience,
    routes: Routes,
    last_seq: u64,
    missed: u64,
    /// Whether entries were missed since the last look at the organization.
    blind: bool,
    changed: Vec<Seen>,
}

impl Watch {
    /// For so many people and groups, with invites that live so many seconds (`None`: for ever).
    pub fn new(people: usize, groups: usize, invite_ttl_seconds: Option<u64>) -> Self {
        Self {
            upstream: Upstream::new(people, groups, invite_ttl_seconds),
            broken: Broken::default(),
            patience: Patience::default(),
            routes: Routes::default(),
            last_seq: 0,
            missed: 0,
            blind: false,
            changed: Vec::new(),
        }
    }

    /// Takes in how the organization is, entry by entry up to now: before the run, because people may be there already, and
    /// after it, as a check of the watch itself. Gives how many people and groups it had wrong; in the beginning, those
    /// that were there.
    pub fn look(&mut self, org: &Org, now: Timestamp, names: Names<'_>) -> u64 {
        self.last_seq = org.journal().last_seq();
        self.blind = false;
        let before = std::mem::take(&mut self.changed);
        let wrong = self.upstream.look(org, now, names, &mut self.changed);
        self.changed.extend(before);
        wrong
    }

    /// Takes in one entry. They must come in order; a gap is noticed, and until the next [`Watch::look`] nothing is judged
    /// that depends on what was missed.
    pub fn observe(&mut self, entry: &Entry, book: &Book, names: Names<'_>) {
        if entry.seq <= self.last_seq {
            return;
        }
        let gap = entry.seq - self.last_seq - 1;
        self.missed += gap;
        self.blind |= gap > 0;
        self.last_seq = entry.seq;
        let by_bridge = entry.cause == Cause::Request;
        if by_bridge {
            let route = routes::name(entry);
            self.routes.count(entry, self.patience.is_closed(route, entry.arrived));
            if let Some(what) = self.patience.observe(route, entry) {
                self.broken.impatient.add(|| example(route.to_owned(), what, entry));
            }
        }
        for effect in &entry.effects {
            if by_bridge {
                self.judge(entry, effect, book, names);
            }
            self.upstream
                .take(effect, entry.arrived, by_bridge, names, &mut self.changed);
        }
    }

    fn judge(&mut self, entry: &Entry, effect: &Effect, book: &Book, names: Names<'_>) {
        if let Some(who) = stranger_in(entry, effect, names) {
            return self.stranger(entry, effect, who);
        }
        let (email, role, is_invite) = match effect {
            Effect::InviteCreated { email, role, .. } => (email, *role, true),
            Effect::UserRoleChanged { email, to, .. } => (email, *to, false),
            _ => return,
        };
        if let Some(person) = (names.person)(email) {
            if is_invite {
                self.invited(entry, email, person);
            }
            self.raised(entry, email, person, role, book);
        }
    }

    fn invited(&mut self, entry: &Entry, email: &str, person: PersonId) {
        let standing = self.upstream.standing(person, entry.arrived);
        let already = match (standing.member.is_some(), standing.pending) {
            (true, _) => "is a member already",
            (false, 1..) => "has a pending invite already",
            (false, 0) => return,
        };
        if self.blind || !self.upstream.mark_doubled(person) {
            return;
        }
        let what = format!("was invited (#{}), but {already}", entry.seq);
        self.broken.doubled.add(|| example(email.to_owned(), what, entry));
    }

    fn raised(&mut self, entry: &Entry, email: &str, person: PersonId, role: OrgRole, book: &Book) {
        if role != OrgRole::Owner || book.person(person).owner_asked || !self.upstream.mark_escalated(person) {
            return;
        }
        let what = format!(
            "was made an owner (#{}), which the identity provider never asked for",
            entry.seq
        );
        self.broken.escalated.add(|| example(email.to_owned(), what, entry));
    }

    fn stranger(&mut self, entry: &Entry, effect: &Effect, who: &str) {
        let what = format!(
            "was never mentioned by the identity provider, but (#{}): {}",
            entry.seq,
            said(effect)
        );
        self.broken.strangers.add(|| example(who.to_owned(), what, entry));
    }

    /// Where everybody stands.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// What was broken up to now.
    pub fn broken(&self) -> &Broken {
        &self.broken
    }

    /// Calls of each route, and how they ended.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// The number of the newest entry that was taken in.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Entries that the journal had dropped before they could be read. Then what is broken on the way may be more than was
    /// seen.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Whose standing has changed since this was last asked.
    pub fn take_changed(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.changed)
    }
}

/// Whom or what of others the bridge has changed.
fn stranger_in<'a>(entry: &Entry, effect: &'a Effect, names: Names<'_>) -> Option<&'a str> {
    let no_person = |email: &str| (names.person)(email).is_none();
    let no_group = |name: &str| (names.group)(name).is_none();
    let (who, is_strange) = match effect {
        Effect::InviteCreated { email, .. }
        | Effect::UserRoleChanged { email, .. }
        | Effect::InviteDeleted { email, .. }
        | Effect::UserRemoved { email, .. } => (email, no_person(email)),
        Effect::GroupCreated { name, .. } | Effect::GroupDeleted { name, .. } => (name, no_group(name)),
        Effect::GroupRenamed { from, .. } => (from, no_group(from)),
        Effect::MemberAdded { group, email, .. } => (email, no_group(group) || no_person(email)),
        // Removing somebody takes them out of every group; that follows from the person. A stranger may have to leave a
        // group that is pushed with all its members.
        Effect::MemberRemoved { group, email, .. } => {
            let follows = entry.operation == Some(Operation::DeleteUser) && !no_person(email);
            (email, no_group(group) && !follows)
        }
        // What people and time do, and roles, projects and keys, which SCIM has no word for.
        _ => return None,
    };
    is_strange.then_some(who)
}

fn example(who: String, what: String, entry: &Entry) -> Example {
    Example {
        who,
        what,
        journal: vec![journal_line(entry)],
    }
}

/// The journal lines that speak of the people and groups in question, at most so many of each, oldest first: for the
/// examples of an end state.
pub fn lines_about<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    subjects: &[String],
    most: usize,
) -> HashMap<String, Vec<String>> {
    let mut lines: HashMap<String, Vec<String>> = subjects.iter().map(|who| (who.clone(), Vec::new())).collect();
    for entry in entries {
        let mut about = upstream::subjects_of(entry);
        about.sort_unstable();
        about.dedup();
        for who in about {
            if let Some(kept) = lines.get_mut(&who).filter(|kept| kept.len() < most) {
                kept.push(journal_line(entry));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests;
