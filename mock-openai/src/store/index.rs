//! Where the rows with a certain text stand.
//!
//! Each entry is one number: the position of the row, and above it a part of the text's hash. It sits in the
//! first free slot behind the one that its hash names, so that a look-up mostly touches one cache line, however
//! many entries there are.

use std::hash::BuildHasher;
use std::hint::black_box;

use foldhash::quality::FixedState;

use super::Position;

/// Parts of an index that may become large. Each part grows on its own, so that no growth copies
/// more than this fraction while the organization is locked.
const SHARDS: usize = 256;

/// Entries that may be late, so few that looking through them takes no time.
const MAX_LATE: usize = 32;

/// Bits of an entry that are the position plus one. 68 thousand million rows are more than anybody waits for.
const POSITION_BITS: u32 = 36;

/// Positions by the hash of a text. Whether the text is the wanted one is for the row to say.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    shards: Vec<Shard>,
    /// Entries that are not in their shards yet, with the numbers of those.
    late: Vec<(usize, Entry)>,
}

impl Index {
    /// For some thousand entries; it weighs nothing when it is empty.
    pub(crate) fn small() -> Self {
        Self::of(1)
    }

    /// For any number of entries.
    pub(crate) fn large() -> Self {
        Self::of(SHARDS)
    }

    fn of(shards: usize) -> Self {
        Self {
            shards: vec![Shard::default(); shards],
            late: Vec::new(),
        }
    }

    pub(crate) fn insert(&mut self, text: &str, position: Position) {
        let (shard, tag) = self.place(text);
        self.shards[shard].insert(Entry::new(tag, position));
    }

    /// As [`Index::insert`], for a text that nobody has looked for: its place is mostly in memory that takes long to
    /// come, so that many are put to their places at once, and come at the same time.
    pub(crate) fn insert_unseen(&mut self, text: &str, position: Position) {
        let (shard, tag) = self.place(text);
        self.late.push((shard, Entry::new(tag, position)));
        if self.late.len() < MAX_LATE {
            return;
        }
        let places = self
            .late
            .iter()
            .map(|(shard, entry)| self.shards[*shard].at_home(*entry));
        black_box(places.fold(0, |all, entry| all ^ entry.0));
        for (shard, entry) in self.late.drain(..) {
            self.shards[shard].insert(entry);
        }
    }

    pub(crate) fn remove(&mut self, text: &str, position: Position) {
        let (shard, tag) = self.place(text);
        let entry = Entry::new(tag, position);
        match self.late.iter().position(|late| *late == (shard, entry)) {
            Some(place) => _ = self.late.swap_remove(place),
            None => self.shards[shard].remove(entry),
        }
    }

    /// Positions that may be those of `text`, in no order.
    pub(crate) fn with(&self, text: &str) -> impl Iterator<Item = Position> {
        let (shard, tag) = self.place(text);
        let late = self.late.iter().filter(move |late| late.0 == shard).map(|late| late.1);
        let entries = late.chain(self.shards[shard].from(tag).map(|(_, entry)| entry));
        entries.filter(move |entry| entry.tag() == tag).map(Entry::position)
    }

    /// Which shard, and what an entry keeps of the hash. The hash is the same in every run, so that nothing depends
    /// on chance.
    fn place(&self, text: &str) -> (usize, u64) {
        let hash = FixedState::default().hash_one(text);
        let shard = usize::from(hash.to_le_bytes()[0]) % self.shards.len();
        (shard, hash >> POSITION_BITS)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry(u64);

impl Entry {
    /// No entry.
    const FREE: Self = Self(0);

    fn new(tag: u64, Position(position): Position) -> Self {
        Self((tag << POSITION_BITS) | (position + 1))
    }

    fn tag(self) -> u64 {
        self.0 >> POSITION_BITS
    }

    fn position(self) -> Position {
        Position((self.0 & ((1 << POSITION_BITS) - 1)) - 1)
    }
}

/// Entries in slots, whose number is a power of two or zero; at least a quarter of them is free.
#[derive(Debug, Clone, Default)]
struct Shard {
    slots: Vec<Entry>,
    used: usize,
}

impl Shard {
    /// The slots and entries from the one that a hash names up to the next free slot.
    fn from(&self, tag: u64) -> impl Iterator<Item = (usize, Entry)> {
        let first = self.home(tag);
        let places = (0..self.slots.len()).map(move |step| self.wrapped(first + step));
        let entries = places.map(|place| (place, self.slots[place]));
        entries.take_while(|(_, entry)| *entry != Entry::FREE)
    }

    /// What stands where an entry would stand if it were alone.
    fn at_home(&self, entry: Entry) -> Entry {
        self.slots.get(self.home(entry.tag())).copied().unwrap_or(Entry::FREE)
    }

    fn insert(&mut self, entry: Entry) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            let larger = vec![Entry::FREE; (self.slots.len() * 2).max(8)];
            let old = std::mem::replace(&mut self.slots, larger);
            old.into_iter()
                .filter(|old| *old != Entry::FREE)
                .for_each(|old| self.put(old));
        }
        self.used += 1;
        self.put(entry);
    }

