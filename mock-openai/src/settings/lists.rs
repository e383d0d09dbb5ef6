//! Switches about lists and paging.

use serde::{Deserialize, Serialize};

/// `after` names nothing that was ever there.
///
/// The specification lists 404 for every list but that of users; what follows from it is inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownCursor {
    /// 404 (users: 400), code `cursor_not_found` (invented).
    #[default]
    Refuse,
    /// 200 and an empty last page.
    EmptyPage,
    /// 200, as if there were no cursor.
    FirstPage,
}

/// `after` names a row that has been deleted since (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedCursor {
    /// The list goes on behind the place where it was.
    #[default]
    Continue,
    /// As an unknown cursor.
    Refuse,
}

/// `limit` is below or above what the reference says (our choice). No number at all is always 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOutOfRange {
    /// 400, param `limit`.
    #[default]
    Refuse,
    /// The nearest limit that is allowed.
    Clamp,
}

/// `limit=0` on lists that have `next` (of groups, roles and what joins them), where the schema
/// allows it (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitZero {
    /// No rows, `has_more` tells whether there are any.
    #[default]
    EmptyPage,
    /// As if no limit was given.
    DefaultLimit,
}

/// The order of users, invites, projects and what is in them, which have no `order` parameter (our
/// choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    /// Last created first.
    #[default]
    NewestFirst,
    /// First created first.
    OldestFirst,
    /// Neither: neighbours change places, always the same way. Catches clients that take the first
    /// row for the newest or oldest, or stop at a row that is older than they look for.
    Shuffled,
}

/// `first_id` and `last_id` of an empty page; the schema allows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyCursors {
    /// Present and `null`.
    #[default]
    Null,
    /// Absent.
    Omitted,
}

/// What `next` holds on lists that have it.
///
/// The text calls `after` the last id of a page there, and "the value of `next`" for roles; SDKs
/// use `next` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextCursor {
    /// The id of the last row.
    #[default]
    LastId,
    /// A token; an id is then an unknown cursor. Catches clients that page with ids.
    Opaque,
}
