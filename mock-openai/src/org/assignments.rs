//! Role assignments: list, assign, retrieve, unassign; for users and groups, in the organization
//! and in projects. Eight paths twice over, one set of rules.
//!
//! Our choices, where no source says more: a list has the roles that somebody holds, be it directly
//! or through a group, each once, in the order of the roles; `assignment_sources` names the groups
//! it comes through and is empty for what is only direct; that owners of the organization own every
//! project is not shown. Assigning what is assigned already is 200. Only what is assigned
//! directly can be unassigned.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::members::Removed;
use super::roles::{Realm, RoleBody};
use super::users::UserBody;
use super::{Org, page};
use crate::journal::Effect;
use crate::json::{Json, ToJson};
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Grants, Group, OrgRole, Principal, ProjectRole, Role};
use crate::refusal::{Code, Refusal};
use crate::settings::{DeleteMissing, Plan, PredefinedRoles, Profile, UnassignReader};
use crate::timestamp::Timestamp;

/// The groups that a role comes through, by id.
type Sources = Vec<String>;

/// Which fields the answer has: examples of lists have no `assignment_sources`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Alone,
    Listed,
}

impl Org {
    pub(super) fn list_assignments(
        &self,
        realm: Realm<'_>,
        principal: &Principal,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let held = self.held(realm, principal)?;
        let roles = self.roles(realm)?;
        let only: BTreeSet<_> = held.keys().filter_map(|role_id| roles.position(role_id)).collect();
        let keep = |role: &Role| self.is_settled(&[realm.above(), principal.id(), &role.id]);
        let query = Query::parse(&request.query);
        let page = page::ASSIGNMENTS.page(roles, Some(&only), keep, &query, &self.settings)?;
        let rows = page.rows.iter().filter_map(|role| Some((*role, held.get(&role.id)?)));
        let data = rows.map(|(role, sources)| self.assigned_body(realm, role, sources, Shown::Listed));
        Ok(page::ASSIGNMENTS.answer(&page, data, &self.settings))
    }

    pub(super) fn assign_role(
        &mut self,
        realm: Realm<'_>,
        principal: &Principal,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        self.guard_open(realm)?;
        self.guard_principal(principal)?;
        let mut fields = self.fields(request)?;
        let role_id = fields.text("role_id")?;
        self.finish(&fields)?;
        let role = self.role(realm, &role_id)?.clone();
        self.grant(realm, principal, &role, now)?;
        let role = RoleBody::of(realm, &role);
        Ok(match principal {
            Principal::User(user_id) => {
                let user = self.user_body(self.person(user_id)?);
                Answer::json(200, &UserRole { user, role })
            }
            Principal::Group(group_id) => {
                let group = GroupSummary::of(self.existing_group(group_id)?);
                let object = "group.role";
                Answer::json(200, &GroupRole { object, group, role })
            }
        })
    }

    pub(super) fn retrieve_assignment(
        &self,
        realm: Realm<'_>,
        principal: &Principal,
        role_id: &str,
    ) -> Result<Answer, Refusal> {
        let held = self.held(realm, principal)?;
        let role = self.role(realm, role_id)?;
        let sources = held.get(&role.id).ok_or_else(|| not_assigned(principal, role_id))?;
        Ok(Answer::json(
            200,
            &self.assigned_body(realm, role, sources, Shown::Alone),
        ))
    }

    pub(super) fn unassign_role(
        &mut self,
        realm: Realm<'_>,
        principal: &Principal,
        role_id: &str,
    ) -> Result<Answer, Refusal> {
        self.guard_open(realm)?;
        self.guard_principal(principal)?;
        let is_gone = match self.role(realm, role_id).cloned() {
            Ok(role) => self.revoke(realm, principal, &role)?,
            Err(refusal) if self.settings.delete_missing == DeleteMissing::NotFound => return Err(refusal),
            Err(_) => false,
        };
        if !is_gone && self.settings.delete_missing == DeleteMissing::NotFound {
            return Err(not_assigned(principal, role_id));
        }
        let object = match principal {
            Principal::User(_) => "user.role.deleted",
            Principal::Group(_) => "group.role.deleted",
        };
        let deleted = true;
        Ok(Answer::json(200, &Removed { object, deleted }))
    }

