//! Roles: list, create, retrieve, update, delete, in the organization and in projects.
//!
//! Predefined roles are there from the beginning and cannot be changed. Their ids are reported, in
//! a short and a long form; the short one is accepted and the long one is told. What they permit
//! and the order of lists (predefined ones first, then by creation) are our choice.

use std::collections::BTreeSet;

use serde::Serialize;

use super::users::Deletion;
use super::{Org, page};
use crate::journal::Effect;
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Principal, Role};
use crate::refusal::{Code, Refusal};
use crate::settings::DeleteMissing;
use crate::store::Store;
use crate::timestamp::Timestamp;

/// Where a role counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Realm<'a> {
    /// Everywhere.
    Organization,
    /// In the project with this id.
    Project(&'a str),
}

impl Org {
    pub(super) fn list_roles(&self, realm: Realm<'_>, request: &Request) -> Result<Answer, Refusal> {
        let keep = |role: &Role| self.is_settled(&[realm.above(), &role.id]);
        let query = Query::parse(&request.query);
        let body = |role| RoleBody::of(realm, role);
        page::ROLES.list(self.roles(realm)?, &query, &self.settings, keep, body)
    }

    pub(super) fn create_role(
        &mut self,
        realm: Realm<'_>,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        self.guard_open(realm)?;
        let mut fields = self.fields(request)?;
        let name = fields.name("role_name")?;
        let missing = || Refusal::invalid("permissions", "Missing required parameter: 'permissions'.");
        let permissions = fields.optional_texts("permissions")?.ok_or_else(missing)?;
        let description = fields.optional_text("description")?;
        self.finish(&fields)?;
        let role_id = self.put_role(realm, name, permissions, description, now);
        self.retrieve_role(realm, &role_id)
    }

    pub(super) fn retrieve_role(&self, realm: Realm<'_>, role_id: &str) -> Result<Answer, Refusal> {
        let role = self.role(realm, role_id)?;
        Ok(Answer::json(200, &RoleBody::of(realm, role)))
    }

    /// What is absent or null stays as it is; so a description can be changed, not taken away.
    pub(super) fn update_role(
        &mut self,
        realm: Realm<'_>,
        role_id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        self.guard_open(realm)?;
        let role = self.custom_role(realm, role_id)?;
        let mut fields = self.fields(request)?;
        let name = fields.optional_name("role_name")?.filter(|name| *name != role.name);
        let permissions = fields.optional_texts("permissions")?;
        let description = fields.optional_text("description")?;
        let description = description.filter(|text| role.description.as_ref() != Some(text));
        self.finish(&fields)?;
        let permissions = permissions.unwrap_or_else(|| role.permissions.clone());
        let (added, removed) = (
            beyond(&role.permissions, &permissions),
            beyond(&permissions, &role.permissions),
        );
        if name.is_some() || description.is_some() || !added.is_empty() || !removed.is_empty() {
            self.effects.push(Effect::RoleUpdated {
                role_id: role_id.to_owned(),
                name: name.clone(),
                description: description.clone(),
                permissions_added: added,
                permissions_removed: removed,
                project_id: realm.project_id(),
            });
            if let Some(role) = self.roles_mut(realm).and_then(|roles| roles.get_mut(role_id)) {
                role.name = name.unwrap_or_else(|| role.name.clone());
                role.description = description.or_else(|| role.description.take());
                role.permissions = permissions;
                role.updated_at = now;
            }
        }
        self.retrieve_role(realm, role_id)
    }

    /// Whoever holds the role loses it (our choice).
    pub(super) fn delete_role(&mut self, realm: Realm<'_>, role_id: &str) -> Result<Answer, Refusal> {
        self.guard_open(realm)?;
        let is_there = self.role(realm, role_id).is_ok();
        if is_there || self.settings.delete_missing == DeleteMissing::NotFound {
            self.custom_role(realm, role_id)?;
            self.drop_role(realm, role_id);
        }
        let (object, deleted) = ("role.deleted", true);
        let id = role_id;
        Ok(Answer::json(200, &Deletion { object, id, deleted }))
    }

    /// The roles that count there.
    pub(super) fn roles(&self, realm: Realm<'_>) -> Result<&Store<Role>, Refusal> {
        match realm {
            Realm::Organization => Ok(&self.roles),
            Realm::Project(project_id) => Ok(&self.project(project_id)?.roles),
        }
    }

    /// The role with this id, or of which this is the short id.
    pub(super) fn role(&self, realm: Realm<'_>, role_id: &str) -> Result<&Role, Refusal> {
        let roles = self.roles(realm)?;
        let predefined = || roles.get(&long_id(realm, &self.id, role_id));
        let role = roles.get(role_id).or_else(predefined);
        role.ok_or_else(|| Refusal::not_found(Code::RoleNotFound, "role", role_id))
    }

    /// The id of a predefined role, by its name.
    pub(super) fn predefined_id(&self, realm: Realm<'_>, name: &str) -> String {
        long_id(realm, &self.id, &realm.short_id(name))
    }

    /// The role with this id, if the API may change it.
    fn custom_role(&self, realm: Realm<'_>, role_id: &str) -> Result<&Role, Refusal> {
        let role = self.role(realm, role_id)?;
        if role.predefined {
            let text = format!("The role {role_id} is predefined and can be neither changed nor deleted.");
            return Err(Refusal::new(400, Code::PredefinedRole, text));
        }
        Ok(role)
    }

