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
    hidden: BTreeMap<String, Hidden>,
    /// When the time of which is over.
    order: BTreeSet<(Timestamp, String)>,
}

/// Something that is there and is not found.
#[derive(Debug, Clone, Copy)]
struct Hidden {
    /// `None` as soon as its time is over.
    until: Option<Timestamp>,
    /// Reads that still will not find it.
    reads: u64,
    kind: Kind,
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
            if let Some(hidden) = self
                .fresh
                .hidden
                .get_mut(&path)
                .filter(|hidden| hidden.until == Some(due))
            {
                hidden.until = None;
                if hidden.reads == 0 {
                    self.fresh.hidden.remove(&path);
                }
            }
        }
    }

    /// Notes what has been made.
    pub(super) fn unsettle(&mut self, effects: &[Effect], now: Timestamp) {
        let (millis, reads) = (self.settings.read_lag_ms, self.settings.read_lag_reads);
        if millis == 0 && reads == 0 {
            return;
        }
        let until = (millis > 0).then(|| now.plus(Duration::from_millis(millis)));
        for (path, kind) in effects.iter().filter_map(made) {
            if let Some(until) = until {
                self.fresh.order.insert((until, path.clone()));
            }
            self.fresh.hidden.insert(path, Hidden { until, reads, kind });
        }
    }

    /// How many things are too new to be read.
    pub(super) fn unsettled(&self) -> usize {
        self.fresh.hidden.len()
    }

    /// Whether reads find what has these ids in its path; empty ones do not count.
    pub(super) fn is_settled(&self, ids: &[&str]) -> bool {
        self.fresh.hidden.is_empty() || !self.fresh.hidden.contains_key(&path(ids))
    }

    /// Refuses a read of something that is too new, or of what is in it.
    pub(super) fn guard_settled(&self, call: &Call<'_>) -> Result<(), Refusal> {
        if self.fresh.hidden.is_empty() || call.operation.is_write() {
            return Ok(());
        }
        let ids = call.ids();
        for length in 1..=ids.len() {
            if let Some(Hidden { kind: (code, what), .. }) = self.fresh.hidden.get(&path(&ids[..length])) {
                return Err(Refusal::not_found(*code, what, ids[length - 1]));
            }
        }
        Ok(())
    }

    /// Counts a read for what it did not find: what it is about or what that is in, or else what belongs in the list.
    pub(super) fn count_read(&mut self, call: &Call<'_>) {
        let ids = call.ids();
        let fresh = &mut self.fresh.hidden;
        let mut about = (1..=ids.len()).map(|length| path(&ids[..length]));
        if let Some(path) = about.find(|path| fresh.contains_key(path)) {
            return self.count_for(&path);
        }
        let (Some(code), above) = (listed(call.operation), path(&ids)) else {
            return;
        };
        let is_in = |path: &str| path.rsplit_once('/').map_or("", |(above, _)| above) == above;
        let missing = fresh
            .iter()
            .filter(|(path, hidden)| hidden.kind.0 == code && is_in(path));
        for path in missing.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
            self.count_for(&path);
        }
    }

    fn count_for(&mut self, path: &str) {
        if let Some(hidden) = self.fresh.hidden.get_mut(path) {
            hidden.reads = hidden.reads.saturating_sub(1);
            if hidden.reads == 0 && hidden.until.is_none() {
                self.fresh.hidden.remove(path);
            }
        }
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
