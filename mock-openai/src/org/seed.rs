//! Many people and groups at once, as they were before a test begins.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Org;
use crate::journal::Entry;
use crate::record::{OrgRole, fold};
use crate::timestamp::Timestamp;

/// Users and groups that a seed makes up, and memberships of those groups, at most.
const MOST: usize = 2_000_000;

/// Who and what is to be there; each a list, or a table that says how many to make up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    /// Members of the organization. Those who are members already stay as they are.
    pub users: ListOr<SeedUser, MadeUpUsers>,
    /// Groups.
    pub groups: ListOr<SeedGroup, MadeUpGroups>,
}

/// A list, or a table that says how to make one up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListOr<T, M> {
    /// `[…]`
    List(Vec<T>),
    /// `{…}`
    MadeUp(M),
}

/// Somebody who is to be a member.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedUser {
    /// The address.
    pub email: String,
    /// The full name, if it is known.
    #[serde(default)]
    pub name: Option<String>,
    /// The role; reader if absent.
    #[serde(default = "reader")]
    pub role: OrgRole,
}

/// Members `user1@DOMAIN`, `user2@DOMAIN` and so on, named `User 1`, `User 2`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeUpUsers {
    /// How many, two million at most.
    pub count: usize,
    /// What stands behind the `@`.
    #[serde(default = "example")]
    pub domain: String,
    /// The role of all of them.
    #[serde(default = "reader")]
    pub role: OrgRole,
}

/// A group that is to be there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedGroup {
    /// The name. It may be taken: names are not unique.
    pub name: String,
    /// User ids, or addresses of members or of users of the same seed.
    #[serde(default)]
    pub members: Vec<String>,
    /// Whether a directory manages it.
    #[serde(default)]
    pub scim_managed: bool,
}

/// Groups `Group 1`, `Group 2` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeUpGroups {
    /// How many; count times members is two million at most.
    pub count: usize,
    /// Members of each: the first group has the oldest users, the next those behind them, and so
    /// on round and round.
    #[serde(default)]
    pub members: usize,
}

/// What a seed came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sown {
    /// Users that are new.
    pub users: usize,
    /// Users who were members already.
    pub members_already: usize,
    /// Groups.
    pub groups: usize,
}

/// Why a seed cannot be sown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// A group has a member that nobody is.
    #[error("the group {group} has a member {member} who is neither a user nor among those to be")]
    NoUser {
        /// The name of the group.
        group: String,
        /// The id or address.
        member: String,
    },
    /// It makes up more than it may.
    #[error("a seed makes up two million at most")]
    TooMuch,
}

impl Org {
    /// Puts all of it there. Nothing changes if it cannot be. The journal has one entry for all of
    /// it, without effects: like a state that is taken over, it is how things begin.
    pub fn sow(&mut self, seed: Seed, now: Timestamp) -> Result<Sown, SeedError> {
        self.tick(now);
        self.check(&seed)?;
        let before = self.users.len();
        let asked = match seed.users {
            ListOr::List(users) => {
                let count = users.len();
                for SeedUser { email, name, role } in users {
                    self.join(&email, name.as_deref(), role, now);
                    self.effects.clear();
                }
                count
            }
            ListOr::MadeUp(MadeUpUsers { count, domain, role }) => {
                for number in 1..=count {
                    let (email, name) = (format!("user{number}@{domain}"), format!("User {number}"));
                    self.join(&email, Some(&name), role, now);
                    self.effects.clear();
                }
                count
            }
        };
        let groups = match seed.groups {
            ListOr::List(groups) => self.sow_groups(groups, now),
            ListOr::MadeUp(wanted) => self.sow_made_up_groups(&wanted, now),
        };
        self.effects.clear();
        self.changed(now);
        self.write_down(Entry::world("seed", now, Vec::new(), None));
        let users = self.users.len() - before;
        Ok(Sown {
            users,
            members_already: asked - users,
            groups,
        })
    }

    fn check(&self, seed: &Seed) -> Result<(), SeedError> {
        let made_up = match &seed.users {
            ListOr::List(_) => 0,
            ListOr::MadeUp(users) => users.count,
        };
        let groups = match &seed.groups {
            ListOr::MadeUp(groups) => {
                let is_sound = groups.count.saturating_mul(groups.members.max(1)) <= MOST && made_up <= MOST;
                return is_sound.then_some(()).ok_or(SeedError::TooMuch);
            }
            ListOr::List(_) if made_up > MOST => return Err(SeedError::TooMuch),
            ListOr::List(groups) => groups,
        };
        let to_be: HashSet<_> = match &seed.users {
            ListOr::List(users) => users.iter().map(|user| fold(&user.email)).collect(),
            ListOr::MadeUp(_) => HashSet::new(),
        };
        let is_made_up = |email: &str| match &seed.users {
            ListOr::List(_) => false,
            ListOr::MadeUp(users) => {
                let number = email.strip_prefix("user").and_then(|rest| rest.split_once('@'));
                let number = number.filter(|(_, domain)| *domain == fold(&users.domain));
                let number = number.and_then(|(number, _)| number.parse::<usize>().ok());
                number.is_some_and(|number| (1..=users.count).contains(&number))
            }
        };
        for group in groups {
            let is_missing = |member: &&String| {
                let email = fold(member);
                !to_be.contains(&email) && !is_made_up(&email) && self.user_meant(member).is_none()
            };
            if let Some(member) = group.members.iter().find(is_missing) {
                let (group, member) = (group.name.clone(), member.clone());
                return Err(SeedError::NoUser { group, member });
            }
        }
        Ok(())
    }

    fn sow_groups(&mut self, groups: Vec<SeedGroup>, now: Timestamp) -> usize {
        let count = groups.len();
        for SeedGroup {
            name,
            members,
            scim_managed,
        } in groups
        {
            let group_id = self.put_group(&name, scim_managed, now);
            for member in members {
                if let Some(user_id) = self.user_meant(&member) {
                    self.put_member(&group_id, &user_id);
                }
            }
            self.effects.clear();
        }
        count
    }

    fn sow_made_up_groups(&mut self, wanted: &MadeUpGroups, now: Timestamp) -> usize {
        let users: Vec<String> = match wanted.members {
            0 => Vec::new(),
            _ => self.users.iter().map(|user| user.id().to_owned()).collect(),
        };
        let mut round = users.iter().cycle();
        for number in 1..=wanted.count {
            let group_id = self.put_group(&format!("Group {number}"), false, now);
            for user_id in round.by_ref().take(wanted.members.min(users.len())) {
                self.put_member(&group_id, user_id);
            }
            self.effects.clear();
        }
        wanted.count
    }

    /// The id of the user with this id or address.
    fn user_meant(&self, id_or_email: &str) -> Option<String> {
        let user = self.users.get(id_or_email);
        let user = user.or_else(|| self.user_by_email(id_or_email))?;
        Some(user.id().to_owned())
    }
}

/// Serde needs a way for the table of each kind.
impl<T, M> Default for ListOr<T, M> {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, M: Deserialize<'de>> Deserialize<'de> for ListOr<T, M> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either<T, M>(PhantomData<(T, M)>);
        impl<'de, T: Deserialize<'de>, M: Deserialize<'de>> Visitor<'de> for Either<T, M> {
            type Value = ListOr<T, M>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list, or a table with `count`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(ListOr::List)
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
                M::deserialize(MapAccessDeserializer::new(table)).map(ListOr::MadeUp)
            }
        }
        from.deserialize_any(Either(PhantomData))
    }
}

fn reader() -> OrgRole {
    OrgRole::Reader
}

fn example() -> String {
    "example.com".to_owned()
}