    /// Refuses changes to what belongs to an archived project.
    pub(super) fn guard_open(&self, realm: Realm<'_>) -> Result<(), Refusal> {
        match realm {
            Realm::Organization => Ok(()),
            Realm::Project(project_id) => self.open_project(project_id).map(|_| ()),
        }
    }

    fn roles_mut(&mut self, realm: Realm<'_>) -> Option<&mut Store<Role>> {
        match realm {
            Realm::Organization => Some(&mut self.roles),
            Realm::Project(project_id) => Some(&mut self.projects.get_mut(project_id)?.roles),
        }
    }

    /// Makes a role and writes it down; gives its id. A project must exist.
    pub(super) fn put_role(
        &mut self,
        realm: Realm<'_>,
        name: String,
        permissions: Vec<String>,
        description: Option<String>,
        now: Timestamp,
    ) -> String {
        let id = self.ids.role(now);
        self.effects.push(Effect::RoleCreated {
            role_id: id.clone(),
            name: name.clone(),
            permissions: permissions.clone(),
            project_id: realm.project_id(),
        });
        if let Some(roles) = self.roles_mut(realm) {
            roles.insert(Role {
                id: id.clone(),
                name,
                description,
                permissions,
                created_at: now,
                updated_at: now,
                predefined: false,
            });
        }
        id
    }

    fn drop_role(&mut self, realm: Realm<'_>, role_id: &str) {
        let Some(Role { id, name, .. }) = self.roles_mut(realm).and_then(|roles| roles.remove(role_id)) else {
            return;
        };
        let holders = self.grants_mut(realm).map(|grants| grants.remove_role(&id));
        if let Realm::Project(project_id) = realm {
            for holder in holders.unwrap_or_default() {
                self.drop_idle_group(project_id, &holder);
            }
        }
        self.effects.push(Effect::RoleDeleted {
            role_id: id,
            name,
            project_id: realm.project_id(),
        });
    }

    /// Takes a group out of a project where no role of it is left.
    pub(super) fn drop_idle_group(&mut self, project_id: &str, principal: &Principal) {
        let Principal::Group(group_id) = principal else {
            return;
        };
        let project = self.projects.get(project_id);
        if project.is_some_and(|project| project.grants.of(principal).next().is_none()) {
            self.drop_project_group(project_id, group_id);
        }
    }
}

impl Realm<'_> {
    /// The id that stands before a role's in a path, if any.
    pub(super) fn above(&self) -> &str {
        match self {
            Self::Organization => "",
            Self::Project(project_id) => project_id,
        }
    }

    pub(super) fn project_id(&self) -> Option<String> {
        match self {
            Self::Organization => None,
            Self::Project(project_id) => Some((*project_id).to_owned()),
        }
    }

    pub(super) fn resource_type(&self) -> &'static str {
        match self {
            Self::Organization => "api.organization",
            Self::Project(_) => "api.project",
        }
    }

    fn short_id(&self, name: &str) -> String {
        match self {
            Self::Organization => format!("role-api-organization-{name}"),
            Self::Project(_) => format!("role-api-project-{name}"),
        }
    }

    /// Names (reported) and permissions (our choice) of predefined roles.
    fn predefined(&self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Organization => &[
                ("owner", &["api.organization.read", "api.organization.write"]),
                ("reader", &["api.organization.read"]),
            ],
            Self::Project(_) => &[
                ("owner", &["api.project.read", "api.project.write", "api.model.request"]),
                ("member", &["api.project.read", "api.model.request"]),
                ("viewer", &["api.project.read"]),
            ],
        }
    }
}

/// The roles that an organization or a project begins with.
pub(super) fn predefined(realm: Realm<'_>, org_id: &str) -> Store<Role> {
    let mut roles = Store::new();
    for (name, permissions) in realm.predefined() {
        roles.insert(Role {
            id: long_id(realm, org_id, &realm.short_id(name)),
            name: (*name).to_owned(),
            description: None,
            permissions: permissions.iter().map(ToString::to_string).collect(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            predefined: true,
        });
    }
    roles
}

fn long_id(realm: Realm<'_>, org_id: &str, short: &str) -> String {
    match realm {
        Realm::Organization => format!("{short}__api-organization__{org_id}"),
        Realm::Project(project_id) => format!("{short}__api-project__{project_id}"),
    }
}

/// What is in `texts` beyond `known`.
fn beyond(known: &[String], texts: &[String]) -> Vec<String> {
    let known: BTreeSet<_> = known.iter().collect();
    texts.iter().filter(|text| !known.contains(text)).cloned().collect()
}

/// A role on the wire. What is sent as `role_name` comes back as `name` (specified).
#[derive(Serialize)]
pub(super) struct RoleBody<'a> {
    object: &'static str,
    id: &'a str,
    name: &'a str,
    description: Option<&'a str>,
    permissions: &'a [String],
    resource_type: &'static str,
    predefined_role: bool,
}

impl<'a> RoleBody<'a> {
    pub(super) fn of(realm: Realm<'_>, role: &'a Role) -> Self {
        Self {
            object: "role",
            id: &role.id,
            name: &role.name,
            description: role.description.as_deref(),
            permissions: &role.permissions,
            resource_type: realm.resource_type(),
            predefined_role: role.predefined,
        }
    }
}
