//! Where the rows with a certain text stand.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use super::Position;

/// Parts of an index that may become large. Each part grows on its own, so that no growth copies
/// more than this fraction while the organization is locked.
const SHARDS: usize = 256;

/// Positions by the hash of a text. Whether the text is the wanted one is for the row to say.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    shards: Vec<HashTable<(u64, Position)>>,
}

impl Index {
    /// For some thousand entries; it weighs nothing when it is empty.
    pub(crate) fn small() -> Self {
        let shards = vec![HashTable::new()];
        Self { shards }
    }

    /// For any number of entries.
    pub(crate) fn large() -> Self {
        let shards = vec![HashTable::new(); SHARDS];
        Self { shards }
    }

    pub(crate) fn insert(&mut self, text: &str, position: Position) {
        let hash = hash(text);
        let rehash = |(hash, _): &(u64, Position)| *hash;
        self.shard(hash).insert_unique(hash, (hash, position), rehash);
    }

    pub(crate) fn remove(&mut self, text: &str, position: Position) {
        let hash = hash(text);
        let entry = self.shard(hash).find_entry(hash, |entry| *entry == (hash, position));
        if let Ok(entry) = entry {
            entry.remove();
        }
    }

    /// Positions that may be those of `text`, in no order.
    pub(crate) fn with(&self, text: &str) -> impl Iterator<Item = Position> {
        let hash = hash(text);
        let entries = self.shards[place(hash, self.shards.len())].iter_hash(hash);
        let same = entries.filter(move |(known, _)| *known == hash);
        same.map(|(_, position)| *position)
    }

    fn shard(&mut self, hash: u64) -> &mut HashTable<(u64, Position)> {
        let place = place(hash, self.shards.len());
        &mut self.shards[place]
    }
}

/// Which shard; by bits in the middle, because a table uses both ends.
fn place(hash: u64, shards: usize) -> usize {
    usize::from((hash >> 32).to_le_bytes()[0]) % shards
}

/// The same in every run, so that nothing depends on chance.
fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}
