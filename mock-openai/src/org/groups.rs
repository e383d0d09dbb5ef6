//! Groups: list, create, retrieve, rename, delete.

use serde::Serialize;

use super::body::MAX_NAME;
use super::roles::Realm;
use super::users::Deletion;
use super::{Org, page};
use crate::journal::Effect;
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Group, Principal};
use crate::refusal::{Code, Refusal};
use crate::settings::{BadGroupName, DeleteFullGroup, DeleteMissing, DuplicateGroupName, Profile, ScimManagedGroup};
use crate::store::Store;
use crate::timestamp::Timestamp;

impl Org {
    pub(super) fn list_groups(&self, request: &Request) -> Result<Answer, Refusal> {
        let query = Query::parse(&request.query);
        let keep = |group: &Group| self.is_settled(&[&group.id]);
        page::GROUPS.list(&self.groups, &query, &self.settings, keep, |group| {
            self.group_body(group)
        })
    }

    pub(super) fn create_group(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        let name = self.wanted_name(request)?;
        self.guard_name(&name, None, now)?;
        let group_id = self.put_group(&name, false, now);
        self.retrieve_group(&group_id)
    }

    pub(super) fn retrieve_group(&self, group_id: &str) -> Result<Answer, Refusal> {
        let group = self.groups.get(group_id).ok_or_else(|| no_group(group_id))?;
        Ok(Answer::json(200, &self.group_body(group)))
    }

    pub(super) fn update_group(
        &mut self,
        group_id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        self.editable_group(group_id)?;
        let name = self.wanted_name(request)?;
        self.guard_name(&name, Some(group_id), now)?;
        let group = self.groups.get(group_id).ok_or_else(|| no_group(group_id))?;
        if group.name != name {
            let (group_id, from) = (group.id.clone(), group.name.clone());
            self.groups.rekey(&group_id, |group| group.name.clone_from(&name));
            self.effects.push(Effect::GroupRenamed {
                group_id,
                from,
                to: name,
            });
        }
        let group = self.groups.get(group_id).ok_or_else(|| no_group(group_id))?;
        Ok(Answer::json(200, &RenamedBody::of(group)))
    }

    pub(super) fn delete_group(&mut self, group_id: &str) -> Result<Answer, Refusal> {
        let is_there = self.groups.contains(group_id);
        if is_there || self.settings.delete_missing == DeleteMissing::NotFound {
            let group = self.editable_group(group_id)?;
            if self.settings.delete_full_group == DeleteFullGroup::Refuse && self.is_in_use(group) {
                let text = format!("The group {group_id} still has members or roles.");
                return Err(Refusal::new(400, Code::GroupNotEmpty, text));
            }
            self.drop_group(group_id);
        }
        Ok(Answer::json(
            200,
            &Deletion {
                object: "group.deleted",
                id: group_id,
                deleted: true,
            },
        ))
    }

    /// The group with this id, if the API may change it.
    pub(super) fn editable_group(&self, group_id: &str) -> Result<&Group, Refusal> {
        let group = self.groups.get(group_id).ok_or_else(|| no_group(group_id))?;
        let text = || format!("The group {group_id} is managed by SCIM; change it in the directory.");
        match self.settings.scim_managed_group {
            _ if !group.scim_managed => Ok(group),
            ScimManagedGroup::Allow => Ok(group),
            ScimManagedGroup::Forbid => Err(Refusal::new(403, Code::GroupScimManaged, text())),
            ScimManagedGroup::Conflict => Err(Refusal::new(409, Code::GroupScimManaged, text())),
        }
    }

    /// Whether a group has members or roles; in a project it is by a role.
    fn is_in_use(&self, group: &Group) -> bool {
        let principal = Principal::Group(group.id.clone());
        group.members.len() > 0
            || self.grants.of(&principal).next().is_some()
            || !self.projects_with(&principal).is_empty()
    }

    fn wanted_name(&self, request: &Request) -> Result<String, Refusal> {
        let mut fields = self.fields(request)?;
        let name = fields.text("name")?;
        self.finish(&fields)?;
        if (1..=MAX_NAME).contains(&name.chars().count()) {
            return Ok(name);
        }
        let status = match self.settings.bad_group_name {
            BadGroupName::Refuse => 400,
            BadGroupName::Unprocessable => 422,
        };
        let text = format!("'name' must have 1 to {MAX_NAME} characters.");
        Err(Refusal::plain(status, text).about("name"))
    }

    fn guard_name(&self, name: &str, except: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
        let mut others = self.groups.with_key(name);
        let is_taken =
            others.any(|(_, group)| Some(group.id.as_str()) != except && !self.is_unseen(group.created_at, now));
        let status = match self.settings.duplicate_group_name {
            _ if !is_taken => return Ok(()),
            DuplicateGroupName::Allow => return Ok(()),
            DuplicateGroupName::Refuse => 400,
            DuplicateGroupName::Conflict => 409,
            DuplicateGroupName::Unprocessable => 422,
        };
        let text = "A group with this name already exists.";
        Err(Refusal::new(status, Code::GroupAlreadyExists, text).about("name"))
    }

    /// Makes a group and writes it down.
    pub(super) fn put_group(&mut self, name: &str, scim_managed: bool, now: Timestamp) -> String {
        let id = self.ids.group(now);
        let (name, members) = (name.to_owned(), Store::new());
        let group = Group {
            id: id.clone(),
            name: name.clone(),
            created_at: now,
            scim_managed,
            members,
        };
        self.groups.insert(group);
        self.effects.push(Effect::GroupCreated {
            group_id: id.clone(),
            name,
        });
        id
    }

    /// Deletes a group with its memberships and roles and writes it down.
    pub(super) fn drop_group(&mut self, group_id: &str) {
        let principal = Principal::Group(group_id.to_owned());
        for project_id in self.projects_with(&principal) {
            self.drop_project_group(&project_id, group_id);
        }
        self.drop_grants(Realm::Organization, &principal);
        let Some(place) = self.groups.position(group_id) else {
            return;
        };
        let Some(Group { id, name, members, .. }) = self.groups.remove(group_id) else {
            return;
        };
        for member in members.iter() {
            self.memberships.remove(&(member.user_id.clone(), place));
        }
        self.effects.push(Effect::GroupDeleted { group_id: id, name });
    }

    fn group_body<'a>(&self, group: &'a Group) -> GroupBody<'a> {
        let group_type = match self.settings.profile {
            Profile::Current => Some("group"),
            Profile::Minimal | Profile::Legacy => None,
        };
        GroupBody {
            object: "group",
            id: &group.id,
            name: &group.name,
            created_at: group.created_at.as_secs(),
            is_scim_managed: group.scim_managed,
            group_type,
        }
    }
}

pub(super) fn no_group(group_id: &str) -> Refusal {
    Refusal::not_found(Code::GroupNotFound, "group", group_id)
}

/// A group on the wire. `object` is in the examples and not in the schema, `group_type` the
/// other way round.
#[derive(Serialize)]
struct GroupBody<'a> {
    object: &'static str,
    id: &'a str,
    name: &'a str,
    created_at: u64,
    is_scim_managed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_type: Option<&'static str>,
}

/// What update-group answers: neither `object` nor `group_type` (specified).
#[derive(Serialize)]
struct RenamedBody<'a> {
    id: &'a str,
    name: &'a str,
    created_at: u64,
    is_scim_managed: bool,
}

impl<'a> RenamedBody<'a> {
    fn of(group: &'a Group) -> Self {
        Self {
            id: &group.id,
            name: &group.name,
            created_at: group.created_at.as_secs(),
            is_scim_managed: group.scim_managed,
        }
    }
}
