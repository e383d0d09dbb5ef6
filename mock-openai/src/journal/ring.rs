//! The newest entries, within a number and a weight; and what is left of the one that was pushed out last.
//!
//! A journal that is full takes no new memory: an entry is written where the one was that it pushes out. Asking
//! for memory and giving it back would cost more than all the rest, because what is that old has long left the
//! processor's caches.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;

use super::entry::{Effect, Entry};

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ring {
    kept: VecDeque<Kept>,
    bytes: usize,
    /// How many of the oldest have been looked at, see [`Ring::push`].
    ahead: usize,
}

/// Few enough to stay in the processor's caches until they are dropped.
const AHEAD: usize = 16;

#[derive(Debug, Clone)]
struct Kept {
    entry: Arc<Entry>,
    /// Known here, so that an old entry need not be looked at.
    weight: usize,
}

impl Ring {
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The entry at this place, the oldest being at 0.
    pub(crate) fn get(&self, place: usize) -> Option<&Arc<Entry>> {
        self.kept.get(place).map(|kept| &kept.entry)
    }

    /// The entries from one place to before another, oldest first.
    pub(crate) fn range(&self, start: usize, end: usize) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        let end = end.min(self.kept.len());
        self.kept.range(start.min(end)..end).map(|kept| &kept.entry)
    }

    /// How many entries have a number below this one.
    pub(crate) fn before(&self, seq: u64) -> usize {
        self.kept.partition_point(|kept| kept.entry.seq < seq)
    }

    /// Appends an entry and drops old ones until no more than so many, and so many bytes, are left; the last one
    /// that was dropped. Has a `look` at those that will be dropped next: whoever drops them would wait, one by one, for
    /// memory that nobody has looked at for long; so it comes for many of them at the same time.
    pub(crate) fn push(
        &mut self,
        entry: Arc<Entry>,
        entries: usize,
        bytes: usize,
        look: impl Fn(&Arc<Entry>) -> usize,
    ) -> Option<Arc<Entry>> {
        let weight = entry.weight();
        self.bytes += weight;
        self.kept.push_back(Kept { entry, weight });
        let mut dropped = None;
        while self.kept.len() > entries || self.bytes > bytes {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.weight;
            self.ahead = self.ahead.saturating_sub(1);
            dropped = Some(oldest.entry);
        }
        if dropped.is_some() && self.ahead == 0 {
            self.ahead = AHEAD;
            let seen = self.kept.iter().take(AHEAD).map(|kept| look(&kept.entry));
            black_box(seen.fold(0, usize::wrapping_add));
        }
        dropped
    }
}

/// The remains of an entry, for a new one to be made of, unless somebody holds it still.
#[derive(Debug, Clone, Default)]
pub(super) struct Spare(pub(super) Option<Arc<Entry>>);

/// Memory of an old entry.
#[derive(Debug, Default)]
pub(crate) struct Scrap {
    pub(crate) request: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    pub(crate) effects: Vec<Effect>,
}

impl Spare {
    pub(super) fn scrap(&mut self) -> Scrap {
        let Some(entry) = self.0.as_mut().and_then(Arc::get_mut) else {
            return Scrap::default();
        };
        let request = entry.request.take().map(|request| request.packed);
        let answer = entry.answer.take().map(|answer| answer.packed);
        Scrap {
            request: request.unwrap_or_default(),
            answer: answer.unwrap_or_default(),
            effects: std::mem::take(&mut entry.effects),
        }
    }

    pub(super) fn become_entry(&mut self, entry: Entry) -> Arc<Entry> {
        let Some(mut spare) = self.0.take() else {
            return Arc::new(entry);
        };
        match Arc::get_mut(&mut spare) {
            None => Arc::new(entry),
            Some(place) => {
                *place = entry;
                spare
            }
        }
    }
}

/// An empty vector with room for so much, made of an old one unless that is too small or far too large.
pub(crate) fn renewed<T>(mut old: Vec<T>, length: usize) -> Vec<T> {
    if (length..=2 * length).contains(&old.capacity()) {
        old.clear();
        return old;
    }
    Vec::with_capacity(length)
}
