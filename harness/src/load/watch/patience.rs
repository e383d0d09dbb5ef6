//! Patience of a crowd: whether each request waits as it was told.
//!
//! In a story one request is under way, and whoever calls a route that is closed has not listened. Under load a bridge has
//! many under way, and the usual design (that of OpenAI's own clients) lets each of them wait for itself: a new one that
//! meets a closed route is refused once and waits, too. So nobody is accused of calling a route while it is closed, only
//! of sending the same request again and again before the time that this very request was told.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use mock_openai::{Entry, Timestamp};

use crate::judge::patience::{EARLY_MS, told_wait};

/// How often a write may come again too early: its answer was lost, or the identity provider asked twice.
const WRITES_MAX: u32 = 3;
/// The same for a read, which many threads may need at the same moment.
const READS_MAX: u32 = 100;
/// Refused requests that are remembered.
const REQUESTS_MAX: usize = 10_000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// By route, until when it is closed.
    closed: HashMap<String, u64>,
    /// By the hash of the request.
    refused: HashMap<u64, Refused>,
}

#[derive(Clone, Copy, Debug)]
struct Refused {
    seq: u64,
    told_at: u64,
    until: u64,
    early: u32,
}

impl Patience {
    /// Whether a 429 has closed this route at this moment.
    pub(super) fn is_closed(&self, route: &str, now: Timestamp) -> bool {
        let until = self.closed.get(route);
        until.is_some_and(|until| now.as_millis() + EARLY_MS < *until)
    }

    /// Takes in a request; gives what it breaks, in words.
    pub(super) fn observe(&mut self, route: &str, entry: &Entry) -> Option<String> {
        let key = key(entry)?;
        let arrived = entry.arrived.as_millis();
        let breach = self.refused.get_mut(&key).and_then(|refused| refused.breach_by(entry));
        let told_at = entry.answered.map_or(arrived, Timestamp::as_millis);
        let Some(wait) = told_wait(entry, told_at) else {
            self.refused.remove(&key);
            return breach;
        };
        let until = told_at + wait;
        let closed = self.closed.entry(route.to_owned()).or_default();
        *closed = until.max(*closed);
        if self.refused.len() >= REQUESTS_MAX {
            self.refused.retain(|_, refused| refused.until > arrived);
        }
        if self.refused.len() >= REQUESTS_MAX {
            self.refused.clear();
        }
        // Where two threads send the same, the one that was told first may come first.
        let told = Refused {
            seq: entry.seq,
            told_at,
            until,
            early: 0,
        };
        let known = self.refused.entry(key).or_insert(told);
        if known.until <= arrived + EARLY_MS {
            *known = told;
        }
        breach
    }
}

impl Refused {
    fn breach_by(&mut self, entry: &Entry) -> Option<String> {
        let arrived = entry.arrived.as_millis();
        if arrived + EARLY_MS >= self.until {
            return None;
        }
        self.early += 1;
        let is_read = entry
            .request
            .as_ref()
            .is_some_and(|request| request.method == http::Method::GET);
        let most = if is_read { READS_MAX } else { WRITES_MAX };
        (self.early > most).then(|| {
            format!(
                "was sent {} times more (#{}) before the time it was told: #{} was refused with 429 and told to wait {} ms, \
                 and this came after {} ms",
                self.early,
                entry.seq,
                self.seq,
                self.until - self.told_at,
                arrived.saturating_sub(self.told_at),
            )
        })
    }
}

/// What makes a request the same; `None` if the journal has cut it short.
fn key(entry: &Entry) -> Option<u64> {
    let request = entry.request.as_ref()?;
    if request.body().len() < request.body_length {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    (&request.method, request.path(), request.query(), request.body()).hash(&mut hasher);
    Some(hasher.finish())
}
