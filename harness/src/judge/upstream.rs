//! Where people and groups stand upstream at one moment: a plain value, so that judging stays pure.

use std::collections::{BTreeMap, BTreeSet};

use mock_openai::{Org, Timestamp};

/// Upstream at one moment, as far as a scenario is concerned. Addresses are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// Members by address, with their role.
    pub members: BTreeMap<String, String>,
    /// Pending invites by address: the role of each.
    pub invites: BTreeMap<String, Vec<String>>,
    /// Groups.
    pub groups: Vec<UpstreamGroup>,
}

/// A group upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamGroup {
    /// OpenAI's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Addresses of its members.
    pub members: BTreeSet<String>,
}

impl Upstream {
    /// What `org` shows for these addresses and for groups of these names (compared without letter case).
    pub fn of<'a>(
        org: &Org,
        now: Timestamp,
        addresses: impl Iterator<Item = &'a str>,
        group_names: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut upstream = Self::default();
        for address in addresses {
            let key = address.to_lowercase();
            if let Some(user) = org.user_by_email(address) {
                upstream.members.insert(key.clone(), user.role.as_str().to_owned());
            }
            let invites: Vec<String> = org
                .pending_invites_for(address, now)
                .iter()
                .map(|invite| invite.role.as_str().to_owned())
                .collect();
            if !invites.is_empty() {
                upstream.invites.insert(key, invites);
            }
        }
        let names: BTreeSet<String> = group_names.map(str::to_lowercase).collect();
        for group in org.groups().filter(|group| names.contains(&group.name.to_lowercase())) {
            upstream.groups.push(UpstreamGroup {
                id: group.id.clone(),
                name: group.name.clone(),
                members: org
                    .group_members(&group.id)
                    .iter()
                    .map(|user| user.email().to_lowercase())
                    .collect(),
            });
        }
        upstream
    }

    /// Whether this address is a member or has a pending invite.
    pub fn knows(&self, address: &str) -> bool {
        self.members.contains_key(address) || self.invites.contains_key(address)
    }
}
