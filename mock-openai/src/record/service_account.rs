//! Users of a project that are no persons.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::store::Row;
use crate::timestamp::Timestamp;

/// A service account of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// `svc_acct_…`
    pub id: String,
    /// The name; not unique.
    pub name: String,
    /// What it may do.
    pub role: ServiceAccountRole,
    /// When it was made.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// Its keys.
    #[serde(default)]
    pub keys: Vec<ServiceAccountKey>,
}

impl Row for ServiceAccount {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// What a service account may do in its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceAccountRole {
    /// Nothing.
    None,
    /// Use it.
    Member,
    /// Administer it.
    Owner,
}

impl ServiceAccountRole {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

/// A key of a service account. The secret is told once and not kept: it opens nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountKey {
    /// `key_…`
    pub id: String,
    /// The name.
    pub name: String,
    /// When it was made.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// What it was asked to be good for; empty if nothing was said.
    #[serde(default)]
    pub scopes: Vec<String>,
}
