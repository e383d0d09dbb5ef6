//! Fault plans by name.

use serde::{Deserialize, Serialize};

use super::FaultRule;
use crate::settings::{ListOrder, NextCursor, Settings};

/// A plan of faults, and of settings that go with it.
///
/// *Hostile*, in the spirit of Pebble, is trouble that the API may make: who waits as a 429 says and
/// sends again what has certainly had no effect, pages by cursor, and does not count on an order
/// that nobody promised, gets there. Nothing in it has an effect and loses its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum FaultPreset {
    /// Trouble that costs a correct client nothing but time.
    Hostile,
}

/// The rules of [`FaultPreset::Hostile`]. A read is struck once in five times, a write once in ten.
const HOSTILE: &[&str] = &[
    // Any request may be told to slow down, in every form in which that is said.
    "*=429+retry(1):0.05",
    "*=429+date(1):0.02",
    "*=429+text(1):0.02",
    "*=429+absent:0.01",
    // Reads may fail in every way in which servers and proxies fail.
    "GET /**=500:0.02",
    "GET /**=500+bare:0.01",
    "GET /**=502+html:0.02",
    "GET /**=503+empty+retry(1):0.02",
    "GET /**=reset:0.02",
    "GET /**=half_body:0.02:after",
    // Anything may be slow.
    "*=delay(5ms..200ms):0.1",
    "*=delay(mean 20ms):0.2",
];

impl FaultPreset {
    /// The rules, first match first.
    pub fn rules(self) -> Vec<FaultRule> {
        let rules = match self {
            Self::Hostile => HOSTILE,
        };
        // A test reads every one.
        rules.iter().filter_map(|rule| rule.parse().ok()).collect()
    }

    /// Changes the settings that go with it: opaque `next` cursors, and users and invites in an
    /// order that says nothing but stays the same.
    pub fn settle(self, settings: &mut Settings) {
        match self {
            Self::Hostile => {
                settings.next_cursor = NextCursor::Opaque;
                settings.list_order = ListOrder::Shuffled;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_read() {
        let rules: Vec<_> = FaultPreset::Hostile.rules().iter().map(FaultRule::to_string).collect();
        assert_eq!(rules.len(), HOSTILE.len());
        for (rule, text) in rules.iter().zip(HOSTILE) {
            assert!(rule.starts_with(text), "{rule}");
        }
    }
}
