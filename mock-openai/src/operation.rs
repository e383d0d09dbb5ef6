//! The operations of the Admin API that this mock carries out, under OpenAI's own names: one
//! table, from which everything else about an operation follows. Which request means which
//! operation is decided in [`route`](crate::route), from the same table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an operation is about: the resources of the reference. Scopes of keys follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Area {
    Users,
    Invites,
    Groups,
    Roles,
    Projects,
    AdminKeys,
    AuditLogs,
}

/// Variants with area, `operationId`, and verb with path template.
macro_rules! operations {
    ($($variant:ident = $area:ident, $id:literal, $route:literal;)+) => {
        /// One operation, named as its `operationId` in OpenAI's specification.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Operation {
            $(
                #[doc = concat!("`", $route, "`")]
                #[serde(rename = $id)]
                $variant,
            )+
        }

        impl Operation {
            /// Every operation, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The `operationId`; most are in kebab case, some are not.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }

            /// Verb and path template below `/v1`, such as `POST /organization/invites`.
            pub const fn route(self) -> &'static str {
                match self {
                    $(Self::$variant => $route,)+
                }
            }

            /// What it is about.
            pub(crate) const fn area(self) -> Area {
                match self {
                    $(Self::$variant => Area::$area,)+
                }
            }
        }
    };
}

operations! {
    ListUsers = Users, "list-users", "GET /organization/users";
    RetrieveUser = Users, "retrieve-user", "GET /organization/users/{user_id}";
    ModifyUser = Users, "modify-user", "POST /organization/users/{user_id}";
    DeleteUser = Users, "delete-user", "DELETE /organization/users/{user_id}";
    ListUserRoleAssignments = Roles, "list-user-role-assignments", "GET /organization/users/{user_id}/roles";
    AssignUserRole = Roles, "assign-user-role", "POST /organization/users/{user_id}/roles";
    RetrieveUserRole = Roles, "retrieve-user-role", "GET /organization/users/{user_id}/roles/{role_id}";
    UnassignUserRole = Roles, "unassign-user-role", "DELETE /organization/users/{user_id}/roles/{role_id}";
    ListInvites = Invites, "list-invites", "GET /organization/invites";
    InviteUser = Invites, "inviteUser", "POST /organization/invites";
    RetrieveInvite = Invites, "retrieve-invite", "GET /organization/invites/{invite_id}";
    DeleteInvite = Invites, "delete-invite", "DELETE /organization/invites/{invite_id}";
    ListGroups = Groups, "list-groups", "GET /organization/groups";
    CreateGroup = Groups, "create-group", "POST /organization/groups";
    RetrieveGroup = Groups, "retrieve-group", "GET /organization/groups/{group_id}";
    UpdateGroup = Groups, "update-group", "POST /organization/groups/{group_id}";
    DeleteGroup = Groups, "delete-group", "DELETE /organization/groups/{group_id}";
    ListGroupUsers = Groups, "list-group-users", "GET /organization/groups/{group_id}/users";
    AddGroupUser = Groups, "add-group-user", "POST /organization/groups/{group_id}/users";
    RetrieveGroupUser = Groups, "retrieve-group-user", "GET /organization/groups/{group_id}/users/{user_id}";
    RemoveGroupUser = Groups, "remove-group-user", "DELETE /organization/groups/{group_id}/users/{user_id}";
    ListGroupRoleAssignments = Roles, "list-group-role-assignments", "GET /organization/groups/{group_id}/roles";
    AssignGroupRole = Roles, "assign-group-role", "POST /organization/groups/{group_id}/roles";
    RetrieveGroupRole = Roles, "retrieve-group-role", "GET /organization/groups/{group_id}/roles/{role_id}";
    UnassignGroupRole = Roles, "unassign-group-role", "DELETE /organization/groups/{group_id}/roles/{role_id}";
    ListRoles = Roles, "list-roles", "GET /organization/roles";
    CreateRole = Roles, "create-role", "POST /organization/roles";
    RetrieveRole = Roles, "retrieve-role", "GET /organization/roles/{role_id}";
    UpdateRole = Roles, "update-role", "POST /organization/roles/{role_id}";
    DeleteRole = Roles, "delete-role", "DELETE /organization/roles/{role_id}";
    ListProjectRoles = Roles, "list-project-roles", "GET /projects/{project_id}/roles";
    CreateProjectRole = Roles, "create-project-role", "POST /projects/{project_id}/roles";
    RetrieveProjectRole = Roles, "retrieve-project-role", "GET /projects/{project_id}/roles/{role_id}";
    UpdateProjectRole = Roles, "update-project-role", "POST /projects/{project_id}/roles/{role_id}";
    DeleteProjectRole = Roles, "delete-project-role", "DELETE /projects/{project_id}/roles/{role_id}";
    ListProjectUserRoleAssignments = Roles, "list-project-user-role-assignments", "GET /projects/{project_id}/users/{user_id}/roles";
    AssignProjectUserRole = Roles, "assign-project-user-role", "POST /projects/{project_id}/users/{user_id}/roles";
    RetrieveProjectUserRole = Roles, "retrieve-project-user-role", "GET /projects/{project_id}/users/{user_id}/roles/{role_id}";
    UnassignProjectUserRole = Roles, "unassign-project-user-role", "DELETE /projects/{project_id}/users/{user_id}/roles/{role_id}";
    ListProjectGroupRoleAssignments = Roles, "list-project-group-role-assignments", "GET /projects/{project_id}/groups/{group_id}/roles";
    AssignProjectGroupRole = Roles, "assign-project-group-role", "POST /projects/{project_id}/groups/{group_id}/roles";
    RetrieveProjectGroupRole = Roles, "retrieve-project-group-role", "GET /projects/{project_id}/groups/{group_id}/roles/{role_id}";
    UnassignProjectGroupRole = Roles, "unassign-project-group-role", "DELETE /projects/{project_id}/groups/{group_id}/roles/{role_id}";
    ListProjects = Projects, "list-projects", "GET /organization/projects";
    CreateProject = Projects, "create-project", "POST /organization/projects";
    RetrieveProject = Projects, "retrieve-project", "GET /organization/projects/{project_id}";
    ModifyProject = Projects, "modify-project", "POST /organization/projects/{project_id}";
    ArchiveProject = Projects, "archive-project", "POST /organization/projects/{project_id}/archive";
    ListProjectUsers = Projects, "list-project-users", "GET /organization/projects/{project_id}/users";
    CreateProjectUser = Projects, "create-project-user", "POST /organization/projects/{project_id}/users";
    RetrieveProjectUser = Projects, "retrieve-project-user", "GET /organization/projects/{project_id}/users/{user_id}";
    ModifyProjectUser = Projects, "modify-project-user", "POST /organization/projects/{project_id}/users/{user_id}";
    DeleteProjectUser = Projects, "delete-project-user", "DELETE /organization/projects/{project_id}/users/{user_id}";
    ListProjectGroups = Projects, "list-project-groups", "GET /organization/projects/{project_id}/groups";
    AddProjectGroup = Projects, "add-project-group", "POST /organization/projects/{project_id}/groups";
    RetrieveProjectGroup = Projects, "retrieve-project-group", "GET /organization/projects/{project_id}/groups/{group_id}";
    RemoveProjectGroup = Projects, "remove-project-group", "DELETE /organization/projects/{project_id}/groups/{group_id}";
    ListProjectServiceAccounts = Projects, "list-project-service-accounts", "GET /organization/projects/{project_id}/service_accounts";
    CreateProjectServiceAccount = Projects, "create-project-service-account", "POST /organization/projects/{project_id}/service_accounts";
    RetrieveProjectServiceAccount = Projects, "retrieve-project-service-account", "GET /organization/projects/{project_id}/service_accounts/{service_account_id}";
    UpdateProjectServiceAccount = Projects, "update-project-service-account", "POST /organization/projects/{project_id}/service_accounts/{service_account_id}";
    DeleteProjectServiceAccount = Projects, "delete-project-service-account", "DELETE /organization/projects/{project_id}/service_accounts/{service_account_id}";
    CreateServiceAccountApiKey = Projects, "CreateanAPIkeyforaserviceaccount", "POST /organization/projects/{project_id}/service_accounts/{service_account_id}/api_keys";
    AdminApiKeysList = AdminKeys, "admin-api-keys-list", "GET /organization/admin_api_keys";
    AdminApiKeysCreate = AdminKeys, "admin-api-keys-create", "POST /organization/admin_api_keys";
    AdminApiKeysGet = AdminKeys, "admin-api-keys-get", "GET /organization/admin_api_keys/{key_id}";
    AdminApiKeysDelete = AdminKeys, "admin-api-keys-delete", "DELETE /organization/admin_api_keys/{key_id}";
    ListAuditLogs = AuditLogs, "list-audit-logs", "GET /organization/audit_logs";
}

