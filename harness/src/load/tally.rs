//! How many, and a few of them by name: the form of everything that the end state counts.

use serde::{Deserialize, Serialize};

/// Examples kept of each kind of defect.
pub const EXAMPLES_MAX: usize = 10;
/// Journal lines kept of each example.
pub const LINES_MAX: usize = 8;

/// A number of people, groups or memberships, and the first few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The first of them, at most [`EXAMPLES_MAX`].
    pub examples: Vec<Example>,
}

/// One of those that are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Address, name of the group, or both.
    pub who: String,
    /// What is wrong, in words.
    pub what: String,
    /// What upstream was asked about it, `#12 POST /organization/invites → 200`, at most [`LINES_MAX`], oldest first.
    pub journal: Vec<String>,
}

impl Tally {
    /// One more; it is described only while there is room.
    pub fn add(&mut self, example: impl FnOnce() -> Example) {
        self.count += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(example());
        }
    }

    /// Adds another one up.
    pub fn absorb(&mut self, other: Self) {
        self.count += other.count;
        let room = EXAMPLES_MAX.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.into_iter().take(room));
    }
}
