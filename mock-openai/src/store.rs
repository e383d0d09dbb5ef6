//! Rows in creation order, with an index by id and one by a second key.
//!
//! The rows sit in a B-tree under a counter: it is ordered, it grows node by node (no doubling,
//! hence no copying pause while the organization is locked), a deletion leaves no hole that has
//! to be compacted later, and a list can go on behind a row that is gone. Nothing here scans:
//! a page costs its own length, a look-up the height of a tree.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Ids of deleted rows that still work as a cursor. Older ones become unknown cursors.
const MAX_GONE: usize = 10_000;

/// Something that can be kept in a [`Store`].
pub(crate) trait Row {
    /// The id by which clients know it.
    fn id(&self) -> &str;

    /// What else it is looked up by (a folded address, a name), if anything.
    fn key(&self) -> Option<String>;
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
    rows: BTreeMap<Position, T>,
    by_id: BTreeMap<Box<str>, Position>,
    by_key: BTreeSet<(Box<str>, Position)>,
    gone: BTreeMap<Box<str>, Position>,
    gone_order: VecDeque<Box<str>>,
    next: u64,
}

impl<T: Row> Store<T> {
    pub(crate) fn new() -> Self {
        Self {
            rows: BTreeMap::new(),
            by_id: BTreeMap::new(),
            by_key: BTreeSet::new(),
            gone: BTreeMap::new(),
            gone_order: VecDeque::new(),
            next: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(self.by_id.get(id)?)
    }

    pub(crate) fn at(&self, position: Position) -> Option<&T> {
        self.rows.get(&position)
    }

    /// Changes a row in place. The change must keep [`Row::id`] and [`Row::key`]; for a new key
    /// see [`Store::rekey`].
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(self.by_id.get(id)?)
    }

    pub(crate) fn at_mut(&mut self, position: Position) -> Option<&mut T> {
        self.rows.get_mut(&position)
    }

    /// Changes a row in a way that may change its key.
    pub(crate) fn rekey(&mut self, id: &str, change: impl FnOnce(&mut T)) {
        let Some((position, row)) = self.by_id.get(id).and_then(|at| Some((*at, self.rows.get_mut(at)?))) else {
            return;
        };
        let before = row.key();
        change(row);
        let after = row.key();
        if let Some(key) = before {
            self.by_key.remove(&(key.into(), position));
        }
        if let Some(key) = after {
            self.by_key.insert((key.into(), position));
        }
    }

    /// Appends a row. Its id must be new; a row with the same id is replaced.
    pub(crate) fn insert(&mut self, row: T) -> Position {
        self.remove(row.id());
        let position = Position(self.next);
        self.next += 1;
        // A person who comes back keeps their id: the row is alive again, at the end.
        self.gone.remove(row.id());
        self.by_id.insert(row.id().into(), position);
        if let Some(key) = row.key() {
            self.by_key.insert((key.into(), position));
        }
        self.rows.insert(position, row);
        position
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let (id, position) = self.by_id.remove_entry(id)?;
        let row = self.rows.remove(&position)?;
        if let Some(key) = row.key() {
            self.by_key.remove(&(key.into(), position));
        }
        self.remember(id, position);
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
        self.by_id.get(id).copied()
    }

    /// Where a deleted row stood, unless that is too long ago.
    pub(crate) fn position_of_gone(&self, id: &str) -> Option<Position> {
        self.gone.get(id).copied()
    }

    /// All rows with this key, oldest first.
    pub(crate) fn with_key(&self, key: &str) -> impl DoubleEndedIterator<Item = (Position, &T)> + use<'_, T> {
        let (first, last) = (Position(0), Position(u64::MAX));
        let range = (Box::from(key), first)..=(Box::from(key), last);
        let positions = self.by_key.range(range).map(|(_, position)| *position);
        positions.filter_map(|position| Some((position, self.rows.get(&position)?)))
    }

    /// All rows, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    /// Rows in `direction`, starting behind the cursor if there is one.
    pub(crate) fn walk(
        &self,
        direction: Direction,
        behind: Option<Position>,
    ) -> Box<dyn Iterator<Item = (Position, &T)> + '_> {
        use std::ops::Bound::{Excluded, Unbounded};
        let edge = behind.map_or(Unbounded, Excluded);
        let pair = |(position, row): (&Position, _)| (*position, row);
        match direction {
            Direction::Ascending => Box::new(self.rows.range((edge, Unbounded)).map(pair)),
            Direction::Descending => Box::new(self.rows.range((Unbounded, edge)).rev().map(pair)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Thing(&'static str, &'static str);

    impl Row for Thing {
        fn id(&self) -> &str {
            self.0
        }

        fn key(&self) -> Option<String> {
            Some(self.1.to_owned())
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
}
