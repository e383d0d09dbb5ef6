//! Read lag: for a while, reads do not find what has just been made; writes do.
//!
//! Reported for service accounts only. What is too new is known from the effects, so it goes for
//! everything that is made, whoever made it. Reads answered meanwhile are marked in the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Org;
use crate::journal::Effect;
use crate::record::Principal;
use crate::refusal::{Code, Refusal};
use crate::route::Call;
use crate::timestamp::Timestamp;

/// What is too new to be read, by the ids of its path: `group_…`, `group_…/user-…`.
#[derive(Debug, Clone, Default)]
pub(super) struct Fresh {
    until: BTreeMap<String, (Timestamp, Kind)>,
    order: BTreeSet<(Timestamp, String)>,
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
        if self.settings.read_lag_ms == 0 {
            return;
        }
        let due = now.plus(Duration::from_millis(self.settings.read_lag_ms));
        for (path, kind) in effects.iter().filter_map(made) {
            self.fresh.order.insert((due, path.clone()));
            self.fresh.until.insert(path, (due, kind));
        }
    }

    /// How many things are too new to be read.
    pub(super) fn unsettled(&self) -> usize {
        self.fresh.until.len()
    }

    /// Whether reads find what has these ids in its path; empty ones do not count.
    pub(super) fn is_settled(&self, ids: &[&str]) -> bool {
        self.fresh.until.is_empty() || !self.fresh.until.contains_key(&path(ids))
    }

    /// Refuses a read of something that is too new, or of what is in it.
    pub(super) fn guard_settled(&self, call: &Call<'_>) -> Result<(), Refusal> {
        if self.fresh.until.is_empty() || call.operation.is_write() {
            return Ok(());
        }
        let ids = call.ids();
        for length in 1..=ids.len() {
            if let Some((_, (code, what))) = self.fresh.until.get(&path(&ids[..length])) {
                return Err(Refusal::not_found(*code, what, ids[length - 1]));
            }
        }
        Ok(())
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
