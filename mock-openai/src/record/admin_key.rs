//! Keys that open an organization: who owns them, how long they live, what they may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::OrgRole;
use crate::timestamp::Timestamp;

/// A key that opens the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminKey {
    /// `key_…`
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What is sent as bearer token: `sk-admin-…`, or anything else that a test likes. It is part
    /// of the state, which is therefore as secret as the keys are.
    pub secret: String,
    /// When it was made.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// When it ends, if ever. From then on it is answered like a wrong key.
    #[serde(rename = "expires_at_ms", default)]
    pub expires_at: Option<Timestamp>,
    /// When it last opened the organization, whatever came of the request. No part of the state,
    /// which would then be another one after every read.
    #[serde(skip)]
    pub last_used_at: Option<Timestamp>,
    /// Whose it is.
    pub owner: KeyOwner,
    /// What it may do; if absent, what the setting
    /// [`key_scope`](crate::Settings::key_scope) says.
    #[serde(default)]
    pub scopes: Option<BTreeSet<Scope>>,
}

impl AdminKey {
    /// Whether its time is over. There is no other expiry than this comparison.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Who owns a key, as they were when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyOwner {
    /// A person or a service account.
    #[serde(rename = "type")]
    pub kind: KeyOwnerKind,
    /// `user-…` or `sa_…`
    pub id: String,
    /// The name; empty if it is not known.
    pub name: String,
    /// The address; service accounts have none.
    #[serde(default)]
    pub email: Option<String>,
    /// When the person joined, or the account was made.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// The role in the organization.
    pub role: OrgRole,
}

/// What owns a key (specified).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOwnerKind {
    /// A member of the organization.
    User,
    /// An account for a program.
    ServiceAccount,
}

/// Leave for a kind of operations. A write does not include the read (our choice).
///
/// OpenAI publishes no list for the Admin API. `api.management.read` was reported for users,
/// invites, projects and admin keys, the two about groups appear in examples of role permissions,
/// and `api.management.write` is inference. Roles and audit logs count as management (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// To read everything but groups.
    #[serde(rename = "api.management.read")]
    ManagementRead,
    /// To change everything but groups.
    #[serde(rename = "api.management.write")]
    ManagementWrite,
    /// To read groups and who is in them.
    #[serde(rename = "api.groups.read")]
    GroupsRead,
    /// To change groups and who is in them.
    #[serde(rename = "api.groups.write")]
    GroupsWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: &[Self] = &[
        Self::ManagementRead,
        Self::ManagementWrite,
        Self::GroupsRead,
        Self::GroupsWrite,
    ];

    /// The name in a 403.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManagementRead => "api.management.read",
            Self::ManagementWrite => "api.management.write",
            Self::GroupsRead => "api.groups.read",
            Self::GroupsWrite => "api.groups.write",
        }
    }
}
