//! Which organization a call is about, and the list of all.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Answer, Problem, ok, parse};
use crate::org::{AdminKeys, Org};
use crate::server::Shared;
use crate::server::shared::AddOrganizationError;
use crate::server::tenant::Tenant;

/// The organization that a call without other parameters is about: `?organization=org-…`, the
/// first one if none is named.
pub(super) struct Meant(pub(super) Arc<Tenant>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(default)]
    organization: Option<String>,
}

impl FromRequestParts<Arc<Shared>> for Meant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Query(Named { organization }) = Query::try_from_uri(&parts.uri).map_err(Problem::bad_query)?;
        meant(shared, organization.as_deref()).map(Self)
    }
}

/// The organization with this id, the first one without an id.
pub(super) fn meant(shared: &Shared, id: Option<&str>) -> Result<Arc<Tenant>, Problem> {
    let Some(id) = id else {
        return Ok(Arc::clone(shared.first()));
    };
    let missing = || Problem::new(StatusCode::NOT_FOUND, format!("there is no organization {id}"));
    shared.with_id(id).ok_or_else(missing)
}

/// An organization in the list.
#[derive(Serialize)]
struct Summary {
    id: String,
    /// The key that it was set up with, if that is still there.
    admin_key: Option<String>,
    any_admin_key: bool,
    seed: u64,
    users: usize,
    last_seq: u64,
}

impl Summary {
    fn of(org: &Org) -> Self {
        Self {
            id: org.id().to_owned(),
            admin_key: org.admin_key().map(str::to_owned),
            any_admin_key: org.is_open(),
            seed: org.seed(),
            users: org.user_count(),
            last_seq: org.journal().last_seq(),
        }
    }
}

pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Answer {
    let all = shared.all();
    let summaries: Vec<_> = all.iter().map(|tenant| tenant.org(|org, _| Summary::of(org))).collect();
    ok(&json!({ "organizations": summaries }))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    /// The key that opens it; made up if absent.
    #[serde(default)]
    admin_key: Option<String>,
    /// Whether it lets in keys that no organization knows. Only the first such one ever sees any.
    #[serde(default)]
    any_admin_key: bool,
}

pub(super) async fn add(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let new = if body.is_empty() {
        NewOrganization::default()
    } else {
        parse(&body)?
    };
    let keys = match new {
        NewOrganization {
            admin_key: Some(key),
            any_admin_key: false,
        } => AdminKeys::Only(key),
        NewOrganization {
            admin_key: None,
            any_admin_key: false,
        } => AdminKeys::MadeUp,
        NewOrganization {
            admin_key: None,
            any_admin_key: true,
        } => AdminKeys::Any,
        NewOrganization {
            admin_key: Some(_),
            any_admin_key: true,
        } => {
            let text = "give either `admin_key` or `any_admin_key`, not both";
            return Err(Problem::new(StatusCode::BAD_REQUEST, text.to_owned()));
        }
    };
    let tenant = shared.add(keys)?;
    ok(&tenant.org(|org, _| Summary::of(org)))
}

impl From<AddOrganizationError> for Problem {
    fn from(error: AddOrganizationError) -> Self {
        Self::new(StatusCode::CONFLICT, error.to_string())
    }
}
