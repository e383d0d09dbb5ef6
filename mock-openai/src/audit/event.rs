//! Which event an effect is, and what the event says about it.
//!
//! Names and shapes of events are specified. Which effect gives which event is told here: most go
//! by the same name, the others are our choice and say so.

use serde_json::{Value, json};

use crate::journal::{Effect, Entry};
use crate::operation::{Area, Operation};
use crate::record::{Principal, Scope};

/// What an effect is in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    /// The type, such as `invite.sent`.
    pub(crate) kind: &'static str,
    /// The id of what it is about.
    pub(crate) id: &'a str,
    /// The id of whom else it is about.
    pub(crate) principal_id: Option<&'a str>,
    effect: &'a Effect,
}

impl<'a> Event<'a> {
    /// The event of one of an entry's effects; none if there is no word for it.
    #[expect(clippy::match_same_arms, reason = "a table, a line for each effect")]
    pub(crate) fn of(entry: &Entry, effect: &'a Effect) -> Option<Self> {
        let mut principal_id = None;
        let (kind, id) = match effect {
            Effect::InviteCreated { invite_id, .. } => ("invite.sent", invite_id),
            Effect::InviteAccepted { invite_id, .. } => ("invite.accepted", invite_id),
            Effect::InviteDeleted { invite_id, .. } => ("invite.deleted", invite_id),
            // Nothing is left of it then, so it is told as a deletion.
            Effect::InviteDeclined { invite_id, .. } => ("invite.deleted", invite_id),
            Effect::InviteExpired { .. } => return None,

            Effect::UserAdded { user_id, .. } => ("user.added", user_id),
            Effect::UserRoleChanged { user_id, .. } => ("user.updated", user_id),
            Effect::UserRemoved { user_id, .. } => ("user.deleted", user_id),

            Effect::GroupCreated { group_id, .. } => ("group.created", group_id),
            Effect::GroupRenamed { group_id, .. } => ("group.updated", group_id),
            Effect::GroupDeleted { group_id, .. } => ("group.deleted", group_id),
            // There is no other word for these.
            Effect::MemberAdded { group_id, user_id, .. } => {
                principal_id = Some(user_id.as_str());
                ("tenant.group.member.added", group_id)
            }
            Effect::MemberRemoved { group_id, user_id, .. } => {
                principal_id = Some(user_id.as_str());
                ("tenant.group.member.removed", group_id)
            }

            Effect::RoleCreated { role_id, .. } => ("role.created", role_id),
            Effect::RoleUpdated { role_id, .. } => ("role.updated", role_id),
            Effect::RoleDeleted { role_id, .. } => ("role.deleted", role_id),
            // An assignment has no id of its own: it goes by that of the role.
            Effect::RoleAssigned { role_id, principal, .. } => {
                principal_id = Some(id_and_type(principal).0);
                ("role.assignment.created", role_id)
            }
            Effect::RoleUnassigned { role_id, principal, .. } => {
                principal_id = Some(id_and_type(principal).0);
                ("role.assignment.deleted", role_id)
            }

            Effect::ProjectCreated { project_id, .. } => ("project.created", project_id),
            Effect::ProjectUpdated { project_id, .. } => ("project.updated", project_id),
            Effect::ProjectArchived { project_id, .. } => ("project.archived", project_id),
            // Users of a project have no events of their own, but `user.added` knows their roles. What
            // only follows from somebody's coming or going is not told twice.
            Effect::ProjectUserAdded { user_id, .. } if is_about_project(entry) => ("user.added", user_id),
            Effect::ProjectUserRoleChanged { user_id, .. } if is_about_project(entry) => ("user.updated", user_id),
            Effect::ProjectUserRemoved { user_id, .. } if is_about_project(entry) => ("user.deleted", user_id),
            Effect::ProjectUserAdded { .. }
            | Effect::ProjectUserRoleChanged { .. }
            | Effect::ProjectUserRemoved { .. } => return None,
            // The role that comes or goes with it is told.
            Effect::ProjectGroupAdded { .. } | Effect::ProjectGroupRemoved { .. } => return None,

            Effect::ServiceAccountCreated {
                service_account_id: id, ..
            } => ("service_account.created", id),
            Effect::ServiceAccountUpdated {
                service_account_id: id, ..
            } => ("service_account.updated", id),
            Effect::ServiceAccountDeleted {
                service_account_id: id, ..
            } => ("service_account.deleted", id),
            Effect::ServiceAccountKeyCreated { key_id, .. } => ("api_key.created", key_id),
            Effect::AdminKeyCreated { key_id, .. } => ("api_key.created", key_id),
            Effect::AdminKeyDeleted { key_id, .. } => ("api_key.deleted", key_id),
        };
        Some(Self {
            kind,
            id,
            principal_id,
            effect,
        })
    }

