//! Projects: list, create, retrieve, modify, archive. They cannot be deleted.
//!
//! One is there from the beginning, the default project; it can be neither modified (specified)
//! nor archived (our choice). An archived project keeps what is in it and refuses every change.

use std::collections::BTreeSet;

use serde::Serialize;

use super::roles::{self, Realm};
use super::{Org, page};
use crate::journal::Effect;
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Grants, Principal, Project, Residency};
use crate::refusal::{Code, Refusal};
use crate::settings::Profile;
use crate::store::Store;
use crate::timestamp::Timestamp;

/// When the default project was made (our choice): 2020-09-13, before anything a test does.
const BEGINNING: Timestamp = Timestamp::from_millis(1_600_000_000_000);

impl Org {
    pub(super) fn list_projects(&self, request: &Request) -> Result<Answer, Refusal> {
        let query = Query::parse(&request.query);
        let with_archived = match query.last("include_archived") {
            None | Some("false" | "") => false,
            Some("true") => true,
            Some(_) => {
                let text = "'include_archived' must be 'true' or 'false'.";
                return Err(Refusal::invalid("include_archived", text));
            }
        };
        let keep =
            |project: &Project| (with_archived || project.archived_at.is_none()) && self.is_settled(&[&project.id]);
        page::PROJECTS.list(&self.projects, &query, &self.settings, keep, |project| {
            self.project_body(project)
        })
    }

    pub(super) fn create_project(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        let mut fields = self.fields(request)?;
        let name = fields.name("name")?;
        let external_key_id = fields.optional_text("external_key_id")?;
        let residency = parse_residency(fields.optional_text("residency")?)?;
        // Of SDKs newer than the specification, where it is deprecated already.
        let _ = fields.optional_text("geography")?;
        self.finish(&fields)?;
        let project_id = self.put_project(name, external_key_id, residency, now);
        let project = self.project(&project_id)?;
        Ok(Answer::json(self.created_status(), &self.project_body(project)))
    }

    pub(super) fn retrieve_project(&self, project_id: &str) -> Result<Answer, Refusal> {
        let project = self.project(project_id)?;
        Ok(Answer::json(200, &self.project_body(project)))
    }

    pub(super) fn modify_project(&mut self, project_id: &str, request: &Request) -> Result<Answer, Refusal> {
        let project = self.ordinary_project(project_id)?;
        let mut fields = self.fields(request)?;
        let name = fields.optional_name("name")?.filter(|name| *name != project.name);
        let external_key_id = fields.optional_text("external_key_id")?;
        let external_key_id = external_key_id.filter(|id| project.external_key_id.as_ref() != Some(id));
        self.finish(&fields)?;
        if name.is_some() || external_key_id.is_some() {
            self.effects.push(Effect::ProjectUpdated {
                project_id: project.id.clone(),
                from: project.name.clone(),
                to: name.clone(),
                external_key_id: external_key_id.clone(),
            });
        }
        if let Some(project) = self.projects.get_mut(project_id) {
            project.name = name.unwrap_or_else(|| project.name.clone());
            project.external_key_id = external_key_id.or_else(|| project.external_key_id.take());
        }
        self.retrieve_project(project_id)
    }

    pub(super) fn archive_project(&mut self, project_id: &str, now: Timestamp) -> Result<Answer, Refusal> {
        let project = self.ordinary_project(project_id)?;
        self.effects.push(Effect::ProjectArchived {
            project_id: project.id.clone(),
            name: project.name.clone(),
        });
        if let Some(project) = self.projects.get_mut(project_id) {
            project.archived_at = Some(now);
        }
        self.retrieve_project(project_id)
    }

    /// All projects, archived ones too, in the order in which they were made; the default project
    /// is the first.
    pub fn projects(&self) -> impl DoubleEndedIterator<Item = &Project> {
        self.projects.iter()
    }

    pub(super) fn project(&self, project_id: &str) -> Result<&Project, Refusal> {
        self.projects.get(project_id).ok_or_else(|| no_project(404, project_id))
    }

    /// The project with this id, unless it is archived.
    pub(super) fn open_project(&self, project_id: &str) -> Result<&Project, Refusal> {
        let project = self.project(project_id)?;
        match project.archived_at {
            None => Ok(project),
            Some(_) => Err(archived(project)),
        }
    }

