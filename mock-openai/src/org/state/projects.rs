//! Projects in a state, and who holds which role. Predefined roles are not part of it: they follow
//! from the ids.

use serde::{Deserialize, Serialize};

use super::{StateError, append, stored};
use crate::org::projects::empty;
use crate::org::roles::Realm;
use crate::org::{Org, roles};
use crate::record::{
    Grants, Group, Principal, Project, ProjectGroup, ProjectRole, ProjectUser, Residency, Role, RoleAssignment,
    ServiceAccount, User,
};
use crate::store::{Row, Store};
use crate::timestamp::Timestamp;

/// A project with all that is in it, lists in order of creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectState {
    /// `proj_…`
    pub id: String,
    /// The name.
    pub name: String,
    /// When it was made.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// When it was archived, if it was.
    #[serde(rename = "archived_at_ms", default)]
    pub archived_at: Option<Timestamp>,
    /// A key of the organization's own.
    #[serde(default)]
    pub external_key_id: Option<String>,
    /// Where its data lie.
    #[serde(default)]
    pub residency: Residency,
    /// Whether it is the default project. If no project is, one is made.
    #[serde(default)]
    pub is_default: bool,
    /// People. Stale rows of removed users are not part of it.
    #[serde(default)]
    pub users: Vec<ProjectUserState>,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<ProjectGroup>,
    /// Service accounts.
    #[serde(default)]
    pub service_accounts: Vec<ServiceAccount>,
    /// Roles of its own.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Who holds which role in it. The `role` of its users is not part of it.
    #[serde(default)]
    pub role_assignments: Vec<RoleAssignment>,
}

/// Somebody in a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectUserState {
    /// The user.
    pub user_id: String,
    /// Their role there.
    pub role: ProjectRole,
    /// Since when.
    #[serde(rename = "added_at_ms")]
    pub added_at: Timestamp,
}

impl ProjectState {
    pub(in crate::org) fn of(org: &Org, project: &Project) -> Self {
        let users = project.users.iter().filter(|user| org.users.contains(&user.user_id));
        let user = |user: &ProjectUser| ProjectUserState {
            user_id: user.user_id.clone(),
            role: user.role,
            added_at: user.added_at,
        };
        Self {
            id: project.id.clone(),
            name: project.name.clone(),
            created_at: project.created_at,
            archived_at: project.archived_at,
            external_key_id: project.external_key_id.clone(),
            residency: project.residency,
            is_default: project.is_default,
            users: users.map(user).collect(),
            groups: project.groups.iter().cloned().collect(),
            service_accounts: project.service_accounts.iter().cloned().collect(),
            roles: custom(&project.roles),
            role_assignments: project.grants.iter().collect(),
        }
    }

    /// The project, if everybody in it is among these.
    pub(super) fn into_project(
        self,
        org_id: &str,
        all_users: &Store<User>,
        all_groups: &Store<Group>,
    ) -> Result<Project, StateError> {
        let user = |user: ProjectUserState| ProjectUser {
            user_id: user.user_id,
            role: user.role,
            added_at: user.added_at,
            last_known: None,
        };
        // As in `default_project`.
        let none = if self.is_default { Store::large() } else { Store::new() };
        let users = stored(none, self.users.into_iter().map(user).collect())?;
        let groups = stored(Store::new(), self.groups)?;
        guard_known(&self.id, users.iter(), all_users)?;
        guard_known(&self.id, groups.iter(), all_groups)?;
        let roles = with_predefined(self.roles, Realm::Project(&self.id), org_id)?;
        let grants = granted(&self.id, self.role_assignments, &roles, &users, &groups)?;
        Ok(Project {
            archived_at: self.archived_at,
            external_key_id: self.external_key_id,
            residency: self.residency,
            is_default: self.is_default,
            users,
            groups,
            service_accounts: stored(Store::new(), self.service_accounts)?,
            roles,
            grants,
            ..empty(self.id, self.name, self.created_at, org_id)
        })
    }
}

/// The roles that are not predefined.
pub(super) fn custom(roles: &Store<Role>) -> Vec<Role> {
    roles.iter().filter(|role| !role.predefined).cloned().collect()
}

/// These roles behind the predefined ones.
pub(super) fn with_predefined(custom: Vec<Role>, realm: Realm<'_>, org_id: &str) -> Result<Store<Role>, StateError> {
    let mut roles = roles::predefined(realm, org_id);
    for role in custom {
        append(&mut roles, role)?;
    }
    Ok(roles)
}

/// These assignments, if roles and principals are among those.
pub(super) fn granted<U: Row, G: Row>(
    holder: &str,
    assignments: Vec<RoleAssignment>,
    roles: &Store<Role>,
    users: &Store<U>,
    groups: &Store<G>,
) -> Result<Grants, StateError> {
    let mut grants = Grants::default();
    for RoleAssignment { role_id, principal } in assignments {
        let is_known = match &principal {
            Principal::User(id) => users.contains(id),
            Principal::Group(id) => groups.contains(id),
        };
        if !is_known {
            return Err(StateError::dangling(holder, principal.id()));
        }
        if !roles.contains(&role_id) {
            return Err(StateError::dangling(holder, &role_id));
        }
        grants.insert(principal, role_id);
    }
    Ok(grants)
}

fn guard_known<'a, T: Row + 'a, A: Row>(
    holder: &str,
    mut rows: impl Iterator<Item = &'a T>,
    all: &Store<A>,
) -> Result<(), StateError> {
    match rows.find(|row| !all.contains(row.id())) {
        None => Ok(()),
        Some(row) => Err(StateError::dangling(holder, row.id())),
    }
}
