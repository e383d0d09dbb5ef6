//! What the bridge keeps about one person.

use serde::{Deserialize, Serialize};

use crate::core::address;
use crate::core::json::{self, Object};
use crate::core::plan::Link;
use crate::core::role::Role;

/// A person, known to the identity provider or found upstream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// SCIM id. Never changes.
    pub(crate) id: String,
    /// Order of creation.
    pub(crate) seq: u64,
    /// What the client sent: see [`UserDraft`](crate::core::draft::UserDraft).
    pub(crate) attributes: Object,
    /// Whether the person should have access.
    pub(crate) active: bool,
    /// Whether an identity provider ever wrote this person. Others were found upstream.
    pub(crate) claimed: bool,
    /// The role last asked for.
    pub(crate) wish: Option<Role>,
    /// What is known about the person upstream.
    pub(crate) link: Link,
    /// `meta.created`.
    pub(crate) created: String,
    /// `meta.lastModified`.
    pub(crate) modified: String,
}

impl Person {
    /// The user name.
    pub(crate) fn user_name(&self) -> &str {
        json::get_str(&self.attributes, "userName").unwrap_or_default()
    }

    /// Where an invite goes.
    pub(crate) fn address(&self) -> &str {
        address::invite_address(&self.attributes).unwrap_or_default()
    }

    /// The client's own id.
    pub(crate) fn external_id(&self) -> Option<&str> {
        json::get_str(&self.attributes, "externalId")
    }

    /// The name to show in groups.
    pub(crate) fn display(&self) -> &str {
        json::get_str(&self.attributes, "displayName").unwrap_or_else(|| self.user_name())
    }

    /// Id of the invite or the user.
    pub(crate) fn upstream_id(&self) -> Option<&str> {
        match &self.link {
            Link::Invite { id, .. } | Link::Member { id, .. } => Some(id),
            Link::Unknown | Link::Absent => None,
        }
    }

    /// The user id, when the person is a member.
    pub(crate) fn member_id(&self) -> Option<&str> {
        match &self.link {
            Link::Member { id, .. } => Some(id),
            Link::Invite { .. } | Link::Unknown | Link::Absent => None,
        }
    }

    /// Whether an acceptance is waited for.
    pub(crate) fn is_pending(&self) -> bool {
        self.active && matches!(self.link, Link::Invite { .. })
    }

    /// What has to be locked so that nobody else changes this person or takes its names.
    pub(crate) fn lock_keys(&self) -> Vec<String> {
        lock_keys(self.user_name(), self.address(), self.external_id())
    }
}

/// The locks for a person with these names. A user name and an address are the same to a lock.
pub(crate) fn lock_keys(user_name: &str, address: &str, external_id: Option<&str>) -> Vec<String> {
    let name = |text: &str| format!("name:{}", address::normalise(text));
    let mut keys = vec![name(user_name), name(address)];
    keys.extend(external_id.map(|id| format!("external:{id}")));
    keys
}
