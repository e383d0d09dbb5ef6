//! The whole organization as data: what `GET /state` gives and `PUT /state` takes.

mod projects;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::projects::{ProjectState, ProjectUserState};
use super::Org;
use super::keyring::Held;
use super::lag::Fresh;
use super::letterhead::Letterhead;
use super::projects::default_project;
use super::roles::Realm;
use crate::audit::AuditLog;
use crate::journal::Entry;
use crate::record::{AdminKey, Group, Invite, Member, OrgRole, Project, Role, RoleAssignment, User, fold};
use crate::store::{Direction, Index, Row, Store};
use crate::timestamp::Timestamp;

/// Everything that an organization is, lists in order of creation. Journal, settings and faults
/// are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// `org-…`; the one it has, if absent.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// Members.
    #[serde(default)]
    pub users: Vec<User>,
    /// Invites that were not withdrawn.
    #[serde(default)]
    pub invites: Vec<Invite>,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<GroupState>,
    /// Roles of the organization, other than the predefined ones.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Who holds which role of the organization. The `role` of users is not part of it.
    #[serde(default)]
    pub role_assignments: Vec<RoleAssignment>,
    /// Projects.
    #[serde(default)]
    pub projects: Vec<ProjectState>,
    /// Ids of people who were members once, by address in lower case.
    #[serde(default)]
    pub departed: BTreeMap<String, String>,
    /// The keys that open it, **secrets included**; the ones it has, if absent. When a state is
    /// taken over, the key that the organization was set up with stays in any case.
    #[serde(default)]
    pub admin_keys: Option<Vec<AdminKey>>,
}

/// A group with the ids of its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupState {
    /// `group_…`
    pub id: String,
    /// The name.
    pub name: String,
    /// When it was made.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// Whether a directory manages it.
    #[serde(default)]
    pub scim_managed: bool,
    /// User ids in the order of joining. Stale rows of removed users are not part of it.
    #[serde(default)]
    pub members: Vec<String>,
}

/// Why a state cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Two things have one id.
    #[error("the id {0} occurs twice")]
    Twice(String),
    /// Something has an empty id.
    #[error("there is an empty id")]
    EmptyId,
    /// Two keys have one secret.
    #[error("the keys {0} and {1} have the same secret")]
    OneSecret(String, String),
    /// A group has a member that is no user.
    #[error("the group {group_id} has a member {user_id} who is not among the users")]
    NoUser {
        /// The group.
        group_id: String,
        /// The member.
        user_id: String,
    },
    /// Something is named that is not there.
    #[error("{holder} names {id}, which is not there")]
    Dangling {
        /// What names it: a project or the organization.
        holder: String,
        /// What it names.
        id: String,
    },
    /// There are two default projects.
    #[error("the projects {0} and {1} are both the default project")]
    TwoDefaults(String, String),
}

impl StateError {
    fn dangling(holder: &str, id: &str) -> Self {
        let (holder, id) = (holder.to_owned(), id.to_owned());
        Self::Dangling { holder, id }
    }
}

impl Org {
    /// The organization as it is.
    pub fn state(&self) -> State {
        State {
            users: self.users.iter().cloned().collect(),
            invites: self.invites.iter().cloned().collect(),
            groups: self.groups.iter().map(|group| self.group_state(group)).collect(),
            projects: self.projects().map(|project| ProjectState::of(self, project)).collect(),
            ..self.rest_of_state()
        }
    }

    /// The state without users, invites, groups and projects, which may be large.
    pub(super) fn rest_of_state(&self) -> State {
        let key = |key: &AdminKey| AdminKey {
            last_used_at: None,
            ..key.clone()
        };
        State {
            organization_id: Some(self.id.clone()),
            users: Vec::new(),
            invites: Vec::new(),
            groups: Vec::new(),
            roles: projects::custom(&self.roles),
            role_assignments: self.grants.iter().collect(),
            projects: Vec::new(),
            departed: self.departed.clone(),
            admin_keys: Some(self.admin_keys().map(key).collect()),
        }
    }

    pub(super) fn group_state(&self, group: &Group) -> GroupState {
        let members = self.group_members(&group.id);
        GroupState {
            id: group.id.clone(),
            name: group.name.clone(),
            created_at: group.created_at,
            scim_managed: group.scim_managed,
            members: members.iter().map(|user| user.id().to_owned()).collect(),
        }
    }