    /// Gives a role to somebody and writes it down, unless they have it.
    pub(super) fn grant(
        &mut self,
        realm: Realm<'_>,
        principal: &Principal,
        role: &Role,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let is_news = match (principal, realm) {
            (Principal::User(user_id), Realm::Organization) if self.is_in_step(role) => {
                let wanted = OrgRole::named(&role.name).unwrap_or(OrgRole::Reader);
                self.set_role(user_id, wanted)?
            }
            (Principal::User(user_id), Realm::Project(project_id)) if self.is_in_step(role) => {
                let wanted = ProjectRole::named(&role.name).unwrap_or(ProjectRole::Viewer);
                self.put_project_user(project_id, user_id, wanted, now)
                    || self.change_project_role(project_id, user_id, wanted)
            }
            (Principal::Group(group_id), Realm::Project(project_id)) if role.predefined => {
                self.put_project_group(project_id, group_id, now);
                self.put_grant(realm, principal, role)
            }
            (Principal::User(_) | Principal::Group(_), Realm::Project(project_id)) => {
                self.guard_in_project(project_id, principal)?;
                self.put_grant(realm, principal, role)
            }
            (Principal::User(_) | Principal::Group(_), Realm::Organization) => self.put_grant(realm, principal, role),
        };
        if is_news {
            self.effects.push(Effect::RoleAssigned {
                role_id: role.id.clone(),
                role: role.name.clone(),
                principal: principal.clone(),
                project_id: realm.project_id(),
            });
        }
        Ok(())
    }

    /// Takes a role from somebody and writes it down. Whether they had it directly.
    fn revoke(&mut self, realm: Realm<'_>, principal: &Principal, role: &Role) -> Result<bool, Refusal> {
        let is_floor = realm == Realm::Organization && role.predefined && role.name == OrgRole::Reader.as_str();
        if let (Principal::User(user_id), true) = (principal, is_floor) {
            match self.settings.unassign_reader {
                UnassignReader::Refuse => {
                    let text = "Every user of an organization holds at least the role reader.";
                    return Err(Refusal::new(400, Code::ReaderRequired, text));
                }
                UnassignReader::Ok if self.is_in_step(role) => return Ok(self.held_in_step(realm, user_id, role)),
                UnassignReader::Ok => {}
            }
        }
        match (principal, realm) {
            (Principal::User(user_id), _) if self.is_in_step(role) => {
                if !self.held_in_step(realm, user_id, role) {
                    return Ok(false);
                }
                match realm {
                    Realm::Organization => _ = self.set_role(user_id, OrgRole::Reader)?,
                    Realm::Project(project_id) => self.drop_project_user(project_id, user_id),
                }
            }
            (Principal::User(_) | Principal::Group(_), _) => {
                let grants = self.grants_mut(realm);
                if !grants.is_some_and(|grants| grants.remove(principal, &role.id)) {
                    return Ok(false);
                }
            }
        }
        self.note_unassigned(realm, principal, role);
        if let Realm::Project(project_id) = realm {
            self.drop_idle_group(project_id, principal);
        }
        Ok(true)
    }

    /// Takes every role that was assigned to somebody, and writes it down.
    pub(super) fn drop_grants(&mut self, realm: Realm<'_>, principal: &Principal) {
        let role_ids = self.grants_mut(realm).map(|grants| grants.remove_principal(principal));
        for role_id in role_ids.unwrap_or_default() {
            if let Ok(role) = self.role(realm, &role_id).cloned() {
                self.note_unassigned(realm, principal, &role);
            }
        }
    }

    fn note_unassigned(&mut self, realm: Realm<'_>, principal: &Principal, role: &Role) {
        self.effects.push(Effect::RoleUnassigned {
            role_id: role.id.clone(),
            role: role.name.clone(),
            principal: principal.clone(),
            project_id: realm.project_id(),
        });
    }

    fn put_grant(&mut self, realm: Realm<'_>, principal: &Principal, role: &Role) -> bool {
        let grants = self.grants_mut(realm);
        grants.is_some_and(|grants| grants.insert(principal.clone(), role.id.clone()))
    }

    /// Every role that somebody holds, by id, with the groups it comes through.
    fn held(&self, realm: Realm<'_>, principal: &Principal) -> Result<BTreeMap<String, Sources>, Refusal> {
        self.guard_principal(principal)?;
        let grants = self.grants(realm)?;
        let mut held: BTreeMap<_, _> = grants.of(principal).map(|id| (id.to_owned(), Sources::new())).collect();
        match principal {
            Principal::User(user_id) => {
                if self.settings.predefined_roles == PredefinedRoles::InStep {
                    let role = self.role_word(realm, user_id);
                    held.extend(role.map(|word| (self.predefined_id(realm, word), Sources::new())));
                }
                if self.settings.plan == Plan::Paid {
                    for group in self.groups_of(user_id) {
                        for role_id in grants.of(&Principal::Group(group.id.clone())) {
                            held.entry(role_id.to_owned()).or_default().push(group.id.clone());
                        }
                    }
                }
            }
            Principal::Group(_) => self.guard_plan()?,
        }
        Ok(held)
    }

