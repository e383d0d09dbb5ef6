//! What a bridge asks OpenAI for by itself, whoever asks it for what.
//!
//! A poller's read in the middle of a request looks like one that the request needs, and whether there is one is chance. So
//! the bridge is listened to once while nobody asks it for anything, and what it reads then is left out of transcripts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mock_openai::Entry;

use super::CALL;

/// What a bridge does by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// The reads it makes: path without ids, names of the parameters without values, `GET /organization/users?limit`.
    pub reads: BTreeSet<String>,
    /// The time between two rounds, if it goes round.
    pub rhythm: Option<Duration>,
}

impl Background {
    /// What is heard in the journal of so long a silence.
    pub fn heard<'a>(entries: impl IntoIterator<Item = &'a Entry>, silence: Duration) -> Self {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for kind in entries.into_iter().filter_map(kind_of) {
            *counts.entry(kind).or_default() += 1;
        }
        Self {
            rhythm: counts.values().max().map(|most| silence / *most),
            reads: counts.into_keys().collect(),
        }
    }
}

/// The kind of a read: path without ids, names of its parameters without values. `None` for what is no read.
pub(super) fn kind_of(entry: &Entry) -> Option<String> {
    let request = entry.request.as_ref()?;
    (request.method == http::Method::GET).then(|| kind(&entry.route, request.query()))
}

fn kind(route: &str, query: &str) -> String {
    let segments = route.split('/').map(|part| if part.contains('{') { "*" } else { part });
    let path = segments.collect::<Vec<_>>().join("/");
    let names = query.split('&').filter(|part| !part.is_empty());
    let names = names.map(|part| part.split('=').next().unwrap_or_default());
    let names: BTreeSet<String> = names.map(|name| name.replace("%5B", "[").replace("%5D", "]")).collect();
    if names.is_empty() {
        return path;
    }
    format!("{path}?{}", names.into_iter().collect::<Vec<_>>().join("&"))
}

/// A transcript without the reads of these kinds.
pub fn without(transcript: &str, kinds: &BTreeSet<String>) -> String {
    let is_one = |line: &str| {
        let call = line.strip_prefix(CALL).and_then(|line| line.split(" → ").next());
        let parts = call.map(|call| call.split_once('?').unwrap_or((call, "")));
        parts.is_some_and(|(route, query)| route.starts_with("GET ") && kinds.contains(&kind(route, query)))
    };
    let mut text = String::with_capacity(transcript.len());
    for line in transcript.lines().filter(|line| !is_one(line)) {
        // Where all calls of a block went, its empty line goes too.
        if !(line.is_empty() && text.ends_with("\n\n")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
