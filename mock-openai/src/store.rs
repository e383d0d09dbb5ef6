//! Rows in creation order, with an index by id and one by a second key.
//!
//! The rows sit in a slab of small chunks under a counter: it is ordered, it grows chunk by chunk
//! (no doubling, hence no copying pause while the organization is locked), and a list can go on
//! behind a row that is gone. The indexes hold hashes and positions, so that no text is kept
//! twice. Nothing here scans: a page costs its own length (and 1/256 of the rows deleted in its
//! way), a look-up the same at any size.

mod index;
mod slab;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::vec;

pub(crate) use self::index::Index;
use self::slab::Slab;

/// Ids of deleted rows that still work as a cursor. Older ones become unknown cursors.
const MAX_GONE: usize = 10_000;

/// Something that can be kept in a [`Store`].
pub(crate) trait Row {
    /// The id by which clients know it.
    fn id(&self) -> &str;

    /// What else it is looked up by (a folded address, a name), if anything.
    fn key(&self) -> Option<Cow<'_, str>>;
}

/// Where a row stands in the order of creation. Ties in time do not exist: it is a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) u64);

/// Which end a list starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// First created first.
    Ascending,
    /// Last created first.
    Descending,
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Store<T> {
    rows: Slab<T>,
    by_id: Index,
    by_key: Index,
    gone: BTreeMap<Box<str>, Position>,
    gone_order: VecDeque<Box<str>>,
}

impl<T: Row> Store<T> {
    /// For rows that are at most some thousands.
    pub(crate) fn new() -> Self {
        Self::with(Index::small)
    }

    /// For rows that may be millions.
    pub(crate) fn large() -> Self {
        Self::with(Index::large)
    }

    fn with(index: fn() -> Index) -> Self {
        Self {
            rows: Slab::default(),
            by_id: index(),
            by_key: index(),
            gone: BTreeMap::new(),
            gone_order: VecDeque::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.position(id).is_some()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.at(self.position(id)?)
    }

    pub(crate) fn at(&self, position: Position) -> Option<&T> {
        self.rows.get(position)
    }

    /// Changes a row in place. The change must keep [`Row::id`] and [`Row::key`]; for a new key
    /// see [`Store::rekey`].
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.at_mut(self.position(id)?)
    }

    pub(crate) fn at_mut(&mut self, position: Position) -> Option<&mut T> {
        self.rows.get_mut(position)
    }

    /// Changes a row in a way that may change its key.
    pub(crate) fn rekey(&mut self, id: &str, change: impl FnOnce(&mut T)) {
        let Some((position, row)) = self.position(id).and_then(|at| Some((at, self.rows.get_mut(at)?))) else {
            return;
        };
        if let Some(key) = row.key() {
            self.by_key.remove(&key, position);
        }
        change(row);
        if let Some(key) = row.key() {
            self.by_key.insert(&key, position);
        }
    }

    /// Appends a row whose id has just been drawn, so that there was none with it before.
    pub(crate) fn append(&mut self, row: T) {
        let position = self.rows.next();
        self.by_id.insert_unseen(row.id(), position);
        self.push(row, position);
    }

    /// Appends a row; one with the same id is replaced.
    pub(crate) fn insert(&mut self, row: T) -> Position {
        self.remove(row.id());
        let position = self.rows.next();
        // A person who comes back keeps their id: the row is alive again, at the end.
        self.gone.remove(row.id());
        self.by_id.insert(row.id(), position);
        self.push(row, position);
        position
    }

    fn push(&mut self, row: T, position: Position) {
        if let Some(key) = row.key() {
            self.by_key.insert(&key, position);
        }
        self.rows.push(row);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let position = self.position(id)?;
        let row = self.rows.take(position)?;
        self.by_id.remove(row.id(), position);
        if let Some(key) = row.key() {
            self.by_key.remove(&key, position);
        }
        self.remember(row.id().into(), position);
        Some(row)
    }

    fn remember(&mut self, id: Box<str>, position: Position) {
        if self.gone.insert(id.clone(), position).is_none() {
            self.gone_order.push_back(id);
        }
        if self.gone_order.len() > MAX_GONE
            && let Some(oldest) = self.gone_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
    }

    /// Where the row with this id stands.
    pub(crate) fn position(&self, id: &str) -> Option<Position> {
        let mut positions = self.by_id.with(id);
        positions.find(|position| self.at(*position).is_some_and(|row| row.id() == id))
    }

    /// Where a deleted row stood, unless that is too long ago.
    pub(crate) fn position_of_gone(&self, id: &str) -> Option<Position> {
        self.gone.get(id).copied()
    }

    /// All rows with this key, oldest first.
    pub(crate) fn with_key(&self, key: &str) -> vec::IntoIter<(Position, &T)> {
        let rows = self
            .by_key
            .with(key)
            .filter_map(|position| Some((position, self.at(position)?)));
        let mut rows: Vec<_> = rows.filter(|(_, row)| row.key().as_deref() == Some(key)).collect();
        rows.sort_unstable_by_key(|(position, _)| *position);
        rows.into_iter()
    }

