//! Members of the organization in projects: list, add, retrieve, modify, remove.
//!
//! Owners of the organization own every project, but only those who were added are listed (our
//! choice). Lists of archived projects are refused, single users of them are not (specified).

use serde::Serialize;

use super::roles::Realm;
use super::users::{Deletion, no_user, shown_name};
use super::{Org, page};
use crate::journal::Effect;
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Principal, Project, ProjectRole, ProjectUser, User};
use crate::refusal::{Code, Refusal};
use crate::settings::{AddExistingProjectUser, DeleteMissing, Profile, RemovedUserRows};
use crate::timestamp::Timestamp;

/// Which fields the answer has: the example of a new project user has no name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    New,
    Again,
}

impl Org {
    pub(super) fn list_project_users(&self, project_id: &str, request: &Request) -> Result<Answer, Refusal> {
        let project = self.open_project(project_id)?;
        let keep = |user: &ProjectUser| self.is_settled(&[project_id, &user.user_id]);
        let query = Query::parse(&request.query);
        let body = |user| self.project_user_body(user, Shown::Again);
        page::PROJECTS.list(&project.users, &query, &self.settings, keep, body)
    }

    pub(super) fn create_project_user(
        &mut self,
        project_id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        let project = self.open_project(project_id)?;
        let mut fields = self.fields(request)?;
        let role = parse_role(&fields.text("role")?)?;
        let (user_id, email) = (fields.optional_text("user_id")?, fields.optional_text("email")?);
        self.finish(&fields)?;
        let user_id = self.wanted_user(user_id, email)?.id().to_owned();
        if project.users.contains(&user_id) {
            let text = format!("The user {user_id} already exists in project {project_id}.");
            match self.settings.add_existing_project_user {
                AddExistingProjectUser::Conflict => return Err(Refusal::new(409, Code::UserAlreadyInProject, text)),
                AddExistingProjectUser::Refuse => return Err(Refusal::new(400, Code::UserAlreadyInProject, text)),
                AddExistingProjectUser::Ok => {}
            }
        }
        self.put_project_user(project_id, &user_id, role, now);
        let user = self.project_user(project_id, &user_id)?;
        let body = self.project_user_body(user, Shown::New);
        Ok(Answer::json(self.created_status(), &body))
    }

    pub(super) fn retrieve_project_user(&self, project_id: &str, user_id: &str) -> Result<Answer, Refusal> {
        let user = self.project_user(project_id, user_id)?;
        Ok(Answer::json(200, &self.project_user_body(user, Shown::Again)))
    }

    pub(super) fn modify_project_user(
        &mut self,
        project_id: &str,
        user_id: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        self.open_project(project_id)?;
        self.project_user(project_id, user_id)?;
        let mut fields = self.fields(request)?;
        let role = fields
            .optional_text("role")?
            .map(|role| parse_role(&role))
            .transpose()?;
        self.finish(&fields)?;
        if let Some(role) = role {
            self.change_project_role(project_id, user_id, role);
        }
        self.retrieve_project_user(project_id, user_id)
    }

    pub(super) fn delete_project_user(&mut self, project_id: &str, user_id: &str) -> Result<Answer, Refusal> {
        self.open_project(project_id)?;
        match (self.project_user(project_id, user_id), self.settings.delete_missing) {
            (Ok(_), _) => self.drop_project_user(project_id, user_id),
            (Err(refusal), DeleteMissing::NotFound) => return Err(refusal),
            (Err(_), DeleteMissing::Ok) => {}
        }
        let (object, deleted) = ("organization.project.user.deleted", true);
        let id = user_id;
        Ok(Answer::json(200, &Deletion { object, id, deleted }))
    }

    /// The people in a project with their roles there, in the order in which they were added;
    /// empty if there is no such project. Stale rows of removed users are left out.
    pub fn project_users(&self, project_id: &str) -> Vec<(&User, ProjectRole)> {
        let users = self
            .projects
            .get(project_id)
            .into_iter()
            .flat_map(|project| project.users.iter());
        users
            .filter_map(|user| Some((self.users.get(&user.user_id)?, user.role)))
            .collect()
    }

    /// The member of the organization whom a create-project-user means.
    fn wanted_user(&self, user_id: Option<String>, email: Option<String>) -> Result<&User, Refusal> {
        match (user_id, email) {
            (Some(user_id), None) => self.person(&user_id),
            (None, Some(email)) => self.member_with(&email).ok_or_else(|| no_user(&email)),
            (None, None) | (Some(_), Some(_)) => {
                let text = "Give either 'user_id' or 'email'.";
                Err(Refusal::invalid("user_id", text))
            }
        }
    }

    fn project_user(&self, project_id: &str, user_id: &str) -> Result<&ProjectUser, Refusal> {
        let user = self.project(project_id)?.users.get(user_id);
        let text = || format!("The user {user_id} is not in the project {project_id}.");
        user.ok_or_else(|| Refusal::new(404, Code::UserNotInProject, text()))
    }

