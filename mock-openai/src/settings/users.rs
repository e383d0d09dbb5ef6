//! Switches about users and their addresses.

use serde::{Deserialize, Serialize};

/// How addresses are compared and shown (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailCase {
    /// Compared without regard to case, stored and shown as sent (trimmed).
    #[default]
    AsSent,
    /// Compared without regard to case, shown in lower case.
    Lowercase,
    /// Addresses that differ in case are different people.
    Sensitive,
}

/// What the `emails` filter of list-users does.
///
/// That it exists is specified; how it compares is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailsFilter {
    /// Any of the whole addresses, without regard to case; unknown ones match nobody.
    #[default]
    Exact,
    /// As `exact`, but case must agree too.
    CaseSensitive,
    /// Nothing: everybody is listed, as servers older than the filter do. A client that takes
    /// the first row then takes a stranger.
    Ignored,
}

/// The user id of somebody who was removed and accepts a new invite (inference: ids belong
/// to accounts, which outlive a membership).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturningUserId {
    /// The id from before.
    #[default]
    Same,
    /// A new id.
    New,
}

/// What happens to the group and project memberships of a user who is removed (our choice). Roles
/// that were assigned to them go in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovedUserRows {
    /// They go too.
    #[default]
    Cascade,
    /// They stay as stale rows, and count again if the person returns with the same id.
    Stale,
}

/// The last owner is deleted or demoted. That this is refused is widely assumed; how, is our
/// choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastOwner {
    /// 400, code `last_owner` (invented).
    #[default]
    Refuse,
    /// 403.
    Forbid,
    /// 200, and nobody owns the organization.
    Allow,
}

/// The role word `member`, which older texts use for organization roles.
///
/// The specification has `owner` and `reader`; one stale sentence of it still says `member`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// 400, param `role`.
    #[default]
    Refuse,
    /// An alias of `reader`.
    Reader,
}

/// modify-user with an empty body, or with nulls only (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyModify {
    /// 200 and nothing changes.
    #[default]
    Unchanged,
    /// 400.
    Refuse,
}

/// modify-user with both `role` and `role_id` (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleAndRoleId {
    /// 400.
    #[default]
    Refuse,
    /// `role` is ignored.
    RoleIdWins,
}

/// The `name` of a user who accepted an invite without giving one (our choice; the field is
/// nullable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnnamedUser {
    /// `null`.
    #[default]
    Null,
    /// An empty string.
    Empty,
}
