//! What other people did at OpenAI meanwhile: what the bridge had acknowledged about it is in doubt.
//!
//! A bridge may put things right or leave them as they are, so nobody is held to them any more. That ends with a write that
//! asks for a change: a person switched on or off, another role, a member added or removed. An echo asks for none.

use std::collections::{BTreeMap, BTreeSet};

use super::{KnownPerson, Ledger};

/// Groups that other people made, and memberships that they changed; by the group's name.
#[derive(Clone, Debug, Default)]
pub(super) struct ByHand {
    made: BTreeMap<String, usize>,
    members: BTreeMap<String, BTreeSet<String>>,
}

impl ByHand {
    /// A group has another name; it may be one that was made by hand.
    pub(super) fn renamed(&mut self, from: &str, to: &str) {
        if let Some(members) = self.members.remove(from) {
            self.members.entry(to.to_owned()).or_default().extend(members);
        }
    }

    /// A write asked for just these people to be in the group, or not.
    pub(super) fn asked_for(&mut self, group: &str, addresses: &BTreeSet<String>) {
        if let Some(members) = self.members.get_mut(group) {
            members.retain(|address| !addresses.contains(address));
        }
    }
}

impl Ledger {
    /// Somebody else changed where this person stands at OpenAI.
    pub fn touched<'a>(&mut self, addresses: impl Iterator<Item = &'a str>) {
        let addresses: BTreeSet<String> = addresses.map(str::to_lowercase).collect();
        for person in self.people.iter_mut().filter(|person| person.has_one_of(&addresses)) {
            person.moved_by_hand = true;
            person.role_by_hand = true;
        }
        // Whoever leaves the organization leaves its groups.
        for group in self.groups.iter().filter(|group| !group.deleted) {
            let members = self.by_hand.members.entry(group.name.clone()).or_default();
            members.extend(addresses.iter().cloned());
        }
    }

    /// Somebody else changed this person's role.
    pub fn role_touched<'a>(&mut self, addresses: impl Iterator<Item = &'a str>) {
        let addresses: BTreeSet<String> = addresses.map(str::to_lowercase).collect();
        for person in self.people.iter_mut().filter(|person| person.has_one_of(&addresses)) {
            person.role_by_hand = true;
        }
    }

    /// Somebody else made a group of this name.
    pub fn group_made(&mut self, name: &str) {
        *self.by_hand.made.entry(name.to_owned()).or_default() += 1;
    }

    /// Somebody else deleted the groups of this name.
    pub fn group_gone(&mut self, name: &str) {
        self.by_hand.made.remove(name);
        for group in self.groups.iter_mut().filter(|group| group.name == name) {
            group.gone_by_hand = true;
            let known = group.members.iter().filter_map(|id| {
                let person = self.people.iter().find(|person| person.id.as_ref() == Some(id));
                person.map(|person| &person.addresses).or_else(|| self.seen.get(id))
            });
            let members = self.by_hand.members.entry(name.to_owned()).or_default();
            members.extend(known.flatten().cloned());
        }
    }

    /// Somebody else put this person into the groups of this name, or took them out.
    pub fn membership_touched<'a>(&mut self, group: &str, addresses: impl Iterator<Item = &'a str>) {
        let members = self.by_hand.members.entry(group.to_owned()).or_default();
        members.extend(addresses.map(str::to_lowercase));
    }

    /// How many groups of this name other people made.
    pub fn groups_made(&self, name: &str) -> usize {
        self.by_hand.made.get(name).copied().unwrap_or(0)
    }

    /// Whether other people may have decided on this person's place in the group.
    pub fn is_membership_by_hand(&self, group: &str, address: &str) -> bool {
        let members = self.by_hand.members.get(group);
        members.is_some_and(|members| members.contains(address))
    }
}

impl KnownPerson {
    fn has_one_of(&self, addresses: &BTreeSet<String>) -> bool {
        self.addresses
            .iter()
            .chain(&self.former)
            .any(|address| addresses.contains(address))
    }
}