    fn put(&mut self, entry: Entry) {
        let mut place = self.home(entry.tag());
        while self.slots[place] != Entry::FREE {
            place = self.wrapped(place + 1);
        }
        self.slots[place] = entry;
    }

    fn remove(&mut self, entry: Entry) {
        let Some((mut hole, _)) = self.from(entry.tag()).find(|(_, known)| *known == entry) else {
            return;
        };
        self.used -= 1;
        // Those behind it move up, unless they would get in front of where they are looked for.
        let mut place = self.wrapped(hole + 1);
        while self.slots[place] != Entry::FREE {
            let own = self.home(self.slots[place].tag());
            let (way, gap) = (place.wrapping_sub(own), place.wrapping_sub(hole));
            if self.wrapped(way) >= self.wrapped(gap) {
                self.slots[hole] = self.slots[place];
                hole = place;
            }
            place = self.wrapped(place + 1);
        }
        self.slots[hole] = Entry::FREE;
    }

    /// The slot that a hash names.
    fn home(&self, tag: u64) -> usize {
        self.wrapped(usize::try_from(tag).unwrap_or(0))
    }

    /// Behind the last slot comes the first.
    fn wrapped(&self, place: usize) -> usize {
        place & self.slots.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    /// Comes and goes of entries, many of them with the same text, beside a model that cannot be wrong.
    #[rstest]
    #[case(Index::small())]
    #[case(Index::large())]
    fn what_is_in_it_is_found_and_nothing_else(#[case] mut index: Index) {
        let mut chance = fastrand::Rng::with_seed(1);
        let mut model = BTreeSet::new();
        for position in 0..20_000 {
            let text = chance.u64(..5_000);
            if chance.bool() {
                index.insert(&text.to_string(), Position(position));
            } else {
                index.insert_unseen(&text.to_string(), Position(position));
            }
            model.insert((text, position));
            if chance.bool() {
                let (text, position) = *model.iter().nth(chance.usize(..model.len().min(50))).unwrap();
                index.remove(&text.to_string(), Position(position));
                index.remove(&text.to_string(), Position(position + 1_000_000));
                model.remove(&(text, position));
            }
        }
        for text in 0..5_000 {
            let mut found: Vec<_> = index.with(&text.to_string()).map(|Position(at)| at).collect();
            found.sort_unstable();
            let expected = model.range((text, 0)..(text + 1, 0)).map(|(_, position)| *position);
            assert_eq!(found, expected.collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn an_empty_one_finds_nothing_and_has_nothing_to_remove() {
        let mut index = Index::small();
        index.remove("a", Position(0));
        assert_eq!(index.with("a").count(), 0);
        index.insert("a", Position(0));
        index.remove("a", Position(0));
        assert_eq!(index.with("a").count(), 0);
    }

    #[test]
    fn a_slot_behind_the_last_is_the_first() {
        let mut shard = Shard::default();
        let entry = |tag, position| Entry::new(tag, Position(position));
        for place in 0..4 {
            shard.insert(entry(7, place));
        }
        shard.insert(entry(0, 4));
        shard.remove(entry(7, 0));
        let entries = |tag| shard.from(tag).map(|(_, entry)| entry.position().0).collect::<Vec<_>>();
        assert_eq!(entries(7), [1, 2, 3, 4]);
        assert_eq!(entries(0), [2, 3, 4]);
    }
}
