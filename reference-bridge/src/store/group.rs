//! What the bridge keeps about one group.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::core::json::{self, Object};

/// A group, known to the identity provider or found upstream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupRecord {
    /// SCIM id. Never changes.
    pub(crate) id: String,
    /// Order of creation.
    pub(crate) seq: u64,
    /// What the client sent, without members.
    pub(crate) attributes: Object,
    /// SCIM ids of the members, pending and inactive people included.
    pub(crate) members: Vec<String>,
    /// Who is in the group upstream because of us: SCIM id to user id.
    pub(crate) applied: HashMap<String, String>,
    /// The group upstream. `None` after it was deleted by hand.
    pub(crate) upstream_id: Option<String>,
    /// The name upstream.
    pub(crate) upstream_name: String,
    /// Whether an identity provider ever wrote this group. Others were found upstream.
    pub(crate) claimed: bool,
    /// Whether the members upstream were read into `members` (always so for our own groups).
    pub(crate) imported: bool,
    /// `meta.created`.
    pub(crate) created: String,
    /// `meta.lastModified`.
    pub(crate) modified: String,
}

impl GroupRecord {
    /// The name.
    pub(crate) fn name(&self) -> &str {
        json::get_str(&self.attributes, "displayName").unwrap_or_default()
    }
}
