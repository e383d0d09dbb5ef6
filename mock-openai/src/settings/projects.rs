//! Switches about projects: who is added to them, and how invites name them.

use serde::{Deserialize, Serialize};

/// An invite names a project that does not exist.
///
/// 400 and 403 are all the specification leaves for inviteUser; the rest is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownInviteProject {
    /// 400, code `project_not_found`, param `projects`.
    #[default]
    Refuse,
    /// 404, as every other operation on such a project.
    NotFound,
    /// 200; the invite shows it, and whoever accepts joins nothing by it.
    Accept,
}

/// An invite names an archived project (our choice, after other operations on such a project).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchivedInviteProject {
    /// 400, code `project_archived` (invented).
    #[default]
    Refuse,
    /// 200; the invite is as if the project had not been named.
    Ignore,
}

/// What an invite that said nothing about projects shows as its `projects`.
///
/// That the person will join the default project is specified; the answer is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OmittedProjects {
    /// An empty list.
    #[default]
    Empty,
    /// The default project, with the role `member`.
    DefaultListed,
}

/// A project user is added again.
///
/// 409 is specified for create-project-user; a public client looks for "already exists in
/// project" in the message, and that is there. Groups have no 409: they get the same text with 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddExistingProjectUser {
    /// 409, code `user_already_in_project` (invented). Python and Node SDKs send it twice more.
    #[default]
    Conflict,
    /// 400, same code.
    Refuse,
    /// 200 with the project user as they are; the role does not change.
    Ok,
}
