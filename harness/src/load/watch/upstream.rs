//! Where everybody of the directory stands upstream, in as few bytes as will do: built from effects alone.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use mock_openai::{Effect, Entry, InviteStatus, Org, OrgRole, Timestamp};

use super::Names;
use crate::load::task::{GroupId, PersonId};

/// Something whose standing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seen {
    /// A person came, went, was invited, has another role.
    Person(PersonId),
    /// A group came or went, with everybody in it.
    Group(GroupId),
    /// Somebody came into a group or left it.
    Membership(GroupId, PersonId),
}

/// Where a person stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The role, for a member.
    pub member: Option<OrgRole>,
    /// Invites that can still be accepted.
    pub pending: u32,
    /// Whether one of them is for an owner.
    pub pending_owner: bool,
    /// Whether others (the person, another administrator, time) undid the last thing the bridge did.
    pub undone_by_others: bool,
}

/// What the bridge did about a person, each at least once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Sent an invite.
    pub invited: bool,
    /// Withdrew one.
    pub withdrew: bool,
    /// Removed the member.
    pub removed: bool,
    /// Changed the member's role.
    pub role_changed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pending {
    /// Of its id.
    hash: u32,
    created_seconds: u32,
    owner: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    member: Option<OrgRole>,
    invite: Option<Pending>,
    undone_by_others: bool,
    doubled: bool,
    escalated: bool,
    done: Done,
}

/// A group that upstream has, or had.
#[derive(Clone, Copy, Debug)]
struct GroupCopy {
    group: GroupId,
    exists: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Upstream {
    people: Vec<Person>,
    /// Invites beyond the first, which hardly anybody has.
    more_invites: HashMap<PersonId, Vec<Pending>>,
    invite_ttl_seconds: Option<u64>,
    /// By OpenAI's id, the place in `copies`.
    copy_of: HashMap<Box<str>, u32>,
    copies: Vec<GroupCopy>,
    copies_of: Vec<Vec<u32>>,
    groups_made: HashSet<GroupId>,
    /// Who is in which copy.
    pairs: HashSet<(u32, PersonId)>,
    /// Memberships that the bridge made in this run, whether they are there still or not.
    pairs_made: HashSet<(GroupId, PersonId)>,
}

impl Upstream {
    pub(super) fn new(people: usize, groups: usize, invite_ttl_seconds: Option<u64>) -> Self {
        Self {
            people: vec![Person::default(); people],
            more_invites: HashMap::new(),
            invite_ttl_seconds,
            copy_of: HashMap::new(),
            copies: Vec::new(),
            copies_of: vec![Vec::new(); groups],
            groups_made: HashSet::new(),
            pairs: HashSet::new(),
            pairs_made: HashSet::new(),
        }
    }

    /// Where a person stands at this moment.
    pub fn standing(&self, person: PersonId, now: Timestamp) -> Standing {
        let known = &self.people[person.index()];
        let more = self.more_invites.get(&person);
        let invites = known.invite.iter().chain(more.into_iter().flatten());
        let (mut pending, mut pending_owner, mut expired) = (0, false, false);
        for invite in invites {
            if self.is_over(invite, now) {
                expired = true;
            } else {
                pending += 1;
                pending_owner |= invite.owner;
            }
        }
        Standing {
            member: known.member,
            pending,
            pending_owner,
            undone_by_others: known.undone_by_others || expired,
        }
    }

    /// What the bridge did about a person.
    pub fn done(&self, person: PersonId) -> Done {
        self.people[person.index()].done
    }

    /// How many groups there are of this name.
    pub fn copies(&self, group: GroupId) -> usize {
        let copies = self.copies_of[group.index()].iter();
        copies.filter(|copy| self.copies[**copy as usize].exists).count()
    }

    /// Whether there is or was a group of this name.
    pub fn was_there(&self, group: GroupId) -> bool {
        !self.copies_of[group.index()].is_empty()
    }

    /// Whether the bridge made this group.
    pub fn was_made(&self, group: GroupId) -> bool {
        self.groups_made.contains(&group)
    }

    /// Whether a person is in a group of this name.
    pub fn is_in(&self, group: GroupId, person: PersonId) -> bool {
        let copies = self.copies_of[group.index()].iter();
        copies
            .copied()
            .any(|copy| self.copies[copy as usize].exists && self.pairs.contains(&(copy, person)))
    }

    /// Whether the bridge put this person into this group in this run.
    pub fn was_put_in(&self, group: GroupId, person: PersonId) -> bool {
        self.pairs_made.contains(&(group, person))
    }

    /// How many memberships the bridge made, each counted once, however often it made it.
    pub fn pairs_made(&self) -> u64 {
        self.pairs_made.len() as u64
    }

    /// Every membership there is.
    pub fn pairs(&self) -> impl Iterator<Item = (GroupId, PersonId)> {
        let there = self
            .pairs
            .iter()
            .map(|(copy, person)| (self.copies[*copy as usize], *person));
        there
            .filter(|(copy, _)| copy.exists)
            .map(|(copy, person)| (copy.group, person))
    }