    /// The role that a user shows there.
    fn role_word(&self, realm: Realm<'_>, user_id: &str) -> Option<&'static str> {
        match realm {
            Realm::Organization => self.users.get(user_id).map(|user| user.role.as_str()),
            Realm::Project(project_id) => {
                let user = self.projects.get(project_id)?.users.get(user_id)?;
                Some(user.role.as_str())
            }
        }
    }

    fn held_in_step(&self, realm: Realm<'_>, user_id: &str, role: &Role) -> bool {
        self.role_word(realm, user_id) == Some(&role.name)
    }

    /// Whether a user who holds the role shows it as their `role`.
    fn is_in_step(&self, role: &Role) -> bool {
        role.predefined && self.settings.predefined_roles == PredefinedRoles::InStep
    }

    /// Who holds which role there.
    fn grants(&self, realm: Realm<'_>) -> Result<&Grants, Refusal> {
        match realm {
            Realm::Organization => Ok(&self.grants),
            Realm::Project(project_id) => Ok(&self.project(project_id)?.grants),
        }
    }

    pub(super) fn grants_mut(&mut self, realm: Realm<'_>) -> Option<&mut Grants> {
        match realm {
            Realm::Organization => Some(&mut self.grants),
            Realm::Project(project_id) => Some(&mut self.projects.get_mut(project_id)?.grants),
        }
    }

    fn guard_principal(&self, principal: &Principal) -> Result<(), Refusal> {
        match principal {
            Principal::User(user_id) => self.person(user_id).map(|_| ()),
            Principal::Group(group_id) => self.existing_group(group_id).map(|_| ()),
        }
    }

    /// A custom role in a project needs membership first (reported; the answer is our choice).
    fn guard_in_project(&self, project_id: &str, principal: &Principal) -> Result<(), Refusal> {
        let project = self.project(project_id)?;
        let (is_there, code) = match principal {
            Principal::User(id) => (project.users.contains(id), Code::UserNotInProject),
            Principal::Group(id) => (project.groups.contains(id), Code::GroupNotInProject),
        };
        if is_there {
            return Ok(());
        }
        let text = format!("Add {} to the project {project_id} first.", principal.id());
        Err(Refusal::new(400, code, text))
    }

    /// Whether the organization may see who is in a group, and what comes of it.
    pub(super) fn guard_plan(&self) -> Result<(), Refusal> {
        let text = "Members and roles of groups need another plan.";
        match self.settings.plan {
            Plan::Paid => Ok(()),
            Plan::Free => Err(Refusal::new(403, Code::PlanUpgradeRequired, text)),
        }
    }

    fn assigned_body<'a>(
        &self,
        realm: Realm<'_>,
        role: &'a Role,
        sources: &'a Sources,
        shown: Shown,
    ) -> AssignedBody<'a> {
        let source = |id: &'a String| Source {
            principal_id: id,
            principal_type: "group",
        };
        let has_sources = self.settings.profile == Profile::Current || shown == Shown::Alone;
        let at = |time: Timestamp| (!role.predefined).then_some(time.as_secs());
        AssignedBody {
            id: &role.id,
            name: &role.name,
            permissions: &role.permissions,
            resource_type: realm.resource_type(),
            predefined_role: role.predefined,
            description: role.description.as_deref(),
            created_at: at(role.created_at),
            updated_at: at(role.updated_at),
            created_by: None,
            created_by_user_obj: None,
            metadata: None,
            assignment_sources: has_sources.then(|| sources.iter().map(source).collect()),
        }
    }
}

fn not_assigned(principal: &Principal, role_id: &str) -> Refusal {
    let text = format!("The role {role_id} is not assigned to {}.", principal.id());
    Refusal::new(404, Code::RoleNotAssigned, text)
}

/// A role that somebody holds; the times are those of the role. Who made it is not known here.
#[derive(Serialize)]
struct AssignedBody<'a> {
    id: &'a str,
    name: &'a str,
    permissions: &'a [String],
    resource_type: &'static str,
    predefined_role: bool,
    description: Option<&'a str>,
    created_at: Option<u64>,
    updated_at: Option<u64>,
    created_by: Option<()>,
    created_by_user_obj: Option<()>,
    metadata: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment_sources: Option<Vec<Source<'a>>>,
}

#[derive(Serialize)]
struct Source<'a> {
    principal_id: &'a str,
    principal_type: &'static str,
}

/// What assigning a role to a user answers.
struct UserRole<'a> {
    user: UserBody<'a>,
    role: RoleBody<'a>,
}

impl ToJson for UserRole<'_> {
    fn write(&self, json: &mut Json) {
        json.paste(r#"{"object":"user.role","user":"#).value(&self.user);
        json.paste(r#","role":"#).value(&self.role).paste("}");
    }
}

/// What assigning a role to a group answers.
#[derive(Serialize)]
struct GroupRole<'a> {
    object: &'static str,
    group: GroupSummary<'a>,
    role: RoleBody<'a>,
}

/// A group in such an answer. What is `is_scim_managed` elsewhere has another name here (specified).
#[derive(Serialize)]
struct GroupSummary<'a> {
    object: &'static str,
    id: &'a str,
    name: &'a str,
    created_at: u64,
    scim_managed: bool,
}

impl<'a> GroupSummary<'a> {
    fn of(group: &'a Group) -> Self {
        Self {
            object: "group",
            id: &group.id,
            name: &group.name,
            created_at: group.created_at.as_secs(),
            scim_managed: group.scim_managed,
        }
    }
}