impl Operation {
    /// Whether its answer has a key in full, in a field `value`.
    pub(crate) const fn tells_a_key(self) -> bool {
        matches!(
            self,
            Self::AdminApiKeysCreate | Self::CreateProjectServiceAccount | Self::CreateServiceAccountApiKey
        )
    }

    /// Whether it can change the organization. Everything but a `GET` can.
    pub const fn is_write(self) -> bool {
        !matches!(self.route().as_bytes(), [b'G', b'E', b'T', ..])
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
        let named = Self::ALL.iter().find(|operation| operation.as_str() == text);
        named.copied().ok_or_else(|| UnknownOperation(text.to_owned()))
    }
}

fn names() -> String {
    let names: Vec<_> = Operation::ALL.iter().map(|operation| operation.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_agree_for_every_operation() {
        for operation in Operation::ALL.iter().copied() {
            assert_eq!(operation.as_str().parse(), Ok(operation));
            let json = serde_json::to_value(operation).unwrap();
            assert_eq!(json, operation.as_str());
        }
    }

    #[test]
    fn only_a_get_changes_nothing() {
        assert!(!Operation::ListUsers.is_write());
        assert!(Operation::ModifyUser.is_write());
        assert!(Operation::DeleteGroup.is_write());
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "list-user".parse::<Operation>().unwrap_err().to_string();
        assert!(error.starts_with("unknown operation `list-user`; known are list-users, "));
    }
}
