//! The management API: everything a test does to the organizations that is no Admin API call.
//!
//! JSON in, JSON out, errors as `{"error": "…"}`. It has no key: it belongs on loopback, where
//! the bridge does not look. Unknown fields are refused and the allowed ones named. Routes are one
//! table; the folder has a file for each noun.

mod clock;
mod faults;
mod guard;
mod invites;
mod journal;
mod organizations;
mod people;
mod settings;
mod state;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, patch, post, put};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

pub(super) use self::guard::Guard;
use self::organizations::Meant;
use super::Shared;
use crate::org::WorldError;

/// Largest body, in bytes. A state of a million users has about 250 MB.
const MAX_BODY: usize = 512 << 20;

const JSON: &str = "application/json";

type Answer = Result<Response, Problem>;

/// Everything but the socket. `guard` knows which requests are not to be trusted.
pub(super) fn router(shared: Arc<Shared>, guard: Guard) -> Router {
    let add = |router: Router<_>, (_, path, handler)| router.route(path, handler);
    routes()
        .into_iter()
        .fold(Router::new(), add)
        .fallback(async || Problem::lost(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::lost(StatusCode::METHOD_NOT_ALLOWED))
        .layer(from_fn_with_state(Arc::clone(&shared), saved))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(guard, guard::check))
        .layer(map_response(as_json))
        .with_state(shared)
}

/// Verb, path, and who handles it.
fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<Shared>>)> {
    vec![
        ("GET", "/health", get(health)),
        ("GET", "/openapi.json", get(description)),
        ("POST", "/reset", post(state::reset)),
        ("GET", "/organizations", get(organizations::list)),
        ("POST", "/organizations", post(organizations::add)),
        ("GET", "/state", get(state::show)),
        ("PUT", "/state", put(state::put)),
        ("POST", "/seed", post(state::seed)),
        ("GET", "/journal", get(journal::show)),
        ("POST", "/users", post(people::add_user)),
        ("POST", "/groups", post(people::add_group)),
        ("POST", "/admin_keys", post(people::add_admin_key)),
        ("POST", "/invites", post(invites::add)),
        ("POST", "/invites/accept", post(invites::accept_of)),
        ("POST", "/invites/expire", post(invites::expire_of)),
        ("POST", "/invites/decline", post(invites::decline_of)),
        ("POST", "/invites/{id}/accept", post(invites::accept)),
        ("POST", "/invites/{id}/expire", post(invites::expire)),
        ("POST", "/invites/{id}/decline", post(invites::decline)),
        ("GET", "/settings", get(settings::show)),
        ("PATCH", "/settings", patch(settings::patch)),
        ("GET", "/faults", get(faults::show)),
        ("PUT", "/faults", put(faults::put)),
        ("GET", "/clock", get(clock::show)),
        ("PUT", "/clock", put(clock::put)),
        ("POST", "/clock/advance", post(clock::advance)),
    ]
}

/// What this file and its folder do, for other programs to read. A test keeps it true.
async fn description() -> Answer {
    let text = include_str!("manage/openapi.json");
    Ok(([(header::CONTENT_TYPE, JSON)], text).into_response())
}

async fn health(Meant(org): Meant) -> Answer {
    let (seed, last_seq, now) = org.org(|org, now| (org.seed(), org.journal().last_seq(), now));
    let version = env!("CARGO_PKG_VERSION");
    ok(&json!({
        "status": "ok", "version": version, "seed": seed, "last_seq": last_seq, "now_ms": now,
    }))
}

/// Lets no answer out that reports a change which is not on disk, if it is kept there.
async fn saved(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Answer {
    let is_read = request.method() == Method::GET;
    let response = next.run(request).await;
    if !is_read {
        let unwritten = |error: io::Error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        shared.saved().await.map_err(unwritten)?;
    }
    Ok(response)
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