    /// The project with this id, if it can be changed itself.
    fn ordinary_project(&self, project_id: &str) -> Result<&Project, Refusal> {
        let project = self.open_project(project_id)?;
        if project.is_default {
            let text = "The default project can be neither modified nor archived.";
            return Err(Refusal::new(400, Code::DefaultProject, text));
        }
        Ok(project)
    }

    /// Makes a project and writes it down; gives its id.
    pub(super) fn put_project(
        &mut self,
        name: String,
        external_key_id: Option<String>,
        residency: Residency,
        now: Timestamp,
    ) -> String {
        let id = self.ids.project();
        self.effects.push(Effect::ProjectCreated {
            project_id: id.clone(),
            name: name.clone(),
        });
        self.projects.insert(Project {
            external_key_id,
            residency,
            ..empty(id.clone(), name, now, &self.id)
        });
        id
    }

    /// The projects that a user or group is in.
    pub(super) fn projects_with(&self, principal: &Principal) -> Vec<String> {
        let places: BTreeSet<_> = self.project_places.with(principal.id()).collect();
        let projects = places.into_iter().filter_map(|place| self.projects.at(place));
        let is_in = |project: &&Project| match principal {
            Principal::User(id) => project.users.contains(id),
            Principal::Group(id) => project.groups.contains(id),
        };
        projects.filter(is_in).map(|project| project.id.clone()).collect()
    }

    /// The status of an answer to something new.
    pub(super) fn created_status(&self) -> u16 {
        match self.settings.profile {
            Profile::Legacy => 201,
            Profile::Current | Profile::Minimal => 200,
        }
    }

    fn project_body<'a>(&self, project: &'a Project) -> ProjectBody<'a> {
        let data = DataBody {
            external_key_id: project.external_key_id.as_deref(),
            residency: project.residency,
        };
        ProjectBody {
            object: "organization.project",
            id: &project.id,
            name: &project.name,
            created_at: project.created_at.as_secs(),
            archived_at: project.archived_at.map(Timestamp::as_secs),
            status: project.archived_at.map_or("active", |_| "archived"),
            data: (self.settings.profile == Profile::Current).then_some(data),
        }
    }
}

/// The project that every organization has.
pub(super) fn default_project(id: String, org_id: &str) -> Project {
    let name = "Default project".to_owned();
    Project {
        is_default: true,
        // Everybody may come to be in it.
        users: Store::large(),
        ..empty(id, name, BEGINNING, org_id)
    }
}

pub(super) fn empty(id: String, name: String, created_at: Timestamp, org_id: &str) -> Project {
    Project {
        roles: roles::predefined(Realm::Project(&id), org_id),
        id,
        name,
        created_at,
        archived_at: None,
        external_key_id: None,
        residency: Residency::default(),
        is_default: false,
        users: Store::new(),
        groups: Store::new(),
        service_accounts: Store::new(),
        grants: Grants::default(),
    }
}

/// The words and the code are those of the specification's example, without a full stop.
pub(super) fn no_project(status: u16, project_id: &str) -> Refusal {
    let text = format!("The project {project_id} was not found");
    Refusal::new(status, Code::ProjectNotFound, text)
}

/// The text is from an example of 2024, which has a numeric code; ours is invented.
pub(super) fn archived(project: &Project) -> Refusal {
    let text = format!("Project {} is archived", project.name);
    Refusal::new(400, Code::ProjectArchived, text)
}

fn parse_residency(text: Option<String>) -> Result<Residency, Refusal> {
    let Some(text) = text else {
        return Ok(Residency::default());
    };
    let parsed = serde_json::from_value(serde_json::Value::String(text));
    parsed.map_err(|_| Refusal::invalid("residency", "'residency' must be one of the regions of the reference."))
}

/// A project on the wire. The examples have the first six fields.
#[derive(Serialize)]
struct ProjectBody<'a> {
    id: &'a str,
    object: &'static str,
    name: &'a str,
    created_at: u64,
    archived_at: Option<u64>,
    status: &'static str,
    #[serde(flatten)]
    data: Option<DataBody<'a>>,
}

/// What the examples leave out.
#[derive(Serialize)]
struct DataBody<'a> {
    external_key_id: Option<&'a str>,
    residency: Residency,
}
