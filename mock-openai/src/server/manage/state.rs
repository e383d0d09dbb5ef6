//! The organization as a whole: emptied, seeded, shown, replaced.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;

use super::organizations::Meant;
use super::{Answer, JSON, Problem, ok, parse};
use crate::org::{Dump, Seed};
use crate::server::tenant::Tenant;

/// Bytes that are written while the organization is locked: about a thousand users.
const PIECE: usize = 256 << 10;

pub(super) async fn reset(Meant(org): Meant) -> Answer {
    org.org(|org, _| org.reset());
    ok(&json!({}))
}

/// Streams it: neither is there ever a second copy of it, nor does anybody wait for the client. One
/// that fits into a piece is always whole; a larger one breaks off if it changes meanwhile.
pub(super) async fn show(Meant(org): Meant) -> Answer {
    let dump = org.org(|org, _| org.dump());
    let pieces = stream::try_unfold(Some(dump), move |dump| {
        std::future::ready(dump.map(|dump| piece(&org, dump)).transpose())
    });
    Ok(([(header::CONTENT_TYPE, JSON)], Body::from_stream(pieces)).into_response())
}

/// The next piece, and the rest if there is any.
fn piece(org: &Arc<Tenant>, mut dump: Dump) -> io::Result<(Bytes, Option<Dump>)> {
    let mut text = Vec::with_capacity(2 * PIECE);
    let is_more = org.org(|org, _| org.go_on(&mut dump, &mut text, PIECE));
    let is_more = is_more.map_err(io::Error::other)?;
    Ok((text.into(), is_more.then_some(dump)))
}

pub(super) async fn put(Meant(org): Meant, body: Bytes) -> Answer {
    let state = parse(&body)?;
    // It takes as much memory as the organization itself.
    drop(body);
    let outcome = org.org(|org, now| org.set_state(state, now));
    outcome.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    ok(&json!({}))
}

pub(super) async fn seed(Meant(org): Meant, body: Bytes) -> Answer {
    let seed: Seed = parse(&body)?;
    let sown = org.org(|org, now| org.sow(seed, now));
    ok(&sown.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?)
}