    /// Whether this is the first time that the person was invited twice.
    pub(super) fn mark_doubled(&mut self, person: PersonId) -> bool {
        !std::mem::replace(&mut self.people[person.index()].doubled, true)
    }

    /// Whether this is the first time that the person was raised.
    pub(super) fn mark_escalated(&mut self, person: PersonId) -> bool {
        !std::mem::replace(&mut self.people[person.index()].escalated, true)
    }

    fn is_over(&self, invite: &Pending, now: Timestamp) -> bool {
        let end = self
            .invite_ttl_seconds
            .map(|ttl| u64::from(invite.created_seconds) + ttl);
        end.is_some_and(|end| end <= now.as_secs())
    }

    /// Takes in one effect.
    pub(super) fn take(
        &mut self,
        effect: &Effect,
        at: Timestamp,
        by_bridge: bool,
        names: Names<'_>,
        seen: &mut Vec<Seen>,
    ) {
        match effect {
            Effect::InviteCreated { email, .. }
            | Effect::InviteDeleted { email, .. }
            | Effect::InviteAccepted { email, .. }
            | Effect::InviteExpired { email, .. }
            | Effect::InviteDeclined { email, .. }
            | Effect::UserAdded { email, .. }
            | Effect::UserRoleChanged { email, .. }
            | Effect::UserRemoved { email, .. } => {
                if let Some(person) = (names.person)(email) {
                    self.take_about(person, effect, at, by_bridge);
                    seen.push(Seen::Person(person));
                }
            }
            Effect::GroupCreated { group_id, name } => {
                if let Some(group) = (names.group)(name) {
                    self.add_copy(group_id, group);
                    if by_bridge {
                        self.groups_made.insert(group);
                    }
                    seen.push(Seen::Group(group));
                }
            }
            Effect::GroupRenamed { group_id, to, .. } => {
                self.drop_copy(group_id, seen);
                if let Some(group) = (names.group)(to) {
                    self.rename(group_id, group);
                    seen.push(Seen::Group(group));
                }
            }
            Effect::GroupDeleted { group_id, .. } => self.drop_copy(group_id, seen),
            Effect::MemberAdded { group_id, email, .. } => {
                self.take_pair(group_id, (names.person)(email), true, by_bridge, seen);
            }
            Effect::MemberRemoved { group_id, email, .. } => {
                self.take_pair(group_id, (names.person)(email), false, by_bridge, seen);
            }
            // Roles, projects and keys.
            _ => {}
        }
    }

    fn take_about(&mut self, person: PersonId, effect: &Effect, at: Timestamp, by_bridge: bool) {
        match effect {
            Effect::InviteCreated { invite_id, role, .. } => {
                let invite = Pending {
                    hash: hash(invite_id),
                    created_seconds: u32::try_from(at.as_secs()).unwrap_or(u32::MAX),
                    owner: *role == OrgRole::Owner,
                };
                self.add_invite(person, invite);
            }
            Effect::InviteDeleted { invite_id, .. }
            | Effect::InviteAccepted { invite_id, .. }
            | Effect::InviteExpired { invite_id, .. }
            | Effect::InviteDeclined { invite_id, .. } => self.drop_invite(person, hash(invite_id)),
            _ => {}
        }
        let known = &mut self.people[person.index()];
        match effect {
            Effect::UserAdded { role, .. } | Effect::UserRoleChanged { to: role, .. } => known.member = Some(*role),
            Effect::UserRemoved { .. } => known.member = None,
            _ => {}
        }
        let takes_away = matches!(
            effect,
            Effect::InviteDeleted { .. }
                | Effect::InviteExpired { .. }
                | Effect::InviteDeclined { .. }
                | Effect::UserRemoved { .. }
                | Effect::UserRoleChanged { .. }
        );
        if by_bridge {
            known.undone_by_others = false;
            match effect {
                Effect::InviteCreated { .. } => known.done.invited = true,
                Effect::InviteDeleted { .. } => known.done.withdrew = true,
                Effect::UserRemoved { .. } => known.done.removed = true,
                Effect::UserRoleChanged { .. } => known.done.role_changed = true,
                _ => {}
            }
        } else if takes_away {
            known.undone_by_others = true;
        }
    }

    fn add_invite(&mut self, person: PersonId, invite: Pending) {
        let first = &mut self.people[person.index()].invite;
        if first.is_none() {
            *first = Some(invite);
        } else {
            self.more_invites.entry(person).or_default().push(invite);
        }
    }

    fn drop_invite(&mut self, person: PersonId, hash: u32) {
        let known = &mut self.people[person.index()];
        let more = self.more_invites.get_mut(&person);
        if known.invite.is_some_and(|invite| invite.hash == hash) {
            known.invite = more.and_then(Vec::pop);
        } else if let Some(more) = more {
            more.retain(|invite| invite.hash != hash);
        }
    }

    fn add_copy(&mut self, group_id: &str, group: GroupId) {
        let copy = u32::try_from(self.copies.len()).unwrap_or(u32::MAX);
        self.copies.push(GroupCopy { group, exists: true });
        self.copies_of[group.index()].push(copy);
        self.copy_of.insert(group_id.into(), copy);
    }

