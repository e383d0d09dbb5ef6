//! The organization as a whole: emptied, shown, replaced.

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::json;

use super::organizations::Meant;
use super::{Answer, Problem, ok, parse};

pub(super) async fn reset(Meant(org): Meant) -> Answer {
    org.org(|org, _| org.reset());
    ok(&json!({}))
}

pub(super) async fn state(Meant(org): Meant) -> Answer {
    let state = org.org(|org, _| org.state());
    ok(&state)
}

pub(super) async fn put_state(Meant(org): Meant, body: Bytes) -> Answer {
    let state = parse(&body)?;
    let outcome = org.org(|org, now| org.set_state(state, now));
    outcome.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    ok(&json!({}))
}
