//! Which function carries out which operation: one line each, the parts in the order of the
//! reference. What each does is decided in the file of its resource.

use super::Org;
use crate::message::{Answer, Request};
use crate::operation::Operation;
use crate::refusal::Refusal;
use crate::route::Call;
use crate::timestamp::Timestamp;

impl Org {
    #[expect(clippy::too_many_lines, reason = "a table, a line for each operation")]
    pub(super) fn dispatch(&mut self, call: &Call<'_>, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        let [first, second, _] = call.ids();
        match call.operation {
            Operation::ListUsers => self.list_users(request),
            Operation::RetrieveUser => self.retrieve_user(first),
            Operation::ModifyUser => self.modify_user(first, request),
            Operation::DeleteUser => self.delete_user(first),

            Operation::ListInvites => self.list_invites(request, now),
            Operation::InviteUser => self.invite_user(request, now),
            Operation::RetrieveInvite => self.retrieve_invite(first, now),
            Operation::DeleteInvite => self.delete_invite(first, now),

            Operation::ListGroups => self.list_groups(request),
            Operation::CreateGroup => self.create_group(request, now),
            Operation::RetrieveGroup => self.retrieve_group(first),
            Operation::UpdateGroup => self.update_group(first, request, now),
            Operation::DeleteGroup => self.delete_group(first),
            Operation::ListGroupUsers => self.list_group_users(first, request),
            Operation::AddGroupUser => self.add_group_user(first, request),
            Operation::RetrieveGroupUser => self.retrieve_group_user(first, second),
            Operation::RemoveGroupUser => self.remove_group_user(first, second),

            Operation::AdminApiKeysList => self.list_admin_keys(request),
            Operation::AdminApiKeysCreate => self.create_admin_key(request, now),
            Operation::AdminApiKeysGet => self.retrieve_admin_key(first),
            Operation::AdminApiKeysDelete => self.delete_admin_key(first),

            Operation::ListAuditLogs => self.list_audit_logs(request),

            Operation::ListUserRoleAssignments
            | Operation::AssignUserRole
            | Operation::RetrieveUserRole
            | Operation::UnassignUserRole
            | Operation::ListGroupRoleAssignments
            | Operation::AssignGroupRole
            | Operation::RetrieveGroupRole
            | Operation::UnassignGroupRole
            | Operation::ListRoles
            | Operation::CreateRole
            | Operation::RetrieveRole
            | Operation::UpdateRole
            | Operation::DeleteRole
            | Operation::ListProjectRoles
            | Operation::CreateProjectRole
            | Operation::RetrieveProjectRole
            | Operation::UpdateProjectRole
            | Operation::DeleteProjectRole
            | Operation::ListProjectUserRoleAssignments
            | Operation::AssignProjectUserRole
            | Operation::RetrieveProjectUserRole
            | Operation::UnassignProjectUserRole
            | Operation::ListProjectGroupRoleAssignments
            | Operation::AssignProjectGroupRole
            | Operation::RetrieveProjectGroupRole
            | Operation::UnassignProjectGroupRole
            | Operation::ListProjects
            | Operation::CreateProject
            | Operation::RetrieveProject
            | Operation::ModifyProject
            | Operation::ArchiveProject
            | Operation::ListProjectUsers
            | Operation::CreateProjectUser
            | Operation::RetrieveProjectUser
            | Operation::ModifyProjectUser
            | Operation::DeleteProjectUser
            | Operation::ListProjectGroups
            | Operation::AddProjectGroup
            | Operation::RetrieveProjectGroup
            | Operation::RemoveProjectGroup
            | Operation::ListProjectServiceAccounts
            | Operation::CreateProjectServiceAccount
            | Operation::RetrieveProjectServiceAccount
            | Operation::UpdateProjectServiceAccount
            | Operation::DeleteProjectServiceAccount
            | Operation::CreateServiceAccountApiKey => Err(Refusal::not_modelled(&request.method, &request.path)),
        }
    }
}
