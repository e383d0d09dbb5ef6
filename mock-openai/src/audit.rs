//! The audit log: what the journal has of changes, told as OpenAI's events.
//!
//! Nothing is kept twice: a ring holds the journal's own entries, those with effects only, and each
//! effect is at most one event, derived when somebody asks. The ring outlives the journal's, since
//! reads do not use it up. How events are listed and filtered is decided in
//! [`org::audit_logs`](crate::org).

mod event;

use std::sync::Arc;

pub(crate) use self::event::Event;
use crate::journal::{Effect, Entry, Ring};

/// Entries kept.
const MAX_ENTRIES: usize = 100_000;

/// Bytes kept, roughly: of effects, headers and bodies.
const MAX_BYTES: usize = 64 << 20;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditLog {
    ring: Ring,
}

/// Where an event stands: the number of the entry, and which of its effects it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) seq: u64,
    pub(crate) effect: u32,
}

impl AuditLog {
    /// Takes in an entry; one that changed nothing is left out.
    pub(crate) fn append(&mut self, entry: &Arc<Entry>) {
        if !entry.effects.is_empty() {
            self.ring
                .push(Arc::clone(entry), MAX_ENTRIES, MAX_BYTES, Arc::strong_count);
        }
    }

    /// Everything between two places, both exclusive, oldest first.
    pub(crate) fn between(
        &self,
        older: Option<Place>,
        newer: Option<Place>,
    ) -> impl DoubleEndedIterator<Item = (Place, &Entry, &Effect)> {
        let start = older.map_or(0, |place| self.ring.before(place.seq));
        let end = newer.map_or(usize::MAX, |place| self.ring.before(place.seq.saturating_add(1)));
        let entries = self.ring.range(start, end);
        let effects = entries.flat_map(|entry| {
            let place = |index| Place {
                seq: entry.seq,
                effect: index,
            };
            // An entry with more effects than this number can count would not fit into the ring.
            let effects = entry.effects.iter().enumerate();
            effects.map(move |(index, effect)| (place(u32::try_from(index).unwrap_or(u32::MAX)), &**entry, effect))
        });
        effects.filter(move |(place, ..)| {
            older.is_none_or(|older| *place > older) && newer.is_none_or(|newer| *place < newer)
        })
    }

    /// The place of the event with this id, if it is still kept.
    pub(crate) fn find(&self, id: &str) -> Option<Place> {
        let place = Place::parse(id)?;
        let entry = self.ring.get(self.ring.before(place.seq))?;
        let effect = entry.effects.get(usize::try_from(place.effect).ok()?)?;
        (entry.seq == place.seq && Event::of(entry, effect).is_some() && place.id(entry) == id).then_some(place)
    }
}

impl Place {
    /// `audit_log-…_20231114`, one of the forms in the documentation: a number and the day.
    pub(crate) fn id(self, entry: &Entry) -> String {
        let number = (u128::from(self.seq) << 32) | u128::from(self.effect);
        format!("audit_log-{:024x}_{}", number ^ MASK, entry.arrived.yyyymmdd())
    }

    fn parse(id: &str) -> Option<Self> {
        let (digits, _) = id.strip_prefix("audit_log-")?.split_once('_')?;
        let number = u128::from_str_radix(digits, 16).ok()? ^ MASK;
        Some(Self {
            seq: u64::try_from(number >> 32).ok()?,
            effect: u32::try_from(number & u128::from(u32::MAX)).ok()?,
        })
    }
}

/// Only so that an id does not look like a number somebody might count up.
const MASK: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    fn entry(seq: u64, effects: usize) -> Arc<Entry> {
        let effect = Effect::GroupDeleted {
            group_id: "group_1".to_owned(),
            name: "Staff".to_owned(),
        };
        let mut entry = Entry::world("test", Timestamp::default(), vec![effect; effects], None);
        entry.seq = seq;
        Arc::new(entry)
    }

    fn log(entries: impl Iterator<Item = (u64, usize)>) -> AuditLog {
        let mut log = AuditLog::default();
        for (seq, effects) in entries {
            log.append(&entry(seq, effects));
        }
        log
    }

    #[test]
    fn only_so_many_are_kept_and_the_rest_is_unknown() {
        let many = MAX_ENTRIES as u64 + 1;
        let log = log((1..=many).map(|seq| (seq, 1)));
        assert_eq!((log.ring.len(), log.ring.get(0).unwrap().seq), (MAX_ENTRIES, 2));
        let id = |seq| Place { seq, effect: 0 }.id(&entry(seq, 1));
        assert_eq!(log.find(&id(1)), None);
        assert_eq!(log.find(&id(2)), Some(Place { seq: 2, effect: 0 }));
        assert_eq!(log.find(&id(many + 1)), None);
    }

    #[test]
    fn what_is_heavy_goes_sooner() {
        let effects = MAX_BYTES / size_of::<Effect>() / 3;
        let log = log((1..=4).map(|seq| (seq, effects)));
        let kept: Vec<_> = log.ring.range(0, usize::MAX).map(|entry| entry.seq).collect();
        assert_eq!(kept, [3, 4]);
    }

    #[test]
    fn places_between_others_leave_both_out() {
        let log = log([(1, 2), (2, 0), (5, 3)].into_iter());
        let places = |older, newer| -> Vec<_> {
            let between = log.between(older, newer).map(|(place, ..)| (place.seq, place.effect));
            between.collect()
        };
        let at = |seq, effect| Some(Place { seq, effect });
        assert_eq!(places(None, None), [(1, 0), (1, 1), (5, 0), (5, 1), (5, 2)]);
        assert_eq!(places(at(1, 0), at(5, 1)), [(1, 1), (5, 0)]);
        assert_eq!(places(at(5, 2), None), []);
        assert_eq!(places(at(5, 2), at(1, 0)), []);
        assert_eq!(places(None, at(1, 0)), []);
    }
}
