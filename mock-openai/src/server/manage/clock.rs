//! The one clock of all organizations.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Problem, ok, parse};
use crate::clock::Clock;
use crate::server::Shared;
use crate::timestamp::Timestamp;

pub(super) async fn show(State(shared): State<Arc<Shared>>) -> Answer {
    let frozen_at = shared.clock().frozen_at();
    let mode = if frozen_at.is_some() { "frozen" } else { "real" };
    ok(&json!({ "mode": mode, "now_ms": frozen_at.unwrap_or_else(|| shared.now()) }))
}

#[derive(Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
enum WantedClock {
    Real,
    Frozen { now_ms: Option<Timestamp> },
}

pub(super) async fn put(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let wanted = match parse(&body)? {
        WantedClock::Real => Clock::Real,
        WantedClock::Frozen { now_ms } => Clock::Frozen(now_ms.unwrap_or_else(|| shared.now())),
    };
    let set = shared.clock().set(wanted);
    set.map_err(|error| Problem::new(StatusCode::CONFLICT, error.to_string()))?;
    shared.clock_moved();
    show(State(shared)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

pub(super) async fn advance(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let Advance { seconds } = parse(&body)?;
    shared.clock().advance(Duration::from_secs(seconds));
    shared.clock_moved();
    show(State(shared)).await
}
