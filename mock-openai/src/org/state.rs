//! The whole organization as data: what `GET /state` gives and `PUT /state` takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Org;
use super::keyring::Held;
use crate::journal::Entry;
use crate::record::{AdminKey, Group, Invite, Member, OrgRole, User, fold};
use crate::store::{Direction, Row, Store};
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
}

impl Org {
    /// The organization as it is.
    pub fn state(&self) -> State {
        let group = |group: &Group| GroupState {
            id: group.id.clone(),
            name: group.name.clone(),
            created_at: group.created_at,
            scim_managed: group.scim_managed,
            members: self
                .group_members(&group.id)
                .iter()
                .map(|user| user.id.clone())
                .collect(),
        };
        let key = |key: &AdminKey| AdminKey {
            last_used_at: None,
            ..key.clone()
        };
        State {
            organization_id: Some(self.id.clone()),
            users: self.users.iter().cloned().collect(),
            invites: self.invites.iter().cloned().collect(),
            groups: self.groups.iter().map(group).collect(),
            departed: self.departed.clone(),
            admin_keys: Some(self.admin_keys().map(key).collect()),
        }
    }

    /// Replaces the organization. Nothing changes if the state cannot be. The journal notes it
    /// without effects: readers that follow effects must read the state anew.
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
        self.id = state.organization_id.unwrap_or_else(|| self.id.clone());
        let users = self.users.iter().map(|user| user.id.as_str());
        let invites = self.invites.iter().map(|invite| invite.id.as_str());
        let groups = self.groups.iter().map(|group| group.id.as_str());
        let departed = self.departed.values().map(String::as_str);
        let keys = self.keys.keys().iter().map(|held| held.key.id.as_str());
        self.ids
            .diverge(users.chain(invites).chain(groups).chain(departed).chain(keys));
        self.acceptances.clear();
        for invite in self.invites.iter().cloned().collect::<Vec<_>>() {
            self.schedule(&invite);
        }
        self.write_down(Entry::world("set state", now, Vec::new(), None));
        Ok(())
    }
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
        let twin = store.with_key(&key.secret).next();
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
