//! Creating, replacing, changing and deleting groups.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Bridge;
use super::group_settle::{Rewrite, group_lock, rewrite};
use crate::core::address::normalise;
use crate::core::change::Changer;
use crate::core::draft::{self, GroupDraft};
use crate::core::error::ScimError;
use crate::core::json::Object;
use crate::core::patch;
use crate::core::schema::Kind;
use crate::fault::{Fault, Faults};
use crate::store::{self, GroupRecord, Person};
use crate::upstream::Session;
use crate::variant::Variant;

/// Up to so many people are asked about by address, in one call.
const MAX_BY_ADDRESS: usize = 50;
/// How many new members a defect takes from one request.
const MEMBERS_TAKEN: usize = 100;
/// How long faults leave others time to come between.
const RACE: Duration = Duration::from_millis(100);

impl Bridge {
    /// POST /Groups: makes a group, or takes over the one upstream that has this name.
    pub(crate) async fn create_group(&self, body: Object) -> Result<Arc<GroupRecord>, ScimError> {
        let mut draft = GroupDraft::read(body, self.faults())?;
        self.shape_group(&mut draft.attributes);
        let members = draft.members.clone().unwrap_or_default();
        self.check_people(&members, &[])?;
        if self.has(Fault::GroupForbiddenSwallowed)
            && let Err(error) = self.adopt_groups(&self.session(), Some(draft.name()), true).await
            && error.status == 502
        {
            return Ok(self.store.put_group(self.new_group(&draft)).await?);
        }
        let session = self.session();
        self.refresh_pending(&session, &members).await;
        let races = self.has(Fault::GroupCreateRaces);
        let names = if races {
            Vec::new()
        } else {
            vec![name_lock(draft.name())]
        };
        let _name = self.locks.acquire(names, session.deadline()).await?;
        let before = match self.group_to_take_over(&session, &draft).await? {
            Some(group) => group,
            None => self.new_group(&draft),
        };
        if races {
            tokio::time::sleep(RACE).await;
        }
        let _guard = self
            .locks
            .acquire(vec![group_lock(&before.id)], session.deadline())
            .await?;
        let mut next = before.clone();
        next.claimed = true;
        next.attributes = draft.attributes;
        self.check_pending(&before, &members)?;
        next.members.extend(members);
        self.keep_known(&mut next.members, &before.members);
        let group = self.settle_group(&session, &before, next, Rewrite::No).await?;
        if self.has(Fault::GroupCreatedTwice) {
            let _ = session.create_group(group.name(), |_| true).await;
        }
        self.owe();
        Ok(group)
    }

    /// PUT /Groups/{id}. Members that are not mentioned at all stay.
    pub(crate) async fn replace_group(&self, id: &str, body: Object) -> Result<Arc<GroupRecord>, ScimError> {
        let draft = GroupDraft::read(body, self.faults())?;
        self.change_group(id, true, |before| {
            let mut draft = draft.clone();
            if self.has(Fault::PutRenameDropsMembers) && draft.name() != before.name() {
                draft.members = Some(Vec::new());
            }
            Ok(draft)
        })
        .await
    }

    /// PATCH /Groups/{id}.
    pub(crate) async fn patch_group(&self, id: &str, body: Object) -> Result<Arc<GroupRecord>, ScimError> {
        let operations = patch::read(&body, self.faults())?;
        let changer = Changer {
            kind: Kind::Group,
            faults: self.faults(),
        };
        if let Some(new) = self.only_additions(&operations) {
            return self
                .change_group(id, false, |before| {
                    let members = before.members.iter().chain(&new);
                    Ok(GroupDraft {
                        attributes: before.attributes.clone(),
                        members: Some(members.cloned().collect()),
                    })
                })
                .await;
        }
        self.change_group(id, false, |before| {
            let mut resource = before.attributes.clone();
            let members = before.members.iter().map(|id| json!({ "value": id }));
            resource.insert("members".to_owned(), members.collect());
            if self.has(Fault::NullRefRefused) {
                refuse_null_refs(&operations)?;
            }
            let removes = operations.iter().any(|operation| operation.op == patch::Op::Remove);
            let there = (removes && self.has(Fault::RemoveAbsentFails)).then(|| resource.get("members").cloned());
            changer.apply(&mut resource, &operations)?;
            if there.is_some_and(|there| resource.get("members") == there.as_ref()) {
                return Err(ScimError::new(404, "not found"));
            }
            let mut draft = GroupDraft::read(resource, self.faults())?;
            draft.members.get_or_insert_default();
            Ok(draft)
        })
        .await
    }

    /// The new members, when a PATCH does nothing but add some: then those who are there need not be looked at. What a defect
    /// makes of a PATCH is left to the long way.
    fn only_additions(&self, operations: &[patch::Operation]) -> Option<Vec<String>> {
        if self.faults() != Faults::NONE {
            return None;
        }
        let mut new = Vec::new();
        for operation in operations {
            let is_plain = operation.path.as_ref().is_some_and(|path| path.is_all_of("members"));
            if operation.op != patch::Op::Add || !is_plain {
                return None;
            }
            let value = operation.value.as_ref().filter(|value| value.is_array())?;
            new.extend(draft::read_members(value, self.faults()).ok()?);
        }
        Some(new)
    }

