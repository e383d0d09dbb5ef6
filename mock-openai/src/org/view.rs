//! What can be seen of an organization without asking the API.

use super::Org;
use crate::record::{Group, Invite, InviteStatus, User, fold};
use crate::timestamp::Timestamp;

impl Org {
    /// All members of the organization, in the order in which they came.
    pub fn users(&self) -> impl DoubleEndedIterator<Item = &User> {
        self.users.iter()
    }

    /// How many there are.
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// The user with this id.
    pub fn user(&self, user_id: &str) -> Option<&User> {
        self.users.get(user_id)
    }

    /// The user with this address, whatever its case. If case tells people apart
    /// ([`EmailCase::Sensitive`](crate::settings::EmailCase)) there may be several: the oldest.
    pub fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.oldest_with_key(&fold(email)).map(|(_, user)| user)
    }

    /// All invites that were not withdrawn, in the order in which they were sent, with what they
    /// are at `now`.
    pub fn invites(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = (&Invite, InviteStatus)> {
        self.invites.iter().map(move |invite| (invite, invite.status(now)))
    }

    /// The invite with this id.
    pub fn invite(&self, invite_id: &str) -> Option<&Invite> {
        self.invites.get(invite_id)
    }

    /// The pending invites of this address, whatever its case, oldest first.
    pub fn pending_invites_for(&self, email: &str, now: Timestamp) -> Vec<&Invite> {
        let invites = self.invites.with_key(&fold(email)).map(|(_, invite)| invite);
        invites
            .filter(|invite| invite.status(now) == InviteStatus::Pending)
            .collect()
    }

    /// All groups, in the order in which they were made.
    pub fn groups(&self) -> impl DoubleEndedIterator<Item = &Group> {
        self.groups.iter()
    }

    /// The group with this id.
    pub fn group(&self, group_id: &str) -> Option<&Group> {
        self.groups.get(group_id)
    }

    /// The groups with exactly this name, oldest first.
    pub fn groups_named(&self, name: &str) -> Vec<&Group> {
        self.groups.with_key(name).map(|(_, group)| group).collect()
    }

    /// The members of a group, in the order in which they joined; empty if there is no such
    /// group. Stale rows of removed users are left out.
    pub fn group_members(&self, group_id: &str) -> Vec<&User> {
        let Some(group) = self.groups.get(group_id) else {
            return Vec::new();
        };
        group
            .members
            .iter()
            .filter_map(|member| self.users.get(&member.user_id))
            .collect()
    }

    /// The groups somebody is in, oldest first.
    pub fn groups_of(&self, user_id: &str) -> Vec<&Group> {
        let places = self.places_of(user_id);
        places.into_iter().filter_map(|place| self.groups.at(place)).collect()
    }
}
