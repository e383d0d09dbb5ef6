//! One part of a company, for one of several machines that share a run.

use std::fmt;
use std::str::FromStr;

/// Part `index` of `count`: the sites whose number leaves `index` when divided by `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// What cannot be a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// Not written as `K/N`.
    #[error("`{0}` is no shard: write K/N, with K from 0 to N-1, such as 0/3")]
    Text(String),
    /// There are fewer sites than shards.
    #[error(
        "{shards} machines cannot share a company of {sites} sites (a group never spans two sites): use at most {sites} \
         shards, or more people and groups"
    )]
    TooMany {
        /// Shards asked for.
        shards: u32,
        /// Sites there are.
        sites: u32,
    },
}

impl Default for Shard {
    /// The whole.
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

impl Shard {
    /// Part `index` of `count`, counted from 0; `None` if there is no such part.
    pub fn new(index: u32, count: u32) -> Option<Self> {
        (index < count).then_some(Self { index, count })
    }

    /// Which part it is, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Whether a site belongs to this part.
    pub fn takes(self, site: u32) -> bool {
        site % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parts = text.trim().split_once('/');
        let numbers = parts.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        numbers
            .and_then(|(index, count)| Self::new(index, count))
            .ok_or_else(|| ShardError::Text(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}
