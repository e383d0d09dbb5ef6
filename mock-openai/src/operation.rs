//! The operations of the Admin API that this mock carries out, under OpenAI's own names.
//! Which request means which operation is decided in [`route`](crate::route).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One operation, named as its `operationId` in OpenAI's specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// `GET /organization/users`
    ListUsers,
    /// `GET /organization/users/{user_id}`
    RetrieveUser,
    /// `POST /organization/users/{user_id}`
    ModifyUser,
    /// `DELETE /organization/users/{user_id}`
    DeleteUser,
    /// `GET /organization/invites`
    ListInvites,
    /// `POST /organization/invites`
    #[serde(rename = "inviteUser")]
    InviteUser,
    /// `GET /organization/invites/{invite_id}`
    RetrieveInvite,
    /// `DELETE /organization/invites/{invite_id}`
    DeleteInvite,
    /// `GET /organization/groups`
    ListGroups,
    /// `POST /organization/groups`
    CreateGroup,
    /// `GET /organization/groups/{group_id}`
    RetrieveGroup,
    /// `POST /organization/groups/{group_id}`
    UpdateGroup,
    /// `DELETE /organization/groups/{group_id}`
    DeleteGroup,
    /// `GET /organization/groups/{group_id}/users`
    ListGroupUsers,
    /// `POST /organization/groups/{group_id}/users`
    AddGroupUser,
    /// `GET /organization/groups/{group_id}/users/{user_id}`
    RetrieveGroupUser,
    /// `DELETE /organization/groups/{group_id}/users/{user_id}`
    RemoveGroupUser,
}

impl Operation {
    /// Every operation, in the order of the reference.
    pub const ALL: [Self; 17] = [
        Self::ListUsers,
        Self::RetrieveUser,
        Self::ModifyUser,
        Self::DeleteUser,
        Self::ListInvites,
        Self::InviteUser,
        Self::RetrieveInvite,
        Self::DeleteInvite,
        Self::ListGroups,
        Self::CreateGroup,
        Self::RetrieveGroup,
        Self::UpdateGroup,
        Self::DeleteGroup,
        Self::ListGroupUsers,
        Self::AddGroupUser,
        Self::RetrieveGroupUser,
        Self::RemoveGroupUser,
    ];

    /// The `operationId`; most are in kebab case, `inviteUser` is not.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ListUsers => "list-users",
            Self::RetrieveUser => "retrieve-user",
            Self::ModifyUser => "modify-user",
            Self::DeleteUser => "delete-user",
            Self::ListInvites => "list-invites",
            Self::InviteUser => "inviteUser",
            Self::RetrieveInvite => "retrieve-invite",
            Self::DeleteInvite => "delete-invite",
            Self::ListGroups => "list-groups",
            Self::CreateGroup => "create-group",
            Self::RetrieveGroup => "retrieve-group",
            Self::UpdateGroup => "update-group",
            Self::DeleteGroup => "delete-group",
            Self::ListGroupUsers => "list-group-users",
            Self::AddGroupUser => "add-group-user",
            Self::RetrieveGroupUser => "retrieve-group-user",
            Self::RemoveGroupUser => "remove-group-user",
        }
    }

    /// Verb and path template below `/v1`, such as `POST /organization/invites`.
    pub const fn route(self) -> &'static str {
        match self {
            Self::ListUsers => "GET /organization/users",
            Self::RetrieveUser => "GET /organization/users/{user_id}",
            Self::ModifyUser => "POST /organization/users/{user_id}",
            Self::DeleteUser => "DELETE /organization/users/{user_id}",
            Self::ListInvites => "GET /organization/invites",
            Self::InviteUser => "POST /organization/invites",
            Self::RetrieveInvite => "GET /organization/invites/{invite_id}",
            Self::DeleteInvite => "DELETE /organization/invites/{invite_id}",
            Self::ListGroups => "GET /organization/groups",
            Self::CreateGroup => "POST /organization/groups",
            Self::RetrieveGroup => "GET /organization/groups/{group_id}",
            Self::UpdateGroup => "POST /organization/groups/{group_id}",
            Self::DeleteGroup => "DELETE /organization/groups/{group_id}",
            Self::ListGroupUsers => "GET /organization/groups/{group_id}/users",
            Self::AddGroupUser => "POST /organization/groups/{group_id}/users",
            Self::RetrieveGroupUser => "GET /organization/groups/{group_id}/users/{user_id}",
            Self::RemoveGroupUser => "DELETE /organization/groups/{group_id}/users/{user_id}",
        }
    }

    /// Whether it can change the organization. Everything but a `GET` can.
    pub const fn is_write(self) -> bool {
        match self {
            Self::ModifyUser
            | Self::DeleteUser
            | Self::InviteUser
            | Self::DeleteInvite
            | Self::CreateGroup
            | Self::UpdateGroup
            | Self::DeleteGroup
            | Self::AddGroupUser
            | Self::RemoveGroupUser => true,
            Self::ListUsers
            | Self::RetrieveUser
            | Self::ListInvites
            | Self::RetrieveInvite
            | Self::ListGroups
            | Self::RetrieveGroup
            | Self::ListGroupUsers
            | Self::RetrieveGroupUser => false,
        }
    }

    /// Whether it is about groups, which a restricted admin key may not touch.
    pub(crate) const fn is_about_groups(self) -> bool {
        match self {
            Self::ListGroups
            | Self::CreateGroup
            | Self::RetrieveGroup
            | Self::UpdateGroup
            | Self::DeleteGroup
            | Self::ListGroupUsers
            | Self::AddGroupUser
            | Self::RetrieveGroupUser
            | Self::RemoveGroupUser => true,
            Self::ListUsers
            | Self::RetrieveUser
            | Self::ModifyUser
            | Self::DeleteUser
            | Self::ListInvites
            | Self::InviteUser
            | Self::RetrieveInvite
            | Self::DeleteInvite => false,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown operation `{0}`; known are {known}", known = names())]
pub struct UnknownOperation(pub String);

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|operation| operation.as_str() == text);
        named.ok_or_else(|| UnknownOperation(text.to_owned()))
    }
}

fn names() -> String {
    Operation::ALL.map(Operation::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_json_and_route_agree_for_every_operation() {
        for operation in Operation::ALL {
            assert_eq!(operation.as_str().parse(), Ok(operation));
            let json = serde_json::to_value(operation).unwrap();
            assert_eq!(json, operation.as_str());
            assert_eq!(operation.is_write(), !operation.route().starts_with("GET "));
            assert_eq!(operation.is_about_groups(), operation.route().contains("/groups"));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "list-user".parse::<Operation>().unwrap_err().to_string();
        assert!(error.starts_with("unknown operation `list-user`; known are list-users, "));
    }
}
