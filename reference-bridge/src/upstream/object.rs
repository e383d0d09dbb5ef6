//! Answers of the Admin API, as far as the bridge reads them. Everything it does not need is
//! ignored, and everything that has ever been absent may be absent.

use serde::Deserialize;

/// A member of the organization.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct User {
    /// `user-…`.
    pub(crate) id: String,
    /// The address; null for service accounts.
    #[serde(default)]
    pub(crate) email: Option<String>,
    /// The name; null or empty before it is known.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// `owner` or `reader`.
    #[serde(default)]
    pub(crate) role: Option<String>,
    /// Not a person.
    #[serde(default)]
    pub(crate) is_service_account: Option<bool>,
}

/// An invite, in any state.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Invite {
    /// `invite-…`.
    pub(crate) id: String,
    /// Where it was sent.
    pub(crate) email: String,
    /// `owner` or `reader`.
    #[serde(default)]
    pub(crate) role: Option<String>,
    /// `pending`, `accepted` or `expired`.
    #[serde(default)]
    pub(crate) status: Option<String>,
    /// When it was sent, in seconds since 1970. Older answers call it `invited_at`.
    #[serde(default, alias = "invited_at")]
    pub(crate) created_at: Option<i64>,
}

impl Invite {
    /// Whether it can still be accepted. An invite without a status was just sent.
    pub(crate) fn is_pending(&self) -> bool {
        self.status.as_deref().is_none_or(|status| status == "pending")
    }

    /// Whether it was never accepted in time.
    pub(crate) fn is_expired(&self) -> bool {
        self.status.as_deref() == Some("expired")
    }
}

/// A group.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Group {
    /// `group_…`.
    pub(crate) id: String,
    /// Its name; several groups may have the same.
    pub(crate) name: String,
}

/// A member of a group.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct GroupMember {
    /// The user's id.
    pub(crate) id: String,
}

/// A page of users or invites (cursor: id of the last item).
#[derive(Debug, Deserialize)]
pub(crate) struct Listed<T> {
    /// The items.
    pub(crate) data: Vec<T>,
    /// Whether there are more.
    #[serde(default)]
    pub(crate) has_more: bool,
    /// Id of the last item.
    #[serde(default)]
    pub(crate) last_id: Option<String>,
    /// The cursor of groups and group members.
    #[serde(default)]
    pub(crate) next: Option<String>,
}