    fn drop_copy(&mut self, group_id: &str, seen: &mut Vec<Seen>) {
        if let Some(copy) = self.copy_of.get(group_id) {
            let copy = &mut self.copies[*copy as usize];
            copy.exists = false;
            seen.push(Seen::Group(copy.group));
        }
    }

    /// The same group under the name of `group`.
    fn rename(&mut self, group_id: &str, group: GroupId) {
        let Some(copy) = self.copy_of.get(group_id).copied() else {
            return self.add_copy(group_id, group);
        };
        let known = &mut self.copies[copy as usize];
        self.copies_of[known.group.index()].retain(|other| *other != copy);
        *known = GroupCopy { group, exists: true };
        self.copies_of[group.index()].push(copy);
    }

    fn take_pair(
        &mut self,
        group_id: &str,
        person: Option<PersonId>,
        is_in: bool,
        by_bridge: bool,
        seen: &mut Vec<Seen>,
    ) {
        let (Some(copy), Some(person)) = (self.copy_of.get(group_id).copied(), person) else {
            return;
        };
        let group = self.copies[copy as usize].group;
        if is_in {
            self.pairs.insert((copy, person));
        } else {
            self.pairs.remove(&(copy, person));
        }
        if is_in && by_bridge {
            self.pairs_made.insert((group, person));
        }
        seen.push(Seen::Membership(group, person));
    }

    /// Takes over how the organization is. Gives how many people and memberships were known otherwise.
    pub(super) fn look(&mut self, org: &Org, now: Timestamp, names: Names<'_>, seen: &mut Vec<Seen>) -> u64 {
        let fresh = Self::of(org, now, self, names);
        let mut wrong = 0;
        for (person, index) in (0..).map(PersonId).zip(0..self.people.len()) {
            let (was, is) = (self.standing(person, now), fresh.standing(person, now));
            if (was.member, was.pending) != (is.member, is.pending) {
                wrong += 1;
                seen.push(Seen::Person(person));
            }
            let known = &mut self.people[index];
            known.member = fresh.people[index].member;
            known.invite = fresh.people[index].invite;
        }
        let was: HashSet<_> = self.pairs().collect();
        let is: HashSet<_> = fresh.pairs().collect();
        for (group, person) in was.symmetric_difference(&is) {
            wrong += 1;
            seen.push(Seen::Membership(*group, *person));
        }
        for group in (0..).map(GroupId).take(self.copies_of.len()) {
            if self.copies(group) != fresh.copies(group) {
                wrong += 1;
                seen.push(Seen::Group(group));
            }
        }
        self.more_invites = fresh.more_invites;
        (self.copy_of, self.copies) = (fresh.copy_of, fresh.copies);
        (self.copies_of, self.pairs) = (fresh.copies_of, fresh.pairs);
        wrong
    }

    fn of(org: &Org, now: Timestamp, like: &Self, names: Names<'_>) -> Self {
        let mut fresh = Self::new(like.people.len(), like.copies_of.len(), like.invite_ttl_seconds);
        for user in org.users() {
            if let Some(person) = user.address().and_then(|address| (names.person)(address)) {
                fresh.people[person.index()].member = Some(user.role);
            }
        }
        for (invite, _) in org.invites(now).filter(|(_, status)| *status == InviteStatus::Pending) {
            if let Some(person) = (names.person)(&invite.email) {
                let pending = Pending {
                    hash: hash(&invite.id),
                    created_seconds: u32::try_from(invite.created_at.as_secs()).unwrap_or(u32::MAX),
                    owner: invite.role == OrgRole::Owner,
                };
                fresh.add_invite(person, pending);
            }
        }
        for there in org.groups() {
            let Some(group) = (names.group)(&there.name) else {
                continue;
            };
            fresh.add_copy(&there.id, group);
            for user in org.group_members(&there.id) {
                let person = user.address().and_then(|address| (names.person)(address));
                fresh.take_pair(&there.id, person, true, false, &mut Vec::new());
            }
        }
        fresh
    }
}

/// Of an invite's id: enough to tell the invites of one person apart.
fn hash(id: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    u32::try_from(hasher.finish() >> 32).unwrap_or_default()
}

/// Addresses and names that an entry is about, in lower case: those in its effects, and the one in the body of an invite
/// that was refused.
pub(super) fn subjects_of(entry: &Entry) -> Vec<String> {
    use crate::judge::effects::Subject;
    let effects = entry.effects.iter().filter_map(Subject::of);
    let mut subjects: Vec<String> = effects.flat_map(|subject| subject.about()).collect();
    if let Some(request) = entry.request.as_ref().filter(|_| entry.effects.is_empty()) {
        let body: Option<serde_json::Value> = serde_json::from_slice(request.body()).ok();
        let said = |key: &str| body.as_ref()?.get(key)?.as_str().map(str::to_lowercase);
        subjects.extend([said("email"), said("name")].into_iter().flatten());
    }
    subjects
}
