//! Work that was answered for before it was done: kept in the store as what is wanted, done in the
//! background. The queue itself holds ids only; after a restart it is made anew from the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Bridge;
use super::group_settle::{Rewrite, group_lock};
use crate::core::error::ScimError;
use crate::core::plan::{self, Wanted};
use crate::core::role::Role;
use crate::fault::Fault;
use crate::store::{GroupRecord, Person, Store};
use crate::upstream::Session;
use crate::variant::{Variant, Variants};

/// Ids of people and groups that upstream may not show yet as they are wanted.
#[derive(Debug, Default)]
pub(super) struct Queue {
    people: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Queue {
    /// What a bridge with this state may still have to do: everything, where anything may wait.
    pub(super) fn of(store: &Store, variants: Variants) -> Self {
        if ![Variant::AnswersFirst, Variant::QueuedUnderTrouble]
            .into_iter()
            .any(|variant| variants.has(variant))
        {
            return Self::default();
        }
        let everybody = store.people();
        let people = everybody.iter().filter(|person| person.claimed);
        let groups = store.groups().into_iter().filter(|group| group.claimed);
        Self {
            people: people.map(|person| person.id.clone()).collect(),
            groups: groups.map(|group| group.id.clone()).collect(),
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.people.is_empty() && self.groups.is_empty()
    }
}

impl Bridge {
    /// What upstream should show of a person.
    pub(super) fn wanted(&self, person: &Person, forced: bool) -> Wanted {
        Wanted {
            address: person.address().to_owned(),
            active: person.active,
            role: person.wish,
            default_role: if self.has(Fault::NoRoleMeansOwner) {
                Role::Owner
            } else {
                self.settings.default_role
            },
            forced,
        }
    }

    /// Whether a write is answered for although it could not be done now.
    pub(super) fn may_wait(&self, error: &ScimError) -> bool {
        self.is(Variant::QueuedUnderTrouble) && matches!(error.status, 429 | 503)
    }

    /// Keeps a person as they are wanted; the background does the rest.
    pub(super) async fn queue_person(&self, mut next: Person) -> Result<Arc<Person>, ScimError> {
        if let Some(known) = self.store.person(&next.id) {
            next.link = known.link.clone();
            if known.attributes != next.attributes || known.active != next.active {
                next.modified = crate::store::now();
            }
        }
        let person = self.store.put_person(next).await?;
        self.queue.lock().people.insert(person.id.clone());
        self.wake.notify_one();
        Ok(person)
    }

    /// Keeps a group as it is wanted; the background does the rest.
    pub(super) async fn queue_group(&self, mut next: GroupRecord) -> Result<Arc<GroupRecord>, ScimError> {
        if let Some(known) = self.store.group(&next.id) {
            next.applied.clone_from(&known.applied);
            next.upstream_id.clone_from(&known.upstream_id);
            next.upstream_name.clone_from(&known.upstream_name);
            if known.attributes != next.attributes || known.members != next.members {
                next.modified = crate::store::now();
            }
        }
        let group = self.store.put_group(next).await?;
        self.queue.lock().groups.insert(group.id.clone());
        self.wake.notify_one();
        Ok(group)
    }

    /// Does what waits, as far as upstream lets it; what it does not let now waits on.
    pub(super) async fn work_off(&self, session: &Session) -> Result<(), ScimError> {
        let people: Vec<String> = self.queue.lock().people.iter().cloned().collect();
        for id in people {
            self.work_off_person(session, &id).await?;
            self.queue.lock().people.remove(&id);
        }
        let groups: Vec<String> = self.queue.lock().groups.iter().cloned().collect();
        for id in groups {
            self.work_off_group(session, &id).await?;
            self.queue.lock().groups.remove(&id);
        }
        Ok(())
    }

    async fn work_off_person(&self, session: &Session, id: &str) -> Result<(), ScimError> {
        loop {
            let Some(person) = self.store.person(id) else {
                return Ok(());
            };
            let _guard = self.locks.acquire(person.lock_keys(), session.deadline()).await?;
            if !self.is_current(&person) {
                continue;
            }
            if plan::next_step(&person.link, &self.wanted(&person, false), self.faults()).is_none() {
                return Ok(());
            }
            let next = Person::clone(&person);
            return match self.settle_person(session, Some(person), next, false).await {
                Err(error) if matches!(error.status, 429 | 503) => Err(error),
                // Refused for good: what is shown must not say that there is access.
                Err(_) => self.switch_off(id).await,
                Ok(_) => Ok(()),
            };
        }
    }

    async fn switch_off(&self, id: &str) -> Result<(), ScimError> {
        if let Some(person) = self.store.person(id) {
            let mut next = Person::clone(&person);
            next.active = false;
            next.modified = crate::store::now();
            self.store.put_person(next).await?;
        }
        Ok(())
    }

    async fn work_off_group(&self, session: &Session, id: &str) -> Result<(), ScimError> {
        let _guard = self.locks.acquire(vec![group_lock(id)], session.deadline()).await?;
        let Some(group) = self.store.group(id) else {
            return Ok(());
        };
        let next = GroupRecord::clone(&group);
        match self.settle_group_now(session, &group, next, Rewrite::No).await {
            Err(error) if matches!(error.status, 429 | 503) => Err(error),
            Err(_) | Ok(_) => Ok(()),
        }
    }
}
