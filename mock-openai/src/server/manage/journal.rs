//! What happened: a page of it, or all that comes from now on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::{Deserialize, Deserializer, Serialize};
use tokio::time::{Instant, timeout_at};

use super::{Answer, Problem, ok, organizations};
use crate::journal::{Cause, Counts, Entry};
use crate::operation::Operation;
use crate::server::Shared;
use crate::server::tenant::Tenant;

/// Journal entries in one answer, at most; and those that are looked at in one step of following.
const MAX_ENTRIES: usize = 10_000;

/// Entries in an answer that asks for no number.
const DEFAULT_LIMIT: usize = 1000;

/// How long somebody may follow: a day.
const MAX_FOLLOWED: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    organization: Option<String>,
    /// Entries with a higher number.
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    operation: Option<Operation>,
    #[serde(default)]
    cause: Option<Cause>,
    #[serde(default, deserialize_with = "status")]
    status: Option<Statuses>,
    /// Entries whose JSON contains this text, whatever its case.
    #[serde(default)]
    contains: Option<String>,
    /// Whether to go on with what is yet to come, a line for each entry.
    #[serde(default)]
    follow: bool,
    /// When to stop following.
    #[serde(default)]
    timeout_ms: Option<u64>,
}

/// One status, or all from 100 n.
#[derive(Clone, Copy)]
enum Statuses {
    One(u16),
    Class(u16),
}

pub(super) async fn show(State(shared): State<Arc<Shared>>, wanted: Result<Query<Wanted>, QueryRejection>) -> Answer {
    let Query(mut wanted) = wanted.map_err(Problem::bad_query)?;
    wanted.contains = wanted.contains.map(|text| text.to_lowercase());
    let org = organizations::meant(&shared, wanted.organization.as_deref())?;
    match (wanted.follow, wanted.timeout_ms) {
        (true, _) => Ok(follow(org, wanted)),
        (false, None) => page(&org, &wanted),
        (false, Some(_)) => {
            let text = "`timeout_ms` is for `follow=true`".to_owned();
            Err(Problem::new(StatusCode::BAD_REQUEST, text))
        }
    }
}

#[derive(Serialize)]
struct Page<'a> {
    last_seq: u64,
    counts: Counts,
    entries: Vec<&'a Entry>,
}

fn page(org: &Tenant, wanted: &Wanted) -> Answer {
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_ENTRIES);
    let is_any = wanted.is_any();
    let (last_seq, counts, entries) = org.org(|org, _| {
        let journal = org.journal();
        // Entries are shared: this copies pointers. What they say is looked at later.
        let most = if is_any { limit } else { usize::MAX };
        let entries: Vec<_> = journal.after(wanted.after).take(most).cloned().collect();
        (journal.last_seq(), journal.counts().clone(), entries)
    });
    let entries = entries.iter().map(AsRef::as_ref);
    let entries: Vec<_> = entries.filter(|entry| wanted.is(entry)).take(limit).collect();
    ok(&Page {
        last_seq,
        counts,
        entries,
    })
}

/// Lines of JSON, until the client leaves, the time is over, or as many have come as are wanted.
fn follow(org: Arc<Tenant>, wanted: Wanted) -> Response {
    let patience = wanted.timeout_ms.map_or(MAX_FOLLOWED, Duration::from_millis);
    let follower = Follower {
        after: wanted.after,
        left: wanted.limit.unwrap_or(usize::MAX),
        end: Instant::now() + patience.min(MAX_FOLLOWED),
        org,
        wanted,
    };
    let lines = stream::unfold(follower, |mut follower| async {
        let lines = follower.lines().await?;
        Some((Ok::<_, Infallible>(Bytes::from(lines)), follower))
    });
    let head = [(header::CONTENT_TYPE, "application/x-ndjson")];
    (head, Body::from_stream(lines)).into_response()
}

struct Follower {
    org: Arc<Tenant>,
    wanted: Wanted,
    after: u64,
    left: usize,
    end: Instant,
}

impl Follower {
    /// The next lines, as soon as there is one.
    async fn lines(&mut self) -> Option<Vec<u8>> {
        let mut changes = self.org.changes();
        while self.left > 0 {
            let entries: Vec<_> = self
                .org
                .org(|org, _| org.journal().after(self.after).take(MAX_ENTRIES).cloned().collect());
            self.after = entries.last().map_or(self.after, |entry: &Arc<Entry>| entry.seq);
            let mut lines = Vec::new();
            for entry in entries.iter().filter(|entry| self.wanted.is(entry)).take(self.left) {
                serde_json::to_writer(&mut lines, entry.as_ref()).ok()?;
                lines.push(b'\n');
                self.left -= 1;
            }
            if !lines.is_empty() {
                return Some(lines);
            }
            let newer = changes.wait_for(|last| *last > self.after);
            timeout_at(self.end, newer).await.ok()?.ok()?;
        }
        None
    }
}

impl Wanted {
    fn is_any(&self) -> bool {
        self.operation.is_none() && self.cause.is_none() && self.status.is_none() && self.contains.is_none()
    }

    fn is(&self, entry: &Entry) -> bool {
        let has_status = |wanted: Statuses| entry.answer.as_ref().is_some_and(|answer| wanted.has(answer.status));
        let has_text = |text: &String| {
            let json = serde_json::to_string(entry).unwrap_or_default();
            json.to_lowercase().contains(text)
        };
        self.operation.is_none_or(|wanted| entry.operation == Some(wanted))
            && self.cause.is_none_or(|wanted| entry.cause == wanted)
            && self.status.is_none_or(has_status)
            && self.contains.as_ref().is_none_or(has_text)
    }
}

impl Statuses {
    fn has(self, status: u16) -> bool {
        match self {
            Self::One(wanted) => status == wanted,
            Self::Class(hundreds) => status / 100 == hundreds,
        }
    }
}

fn status<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Statuses>, D::Error> {
    let text = String::deserialize(from)?;
    let class = text.strip_suffix("xx").and_then(|hundreds| hundreds.parse().ok());
    let status = match class {
        Some(hundreds @ 1..=5) => Some(Statuses::Class(hundreds)),
        Some(_) => None,
        None => text.parse().ok().map(Statuses::One),
    };
    let wrong = || serde::de::Error::custom(format!("`{text}` is no status; write 429 or 4xx"));
    status.map(Some).ok_or_else(wrong)
}
