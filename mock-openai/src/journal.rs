//! What was asked, what was answered, and what that did to the organization.
//!
//! A ring: the newest entries are kept, within a stated number and a stated weight; the counters
//! are exact all the same. Entries are shared, so a reader holds them without holding the
//! organization. Keys never get in here, see [`RecordedRequest::headers`].

mod actor;
mod entry;
mod headers;
mod recorded;
mod ring;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

pub use self::actor::Actor;
pub use self::entry::{Cause, Effect, Entry, Injected};
pub use self::headers::RecordedHeaders;
pub(crate) use self::headers::redacted;
pub use self::recorded::{RecordedAnswer, RecordedRequest};
use self::ring::Spare;
pub(crate) use self::ring::{Ring, Scrap, renewed};
use crate::operation::Operation;

/// How much a journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalSize {
    /// Entries.
    pub entries: usize,
    /// Bytes of headers and bodies, roughly.
    pub bytes: usize,
    /// Bytes of each body.
    pub body_bytes: usize,
}

impl Default for JournalSize {
    /// 100 000 entries, 256 MiB, and of each body its first 2 KiB: all of anything but a list.
    fn default() -> Self {
        Self {
            entries: 100_000,
            bytes: 256 << 20,
            body_bytes: 2 << 10,
        }
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Journal {
    size: JournalSize,
    ring: Ring,
    spare: Spare,
    last_seq: u64,
    counts: Counts,
}

/// Exact numbers since the start or the last reset, whatever the ring has dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests, known or unknown.
    pub requests: u64,
    /// Things the world did.
    pub world: u64,
    /// Entries that are no longer kept.
    pub dropped: u64,
    /// By operation; operations never asked for are absent.
    pub operations: BTreeMap<Operation, OperationCounts>,
}

/// Exact numbers of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OperationCounts {
    /// Requests.
    pub requests: u64,
    /// Answers below 400.
    pub succeeded: u64,
    /// Answers from 400.
    pub refused: u64,
    /// No answer, or half of one.
    pub unanswered: u64,
    /// Answers that a fault rule or the throttle replaced or lost; they count above too.
    pub injected: u64,
    /// Changes to the organization.
    pub effects: u64,
}

impl Journal {
    pub(crate) fn new(size: JournalSize) -> Self {
        let counts = Counts::default();
        Self {
            size,
            ring: Ring::default(),
            spare: Spare::default(),
            last_seq: 0,
            counts,
        }
    }

    /// The number of the newest entry; 0 if there never was one. Never goes back, not even when
    /// the organization is reset.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// How much is kept.
    pub fn size(&self) -> JournalSize {
        self.size
    }

    /// Everything that is kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        self.ring.range(0, usize::MAX)
    }

    /// Entries with a number above `seq`, oldest first. Numbers follow each other, so the first
    /// one tells whether some are lost.
    pub fn after(&self, seq: u64) -> impl Iterator<Item = &Arc<Entry>> {
        let oldest = self.ring.get(0).map_or(self.last_seq + 1, |entry| entry.seq);
        let skip = (seq + 1).saturating_sub(oldest);
        self.ring.range(usize::try_from(skip).unwrap_or(usize::MAX), usize::MAX)
    }

    /// Exact numbers.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Memory for the next entry.
    pub(crate) fn scrap(&mut self) -> Scrap {
        self.spare.scrap()
    }

    /// Appends an entry, gives it its number, and gives it back for others to keep.
    pub(crate) fn append(&mut self, mut entry: Entry) -> Arc<Entry> {
        self.last_seq += 1;
        entry.seq = self.last_seq;
        self.count(&entry);
        let entry = self.spare.become_entry(entry);
        let JournalSize { entries, bytes, .. } = self.size;
        let length = self.ring.len() + 1;
        let look = |entry: &Arc<Entry>| Arc::strong_count(entry) ^ entry.glance();
        self.spare.0 = self.ring.push(Arc::clone(&entry), entries, bytes, look);
        self.counts.dropped += (length - self.ring.len()) as u64;
        entry
    }

    /// Forgets all entries and numbers, except how far the numbering has come.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            last_seq: self.last_seq,
            ..Self::new(self.size)
        };
    }

    /// Changes how much is kept and forgets what was.
    pub(crate) fn resize(&mut self, size: JournalSize) {
        self.size = size;
        self.clear();
    }

    fn count(&mut self, entry: &Entry) {
        match entry.cause {
            Cause::World => self.counts.world += 1,
            Cause::Request => self.counts.requests += 1,
        }
        let Some(operation) = entry.operation else {
            return;
        };
        let counts = self.counts.operations.entry(operation).or_default();
        counts.requests += 1;
        match (entry.answered, &entry.answer) {
            (Some(_), Some(answer)) if answer.status < 400 => counts.succeeded += 1,
            (Some(_), Some(_)) => counts.refused += 1,
            (_, None) | (None, _) => counts.unanswered += 1,
        }
        counts.injected += u64::from(entry.injected.is_some());
        counts.effects += entry.effects.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    fn entry() -> Entry {
        Entry::world("test", Timestamp::default(), Vec::new(), None)
    }

    fn seqs(journal: &Journal, after: u64) -> Vec<u64> {
        journal.after(after).map(|entry| entry.seq).collect()
    }

    #[test]
    fn the_ring_keeps_the_newest_and_counts_all() {
        let mut journal = Journal::new(JournalSize {
            entries: 2,
            bytes: 1 << 20,
            ..JournalSize::default()
        });
        assert_eq!(seqs(&journal, 0), [0; 0]);
        for _ in 0..5 {
            journal.append(entry());
        }
        assert_eq!(seqs(&journal, 0), [4, 5]);
        assert_eq!(seqs(&journal, 4), [5]);
        assert_eq!(seqs(&journal, 5), [0; 0]);
        assert_eq!(seqs(&journal, u64::MAX - 1), [0; 0]);
        assert_eq!((journal.counts().world, journal.counts().dropped), (5, 3));
    }

    #[test]
    fn the_ring_is_bounded_by_weight_too() {
        let weight = entry().weight();
        let mut journal = Journal::new(JournalSize {
            entries: 100,
            bytes: 3 * weight,
            ..JournalSize::default()
        });
        for _ in 0..10 {
            journal.append(entry());
        }
        assert_eq!(seqs(&journal, 0), [8, 9, 10]);
    }

    #[test]
    fn an_entry_is_made_of_an_old_one_unless_somebody_holds_that() {
        let mut journal = Journal::new(JournalSize {
            entries: 1,
            ..JournalSize::default()
        });
        let effect = Effect::GroupDeleted {
            group_id: "group_1".to_owned(),
            name: "Staff".to_owned(),
        };
        let entry = || Entry::world("test", Timestamp::default(), vec![effect.clone()], None);
        let held = journal.append(entry());
        journal.append(entry());
        assert_eq!(journal.scrap().effects, []);
        journal.append(entry());
        assert_eq!(journal.scrap().effects, std::slice::from_ref(&effect));
        journal.append(entry());
        assert_eq!((held.seq, &held.effects[..]), (1, std::slice::from_ref(&effect)));
        assert_eq!(seqs(&journal, 0), [4]);
    }

    #[test]
    fn numbers_go_on_after_a_reset() {
        let mut journal = Journal::new(JournalSize::default());
        journal.append(entry());
        journal.clear();
        journal.append(entry());
        assert_eq!(seqs(&journal, 0), [2]);
        assert_eq!(journal.counts().world, 1);
    }
}
