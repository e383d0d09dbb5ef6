//! Brings one group from what is known upstream to what is wanted: name and members, the
//! difference only. Needs the group's lock.

use std::collections::HashMap;
use std::sync::Arc;

use super::Bridge;
use crate::core::error::ScimError;
use crate::fault::{Fault, Faults};
use crate::store::GroupRecord;
use crate::upstream::{Session, Trouble};
use crate::variant::Variant;

/// A person's place in a group: SCIM id and user id.
type Seat = (String, String);

/// Which needless writes a defect wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rewrite {
    /// None.
    No,
    /// Remove everybody first.
    All,
}

impl Bridge {
    /// Settles `next` upstream and stores it. When that fails half-way, `before` is stored with
    /// what did happen upstream, so that a repetition writes only the rest.
    pub(super) async fn settle_group(
        &self,
        session: &Session,
        before: &GroupRecord,
        next: GroupRecord,
        rewrite: Rewrite,
    ) -> Result<Arc<GroupRecord>, ScimError> {
        let wished = self.is(Variant::QueuedUnderTrouble).then(|| next.clone());
        match (self.settle_group_now(session, before, next, rewrite).await, wished) {
            (Err(error), Some(wished)) if self.may_wait(&error) => self.queue_group(wished).await,
            (settled, _) => settled,
        }
    }

    /// The same, without leaving anything for later.
    pub(super) async fn settle_group_now(
        &self,
        session: &Session,
        before: &GroupRecord,
        mut next: GroupRecord,
        rewrite: Rewrite,
    ) -> Result<Arc<GroupRecord>, ScimError> {
        let settled = self.write_group(session, &mut next, rewrite).await;
        if let Err(error) = settled {
            let mut kept = before.clone();
            kept.applied = next.applied;
            kept.upstream_id = next.upstream_id;
            kept.upstream_name = next.upstream_name;
            if kept != *before {
                self.store.put_group(kept).await?;
            }
            return Err(error);
        }
        if let Some(known) = self.store.group(&next.id) {
            let touched = self.has(Fault::RedundantAddTouches);
            if touched || next.attributes != before.attributes || next.members != before.members {
                next.modified = crate::store::now();
            }
            if next == *before {
                return Ok(known);
            }
        }
        Ok(self.store.put_group(next).await?)
    }

    async fn write_group(&self, session: &Session, next: &mut GroupRecord, rewrite: Rewrite) -> Result<(), ScimError> {
        let group = self.ensure_group(session, next).await?;
        let (leaving, arriving) = self.difference(next, rewrite);
        let leaving_is_empty = leaving.is_empty();
        for (person, user) in leaving {
            session
                .remove_group_member(&group, &user)
                .await
                .map_err(|trouble| self.scim(&trouble))?;
            next.applied.remove(&person);
        }
        for (person, user) in arriving {
            match session.add_group_member(&group, &user).await {
                Ok(()) => {
                    next.applied.insert(person, user);
                }
                Err(Trouble::Throttled { .. }) if self.has(Fault::ThrottledAdditionForgotten) => {
                    next.applied.insert(person, user);
                }
                Err(Trouble::Missing) if self.has(Fault::VanishedGroupIgnored) => {
                    next.applied.insert(person, user);
                }
                Err(Trouble::Missing) => {
                    self.missing_in_group(session, next, &group).await?;
                }
                Err(Trouble::Throttled { .. }) if self.has(Fault::ThrottledPatchGivenUp) => {
                    next.applied.insert(person, user);
                }
                Err(trouble) => return Err(self.scim(&trouble)),
            }
        }
        if next.members.is_empty() && !leaving_is_empty && self.has(Fault::EmptyGroupDeleted) {
            let _ = session.delete_group(&group).await;
            next.upstream_id = None;
        }
        Ok(())
    }

    /// Who has to leave the group upstream, and who has to come into it, in the order of the member list so that runs are
    /// alike: SCIM id and user id.
    pub(super) fn difference(&self, group: &GroupRecord, rewrite: Rewrite) -> (Vec<Seat>, Vec<Seat>) {
        let seats = self.store.seats(group);
        let is_there = |id: &str, user: &str| group.applied.get(id).is_some_and(|there| there == user);
        let staying = seats.iter().filter(|(id, user)| is_there(id, user)).count();
        let mut leaving = Vec::new();
        if rewrite == Rewrite::All {
            leaving.extend(group.applied.clone());
        } else if staying < group.applied.len() {
            let wanted: HashMap<&str, &str> = seats.iter().map(|(id, user)| (id.as_str(), user.as_str())).collect();
            let leaves = |(id, user): &(&String, &String)| wanted.get(id.as_str()) != Some(&user.as_str());
            let gone = group.applied.iter().filter(leaves);
            leaving.extend(gone.map(|(id, user)| (id.clone(), user.clone())));
        }
        let arriving = seats
            .into_iter()
            .filter(|(id, user)| rewrite == Rewrite::All || !is_there(id, user))
            .map(|(id, user)| (id.clone(), user))
            .collect();
        (leaving, arriving)
    }

