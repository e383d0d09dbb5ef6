//! Switches about invites. Each says what is known; "our choice" means that no source shows it.

use serde::{Deserialize, Serialize};

/// An address that already has a pending invite is invited again.
///
/// The specification leaves 400 and 403 for it, nothing more; the exact answer is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateInvite {
    /// 400, code `invite_already_exists` (invented).
    #[default]
    Refuse,
    /// 200 and a second pending invite with an id of its own.
    SecondInvite,
    /// 200 and the invite that is already there.
    SameInvite,
    /// 409, which the specification does not list; to exercise a bridge.
    Conflict,
}

/// An address that already belongs to a member is invited.
///
/// As [`DuplicateInvite`]: only 400 and 403 are specified, the rest is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteMember {
    /// 400, code `user_already_in_organization` (invented).
    #[default]
    Refuse,
    /// 200 and a pending invite beside the member.
    PendingInvite,
    /// 409.
    Conflict,
}

/// An address whose earlier invite has expired is invited again (our choice).
///
/// After a deletion nothing is left to object to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteAgain {
    /// 200, a new invite with a new id.
    #[default]
    Allow,
    /// 400 as for a pending one.
    Refuse,
}

/// An accepted invite is deleted.
///
/// The specification says it cannot be; a public client matches the words "already accepted".
/// The status is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteAcceptedInvite {
    /// 400, and the message says "already accepted".
    #[default]
    Refuse,
    /// 404.
    NotFound,
    /// 200 and nothing changes.
    Ok,
}

/// An expired invite is deleted (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteExpiredInvite {
    /// 200, the invite is gone.
    #[default]
    Ok,
    /// 400.
    Refuse,
}

/// Whether invites that have ended are still listed and can be fetched.
///
/// Accepted ones appear in an example of the specification; for expired ones it is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedInvites {
    /// They stay, with their status.
    #[default]
    Listed,
    /// They vanish.
    Dropped,
}