    /// The oldest row with this key.
    pub(crate) fn oldest_with_key(&self, key: &str) -> Option<(Position, &T)> {
        let rows = self
            .by_key
            .with(key)
            .filter_map(|position| Some((position, self.at(position)?)));
        let rows = rows.filter(|(_, row)| row.key().as_deref() == Some(key));
        rows.min_by_key(|(position, _)| *position)
    }

    /// All rows, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.between(0, self.rows.next().0).map(|(_, row)| row)
    }

    /// Rows in `direction`, starting behind the cursor if there is one.
    pub(crate) fn walk(
        &self,
        direction: Direction,
        behind: Option<Position>,
    ) -> Box<dyn Iterator<Item = (Position, &T)> + '_> {
        let end = self.rows.next().0;
        match direction {
            Direction::Ascending => {
                let start = behind.map_or(0, |Position(at)| at.saturating_add(1));
                Box::new(self.rows.between(start, end))
            }
            Direction::Descending => {
                let end = behind.map_or(end, |Position(at)| at.min(end));
                Box::new(self.rows.between(0, end).rev())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::slab::CHUNK;
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Thing(&'static str, &'static str);

    impl Row for Thing {
        fn id(&self) -> &str {
            self.0
        }

        fn key(&self) -> Option<Cow<'_, str>> {
            Some(self.1.into())
        }
    }

    fn store(things: &[Thing]) -> Store<Thing> {
        let mut store = Store::new();
        for thing in things {
            store.insert(thing.clone());
        }
        store
    }

    fn ids<'a>(rows: impl Iterator<Item = (Position, &'a Thing)>) -> Vec<&'a str> {
        rows.map(|(_, thing)| thing.0).collect()
    }

    #[test]
    fn both_directions_go_on_behind_a_deleted_row() {
        let mut store = store(&[Thing("a", "x"), Thing("b", "y"), Thing("c", "x")]);
        store.remove("b");
        let gone = store.position_of_gone("b");
        assert!(gone.is_some());
        assert_eq!(ids(store.walk(Direction::Ascending, gone)), ["c"]);
        assert_eq!(ids(store.walk(Direction::Descending, gone)), ["a"]);
        assert_eq!(ids(store.walk(Direction::Descending, None)), ["c", "a"]);
    }

    #[test]
    fn the_key_index_follows_inserts_changes_and_removals() {
        let mut store = store(&[Thing("a", "x"), Thing("b", "y"), Thing("c", "x")]);
        assert_eq!(ids(store.with_key("x")), ["a", "c"]);
        assert_eq!(ids(store.oldest_with_key("x").into_iter()), ["a"]);
        store.rekey("a", |thing| thing.1 = "y");
        assert_eq!(ids(store.with_key("x")), ["c"]);
        assert_eq!(ids(store.with_key("y")), ["a", "b"]);
        store.remove("b");
        assert_eq!(ids(store.with_key("y")), ["a"]);
        assert_eq!(ids(store.with_key("")), [""; 0]);
    }

    #[test]
    fn only_so_many_deleted_rows_are_remembered() {
        let mut store = Store::new();
        for number in 0..=MAX_GONE {
            let id: &'static str = Box::leak(number.to_string().into_boxed_str());
            store.insert(Thing(id, ""));
            store.remove(id);
        }
        assert_eq!(store.position_of_gone("0"), None);
        assert!(store.position_of_gone("1").is_some());
        assert_eq!(store.gone.len(), MAX_GONE);
    }

    #[test]
    fn chunks_that_are_empty_are_given_back_and_skipped() {
        let mut store = Store::new();
        let count = 5 * CHUNK + 7;
        for number in 0..count {
            let id: &'static str = Box::leak(number.to_string().into_boxed_str());
            store.insert(Thing(id, ""));
        }
        for number in 3..count - 2 {
            store.remove(&number.to_string());
        }
        assert_eq!(store.len(), 5);
        let last = (count - 1).to_string();
        let before = (count - 2).to_string();
        let all = ["0", "1", "2", &before, &last];
        assert_eq!(ids(store.walk(Direction::Ascending, None)), all);
        let mut backwards = all;
        backwards.reverse();
        assert_eq!(ids(store.walk(Direction::Descending, None)), backwards);
        assert_eq!(store.iter().count(), 5);
        assert_eq!(store.rows.chunks_kept(), 2);
    }

    #[test]
    fn the_last_chunk_goes_on_where_it_was_when_all_is_gone() {
        let mut store = store(&[Thing("a", ""), Thing("b", "")]);
        store.remove("a");
        store.remove("b");
        assert_eq!(store.insert(Thing("c", "")), Position(2));
        assert_eq!(ids(store.walk(Direction::Ascending, Some(Position(u64::MAX)))), [""; 0]);
        assert_eq!(ids(store.walk(Direction::Descending, Some(Position(u64::MAX)))), ["c"]);
    }

    #[test]
    fn texts_with_one_hash_are_told_apart() {
        let mut store = store(&[Thing("a", "x"), Thing("b", "y")]);
        // As if both hashed alike.
        for (text, other) in [("a", 1), ("x", 1), ("b", 0), ("y", 0)] {
            store.by_id.insert(text, Position(other));
            store.by_key.insert(text, Position(other));
        }
        assert_eq!(store.position("b"), Some(Position(1)));
        assert_eq!(ids(store.with_key("x")), ["a"]);
    }
}
