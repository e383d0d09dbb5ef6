//! Switches about groups and their members. The specification lists 400, 403, 404 for all of them,
//! 409 for adding and removing a member, 422 for creating a group; which case gives which is our
//! choice.

use serde::{Deserialize, Serialize};

/// A group is created or renamed to a name that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateGroupName {
    /// 200: names are not unique, ids are.
    #[default]
    Allow,
    /// 400, code `group_already_exists` (invented).
    Refuse,
    /// 409, same code; create-group does not list it.
    Conflict,
    /// 422, same code.
    Unprocessable,
}

/// A name that is empty or longer than 255 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadGroupName {
    /// 400, param `name`.
    #[default]
    Refuse,
    /// 422, param `name`.
    Unprocessable,
}

/// A member is added again. Python and Node SDKs send a 409 twice more before they give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddExistingMember {
    /// 409, code `user_already_in_group` (invented).
    #[default]
    Conflict,
    /// 200, as if it had been added.
    Ok,
    /// 400, same code.
    Refuse,
}

/// Somebody who is no member is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoveNonMember {
    /// 404, code `user_not_in_group` (invented).
    #[default]
    NotFound,
    /// 409, same code.
    Conflict,
    /// 200.
    Ok,
}

/// A user id that nobody has, for instance the id of an invite, is added to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddUnknownUser {
    /// 404, code `user_not_found` (invented).
    #[default]
    NotFound,
    /// 400, same code, param `user_id`.
    Refuse,
    /// 200 for the id of a pending invite: its person joins the group when they accept. 404 for any other.
    Queue,
}

/// A group that a directory manages is changed through the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScimManagedGroup {
    /// 403, code `group_scim_managed` (invented).
    #[default]
    Forbid,
    /// 409, same code.
    Conflict,
    /// 200, the change is made.
    Allow,
}

/// A group that has members, roles or projects is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteFullGroup {
    /// 200; memberships, role assignments and places in projects go too.
    #[default]
    Cascade,
    /// 400, code `group_not_empty` (invented).
    Refuse,
}