    /// Whether it is one of those that are shown under `tenant_only` alone.
    pub(crate) fn is_tenant(&self) -> bool {
        self.kind.starts_with("tenant.")
    }

    /// What stands under the event's own name.
    #[expect(
        clippy::too_many_lines,
        clippy::match_same_arms,
        reason = "a table, in the order of the other"
    )]
    pub(crate) fn detail(&self, organization_id: &str) -> Value {
        let id = self.id;
        let bare = || json!({ "id": id });
        match self.effect {
            Effect::InviteCreated { email, role, .. } => {
                json!({ "id": id, "data": { "email": email, "role": role.as_str() } })
            }
            Effect::InviteAccepted { .. }
            | Effect::InviteDeleted { .. }
            | Effect::InviteDeclined { .. }
            | Effect::InviteExpired { .. } => bare(),

            Effect::UserAdded { role, .. } => json!({ "id": id, "data": { "role": role.as_str() } }),
            Effect::UserRoleChanged { to, .. } => json!({ "id": id, "changes_requested": { "role": to.as_str() } }),
            Effect::UserRemoved { .. } => bare(),

            Effect::GroupCreated { name, .. } => json!({ "id": id, "data": { "group_name": name } }),
            Effect::GroupRenamed { to, .. } => json!({ "id": id, "changes_requested": { "group_name": to } }),
            Effect::GroupDeleted { .. } => bare(),
            // Events of tenants have no shape in the specification: this one is our choice.
            Effect::MemberAdded { user_id, .. } | Effect::MemberRemoved { user_id, .. } => {
                json!({ "id": id, "user_id": user_id })
            }

            Effect::RoleCreated {
                name,
                permissions,
                project_id,
                ..
            } => {
                let (resource_id, resource_type) = resource(project_id.as_deref(), organization_id);
                json!({
                    "id": id, "role_name": name, "permissions": permissions,
                    "resource_type": resource_type, "resource_id": resource_id,
                })
            }
            Effect::RoleUpdated {
                name,
                description,
                permissions_added,
                permissions_removed,
                project_id,
                ..
            } => {
                let (resource_id, resource_type) = resource(project_id.as_deref(), organization_id);
                let mut changes = json!({
                    "resource_type": resource_type, "resource_id": resource_id,
                    "permissions_added": permissions_added, "permissions_removed": permissions_removed,
                });
                for (field, value) in [("role_name", name), ("description", description)] {
                    if let Some(value) = value {
                        changes[field] = json!(value);
                    }
                }
                json!({ "id": id, "changes_requested": changes })
            }
            Effect::RoleDeleted { .. } => bare(),
            Effect::RoleAssigned {
                principal, project_id, ..
            }
            | Effect::RoleUnassigned {
                principal, project_id, ..
            } => {
                let (principal_id, principal_type) = id_and_type(principal);
                let (resource_id, resource_type) = resource(project_id.as_deref(), organization_id);
                json!({
                    "id": id, "principal_id": principal_id, "principal_type": principal_type,
                    "resource_id": resource_id, "resource_type": resource_type,
                })
            }

            Effect::ProjectCreated { name, .. } => json!({ "id": id, "data": { "name": name, "title": name } }),
            Effect::ProjectUpdated { to: Some(name), .. } => {
                json!({ "id": id, "changes_requested": { "title": name } })
            }
            Effect::ProjectUpdated { to: None, .. } | Effect::ProjectArchived { .. } => bare(),
            Effect::ProjectUserAdded { role, .. } => json!({ "id": id, "data": { "role": role.as_str() } }),
            Effect::ProjectUserRoleChanged { to, .. } => {
                json!({ "id": id, "changes_requested": { "role": to.as_str() } })
            }
            Effect::ProjectUserRemoved { .. }
            | Effect::ProjectGroupAdded { .. }
            | Effect::ProjectGroupRemoved { .. } => bare(),

            Effect::ServiceAccountCreated { role, .. } => json!({ "id": id, "data": { "role": role.as_str() } }),
            Effect::ServiceAccountUpdated { role, .. } => {
                json!({ "id": id, "changes_requested": { "role": role.as_str() } })
            }
            Effect::ServiceAccountDeleted { .. } => bare(),
            Effect::ServiceAccountKeyCreated { scopes, .. } => json!({ "id": id, "data": { "scopes": scopes } }),
            Effect::AdminKeyCreated { scopes, .. } => {
                let scopes: Vec<_> = scopes.iter().copied().map(Scope::as_str).collect();
                json!({ "id": id, "data": { "scopes": scopes } })
            }
            Effect::AdminKeyDeleted { .. } => bare(),
        }
    }
}

