//! Which function carries out which operation: one line each, the parts in the order of the
//! reference. What each does is decided in the file of its resource.

use super::Org;
use super::roles::Realm::{Organization, Project};
use crate::message::{Answer, Request};
use crate::operation::Operation;
use crate::record::Principal;
use crate::refusal::Refusal;
use crate::route::Call;
use crate::timestamp::Timestamp;

impl Org {
    #[expect(clippy::too_many_lines, reason = "a table, a line for each operation")]
    pub(super) fn dispatch(&mut self, call: &Call<'_>, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        let [first, second, third] = call.ids();
        let user = |id: &str| Principal::User(id.to_owned());
        let group = |id: &str| Principal::Group(id.to_owned());
        match call.operation {
            Operation::ListUsers => self.list_users(request),
            Operation::RetrieveUser => self.retrieve_user(first),
            Operation::ModifyUser => self.modify_user(first, request, now),
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
            Operation::AddGroupUser => self.add_group_user(first, request, now),
            Operation::RetrieveGroupUser => self.retrieve_group_user(first, second),
            Operation::RemoveGroupUser => self.remove_group_user(first, second),

            Operation::ListUserRoleAssignments => self.list_assignments(Organization, &user(first), request),
            Operation::AssignUserRole => self.assign_role(Organization, &user(first), request, now),
            Operation::RetrieveUserRole => self.retrieve_assignment(Organization, &user(first), second),
            Operation::UnassignUserRole => self.unassign_role(Organization, &user(first), second),
            Operation::ListGroupRoleAssignments => self.list_assignments(Organization, &group(first), request),
            Operation::AssignGroupRole => self.assign_role(Organization, &group(first), request, now),
            Operation::RetrieveGroupRole => self.retrieve_assignment(Organization, &group(first), second),
            Operation::UnassignGroupRole => self.unassign_role(Organization, &group(first), second),

            Operation::ListRoles => self.list_roles(Organization, request),
            Operation::CreateRole => self.create_role(Organization, request, now),
            Operation::RetrieveRole => self.retrieve_role(Organization, first),
            Operation::UpdateRole => self.update_role(Organization, first, request, now),
            Operation::DeleteRole => self.delete_role(Organization, first),
            Operation::ListProjectRoles => self.list_roles(Project(first), request),
            Operation::CreateProjectRole => self.create_role(Project(first), request, now),
            Operation::RetrieveProjectRole => self.retrieve_role(Project(first), second),
            Operation::UpdateProjectRole => self.update_role(Project(first), second, request, now),
            Operation::DeleteProjectRole => self.delete_role(Project(first), second),
            Operation::ListProjectUserRoleAssignments => self.list_assignments(Project(first), &user(second), request),
            Operation::AssignProjectUserRole => self.assign_role(Project(first), &user(second), request, now),
            Operation::RetrieveProjectUserRole => self.retrieve_assignment(Project(first), &user(second), third),
            Operation::UnassignProjectUserRole => self.unassign_role(Project(first), &user(second), third),
            Operation::ListProjectGroupRoleAssignments => {
                self.list_assignments(Project(first), &group(second), request)
            }
            Operation::AssignProjectGroupRole => self.assign_role(Project(first), &group(second), request, now),
            Operation::RetrieveProjectGroupRole => self.retrieve_assignment(Project(first), &group(second), third),
            Operation::UnassignProjectGroupRole => self.unassign_role(Project(first), &group(second), third),

            Operation::ListProjects => self.list_projects(request),
            Operation::CreateProject => self.create_project(request, now),
            Operation::RetrieveProject => self.retrieve_project(first),
            Operation::ModifyProject => self.modify_project(first, request),
            Operation::ArchiveProject => self.archive_project(first, now),
            Operation::ListProjectUsers => self.list_project_users(first, request),
            Operation::CreateProjectUser => self.create_project_user(first, request, now),
            Operation::RetrieveProjectUser => self.retrieve_project_user(first, second),
            Operation::ModifyProjectUser => self.modify_project_user(first, second, request),
            Operation::DeleteProjectUser => self.delete_project_user(first, second),
            Operation::ListProjectGroups => self.list_project_groups(first, request),
            Operation::AddProjectGroup => self.add_project_group(first, request, now),
            Operation::RetrieveProjectGroup => self.retrieve_project_group(first, second, request),
            Operation::RemoveProjectGroup => self.remove_project_group(first, second),
            Operation::ListProjectServiceAccounts => self.list_service_accounts(first, request),
            Operation::CreateProjectServiceAccount => self.create_service_account(first, request, now),
            Operation::RetrieveProjectServiceAccount => self.retrieve_service_account(first, second),
            Operation::UpdateProjectServiceAccount => self.update_service_account(first, second, request),
            Operation::DeleteProjectServiceAccount => self.delete_service_account(first, second),
            Operation::CreateServiceAccountApiKey => self.create_service_account_key(first, second, request, now),

            Operation::AdminApiKeysList => self.list_admin_keys(request),
            Operation::AdminApiKeysCreate => self.create_admin_key(request, now),
            Operation::AdminApiKeysGet => self.retrieve_admin_key(first),
            Operation::AdminApiKeysDelete => self.delete_admin_key(first),

            Operation::ListAuditLogs => self.list_audit_logs(request),
        }
    }
}