    /// Looks who is in the group upstream. For changes that change nothing here: whoever repeats
    /// them may know that somebody was taken out by hand.
    pub(super) async fn refresh_applied(&self, session: &Session, group: &mut GroupRecord) -> Result<(), ScimError> {
        let Some(upstream) = group.upstream_id.clone().filter(|_| !group.applied.is_empty()) else {
            return Ok(());
        };
        match session.list_group_members(&upstream).await {
            Ok(there) => group
                .applied
                .retain(|_, user| there.iter().any(|member| member.id == *user)),
            Err(Trouble::Missing) => {
                group.upstream_id = None;
                group.applied.clear();
            }
            Err(trouble) => return Err(self.scim(&trouble)),
        }
        Ok(())
    }

    /// The id of the group upstream, made or renamed if need be.
    async fn ensure_group(&self, session: &Session, next: &mut GroupRecord) -> Result<String, ScimError> {
        let name = next.name().to_owned();
        let known = |id: &str| self.store.group_of_upstream(id).is_some();
        if let Some(id) = next.upstream_id.clone() {
            if next.upstream_name == name {
                return Ok(id);
            }
            match session.rename_group(&id, &name).await {
                Ok(()) => {
                    next.upstream_name = name;
                    return Ok(id);
                }
                // Deleted by hand: made anew below.
                Err(Trouble::Missing) => {}
                Err(trouble) => return Err(trouble.to_scim_value(self.faults())),
            }
        }
        let group = session
            .create_group(&name, known)
            .await
            .map_err(|trouble| trouble.to_scim_value(self.faults()))?;
        next.upstream_id = Some(group.id.clone());
        next.upstream_name = name;
        next.applied.clear();
        Ok(group.id)
    }

    /// A 404 on add: the group is gone, or the person is. A person who is gone stays a member
    /// here and is put in again after the next acceptance.
    async fn missing_in_group(&self, session: &Session, next: &mut GroupRecord, group: &str) -> Result<(), ScimError> {
        match session.group(group).await {
            Ok(_) => Ok(()),
            Err(Trouble::Missing) => {
                next.upstream_id = None;
                next.applied.clear();
                Err(ScimError::new(
                    503,
                    "the group was deleted upstream; it is made anew at the next attempt",
                ))
            }
            Err(trouble) => Err(self.scim(&trouble)),
        }
    }

    /// Notes that a person is in no group upstream any more; `forget` also takes the person out
    /// of the groups here.
    pub(super) async fn leave_groups(&self, session: &Session, person: &str, forget: bool) -> Result<(), ScimError> {
        for group in self.store.groups_of(person) {
            let _guard = self
                .locks
                .acquire(vec![group_lock(&group.id)], session.deadline())
                .await?;
            let Some(group) = self.store.group(&group.id) else {
                continue;
            };
            let mut next = GroupRecord::clone(&group);
            next.applied.remove(person);
            if forget {
                next.members.retain(|member| member != person);
                next.modified = crate::store::now();
            }
            if next != *group {
                self.store.put_group(next).await?;
            }
        }
        Ok(())
    }

    /// Whether an accepted member is not yet in the group upstream.
    pub(super) fn owes(&self, group: &GroupRecord) -> bool {
        let owed = |(id, user): &(&String, String)| group.applied.get(*id) != Some(user);
        group.upstream_id.is_some() && self.store.seats(group).iter().any(owed)
    }
}

/// The name of a group's lock.
pub(super) fn group_lock(id: &str) -> String {
    format!("group:{id}")
}

/// The switch for rewriting, from the defects that are on.
pub(super) fn rewrite(faults: Faults, is_put: bool, before: &GroupRecord, next: &GroupRecord) -> Rewrite {
    let redundant = !is_put && before.members == next.members;
    if is_put && faults.has(Fault::PutRewritesAll) || redundant && faults.has(Fault::RedundantAddWrites) {
        Rewrite::All
    } else {
        Rewrite::No
    }
}
