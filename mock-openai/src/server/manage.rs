//! The management API: everything a test does to the organization that is no Admin API call.
//!
//! JSON in, JSON out, errors as `{"error": "…"}`. It has no key: it belongs on loopback, where
//! the bridge does not look. Unknown fields are refused and the allowed ones named.

mod organizations;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use self::organizations::Meant;
use super::Shared;
use crate::fault::FaultRule;
use crate::org::{NewAdminKey, Org, WorldError};
use crate::record::OrgRole;
use crate::settings::Settings;

/// Largest body, in bytes. A state of a million users has about 250 MB.
const MAX_BODY: usize = 512 << 20;

/// Journal entries in one answer, at most.
const MAX_ENTRIES: usize = 10_000;

const JSON: &str = "application/json";

/// Said to those who lost their way.
const PATHS: &str = "GET /health, POST /reset, GET or POST /organizations, GET or PUT /state, \
    GET /journal, POST /users, POST /groups, POST /admin_keys, POST /invites, POST /invites/{id}/accept, POST /invites/{id}/expire, \
    POST /invites/{id}/decline, GET or PATCH /settings, GET or PUT /faults, POST /clock/advance";

type Answer = Result<Response, Problem>;

/// Serves until the task is ended.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .route("/health", get(health))
        .route("/organizations", get(organizations::list).post(organizations::add))
        .route("/reset", post(reset))
        .route("/state", get(state).put(put_state))
        .route("/journal", get(journal))
        .route("/users", post(add_user))
        .route("/groups", post(add_group))
        .route("/invites", post(add_invite))
        .route("/invites/{id}/accept", post(accept_invite))
        .route("/invites/{id}/expire", post(expire_invite))
        .route("/invites/{id}/decline", post(decline_invite))
        .route("/admin_keys", post(add_admin_key))
        .route("/settings", get(settings).patch(patch_settings))
        .route("/faults", get(faults).put(put_faults))
        .route("/clock/advance", post(advance_clock))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, format!("known are {PATHS}")))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("known are {PATHS}"))
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(as_json))
        .with_state(shared);
    // It only returns if it is told to, which it is not.
    let _ = axum::serve(listener, router).await;
}

async fn health(Meant(org): Meant) -> Answer {
    let (seed, last_seq, now) = org.org(|org, now| (org.seed(), org.journal().last_seq(), now));
    let version = env!("CARGO_PKG_VERSION");
    ok(&json!({
        "status": "ok", "version": version, "seed": seed, "last_seq": last_seq, "now_ms": now,
    }))
}

async fn reset(Meant(org): Meant) -> Answer {
    org.org(|org, _| org.reset());
    ok(&json!({}))
}

async fn state(Meant(org): Meant) -> Answer {
    let state = org.org(|org, _| org.state());
    ok(&state)
}

async fn put_state(Meant(org): Meant, body: Bytes) -> Answer {
    let state = parse(&body)?;
    let outcome = org.org(|org, now| org.set_state(state, now));
    outcome.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    ok(&json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
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

async fn journal(State(shared): State<Arc<Shared>>, span: Result<Query<Span>, QueryRejection>) -> Answer {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default = "reader")]
    role: OrgRole,
}

fn reader() -> OrgRole {
    OrgRole::Reader
}

async fn add_user(Meant(org): Meant, body: Bytes) -> Answer {
    let NewUser { email, name, role } = parse(&body)?;
    let user = org.org(|org, now| {
        let user_id = org.add_member(&email, name.as_deref(), role, now);
        org.user(&user_id).cloned()
    });
    ok(&user)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvite {
    email: String,
    #[serde(default = "reader")]
    role: OrgRole,
}

async fn add_invite(Meant(org): Meant, body: Bytes) -> Answer {
    let NewInvite { email, role } = parse(&body)?;
    let invite = org.org(|org, now| {
        let invite_id = org.add_invite(&email, role, now);
        org.invite(&invite_id).cloned()
    });
    ok(&invite)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGroup {
    name: String,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    scim_managed: bool,
}

async fn add_group(Meant(org): Meant, body: Bytes) -> Answer {
    let NewGroup {
        name,
        members,
        scim_managed,
    } = parse(&body)?;
    let group_id = org.org(|org, now| {
        let stranger = members.iter().find(|user_id| org.user(user_id).is_none());
        match stranger {
            Some(stranger) => Err(WorldError::NoUser(stranger.clone())),
            None => Ok(org.add_group(&name, &members, scim_managed, now)),
        }
    })?;
    ok(&json!({ "id": group_id, "name": name, "members": members, "scim_managed": scim_managed }))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    #[serde(default)]
    name: Option<String>,
}

async fn accept_invite(Meant(org): Meant, Path(id): Path<String>, body: Bytes) -> Answer {
    let Acceptance { name } = if body.is_empty() {
        Acceptance::default()
    } else {
        parse(&body)?
    };
    let user = org.org(|org, now| org.accept_invite(&id, name.as_deref(), now))?;
    ok(&user)
}

async fn expire_invite(Meant(org): Meant, Path(id): Path<String>) -> Answer {
    org.org(|org, now| org.expire_invite(&id, now))?;
    ok(&json!({}))
}

async fn decline_invite(Meant(org): Meant, Path(id): Path<String>) -> Answer {
    org.org(|org, now| org.decline_invite(&id, now))?;
    ok(&json!({}))
}

/// Answers with the whole key, secret included.
async fn add_admin_key(Meant(org): Meant, body: Bytes) -> Answer {
    let new: NewAdminKey = parse(&body)?;
    ok(&org.org(|org, now| org.add_admin_key(new, now))?)
}

async fn settings(Meant(org): Meant) -> Answer {
    ok(&org.org(|org, _| org.settings().clone()))
}

/// Changes the settings that the body names and leaves the others.
async fn patch_settings(Meant(org): Meant, body: Bytes) -> Answer {
    let patch: BTreeMap<String, Value> = parse(&body)?;
    let changed = org.org(|org, _| {
        let mut merged = serde_json::to_value(org.settings()).map_err(Problem::bad_json)?;
        for (name, value) in patch {
            merged[name] = value;
        }
        let settings: Settings = serde_json::from_value(merged).map_err(Problem::bad_json)?;
        org.settings_mut().clone_from(&settings);
        Ok::<_, Problem>(settings)
    })?;
    ok(&changed)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    rules: Vec<FaultRule>,
}

async fn faults(Meant(org): Meant) -> Answer {
    let rules = org.org(|org, _| org.faults().rules().cloned().collect());
    ok(&Faults { rules })
}

async fn put_faults(Meant(org): Meant, body: Bytes) -> Answer {
    let Faults { rules } = parse(&body)?;
    org.org(|org, _| org.faults_mut().set(rules.clone()));
    ok(&Faults { rules })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance_clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let Advance { seconds } = parse(&body)?;
    shared.advance_clock(Duration::from_secs(seconds));
    for org in shared.all() {
        org.org(Org::tick);
    }
    ok(&json!({ "now_ms": shared.now() }))
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
            WorldError::NoInvite(_) | WorldError::NoUser(_) | WorldError::NoGroup(_) => StatusCode::NOT_FOUND,
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
