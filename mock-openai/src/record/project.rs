//! Projects and who is in them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::role::{Grants, Role};
use super::service_account::ServiceAccount;
use crate::store::{Row, Store};
use crate::timestamp::Timestamp;

/// A project. It can be archived, never deleted.
#[derive(Debug, Clone)]
pub struct Project {
    /// `proj_…`
    pub id: String,
    /// The name; not unique.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was archived, if it was.
    pub archived_at: Option<Timestamp>,
    /// A key of the organization's own, which the mock only remembers.
    pub external_key_id: Option<String>,
    /// Where its data lie.
    pub residency: Residency,
    /// Whether it is the one that people join who are invited to none in particular.
    pub is_default: bool,
    pub(crate) users: Store<ProjectUser>,
    pub(crate) groups: Store<ProjectGroup>,
    pub(crate) service_accounts: Store<ServiceAccount>,
    pub(crate) roles: Store<Role>,
    pub(crate) grants: Grants,
}

impl Row for Project {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// A predefined role in a project. Invites and project users name the latter two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectRole {
    /// May look at the project.
    Viewer,
    /// May use the project.
    Member,
    /// May administer it.
    Owner,
}

impl ProjectRole {
    /// The role with this name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Member, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == name)
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

/// Where the data of a project lie, in the words of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names of regions")]
pub enum Residency {
    #[default]
    Global,
    UsStorageProcessing,
    EuStorageProcessing,
    JpStorage,
    KrStorage,
    CaStorage,
    SgStorage,
    InStorage,
    AuStorage,
    GbStorage,
    AeStorage,
    AeStorageProcessing,
}

/// A member of the organization who is in a project.
#[derive(Debug, Clone)]
pub(crate) struct ProjectUser {
    pub(crate) user_id: String,
    pub(crate) role: ProjectRole,
    pub(crate) added_at: Timestamp,
    /// Name and address of somebody who is no longer a user, see
    /// [`RemovedUserRows::Stale`](crate::settings::RemovedUserRows).
    pub(crate) last_known: Option<Box<(Option<String>, String)>>,
}

impl Row for ProjectUser {
    fn id(&self) -> &str {
        &self.user_id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// A group that is in a project. What it may do there is in the project's assignments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectGroup {
    /// The group.
    pub group_id: String,
    /// Since when.
    #[serde(rename = "added_at_ms")]
    pub added_at: Timestamp,
}

impl Row for ProjectGroup {
    fn id(&self) -> &str {
        &self.group_id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}
