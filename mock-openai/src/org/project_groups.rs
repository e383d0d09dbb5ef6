//! Groups in projects: list, add, retrieve, remove.
//!
//! A group is in a project by the roles it has there: it is added with one, named by id, and
//! leaves with the last one (our choice). Its people are not project users by that.

use serde::Serialize;

use super::groups::no_group;
use super::members::Removed;
use super::roles::Realm;
use super::{Org, page};
use crate::journal::Effect;
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Group, Principal, Project, ProjectGroup};
use crate::refusal::{Code, Refusal};
use crate::settings::{DeleteMissing, Profile};
use crate::timestamp::Timestamp;

/// Which fields the answer has: examples show `group_type` on a group fetched alone only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Alone,
    Listed,
}

impl Org {
    pub(super) fn list_project_groups(&self, project_id: &str, request: &Request) -> Result<Answer, Refusal> {
        let project = self.project(project_id)?;
        let keep = |group: &ProjectGroup| self.is_settled(&[project_id, &group.group_id]);
        let query = Query::parse(&request.query);
        let body = |row| self.project_group_body(project, row, Shown::Listed);
        page::PROJECT_GROUPS.list(&project.groups, &query, &self.settings, keep, body)
    }

    pub(super) fn add_project_group(
        &mut self,
        project_id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        let project = self.open_project(project_id)?;
        let realm = Realm::Project(project_id);
        let mut fields = self.fields(request)?;
        let (group_id, role_id) = (fields.text("group_id")?, fields.text("role")?);
        self.finish(&fields)?;
        self.existing_group(&group_id)?;
        let role = self.role(realm, &role_id)?.clone();
        if project.groups.contains(&group_id) {
            let text = format!("The group {group_id} already exists in project {project_id}.");
            return Err(Refusal::new(400, Code::GroupAlreadyInProject, text));
        }
        self.put_project_group(project_id, &group_id, now);
        self.grant(realm, &Principal::Group(group_id.clone()), &role, now)?;
        let (project, row) = self.project_group(project_id, &group_id)?;
        let body = self.project_group_body(project, row, Shown::Listed);
        Ok(Answer::json(200, &body))
    }

    pub(super) fn retrieve_project_group(
        &self,
        project_id: &str,
        group_id: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let query = Query::parse(&request.query);
        match query.last("group_type") {
            None | Some("group") => {}
            // Groups across organizations; there are none here.
            Some("tenant_group") => return Err(not_in_project(project_id, group_id)),
            Some(_) => {
                let text = "'group_type' must be 'group' or 'tenant_group'.";
                return Err(Refusal::invalid("group_type", text));
            }
        }
        let (project, row) = self.project_group(project_id, group_id)?;
        let body = self.project_group_body(project, row, Shown::Alone);
        Ok(Answer::json(200, &body))
    }

    pub(super) fn remove_project_group(&mut self, project_id: &str, group_id: &str) -> Result<Answer, Refusal> {
        self.open_project(project_id)?;
        match (self.project_group(project_id, group_id), self.settings.delete_missing) {
            (Ok(_), _) => self.drop_project_group(project_id, group_id),
            (Err(refusal), DeleteMissing::NotFound) => return Err(refusal),
            (Err(_), DeleteMissing::Ok) => {}
        }
        let (object, deleted) = ("project.group.deleted", true);
        Ok(Answer::json(200, &Removed { object, deleted }))
    }

    /// The groups in a project, in the order in which they were added; empty if there is no such
    /// project.
    pub fn project_groups(&self, project_id: &str) -> Vec<&Group> {
        let groups = self
            .projects
            .get(project_id)
            .into_iter()
            .flat_map(|project| project.groups.iter());
        groups.filter_map(|row| self.groups.get(&row.group_id)).collect()
    }

    pub(super) fn existing_group(&self, group_id: &str) -> Result<&Group, Refusal> {
        self.groups.get(group_id).ok_or_else(|| no_group(group_id))
    }

    fn project_group(&self, project_id: &str, group_id: &str) -> Result<(&Project, &ProjectGroup), Refusal> {
        let project = self.project(project_id)?;
        let row = project.groups.get(group_id);
        row.map(|row| (project, row))
            .ok_or_else(|| not_in_project(project_id, group_id))
    }

    /// Adds a group to a project, unless it is in it, and writes it down. Both must exist.
    pub(super) fn put_project_group(&mut self, project_id: &str, group_id: &str, now: Timestamp) {
        let Some((place, group)) = self.projects.position(project_id).zip(self.groups.get(group_id)) else {
            return;
        };
        let is_new = |project: &&mut Project| !project.groups.contains(group_id);
        let Some(project) = self.projects.at_mut(place).filter(is_new) else {
            return;
        };
        project.groups.insert(ProjectGroup {
            group_id: group.id.clone(),
            added_at: now,
        });
        self.project_places.insert(group_id, place);
        self.effects.push(Effect::ProjectGroupAdded {
            project_id: project.id.clone(),
            project: project.name.clone(),
            group_id: group.id.clone(),
            group: group.name.clone(),
        });
    }

    /// Removes a group from a project, if it is in it, with its roles there, and writes it down.
    pub(super) fn drop_project_group(&mut self, project_id: &str, group_id: &str) {
        self.drop_grants(Realm::Project(project_id), &Principal::Group(group_id.to_owned()));
        let Some(place) = self.projects.position(project_id) else {
            return;
        };
        let Some(project) = self.projects.at_mut(place) else {
            return;
        };
        let Some(row) = project.groups.remove(group_id) else {
            return;
        };
        self.project_places.remove(group_id, place);
        let group = self.groups.get(group_id);
        self.effects.push(Effect::ProjectGroupRemoved {
            project_id: project.id.clone(),
            project: project.name.clone(),
            group_id: row.group_id,
            group: group.map(|group| group.name.clone()).unwrap_or_default(),
        });
    }

    fn project_group_body<'a>(&'a self, project: &'a Project, row: &'a ProjectGroup, shown: Shown) -> Body<'a> {
        let has_type = self.settings.profile == Profile::Current || shown == Shown::Alone;
        let group = self.groups.get(&row.group_id);
        Body {
            object: "project.group",
            project_id: &project.id,
            group_id: &row.group_id,
            group_name: group.map(|group| group.name.as_str()).unwrap_or_default(),
            group_type: has_type.then_some("group"),
            created_at: row.added_at.as_secs(),
        }
    }
}

fn not_in_project(project_id: &str, group_id: &str) -> Refusal {
    let text = format!("The group {group_id} is not in the project {project_id}.");
    Refusal::new(404, Code::GroupNotInProject, text)
}

/// A project group on the wire; `created_at` is when it was added (inference).
#[derive(Serialize)]
struct Body<'a> {
    object: &'static str,
    project_id: &'a str,
    group_id: &'a str,
    group_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_type: Option<&'static str>,
    created_at: u64,
}
