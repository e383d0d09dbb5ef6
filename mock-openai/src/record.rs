//! What an organization is made of. These are the mock's own records, in the shape of its state
//! dump; what they look like on the wire is decided in [`org`](crate::org).

mod admin_key;
mod project;
mod role;
mod service_account;
mod text;
mod user;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use self::admin_key::{AdminKey, KeyOwner, KeyOwnerKind, Scope};
pub(crate) use self::project::ProjectUser;
pub use self::project::{Project, ProjectGroup, ProjectRole, Residency};
pub(crate) use self::role::Grants;
pub use self::role::{Principal, Role, RoleAssignment};
pub use self::service_account::{ServiceAccount, ServiceAccountKey, ServiceAccountRole};
pub use self::user::User;
use crate::scan::every;
use crate::store::{Row, Store};
use crate::timestamp::Timestamp;

/// A role in the organization: the two words of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgRole {
    /// May use the organization.
    Reader,
    /// May administer it.
    Owner,
}

impl OrgRole {
    /// The role with this name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Reader, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == name)
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Owner => "owner",
        }
    }
}

/// An invitation that was sent by mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// `invite-…`
    pub id: String,
    /// The address, as it is shown.
    pub email: String,
    /// The role they will have.
    pub role: OrgRole,
    /// When it was sent.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// When it ends, if ever.
    #[serde(rename = "expires_at_ms", default)]
    pub expires_at: Option<Timestamp>,
    /// When it was accepted, if it was.
    #[serde(rename = "accepted_at_ms", default)]
    pub accepted_at: Option<Timestamp>,
    /// The projects it is for; `None` if nothing was said, which means the default project for
    /// somebody new (specified).
    #[serde(default)]
    pub projects: Option<Vec<InviteProject>>,
    /// The groups that wait for the person, see
    /// [`AddUnknownUser::Queue`](crate::settings::AddUnknownUser::Queue).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_ids: Vec<String>,
}

impl Invite {
    /// What it is at this moment. There is no other expiry than this comparison.
    pub fn status(&self, now: Timestamp) -> InviteStatus {
        if self.accepted_at.is_some() {
            return InviteStatus::Accepted;
        }
        match self.expires_at {
            Some(end) if end <= now => InviteStatus::Expired,
            Some(_) | None => InviteStatus::Pending,
        }
    }
}

impl Row for Invite {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(fold(&self.email))
    }
}

/// The state of an invite. There is no word for a withdrawn or declined one: it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteStatus {
    /// The person has become a member by it.
    Accepted,
    /// Its time is over.
    Expired,
    /// It waits for the person.
    Pending,
}

impl InviteStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Pending => "pending",
        }
    }
}

/// A project named in an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteProject {
    /// `proj_…`
    pub id: String,
    /// `owner` or `member`.
    pub role: ProjectRole,
}

/// A group of users.
#[derive(Debug, Clone)]
pub struct Group {
    /// `group_…`
    pub id: String,
    /// The name; not unique unless a setting makes it so.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether a directory manages it, so that the API may not.
    pub scim_managed: bool,
    pub(crate) members: Store<Member>,
}

impl Row for Group {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.name))
    }
}

/// One membership. The order of joining is the order of the store it is in.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) user_id: String,
    /// Name and address of somebody who is no longer a user, see
    /// [`RemovedUserRows::Stale`](crate::settings::RemovedUserRows).
    pub(crate) last_known: Option<Box<(Option<String>, String)>>,
}

impl Row for Member {
    fn id(&self) -> &str {
        &self.user_id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// The form of an address under which it is looked up.
pub(crate) fn fold(email: &str) -> Cow<'_, str> {
    let is_folded = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    if every(email.as_bytes(), is_folded) {
        return Cow::Borrowed(email);
    }
    Cow::Owned(email.trim().to_lowercase())
}