    /// DELETE /Groups/{id}: the people stay.
    pub(crate) async fn delete_group(&self, id: &str) -> Result<(), ScimError> {
        let session = self.session();
        let _guard = self.locks.acquire(vec![group_lock(id)], session.deadline()).await?;
        let Some(group) = self.store.group(id) else {
            if self.has(Fault::DeleteAlways204) {
                return Ok(());
            }
            return Err(ScimError::missing("group", id));
        };
        if self.has(Fault::GroupDeleteRemovesPeople) {
            for user in group.applied.values() {
                let _ = session.remove_user(user).await;
            }
        }
        if let Some(upstream) = &group.upstream_id
            && !self.has(Fault::GroupDeleteLeavesUpstream)
        {
            session
                .delete_group(upstream)
                .await
                .map_err(|trouble| self.scim(&trouble))?;
        }
        self.store.remove_group(id).await?;
        self.delete_unknown_groups(&session).await;
        if self.has(Fault::DeletedGroupStillShown) {
            for person in group.members.iter().filter_map(|id| self.store.person(id)) {
                let mut next = Person::clone(&person);
                next.attributes.insert("groups".to_owned(), json!([{ "value": id }]));
                self.store.put_person(next).await?;
            }
        }
        Ok(())
    }

    /// Works a change out, locks the group and its new name, and does it.
    async fn change_group(
        &self,
        id: &str,
        is_put: bool,
        work_out: impl Fn(&GroupRecord) -> Result<GroupDraft, ScimError>,
    ) -> Result<Arc<GroupRecord>, ScimError> {
        let session = self.session();
        let regrouping = self.regrouping.begin();
        loop {
            let seen = self.group_with_members(&session, id).await?;
            let mut planned = work_out(&seen)?;
            self.shape_group(&mut planned.attributes);
            self.refresh_pending(&session, planned.members.as_deref().unwrap_or_default())
                .await;
            if self.has(Fault::GroupReadModifyWrite) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let keys = vec![group_lock(id), name_lock(planned.name())];
            let guard = self.locks.acquire(keys, session.deadline()).await?;
            let before = self.store.group(id).ok_or_else(|| ScimError::missing("group", id))?;
            let draft = if Arc::ptr_eq(&before, &seen) || self.has(Fault::GroupReadModifyWrite) {
                planned
            } else {
                let mut draft = work_out(&before)?;
                self.shape_group(&mut draft.attributes);
                if normalise(draft.name()) != normalise(planned.name()) {
                    continue;
                }
                draft
            };
            let mut next = self.changed_group(&before, draft, is_put)?;
            let removes = next.members.len() < before.members.len();
            if removes && regrouping.before > 0 && self.has(Fault::RemovalMeetsAddition) {
                return Ok(before);
            }
            if !before.claimed && self.has(Fault::NameCollisionReplaces) {
                let _ = session
                    .delete_group(before.upstream_id.as_deref().unwrap_or_default())
                    .await;
                next.upstream_id = None;
                next.applied.clear();
            }
            if next == *before && !self.has(Fault::BelievedMemberNotAdded) {
                self.refresh_applied(&session, &mut next).await?;
            }
            let rewrite = rewrite(self.faults(), is_put, &before, &next);
            let changed = self.settle_group(&session, &before, next, rewrite).await?;
            if is_put && self.has(Fault::GroupCreatedTwice) {
                let _ = session.create_group(changed.name(), |_| true).await;
            }
            drop(guard);
            if self.has(Fault::OneGroupAPerson) {
                self.leave_other_groups(&session, &changed).await?;
            }
            self.owe();
            return Ok(changed);
        }
    }

    fn changed_group(&self, before: &GroupRecord, draft: GroupDraft, is_put: bool) -> Result<GroupRecord, ScimError> {
        let renamed = normalise(draft.name()) != normalise(before.name());
        if renamed && !self.has(Fault::DuplicateGroupAllowed) {
            self.check_name_free(draft.name())?;
        }
        let mut members = draft.members.unwrap_or_else(|| before.members.clone());
        if self.has(Fault::UnknownMemberEndsBatch)
            && let Some(unknown) = members.iter().position(|id| self.store.person(id).is_none())
        {
            members.truncate(unknown);
        }
        if self.has(Fault::PendingRemovalForgotten) {
            let pending = |id: &&String| self.store.person(id).is_some_and(|person| person.is_pending());
            members.extend(before.members.iter().filter(pending).cloned());
        }
        if self.has(Fault::MembersBeyondHundred) {
            let known: HashSet<&String> = before.members.iter().collect();
            let mut new = 0;
            members.retain(|id| {
                new += usize::from(!known.contains(id));
                known.contains(id) || new <= MEMBERS_TAKEN
            });
        }
        self.check_people(&members, &before.members)?;
        self.check_pending(before, &members)?;
        let mut next = before.clone();
        next.claimed = true;
        if !is_put && draft.attributes != before.attributes && renamed && self.has(Fault::RenameMakesNewGroup) {
            next.upstream_id = None;
        }
        next.attributes = draft.attributes;
        next.members = members;
        self.keep_known(&mut next.members, &before.members);
        Ok(next)
    }

