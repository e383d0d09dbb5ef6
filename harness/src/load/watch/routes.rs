//! What upstream was asked, route by route: calls, refusals, patience.

use std::collections::BTreeMap;

use mock_openai::Entry;
use serde::{Deserialize, Serialize};

/// Calls by operation (`inviteUser`), or by verb and path where there is no such operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Routes(pub BTreeMap<String, Route>);

/// Calls of one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// All requests.
    pub calls: u64,
    /// Those that changed something.
    pub effective: u64,
    /// Those that were answered with 429.
    pub throttled: u64,
    /// Those that were answered with any other status from 400, or not at all.
    pub failed: u64,
    /// Those that came while a 429 had closed the route; many of them may have been under way.
    pub while_closed: u64,
}

/// Paths a bridge makes up are not kept one by one.
const ROUTES_MAX: usize = 200;
const OTHERS: &str = "others";

/// What the entry's route is called.
pub(super) fn name(entry: &Entry) -> &str {
    entry.operation.map_or(&*entry.route, |operation| operation.as_str())
}

impl Routes {
    /// Takes in a request.
    pub(super) fn count(&mut self, entry: &Entry, while_closed: bool) {
        let mut name = name(entry);
        if !self.0.contains_key(name) {
            if self.0.len() >= ROUTES_MAX {
                name = OTHERS;
            }
            self.0.entry(name.to_owned()).or_default();
        }
        let Some(route) = self.0.get_mut(name) else {
            return;
        };
        route.calls += 1;
        route.effective += u64::from(!entry.effects.is_empty());
        route.while_closed += u64::from(while_closed);
        match entry.answer.as_ref().map(|answer| answer.status) {
            Some(429) => route.throttled += 1,
            Some(status) if status < 400 => {}
            Some(_) | None => route.failed += 1,
        }
    }

    /// All of them together.
    pub fn total(&self) -> Route {
        let mut total = Route::default();
        for route in self.0.values() {
            total.absorb(*route);
        }
        total
    }

    /// Adds other ones up.
    pub fn absorb(&mut self, other: Self) {
        for (name, route) in other.0 {
            self.0.entry(name).or_default().absorb(route);
        }
    }
}

impl Route {
    fn absorb(&mut self, other: Self) {
        self.calls += other.calls;
        self.effective += other.effective;
        self.throttled += other.throttled;
        self.failed += other.failed;
        self.while_closed += other.while_closed;
    }
}
