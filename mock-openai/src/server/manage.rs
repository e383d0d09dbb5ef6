//! The management API: everything a test does to the organizations that is no Admin API call.
//!
//! JSON in, JSON out, errors as `{"error": "…"}`. It has no key: it belongs on loopback, where
//! the bridge does not look. Unknown fields are refused and the allowed ones named. Routes are one
//! table; the folder has a file for each noun.

mod clock;
mod faults;
mod invites;
mod journal;
mod organizations;
mod people;
mod settings;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::QueryRejection;
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, patch, post, put};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::net::TcpListener;

use self::organizations::Meant;
use super::Shared;
use crate::org::WorldError;

/// Largest body, in bytes. A state of a million users has about 250 MB.
const MAX_BODY: usize = 512 << 20;

const JSON: &str = "application/json";

type Answer = Result<Response, Problem>;

/// Serves until the task is ended.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // It only returns if it is told to, which it is not.
    let _ = axum::serve(listener, router(shared)).await;
}

fn router(shared: Arc<Shared>) -> Router {
    let add = |router: Router<_>, (_, path, handler)| router.route(path, handler);
    routes()
        .into_iter()
        .fold(Router::new(), add)
        .fallback(async || Problem::lost(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::lost(StatusCode::METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(as_json))
        .with_state(shared)
}

/// Verb, path, and who handles it.
fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<Shared>>)> {
    vec![
        ("GET", "/health", get(health)),
        ("POST", "/reset", post(state::reset)),
        ("GET", "/organizations", get(organizations::list)),
        ("POST", "/organizations", post(organizations::add)),
        ("GET", "/state", get(state::state)),
        ("PUT", "/state", put(state::put_state)),
        ("GET", "/journal", get(journal::journal)),
        ("POST", "/users", post(people::add_user)),
        ("POST", "/groups", post(people::add_group)),
        ("POST", "/admin_keys", post(people::add_admin_key)),
        ("POST", "/invites", post(invites::add_invite)),
        ("POST", "/invites/{id}/accept", post(invites::accept_invite)),
        ("POST", "/invites/{id}/expire", post(invites::expire_invite)),
        ("POST", "/invites/{id}/decline", post(invites::decline_invite)),
        ("GET", "/settings", get(settings::show)),
        ("PATCH", "/settings", patch(settings::patch)),
        ("GET", "/faults", get(faults::show)),
        ("PUT", "/faults", put(faults::put)),
        ("GET", "/clock", get(clock::show)),
        ("PUT", "/clock", put(clock::put)),
        ("POST", "/clock/advance", post(clock::advance)),
    ]
}

async fn health(Meant(org): Meant) -> Answer {
    let (seed, last_seq, now) = org.org(|org, now| (org.seed(), org.journal().last_seq(), now));
    let version = env!("CARGO_PKG_VERSION");
    ok(&json!({
        "status": "ok", "version": version, "seed": seed, "last_seq": last_seq, "now_ms": now,
    }))
}

/// Errors of the framework, such as an id that is not UTF-8, come as text: say them as we do.
async fn as_json(response: Response) -> Response {
    let is_ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|is| is == JSON);
    if is_ours || response.status().is_success() {
        return response;
    }
    let text = response.status().canonical_reason().unwrap_or("error");
    Problem::new(response.status(), text.to_owned()).into_response()
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(Problem::bad_json)
}

fn ok(body: &impl Serialize) -> Answer {
    let body =
        serde_json::to_vec(body).map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, JSON)], body).into_response())
}

/// What went wrong, for a person to read.
struct Problem {
    status: StatusCode,
    error: String,
}

impl Problem {
    fn new(status: StatusCode, error: String) -> Self {
        Self { status, error }
    }

    /// Said to those who lost their way.
    fn lost(status: StatusCode) -> Self {
        let known: Vec<_> = routes()
            .iter()
            .map(|(verb, path, _)| format!("{verb} {path}"))
            .collect();
        Self::new(status, format!("known are {}", known.join(", ")))
    }

    #[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
    fn bad_query(error: QueryRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.body_text())
    }

    #[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
    fn bad_json(error: serde_json::Error) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<WorldError> for Problem {
    fn from(error: WorldError) -> Self {
        let status = match error {
            WorldError::NoInvite(_) | WorldError::NoUser(_) | WorldError::NoGroup(_) | WorldError::NoProject(_) => {
                StatusCode::NOT_FOUND
            }
            WorldError::NotPending(..) | WorldError::KeyTaken => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error }).to_string();
        (self.status, [(header::CONTENT_TYPE, JSON)], body).into_response()
    }
}