    /// Replaces the organization. Nothing changes if the state cannot be. The journal notes it
    /// without effects: readers that follow effects must read the state anew. The audit log begins
    /// anew.
    pub fn set_state(&mut self, state: State, now: Timestamp) -> Result<(), StateError> {
        let (users, invites) = (
            stored(Store::large(), state.users)?,
            stored(Store::large(), state.invites)?,
        );
        let keys = state.admin_keys.map(stored_keys).transpose()?;
        let mut groups = Store::large();
        let mut memberships = Vec::new();
        for GroupState {
            id,
            name,
            created_at,
            scim_managed,
            members,
        } in state.groups
        {
            let member = |user_id: String| Member {
                user_id,
                last_known: None,
            };
            let members = stored(Store::new(), members.into_iter().map(member).collect())?;
            if let Some(stranger) = members.iter().find(|member| !users.contains(&member.user_id)) {
                let user_id = stranger.user_id.clone();
                return Err(StateError::NoUser { group_id: id, user_id });
            }
            let ids: Vec<_> = members.iter().map(|member| member.user_id.clone()).collect();
            let group = Group {
                id,
                name,
                created_at,
                scim_managed,
                members,
            };
            let place = append(&mut groups, group)?;
            memberships.extend(ids.into_iter().map(|id| (id, place)));
        }
        let id = state.organization_id.unwrap_or_else(|| self.id.clone());
        let roles = projects::with_predefined(state.roles, Realm::Organization, &id)?;
        let grants = projects::granted(&id, state.role_assignments, &roles, &users, &groups)?;
        let mut projects = Store::new();
        guard_one_default(&state.projects)?;
        if !state.projects.iter().any(|project| project.is_default) {
            append(&mut projects, default_project(self.ids.default_project(), &id))?;
        }
        for project in state.projects {
            append(&mut projects, project.into_project(&id, &users, &groups)?)?;
        }
        self.letterhead = Letterhead::of(&id);
        (self.id, self.roles, self.grants) = (id, roles, grants);
        self.project_places = places(&projects);
        self.projects = projects;
        let owners = users.walk(Direction::Ascending, None);
        let owners = owners.filter(|(_, user)| user.role == OrgRole::Owner);
        self.owners = owners.map(|(position, _)| position).collect();
        (self.users, self.invites, self.groups) = (users, invites, groups);
        self.memberships = memberships.into_iter().collect();
        if let Some(keys) = keys {
            self.keys.replace(keys, &mut self.ids);
        }
        let departed = state.departed.into_iter();
        self.departed = departed.map(|(email, id)| (fold(&email).into_owned(), id)).collect();
        self.diverge();
        self.fresh = Fresh::default();
        self.acceptances.clear();
        for invite in self.invites.iter().cloned().collect::<Vec<_>>() {
            self.schedule(&invite);
        }
        self.changed(now);
        // Its events were another organization's, or of a time that has not been.
        self.audit_log = AuditLog::default();
        self.write_down(Entry::world("set state", now, Vec::new(), None));
        Ok(())
    }

    /// Sees to it that new ids do not meet those that are there.
    fn diverge(&mut self) {
        let users = self.users.iter().map(Row::id);
        let invites = self.invites.iter().map(Row::id);
        let groups = self.groups.iter().map(Row::id);
        let departed = self.departed.values().map(String::as_str);
        let keys = self.keys.keys().iter().map(Row::id);
        let custom = |role: &&Role| !role.predefined;
        let roles = self.roles.iter().filter(custom).map(Row::id);
        let within = self.projects.iter().flat_map(|project| {
            let roles = project.roles.iter().filter(custom).map(Row::id);
            roles.chain(project.service_accounts.iter().map(Row::id))
        });
        let projects = self.projects.iter().filter(|project| !project.is_default).map(Row::id);
        let people = users.chain(invites).chain(groups).chain(departed).chain(keys);
        self.ids.diverge(people.chain(roles).chain(projects).chain(within));
    }
}

fn guard_one_default(projects: &[ProjectState]) -> Result<(), StateError> {
    let mut defaults = projects.iter().filter(|project| project.is_default);
    match (defaults.next(), defaults.next()) {
        (Some(one), Some(other)) => Err(StateError::TwoDefaults(one.id.clone(), other.id.clone())),
        (Some(_), None) | (None, _) => Ok(()),
    }
}

/// Which users and groups are in which project.
fn places(projects: &Store<Project>) -> Index {
    let mut places = Index::large();
    for project in projects.iter() {
        let users = project.users.iter().map(Row::id);
        if let Some(place) = projects.position(&project.id) {
            for id in users.chain(project.groups.iter().map(Row::id)) {
                places.insert(id, place);
            }
        }
    }
    places
}

fn stored<T: Row>(mut store: Store<T>, rows: Vec<T>) -> Result<Store<T>, StateError> {
    for row in rows {
        append(&mut store, row)?;
    }
    Ok(store)
}

fn stored_keys(keys: Vec<AdminKey>) -> Result<Store<Held>, StateError> {
    let mut store = Store::new();
    for key in keys {
        let twin = store.oldest_with_key(&key.secret);
        if let Some(twin) = twin.map(|(_, twin): (_, &Held)| twin.key.id.clone()) {
            return Err(StateError::OneSecret(twin, key.id));
        }
        append(&mut store, Held::new(key))?;
    }
    Ok(store)
}

fn append<T: Row>(store: &mut Store<T>, row: T) -> Result<crate::store::Position, StateError> {
    if row.id().is_empty() {
        return Err(StateError::EmptyId);
    }
    if store.contains(row.id()) {
        return Err(StateError::Twice(row.id().to_owned()));
    }
    Ok(store.insert(row))
}
