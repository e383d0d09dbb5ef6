//! Switches about admin keys and the log of what is done with them.

use serde::{Deserialize, Serialize};

use crate::record::Scope;

/// What a key may do that says nothing of its own, see [`AdminKey`](crate::AdminKey). Reported: a
/// key restricted to organization administration does users and invites, but groups need all
/// permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// Everything.
    #[default]
    All,
    /// 403 on every group operation.
    NoGroups,
    /// 403 on every write.
    ReadOnly,
}

impl KeyScope {
    /// The same, by name.
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::All => Scope::ALL,
            Self::NoGroups => &[Scope::ManagementRead, Scope::ManagementWrite],
            Self::ReadOnly => &[Scope::ManagementRead, Scope::GroupsRead],
        }
    }
}

/// A user is deleted who owns admin keys. What happens to the keys is our choice, as is the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteKeyOwner {
    /// 200, and the keys live on.
    #[default]
    Allow,
    /// 200, and the keys are deleted too: a client that deletes the owner of its own key is locked
    /// out by the next request.
    EndKeys,
    /// 400, code `key_owner` (invented), if it is the key of this very request.
    Refuse,
}

/// Whether changes are written into the audit log. What is logged is specified; that the log is on
/// without anybody having asked for it is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditLogging {
    /// They are.
    #[default]
    Enabled,
    /// They are not, and the log can still be read.
    Disabled,
}