    /// The group upstream that a POST means: one of that name which no identity provider wrote.
    ///
    /// # Errors
    /// 409 when the name is taken, or when several groups upstream have it.
    async fn group_to_take_over(
        &self,
        session: &Session,
        draft: &GroupDraft,
    ) -> Result<Option<GroupRecord>, ScimError> {
        if self.has(Fault::DuplicateGroupAllowed) {
            return Ok(None);
        }
        self.check_name_free(draft.name())?;
        self.adopt_groups(session, Some(draft.name()), true).await?;
        let mut found = self.store.groups_named(draft.name());
        match found.len() {
            0 => Ok(None),
            1 if !self.is(Variant::HandMadeGroupsLeft) => {
                let id = found.remove(0).id.clone();
                let group = self.group_with_members(session, &id).await?;
                Ok(Some(GroupRecord::clone(&group)))
            }
            many => Err(ScimError::taken(format!(
                "groups made at OpenAI have the name {:?}: {many}; rename or delete them",
                draft.name()
            ))),
        }
    }

    fn check_name_free(&self, name: &str) -> Result<(), ScimError> {
        if self.store.groups_named(name).iter().any(|group| group.claimed) {
            return Err(ScimError::taken(format!("a group named {name:?} is here already")));
        }
        Ok(())
    }

    /// Members have to be people the bridge knows, in whatever state.
    fn check_people(&self, members: &[String], known: &[String]) -> Result<(), ScimError> {
        let mut unknown: Vec<&str> = members
            .iter()
            .filter(|id| !self.store.has_person(id))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            let known: HashSet<&str> = known.iter().map(String::as_str).collect();
            unknown.retain(|id| !known.contains(id));
        }
        if unknown.is_empty() {
            return Ok(());
        }
        if self.has(Fault::NestedGroupFails) && unknown.iter().any(|id| self.store.group(id).is_some()) {
            return Err(ScimError::new(500, "unexpected type of member"));
        }
        Err(ScimError::value(format!(
            "no person has the id {}; nothing was changed",
            unknown.join(", ")
        )))
    }

    /// Each member once, people only; a defect forgets those who are pending.
    fn keep_known(&self, members: &mut Vec<String>, before: &[String]) {
        let mut seen = HashSet::with_capacity(members.len());
        let kept: Vec<bool> = members
            .iter()
            .map(|id| seen.insert(id.as_str()) && self.store.has_person(id))
            .collect();
        let mut kept = kept.into_iter();
        members.retain(|_| kept.next().unwrap_or_default());
        if self.has(Fault::PendingMembersForgotten) {
            members.retain(|id| {
                before.contains(id) || self.store.person(id).is_some_and(|person| person.member_id().is_some())
            });
        }
    }

    /// Finds out whether pending people among `members` have accepted. What cannot be found out
    /// now is left to the poller.
    async fn refresh_pending(&self, session: &Session, members: &[String]) {
        let pending = self.store.pending_of(members);
        let _ = match pending.len() {
            0 => return,
            1..=MAX_BY_ADDRESS => self.find_accepted(session, &pending).await,
            _ if self.refuses_pending() => {
                // Nobody may be refused who has accepted.
                for some in pending.chunks(MAX_BY_ADDRESS) {
                    let _ = self.find_accepted(session, some).await;
                }
                return;
            }
            _ => self.find_newly_accepted(session, &pending).await,
        };
    }

    /// A defect: a person is in one group at a time.
    async fn leave_other_groups(&self, session: &Session, group: &GroupRecord) -> Result<(), ScimError> {
        for other in self.store.groups() {
            let stays = |id: &String| !group.members.contains(id);
            if other.id == group.id || other.members.iter().all(stays) {
                continue;
            }
            let mut next = GroupRecord::clone(&other);
            next.members.retain(stays);
            self.settle_group(session, &other, next, Rewrite::No).await?;
        }
        Ok(())
    }

    fn new_group(&self, draft: &GroupDraft) -> GroupRecord {
        let now = store::now();
        GroupRecord {
            id: self.new_id(),
            seq: self.store.next_seq(),
            attributes: draft.attributes.clone(),
            members: Vec::new(),
            applied: HashMap::new(),
            upstream_id: None,
            upstream_name: String::new(),
            claimed: true,
            imported: true,
            created: now.clone(),
            modified: now,
        }
    }
}

/// The name of the lock on a group's name.
fn name_lock(name: &str) -> String {
    format!("group-name:{}", normalise(name))
}

/// A defect: members must have a `$ref`.
fn refuse_null_refs(operations: &[patch::Operation]) -> Result<(), ScimError> {
    let has_null = |value: &Value| {
        value
            .as_array()
            .is_some_and(|items| items.iter().any(|item| item.get("$ref").is_some_and(Value::is_null)))
    };
    if operations.iter().filter_map(|op| op.value.as_ref()).any(has_null) {
        return Err(ScimError::value("$ref of a member is null"));
    }
    Ok(())
}