fn is_about_project(entry: &Entry) -> bool {
    match entry.operation.map(Operation::area) {
        Some(Area::Projects | Area::Roles) => true,
        Some(Area::Users | Area::Invites | Area::Groups | Area::AdminKeys | Area::AuditLogs) | None => false,
    }
}

fn id_and_type(principal: &Principal) -> (&str, &'static str) {
    match principal {
        Principal::User(id) => (id, "user"),
        Principal::Group(id) => (id, "group"),
    }
}

/// What a role is for: a project or the whole organization.
fn resource<'a>(project_id: Option<&'a str>, organization_id: &'a str) -> (&'a str, &'static str) {
    match project_id {
        Some(project_id) => (project_id, "api.project"),
        None => (organization_id, "api.organization"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::record::{OrgRole, ProjectRole, ServiceAccountRole};
    use crate::timestamp::Timestamp;

    #[test]
    fn one_event_of_each_effect() {
        let mut table = String::new();
        let mut entry = Entry::world("test", Timestamp::default(), Vec::new(), None);
        entry.operation = Some(Operation::CreateProjectUser);
        for effect in effects() {
            let json = serde_json::to_value(&effect).unwrap();
            let _ = write!(table, "{}: ", json["kind"].as_str().unwrap());
            let _ = match Event::of(&entry, &effect) {
                None => writeln!(table, "-"),
                Some(event) => {
                    let others = event.principal_id.map(|id| format!(" (also {id})")).unwrap_or_default();
                    writeln!(table, "{} {}{others}", event.kind, event.detail("org-1"))
                }
            };
        }
        insta::assert_snapshot!(table);
    }

    #[expect(clippy::too_many_lines, reason = "one of each")]
    fn effects() -> Vec<Effect> {
        let text = str::to_owned;
        let (email, user_id, group_id) = (text("a@x.org"), text("user-1"), text("group_1"));
        let (project_id, project) = (text("proj_1"), text("Project"));
        let (invite_id, role, name) = (text("invite-1"), OrgRole::Owner, text("Name"));
        let (role_id, service_account_id) = (text("role_1"), text("svc_acct_1"));
        macro_rules! effect {
            ($kind:ident { $($field:ident $(: $value:expr)?),* }) => {
                Effect::$kind { $($field: effect!(@ $field $($value)?)),* }
            };
            (@ $field:ident $value:expr) => { $value };
            (@ $field:ident) => { $field.clone() };
        }
        vec![
            effect!(InviteCreated { invite_id, email, role }),
            effect!(InviteDeleted { invite_id, email, role }),
            effect!(InviteAccepted {
                invite_id,
                email,
                user_id,
                role
            }),
            effect!(InviteExpired { invite_id, email, role }),
            effect!(InviteDeclined { invite_id, email, role }),
            effect!(UserAdded { user_id, email, role }),
            effect!(UserRoleChanged {
                user_id,
                email,
                from: OrgRole::Reader,
                to: OrgRole::Owner
            }),
            effect!(UserRemoved { user_id, email, role }),
            effect!(GroupCreated { group_id, name }),
            effect!(GroupRenamed {
                group_id,
                from: text("Old"),
                to: text("New")
            }),
            effect!(GroupDeleted { group_id, name }),
            effect!(MemberAdded {
                group_id,
                group: text("Group"),
                user_id,
                email
            }),
            effect!(MemberRemoved {
                group_id,
                group: text("Group"),
                user_id,
                email
            }),
            effect!(RoleCreated {
                role_id,
                name,
                permissions: vec![text("api.groups.read")],
                project_id: None
            }),
            effect!(RoleUpdated {
                role_id,
                name: Some(text("New")),
                description: None,
                permissions_added: vec![text("api.groups.read")],
                permissions_removed: Vec::new(),
                project_id: Some(project_id.clone())
            }),
            effect!(RoleDeleted {
                role_id,
                name,
                project_id: None
            }),
            effect!(RoleAssigned {
                role_id,
                role: name.clone(),
                principal: Principal::User(user_id.clone()),
                project_id: None
            }),
            effect!(RoleUnassigned {
                role_id,
                role: name.clone(),
                principal: Principal::Group(group_id.clone()),
                project_id: Some(project_id.clone())
            }),
            effect!(ProjectCreated { project_id, name }),
            effect!(ProjectUpdated {
                project_id,
                from: text("Old"),
                to: Some(text("New")),
                external_key_id: None
            }),
            effect!(ProjectUpdated {
                project_id,
                from: text("Old"),
                to: None,
                external_key_id: Some(text("key"))
            }),
            effect!(ProjectArchived { project_id, name }),
            effect!(ProjectUserAdded {
                project_id,
                project,
                user_id,
                email,
                role: ProjectRole::Member
            }),
            effect!(ProjectUserRoleChanged {
                project_id,
                project,
                user_id,
                email,
                from: ProjectRole::Member,
                to: ProjectRole::Owner
            }),
            effect!(ProjectUserRemoved {
                project_id,
                project,
                user_id,
                email,
                role: ProjectRole::Owner
            }),
            effect!(ProjectGroupAdded {
                project_id,
                project,
                group_id,
                group: text("Group")
            }),
            effect!(ProjectGroupRemoved {
                project_id,
                project,
                group_id,
                group: text("Group")
            }),
            effect!(ServiceAccountCreated {
                project_id,
                project,
                service_account_id,
                name,
                role: ServiceAccountRole::Member
            }),
            effect!(ServiceAccountUpdated {
                project_id,
                project,
                service_account_id,
                name,
                role: ServiceAccountRole::Owner
            }),
            effect!(ServiceAccountDeleted {
                project_id,
                project,
                service_account_id,
                name
            }),
            effect!(ServiceAccountKeyCreated {
                project_id,
                project,
                service_account_id,
                key_id: text("key_1"),
                name,
                scopes: vec![text("api.model.request")]
            }),
            effect!(AdminKeyCreated {
                key_id: text("key_1"),
                name,
                scopes: vec![Scope::GroupsRead]
            }),
            effect!(AdminKeyDeleted {
                key_id: text("key_1"),
                name
            }),
        ]
    }
}
