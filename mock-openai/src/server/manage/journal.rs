//! What happened.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use super::{Answer, Problem, ok, organizations};
use crate::server::Shared;

/// Journal entries in one answer, at most.
const MAX_ENTRIES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    after: u64,
    #[serde(default = "default_limit")]
    limit: usize,
}

fn default_limit() -> usize {
    1000
}

pub(super) async fn journal(State(shared): State<Arc<Shared>>, span: Result<Query<Span>, QueryRejection>) -> Answer {
    let Query(Span {
        organization,
        after,
        limit,
    }) = span.map_err(Problem::bad_query)?;
    let org = organizations::meant(&shared, organization.as_deref())?;
    let (last_seq, counts, entries) = org.org(|org, _| {
        let journal = org.journal();
        let entries = journal.after(after).take(limit.min(MAX_ENTRIES)).cloned();
        (
            journal.last_seq(),
            journal.counts().clone(),
            entries.collect::<Vec<_>>(),
        )
    });
    let entries: Vec<_> = entries.iter().map(AsRef::as_ref).collect();
    ok(&JournalPage {
        last_seq,
        counts,
        entries,
    })
}

#[derive(Serialize)]
struct JournalPage<'a> {
    last_seq: u64,
    counts: crate::journal::Counts,
    entries: Vec<&'a crate::journal::Entry>,
}
