//! What other admins do in the dashboard: members, groups and keys made by hand.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::organizations::Meant;
use super::{Answer, ok, parse};
use crate::org::{NewAdminKey, WorldError};
use crate::record::OrgRole;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default = "reader")]
    role: OrgRole,
}

pub(super) fn reader() -> OrgRole {
    OrgRole::Reader
}

pub(super) async fn add_user(Meant(org): Meant, body: Bytes) -> Answer {
    let NewUser { email, name, role } = parse(&body)?;
    let user = org.org(|org, now| {
        let user_id = org.add_member(&email, name.as_deref(), role, now);
        org.user(&user_id).cloned()
    });
    ok(&user)
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

pub(super) async fn add_group(Meant(org): Meant, body: Bytes) -> Answer {
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

/// Answers with the whole key, secret included.
pub(super) async fn add_admin_key(Meant(org): Meant, body: Bytes) -> Answer {
    let new: NewAdminKey = parse(&body)?;
    ok(&org.org(|org, now| org.add_admin_key(new, now))?)
}
