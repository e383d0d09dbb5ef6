//! Something that happens at the organization just before a call is carried out: a race, decided.

use std::fmt;
use std::sync::Arc;

use super::contains;
use crate::message::Request;
use crate::operation::Operation;
use crate::org::Org;
use crate::timestamp::Timestamp;

/// What happens.
type Event = dyn Fn(&mut Org, Timestamp) + Send + Sync;

/// Something that happens once, between the arrival of a request and its answer, which is then as it must be.
#[derive(Clone)]
pub struct Interlude {
    operation: Operation,
    containing: Option<String>,
    /// How many matching requests are still to come, the one that is hit included; 0 when it has happened.
    left: u32,
    happens: Arc<Event>,
}

impl Interlude {
    /// `happens` before the `nth` request (the first is 1) for `operation` whose path, query or body contains the text.
    pub fn new(
        operation: Operation,
        containing: Option<String>,
        nth: u32,
        happens: impl Fn(&mut Org, Timestamp) + Send + Sync + 'static,
    ) -> Self {
        Self {
            operation,
            containing,
            left: nth,
            happens: Arc::new(happens),
        }
    }

    /// Counts a request. Gives the interlude back if it is the one.
    pub(super) fn met(&mut self, operation: Option<Operation>, request: &Request) -> Option<Self> {
        let text = self.containing.as_deref();
        let is_about = operation == Some(self.operation) && text.is_none_or(|text| contains(request, text));
        if !is_about || self.left == 0 {
            return None;
        }
        self.left -= 1;
        (self.left == 0).then(|| self.clone())
    }

    /// Lets it happen.
    pub(crate) fn happen(&self, org: &mut Org, now: Timestamp) {
        (self.happens)(org, now);
    }
}

impl fmt::Debug for Interlude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interlude")
            .field("operation", &self.operation)
            .field("containing", &self.containing)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
