//! Invites by hand, and what people do with them.

use axum::extract::Path;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::organizations::Meant;
use super::people::reader;
use super::{Answer, ok, parse};
use crate::record::OrgRole;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvite {
    email: String,
    #[serde(default = "reader")]
    role: OrgRole,
}

pub(super) async fn add_invite(Meant(org): Meant, body: Bytes) -> Answer {
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
    #[serde(default)]
    name: Option<String>,
}

pub(super) async fn accept_invite(Meant(org): Meant, Path(id): Path<String>, body: Bytes) -> Answer {
    let Acceptance { name } = if body.is_empty() {
        Acceptance::default()
    } else {
        parse(&body)?
    };
    let user = org.org(|org, now| org.accept_invite(&id, name.as_deref(), now))?;
    ok(&user)
}

pub(super) async fn expire_invite(Meant(org): Meant, Path(id): Path<String>) -> Answer {
    org.org(|org, now| org.expire_invite(&id, now))?;
    ok(&json!({}))
}

pub(super) async fn decline_invite(Meant(org): Meant, Path(id): Path<String>) -> Answer {
    org.org(|org, now| org.decline_invite(&id, now))?;
    ok(&json!({}))
}
