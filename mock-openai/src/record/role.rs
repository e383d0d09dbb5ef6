//! Roles and who holds them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::store::Row;
use crate::timestamp::Timestamp;

/// A role: of the organization, or of the one project it is kept in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `role_…`; of predefined ones `role-api-…`.
    pub id: String,
    /// The name; not unique.
    pub name: String,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// What it allows. Any text will do: nothing is checked against it.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// When it was made.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// When it was changed last, or made.
    #[serde(rename = "updated_at_ms")]
    pub updated_at: Timestamp,
    /// Whether it comes with the organization or project. These are not part of a state dump.
    #[serde(skip)]
    pub predefined: bool,
}

impl Row for Role {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// Who can hold a role, by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// A user.
    User(String),
    /// A group, and through it whoever is in it.
    Group(String),
}

impl Principal {
    /// The id of the user or group.
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) | Self::Group(id) => id,
        }
    }
}

/// That somebody holds a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleAssignment {
    /// The role.
    pub role_id: String,
    /// Who holds it.
    pub principal: Principal,
}

/// Who holds which role, in the organization or in one project, both ways round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants {
    by_principal: BTreeSet<(Principal, String)>,
    by_role: BTreeSet<(String, Principal)>,
}

impl Grants {
    /// Whether that is news.
    pub(crate) fn insert(&mut self, principal: Principal, role_id: String) -> bool {
        self.by_role.insert((role_id.clone(), principal.clone()));
        self.by_principal.insert((principal, role_id))
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, principal: &Principal, role_id: &str) -> bool {
        self.by_role.remove(&(role_id.to_owned(), principal.clone()));
        self.by_principal.remove(&(principal.clone(), role_id.to_owned()))
    }

    /// Roles of somebody, in the order of their ids.
    pub(crate) fn of<'a>(&'a self, principal: &'a Principal) -> impl Iterator<Item = &'a str> {
        let from_here = self.by_principal.range((principal.clone(), String::new())..);
        let theirs = from_here.take_while(move |(holder, _)| holder == principal);
        theirs.map(|(_, role_id)| role_id.as_str())
    }

    /// Takes all roles from somebody; gives the roles.
    pub(crate) fn remove_principal(&mut self, principal: &Principal) -> Vec<String> {
        let roles: Vec<_> = self.of(principal).map(str::to_owned).collect();
        for role_id in &roles {
            self.remove(principal, role_id);
        }
        roles
    }

    /// Takes a role from everybody; gives those who held it.
    pub(crate) fn remove_role(&mut self, role_id: &str) -> Vec<Principal> {
        let least = (role_id.to_owned(), Principal::User(String::new()));
        let holders = self.by_role.range(least..).take_while(|(held, _)| held == role_id);
        let holders: Vec<_> = holders.map(|(_, holder)| holder.clone()).collect();
        for holder in &holders {
            self.remove(holder, role_id);
        }
        holders
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RoleAssignment> {
        self.by_principal.iter().map(|(principal, role_id)| RoleAssignment {
            role_id: role_id.clone(),
            principal: principal.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_round_agree_after_removals() {
        let (ann, staff) = (Principal::User("u".to_owned()), Principal::Group("g".to_owned()));
        let mut grants = Grants::default();
        for (principal, role) in [(&ann, "a"), (&ann, "b"), (&staff, "a"), (&staff, "c")] {
            assert!(grants.insert(principal.clone(), role.to_owned()));
        }
        assert!(!grants.insert(ann.clone(), "a".to_owned()));
        assert_eq!(grants.of(&staff).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(grants.remove_role("a"), [ann.clone(), staff.clone()]);
        assert_eq!(grants.remove_principal(&staff), ["c"]);
        assert!(!grants.remove(&staff, "c"));
        assert_eq!(grants.by_role.len(), 1);
        assert_eq!(grants.iter().map(|one| one.role_id).collect::<Vec<_>>(), ["b"]);
    }
}
