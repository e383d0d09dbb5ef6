//! Read lag: for a while, or for some reads, what has just been made is not found; writes find it.
//!
//! Reported for service accounts only. What is too new is known from the effects, so it goes for
//! everything that is made, whoever made it. Reads answered meanwhile are marked in the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Org;
use crate::journal::Effect;
use crate::operation::Operation;
use crate::record::Principal;
use crate::refusal::{Code, Refusal};
use crate::route::Call;
use crate::timestamp::Timestamp;

/// What is too new to be read, by the ids of its path: `group_…`, `group_…/user-…`.
#[derive(Debug, Clone, Default)]
pub(super) struct Fresh {
    until: BTreeMap<String, (Timestamp, Kind)>,
    order: BTreeSet<(Timestamp, String)>,
    /// How many reads still will not find it.
    reads: BTreeMap<String, (u64, Kind)>,
}

/// How its absence is called.
type Kind = (Code, &'static str);

impl Org {
    /// What was made becomes readable when its time has come.
    pub(super) fn settle(&mut self, now: Timestamp) {
        while let Some((due, _)) = self.fresh.order.first()
            && *due <= now
            && let Some((due, path)) = self.fresh.order.pop_first()
        {
            if self.fresh.until.get(&path).is_some_and(|(until, _)| *until == due) {
                self.fresh.until.remove(&path);
            }
        }
    }

    /// Notes what has been made.
    pub(super) fn unsettle(&mut self, effects: &[Effect], now: Timestamp) {
        let (millis, reads) = (self.settings.read_lag_ms, self.settings.read_lag_reads);
        if millis == 0 && reads == 0 {
            return;
        }
        let due = now.plus(Duration::from_millis(millis));
        for (path, kind) in effects.iter().filter_map(made) {
            if millis > 0 {
                self.fresh.order.insert((due, path.clone()));
                self.fresh.until.insert(path.clone(), (due, kind));
            }
            if reads > 0 {
                self.fresh.reads.insert(path, (reads, kind));
            }
        }
    }

    /// How many things are too new to be read.
    pub(super) fn unsettled(&self) -> usize {
        let Fresh { until, reads, .. } = &self.fresh;
        until.len() + reads.keys().filter(|path| !until.contains_key(*path)).count()
    }

    /// Whether reads find what has these ids in its path; empty ones do not count.
    pub(super) fn is_settled(&self, ids: &[&str]) -> bool {
        self.fresh.is_empty() || self.fresh.kind(&path(ids)).is_none()
    }

    /// Refuses a read of something that is too new, or of what is in it.
    pub(super) fn guard_settled(&self, call: &Call<'_>) -> Result<(), Refusal> {
        if self.fresh.is_empty() || call.operation.is_write() {
            return Ok(());
        }
        match self.fresh.first_on_the_way(&call.ids()) {
            Some((_, (code, what), id)) => Err(Refusal::not_found(code, what, id)),
            None => Ok(()),
        }
    }

    /// Counts a read for what it did not find: what it is about or what that is in, or else what belongs in the list.
    pub(super) fn count_read(&mut self, call: &Call<'_>) {
        if self.fresh.reads.is_empty() {
            return;
        }
        let ids = call.ids();
        let refused = self.fresh.first_on_the_way(&ids).map(|(path, ..)| path);
        let (listed, place) = (listed(call.operation), path(&ids));
        self.fresh.reads.retain(|path, (left, (code, _))| {
            let is_missed = match &refused {
                Some(refused) => path == refused,
                None => listed == Some(*code) && path.rsplit_once('/').map_or("", |(place, _)| place) == place,
            };
            *left -= u64::from(is_missed);
            *left > 0
        });
    }
}

impl Fresh {
    fn is_empty(&self) -> bool {
        self.until.is_empty() && self.reads.is_empty()
    }

    /// How the absence of what is too new is called.
    fn kind(&self, path: &str) -> Option<Kind> {
        let until = self.until.get(path).map(|(_, kind)| *kind);
        until.or_else(|| self.reads.get(path).map(|(_, kind)| *kind))
    }

    /// The first thing on the way to these ids that is too new: its path, its kind, its id.
    fn first_on_the_way<'a>(&self, ids: &[&'a str]) -> Option<(String, Kind, &'a str)> {
        (1..=ids.len()).find_map(|length| {
            let path = path(&ids[..length]);
            let kind = self.kind(&path)?;
            Some((path, kind, ids[length - 1]))
        })
    }
}

