//! Invites by hand, and what people do with them.

use axum::extract::Path;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::organizations::Meant;
use super::people::reader;
use super::{Answer, Problem, ok, parse};
use crate::org::Org;
use crate::record::OrgRole;
use crate::timestamp::Timestamp;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvite {
    email: String,
    #[serde(default = "reader")]
    role: OrgRole,
}

pub(super) async fn add(Meant(org): Meant, body: Bytes) -> Answer {
    let NewInvite { email, role } = parse(&body)?;
    let invite = org.org(|org, now| {
        let invite_id = org.add_invite(&email, role, now);
        org.invite(&invite_id).cloned()
    });
    ok(&invite)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// The name that the person gives themselves.
    #[serde(default)]
    name: Option<String>,
}

pub(super) async fn accept(Meant(org): Meant, Path(id): Path<String>, body: Bytes) -> Answer {
    let Acceptance { name } = if body.is_empty() {
        Acceptance::default()
    } else {
        parse(&body)?
    };
    let user = org.org(|org, now| org.accept_invite(&id, name.as_deref(), now))?;
    ok(&user)
}

pub(super) async fn expire(Meant(org): Meant, Path(id): Path<String>) -> Answer {
    org.org(|org, now| org.expire_invite(&id, now))?;
    ok(&json!({}))
}

pub(super) async fn decline(Meant(org): Meant, Path(id): Path<String>) -> Answer {
    org.org(|org, now| org.decline_invite(&id, now))?;
    ok(&json!({}))
}

/// Whose invite is meant: the newest pending one of this address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invited {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepting {
    email: String,
    #[serde(default)]
    name: Option<String>,
}

pub(super) async fn accept_of(Meant(org): Meant, body: Bytes) -> Answer {
    let Accepting { email, name } = parse(&body)?;
    let user = org.org(|org, now| {
        let id = newest(org, &email, now)?;
        Ok::<_, Problem>(org.accept_invite(&id, name.as_deref(), now)?)
    })?;
    ok(&user)
}

pub(super) async fn expire_of(Meant(org): Meant, body: Bytes) -> Answer {
    let Invited { email } = parse(&body)?;
    org.org(|org, now| {
        let id = newest(org, &email, now)?;
        Ok::<_, Problem>(org.expire_invite(&id, now)?)
    })?;
    ok(&json!({}))
}

pub(super) async fn decline_of(Meant(org): Meant, body: Bytes) -> Answer {
    let Invited { email } = parse(&body)?;
    org.org(|org, now| {
        let id = newest(org, &email, now)?;
        Ok::<_, Problem>(org.decline_invite(&id, now)?)
    })?;
    ok(&json!({}))
}

fn newest(org: &mut Org, email: &str, now: Timestamp) -> Result<String, Problem> {
    org.tick(now);
    let invites = org.pending_invites_for(email, now);
    let missing = || Problem::new(StatusCode::NOT_FOUND, format!("there is no pending invite for {email}"));
    invites.last().map(|invite| invite.id.clone()).ok_or_else(missing)
}