    /// Adds a user to a project and writes it down; whether that is news. Both must exist, and
    /// the project must not be archived.
    pub(super) fn put_project_user(
        &mut self,
        project_id: &str,
        user_id: &str,
        role: ProjectRole,
        now: Timestamp,
    ) -> bool {
        let Some((place, user)) = self.projects.position(project_id).zip(self.users.get(user_id)) else {
            return false;
        };
        let is_open = |project: &&mut Project| project.archived_at.is_none() && !project.users.contains(user_id);
        let Some(project) = self.projects.at_mut(place).filter(is_open) else {
            return false;
        };
        project.users.insert(ProjectUser {
            user_id: user.id().to_owned(),
            role,
            added_at: now,
            last_known: None,
        });
        self.project_places.insert(user_id, place);
        self.effects.push(Effect::ProjectUserAdded {
            project_id: project.id.clone(),
            project: project.name.clone(),
            user_id: user.id().to_owned(),
            email: user.email().to_owned(),
            role,
        });
        true
    }

    /// Changes the role of a project user and writes it down; whether that is news.
    pub(super) fn change_project_role(&mut self, project_id: &str, user_id: &str, role: ProjectRole) -> bool {
        let email = self.address_in(project_id, user_id);
        let Some(project) = self.projects.get_mut(project_id) else {
            return false;
        };
        let Some(user) = project.users.get_mut(user_id).filter(|user| user.role != role) else {
            return false;
        };
        let from = std::mem::replace(&mut user.role, role);
        self.effects.push(Effect::ProjectUserRoleChanged {
            project_id: project.id.clone(),
            project: project.name.clone(),
            user_id: user_id.to_owned(),
            email,
            from,
            to: role,
        });
        true
    }

    /// Removes a user from a project, if they are in it, with their roles there, and writes it down.
    pub(super) fn drop_project_user(&mut self, project_id: &str, user_id: &str) {
        self.drop_grants(Realm::Project(project_id), &Principal::User(user_id.to_owned()));
        let email = self.address_in(project_id, user_id);
        let Some(place) = self.projects.position(project_id) else {
            return;
        };
        let Some(project) = self.projects.at_mut(place) else {
            return;
        };
        let Some(user) = project.users.remove(user_id) else {
            return;
        };
        self.project_places.remove(user_id, place);
        self.effects.push(Effect::ProjectUserRemoved {
            project_id: project.id.clone(),
            project: project.name.clone(),
            user_id: user.user_id,
            email,
            role: user.role,
        });
    }

    /// Takes a user who is about to go out of every project, or leaves them there by the name they
    /// had. Roles go in any case.
    pub(super) fn leave_projects(&mut self, user: &User) {
        let principal = Principal::User(user.id().to_owned());
        for project_id in self.projects_with(&principal) {
            match self.settings.removed_user_rows {
                RemovedUserRows::Cascade => self.drop_project_user(&project_id, user.id()),
                RemovedUserRows::Stale => {
                    self.drop_grants(Realm::Project(&project_id), &principal);
                    let project = self.projects.get_mut(&project_id);
                    if let Some(row) = project.and_then(|project| project.users.get_mut(user.id())) {
                        row.last_known = Some(Box::new((user.name().map(str::to_owned), user.email().to_owned())));
                    }
                }
            }
        }
    }

    fn address_in(&self, project_id: &str, user_id: &str) -> String {
        let row = || self.projects.get(project_id)?.users.get(user_id)?.last_known.as_deref();
        let user = self.users.get(user_id).map(|user| user.email().to_owned());
        let address = user.or_else(|| row().map(|(_, email)| email.clone()));
        address.unwrap_or_default()
    }

    fn project_user_body<'a>(&'a self, row: &'a ProjectUser, shown: Shown) -> ProjectUserBody<'a> {
        let user = self.users.get(&row.user_id);
        let user = user.map(|user| (user.name(), user.email()));
        let known = row.last_known.as_deref();
        let known = known.map(|(name, email)| (name.as_deref(), email.as_str()));
        let (name, email) = user.or(known).unzip();
        let name = shown_name(name.flatten(), &self.settings);
        let is_named = self.settings.profile == Profile::Current || shown == Shown::Again;
        ProjectUserBody {
            object: "organization.project.user",
            id: &row.user_id,
            name: is_named.then_some(NameBody { name }),
            email,
            role: row.role.as_str(),
            added_at: row.added_at.as_secs(),
        }
    }
}

/// The words of the reference. Viewers are made by assigning the role (our choice).
fn parse_role(role: &str) -> Result<ProjectRole, Refusal> {
    match role {
        "owner" => Ok(ProjectRole::Owner),
        "member" => Ok(ProjectRole::Member),
        _ => {
            let text = format!("Invalid value: '{role}'. 'role' must be 'owner' or 'member'.");
            Err(Refusal::invalid("role", text))
        }
    }
}

/// A project user on the wire.
#[derive(Serialize)]
struct ProjectUserBody<'a> {
    object: &'static str,
    id: &'a str,
    #[serde(flatten)]
    name: Option<NameBody<'a>>,
    email: Option<&'a str>,
    role: &'static str,
    added_at: u64,
}

#[derive(Serialize)]
struct NameBody<'a> {
    name: Option<&'a str>,
}