/// How the absence of what an operation lists is called, if it is a list.
fn listed(operation: Operation) -> Option<Code> {
    match operation {
        Operation::ListUsers => Some(Code::UserNotFound),
        Operation::ListInvites => Some(Code::InviteNotFound),
        Operation::ListGroups => Some(Code::GroupNotFound),
        Operation::ListGroupUsers => Some(Code::UserNotInGroup),
        Operation::ListRoles | Operation::ListProjectRoles => Some(Code::RoleNotFound),
        Operation::ListUserRoleAssignments
        | Operation::ListGroupRoleAssignments
        | Operation::ListProjectUserRoleAssignments
        | Operation::ListProjectGroupRoleAssignments => Some(Code::RoleNotAssigned),
        Operation::ListProjects => Some(Code::ProjectNotFound),
        Operation::ListProjectUsers => Some(Code::UserNotInProject),
        Operation::ListProjectGroups => Some(Code::GroupNotInProject),
        Operation::ListProjectServiceAccounts => Some(Code::ServiceAccountNotFound),
        Operation::AdminApiKeysList => Some(Code::AdminApiKeyNotFound),
        _ => None,
    }
}

fn path(ids: &[&str]) -> String {
    let ids: Vec<_> = ids.iter().copied().filter(|id| !id.is_empty()).collect();
    ids.join("/")
}

/// The path of what an effect made, if it made something.
fn made(effect: &Effect) -> Option<(String, Kind)> {
    let project = |id: &Option<String>| id.clone().unwrap_or_default();
    let (ids, kind): (Vec<&str>, Kind) = match effect {
        Effect::InviteCreated { invite_id, .. } => (vec![invite_id], (Code::InviteNotFound, "invite")),
        Effect::UserAdded { user_id, .. } => (vec![user_id], (Code::UserNotFound, "user")),
        Effect::GroupCreated { group_id, .. } => (vec![group_id], (Code::GroupNotFound, "group")),
        Effect::MemberAdded { group_id, user_id, .. } => {
            (vec![group_id, user_id], (Code::UserNotInGroup, "group user"))
        }
        Effect::RoleCreated {
            role_id, project_id, ..
        } => {
            let path = path(&[&project(project_id), role_id]);
            return Some((path, (Code::RoleNotFound, "role")));
        }
        Effect::RoleAssigned {
            role_id,
            principal: Principal::User(id) | Principal::Group(id),
            project_id,
            ..
        } => {
            let path = path(&[&project(project_id), id, role_id]);
            return Some((path, (Code::RoleNotAssigned, "role assignment")));
        }
        Effect::ProjectCreated { project_id, .. } => (vec![project_id], (Code::ProjectNotFound, "project")),
        Effect::ProjectUserAdded {
            project_id, user_id, ..
        } => (vec![project_id, user_id], (Code::UserNotInProject, "project user")),
        Effect::ProjectGroupAdded {
            project_id, group_id, ..
        } => (vec![project_id, group_id], (Code::GroupNotInProject, "project group")),
        Effect::ServiceAccountCreated {
            project_id,
            service_account_id,
            ..
        } => {
            let kind = (Code::ServiceAccountNotFound, "service account");
            (vec![project_id, service_account_id], kind)
        }
        Effect::AdminKeyCreated { key_id, .. } => (vec![key_id], (Code::AdminApiKeyNotFound, "admin API key")),
        // Changes, removals, and keys of service accounts, which cannot be read.
        Effect::InviteDeleted { .. }
        | Effect::InviteAccepted { .. }
        | Effect::InviteExpired { .. }
        | Effect::InviteDeclined { .. }
        | Effect::UserRoleChanged { .. }
        | Effect::UserRemoved { .. }
        | Effect::GroupRenamed { .. }
        | Effect::GroupDeleted { .. }
        | Effect::MemberRemoved { .. }
        | Effect::RoleUpdated { .. }
        | Effect::RoleDeleted { .. }
        | Effect::RoleUnassigned { .. }
        | Effect::ProjectUpdated { .. }
        | Effect::ProjectArchived { .. }
        | Effect::ProjectUserRoleChanged { .. }
        | Effect::ProjectUserRemoved { .. }
        | Effect::ProjectGroupRemoved { .. }
        | Effect::ServiceAccountUpdated { .. }
        | Effect::ServiceAccountDeleted { .. }
        | Effect::ServiceAccountKeyCreated { .. }
        | Effect::AdminKeyDeleted { .. } => return None,
    };
    Some((path(&ids), kind))
}
