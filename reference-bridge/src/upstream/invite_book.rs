//! What was read of the list of invites, so that looking somebody up does not mean reading all of
//! it again.
//!
//! There is no filter upstream and no promised order. When a full reading shows that the newest
//! come first, later readings stop where everything is older than the newest known; when it does
//! not, they read all. An invite from memory is asked about before it is believed.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::object::Invite;
use crate::core::address::{normalise, same};

/// The pending invites that were seen, by address.
#[derive(Debug, Default)]
pub(super) struct InviteBook {
    /// When the last reading began.
    read: Option<Instant>,
    /// The invites on its pages.
    shown: HashSet<String>,
    pending: HashMap<String, Vec<Invite>>,
    /// When the newest invite was created, if the list proved to begin with it.
    newest: Option<i64>,
}

/// One reading of the list, page by page.
#[derive(Debug)]
pub(super) struct Reading {
    began: Instant,
    invites: Vec<Invite>,
    in_order: bool,
    complete: bool,
}

impl InviteBook {
    /// The invites that may be pending for an address.
    pub(super) fn pending_for(&self, email: &str) -> Vec<Invite> {
        self.pending.get(&normalise(email)).cloned().unwrap_or_default()
    }

    /// Whether `reading` has reached what is known, so that nothing new can follow.
    pub(super) fn is_enough(&self, reading: &Reading) -> bool {
        let (Some(newest), true) = (self.newest, reading.in_order) else {
            return false;
        };
        let created = |invite: Option<&Invite>| invite.and_then(|invite| invite.created_at);
        // Strictly older at the end: several invites may share a second.
        created(reading.invites.first()).is_some_and(|first| first >= newest)
            && created(reading.invites.last()).is_some_and(|last| last < newest)
    }

    /// Whether the list was read after `moment`: then there is no need to read it again for whoever asked at that moment.
    pub(super) fn is_read_since(&self, moment: Instant) -> bool {
        self.read.is_some_and(|began| began >= moment)
    }

    /// Whether an invite was on the pages of the last reading, and is not only known from before.
    pub(super) fn was_shown(&self, invite: &Invite) -> bool {
        self.shown.contains(&invite.id)
    }

    /// Takes note of a reading. A complete one replaces everything.
    pub(super) fn note(&mut self, reading: Reading) {
        self.read = Some(reading.began);
        self.shown = reading.invites.iter().map(|invite| invite.id.clone()).collect();
        let first = reading.invites.first().and_then(|invite| invite.created_at);
        let last = reading.invites.last().and_then(|invite| invite.created_at);
        if reading.complete {
            self.pending.clear();
            self.newest = first.filter(|first| reading.in_order && last.is_some_and(|last| last < *first));
        } else {
            self.newest = self.newest.max(first);
        }
        for invite in reading.invites {
            self.forget(&invite);
            if invite.is_pending() {
                let key = normalise(&invite.email);
                self.pending.entry(key).or_default().push(invite);
            }
        }
    }

    /// Drops an invite that is not pending any more.
    pub(super) fn forget(&mut self, invite: &Invite) {
        let key = normalise(&invite.email);
        if let Some(invites) = self.pending.get_mut(&key) {
            invites.retain(|known| known.id != invite.id);
            if invites.is_empty() {
                self.pending.remove(&key);
            }
        }
    }
}

impl Reading {
    /// A reading at its beginning.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            invites: Vec::new(),
            in_order: true,
            complete: false,
        }
    }

    /// Adds a page.
    pub(super) fn add(&mut self, page: Vec<Invite>) {
        for invite in page {
            let last = self.invites.last().and_then(|last| last.created_at);
            self.in_order &= match (last, invite.created_at) {
                (Some(last), Some(created)) => created <= last,
                (None, Some(_)) => self.invites.is_empty(),
                (_, None) => false,
            };
            self.invites.push(invite);
        }
    }

    /// An invite for an address that was never accepted in time.
    pub(super) fn expired_for(&self, email: &str) -> Option<Invite> {
        let expired = |invite: &&Invite| invite.is_expired() && same(&invite.email, email);
        self.invites.iter().find(expired).cloned()
    }

    /// Marks the end of the list.
    pub(super) fn end(&mut self) {
        self.complete = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(id: &str, email: &str, created: i64) -> Invite {
        Invite {
            id: id.to_owned(),
            email: email.to_owned(),
            role: None,
            status: Some("pending".to_owned()),
            created_at: Some(created),
        }
    }

    fn complete(invites: Vec<Invite>) -> Reading {
        let mut reading = Reading::new();
        reading.add(invites);
        reading.end();
        reading
    }

    fn partial(invites: Vec<Invite>) -> Reading {
        let mut reading = Reading::new();
        reading.add(invites);
        reading
    }

    #[test]
    fn a_list_with_the_newest_first_is_read_as_far_as_needed() {
        let mut book = InviteBook::default();
        book.note(complete(vec![invite("2", "b@x", 20), invite("1", "a@x", 10)]));
        let same_second = partial(vec![invite("3", "c@x", 20), invite("2", "b@x", 20)]);
        assert!(!book.is_enough(&same_second), "more may share that second");
        let beyond = partial(vec![invite("3", "c@x", 20), invite("1", "a@x", 10)]);
        assert!(book.is_enough(&beyond));
        book.note(beyond);
        assert_eq!(book.pending_for("C@X").len(), 1);
        assert_eq!(book.pending_for("b@x").len(), 1);
    }

    #[test]
    fn any_other_order_is_read_to_the_end() {
        for order in [[10, 20], [20, 20]] {
            let mut book = InviteBook::default();
            let [one, two] = order;
            book.note(complete(vec![invite("1", "a@x", one), invite("2", "b@x", two)]));
            let page = partial(vec![invite("1", "a@x", 30), invite("2", "b@x", 5)]);
            assert!(!book.is_enough(&page), "{order:?}");
        }
        let mut book = InviteBook::default();
        book.note(complete(vec![invite("2", "b@x", 20), invite("1", "a@x", 10)]));
        let turned = partial(vec![invite("1", "a@x", 10), invite("2", "b@x", 20)]);
        assert!(!book.is_enough(&turned));
    }

    #[test]
    fn a_complete_reading_forgets_what_is_gone() {
        let mut book = InviteBook::default();
        book.note(complete(vec![invite("1", "a@x", 10)]));
        book.note(complete(vec![invite("2", "b@x", 20)]));
        assert!(book.pending_for("a@x").is_empty());
    }
}
