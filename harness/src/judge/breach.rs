//! A check that did not hold, before it is put beside its evidence.

use proofload_scenarios::{Level, Place};

use super::invariant::Invariant;

/// A check that did not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// Stable id of the check.
    pub check: String,
    /// How binding it is.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What was wanted, where that can be put in a word.
    pub expected: Option<String>,
    /// What came.
    pub got: Option<String>,
    /// Why it matters; `None` is the scenario's own reason.
    pub why: Option<&'static str>,
    /// Where the requirement stands; empty is the scenario's own.
    pub spec: &'static [&'static str],
    /// Where the scenario file says what should be.
    pub place: Option<Place>,
    /// Which of the step's exchanges shows it.
    pub exchange: Option<usize>,
    /// Addresses and group names whose journal lines show it; empty: all of the step's.
    pub about: Vec<String>,
}

impl Breach {
    /// An invariant that does not hold.
    pub fn of(invariant: Invariant, message: impl Into<String>) -> Self {
        Self {
            check: invariant.as_str().to_owned(),
            level: invariant.level(),
            message: message.into(),
            expected: None,
            got: None,
            why: Some(invariant.why()),
            spec: invariant.spec(),
            place: None,
            exchange: None,
            about: Vec::new(),
        }
    }

    /// An expectation of a step that does not hold.
    pub fn of_step(check: impl Into<String>, level: Level, message: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            level,
            message: message.into(),
            expected: None,
            got: None,
            why: None,
            spec: &[],
            place: None,
            exchange: None,
            about: Vec::new(),
        }
    }

    /// With what was wanted and what came.
    #[must_use]
    pub fn wanted(mut self, expected: impl Into<String>, got: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.got = Some(got.into());
        self
    }

    /// With the place in the scenario file.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    /// With the exchange that shows it.
    #[must_use]
    pub fn shown_by(mut self, exchange: usize) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// With the people and groups it is about.
    #[must_use]
    pub fn about(mut self, about: Vec<String>) -> Self {
        self.about = about;
        self
    }

    /// At another level.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }
}
