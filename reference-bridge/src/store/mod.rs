//! What the bridge remembers: people and groups, with the indexes to find them.
//!
//! All of it is in memory; with a state folder every change is on disk before it is seen. Records
//! are immutable and shared, so a reader keeps a consistent one for as long as it likes.

mod disk;
mod group;
mod groups;
mod people;
mod person;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use parking_lot::RwLock;

pub(crate) use disk::StoreError;
pub(crate) use group::GroupRecord;
pub(crate) use person::{Person, lock_keys};

use crate::fault::{Fault, Faults};
use disk::{Change, Disk, Table};
use groups::Groups;
use people::People;

/// How much later a fault writes.
const WRITTEN_LATER: Duration = Duration::from_secs(1);

/// People and groups.
#[derive(Debug)]
pub(crate) struct Store {
    memory: RwLock<Memory>,
    disk: Option<Arc<Disk>>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Memory {
    people: People,
    groups: Groups,
    last_seq: u64,
}

impl Store {
    /// Opens the state in `dir`, or an empty one in memory.
    ///
    /// # Errors
    /// When the folder or what is in it cannot be read or written.
    pub(crate) fn open(dir: Option<&Path>, faults: Faults) -> Result<Self, StoreError> {
        let mut memory = Memory::default();
        let disk = match dir {
            None => None,
            Some(dir) => {
                let disk = Disk::open(dir)?;
                for person in disk.load::<Person>(Table::People)? {
                    memory.last_seq = memory.last_seq.max(person.seq);
                    memory.people.put(Arc::new(person));
                }
                for group in disk.load::<GroupRecord>(Table::Groups)? {
                    memory.last_seq = memory.last_seq.max(group.seq);
                    memory.groups.put(Arc::new(group));
                }
                Some(Arc::new(disk))
            }
        };
        Ok(Self {
            memory: RwLock::new(memory),
            disk,
            faults,
        })
    }

    /// The next number in order of creation.
    pub(crate) fn next_seq(&self) -> u64 {
        let mut memory = self.memory.write();
        memory.last_seq += 1;
        memory.last_seq
    }

    /// The person with this id.
    pub(crate) fn person(&self, id: &str) -> Option<Arc<Person>> {
        self.memory.read().people.get(id)
    }

    /// Whether there is a person with this id.
    pub(crate) fn has_person(&self, id: &str) -> bool {
        self.memory.read().people.has(id)
    }

    /// Everybody, in order of creation.
    pub(crate) fn people(&self) -> Arc<Vec<Arc<Person>>> {
        self.memory.read().people.all()
    }

    /// Everybody whose acceptance matters, in order of creation: those an identity provider wrote, or put into a group.
    pub(crate) fn pending_people(&self) -> Vec<Arc<Person>> {
        let memory = self.memory.read();
        let matters = |person: &&Arc<Person>| person.claimed || memory.groups.has_member(&person.id);
        memory.people.pending().filter(matters).cloned().collect()
    }

    /// Those of these people whose acceptance is waited for.
    pub(crate) fn pending_of(&self, ids: &[String]) -> Vec<Arc<Person>> {
        self.memory.read().people.pending_of(ids)
    }

    /// The members of `group` whom upstream knows and who may be in, in the order of the member list: SCIM id and user id.
    pub(crate) fn seats<'a>(&self, group: &'a GroupRecord) -> Vec<(&'a String, String)> {
        let memory = self.memory.read();
        let seat = |id: &'a String| {
            let person = memory.people.see(id)?;
            let user = person.member_id().filter(|_| person.active)?;
            Some((id, user.to_owned()))
        };
        group.members.iter().filter_map(seat).collect()
    }

    /// Looks people up by a name, an address or an upstream id.
    pub(crate) fn find_person(&self, key: PersonKey<'_>) -> Option<Arc<Person>> {
        self.memory.read().people.find(key)
    }

    /// The group with this id.
    pub(crate) fn group(&self, id: &str) -> Option<Arc<GroupRecord>> {
        self.memory.read().groups.get(id)
    }

    /// Every group, in order of creation.
    pub(crate) fn groups(&self) -> Vec<Arc<GroupRecord>> {
        self.memory.read().groups.all()
    }

    /// The groups of that name in any case, in order of creation.
    pub(crate) fn groups_named(&self, name: &str) -> Vec<Arc<GroupRecord>> {
        self.memory.read().groups.named(name)
    }

    /// The group that stands for an upstream group.
    pub(crate) fn group_of_upstream(&self, upstream_id: &str) -> Option<Arc<GroupRecord>> {
        self.memory.read().groups.of_upstream(upstream_id)
    }

    /// The groups a person is in, in order of creation.
    pub(crate) fn groups_of(&self, person: &str) -> Vec<Arc<GroupRecord>> {
        self.memory.read().groups.of_person(person)
    }

    /// Keeps a person, new or changed.
    pub(crate) async fn put_person(&self, person: Person) -> Result<Arc<Person>, StoreError> {
        let person = Arc::new(person);
        self.write(vec![Change::put(Table::People, &person.id, &*person)?])
            .await?;
        self.memory.write().people.put(Arc::clone(&person));
        Ok(person)
    }

    /// Keeps many people at once.
    pub(crate) async fn put_people(&self, people: Vec<Person>) -> Result<(), StoreError> {
        let changes: Result<Vec<_>, _> = people
            .iter()
            .map(|person| Change::put(Table::People, &person.id, person))
            .collect();
        self.write(changes?).await?;
        let mut memory = self.memory.write();
        for person in people {
            memory.people.put(Arc::new(person));
        }
        Ok(())
    }

    /// Forgets a person.
    pub(crate) async fn remove_person(&self, id: &str) -> Result<(), StoreError> {
        self.write(vec![Change::remove(Table::People, id)]).await?;
        self.memory.write().people.remove(id);
        Ok(())
    }

    /// Keeps a group, new or changed.
    pub(crate) async fn put_group(&self, group: GroupRecord) -> Result<Arc<GroupRecord>, StoreError> {
        let group = Arc::new(group);
        if self.disk.is_some() && !self.faults.has(Fault::GroupsInMemoryOnly) {
            let change = if self.faults.has(Fault::HeldMembersInMemoryOnly) {
                let mut written = GroupRecord::clone(&group);
                written.members.retain(|member| group.applied.contains_key(member));
                Change::put(Table::Groups, &group.id, &written)?
            } else {
                Change::put(Table::Groups, &group.id, &*group)?
            };
            self.write(vec![change]).await?;
        }
        self.memory.write().groups.put(Arc::clone(&group));
        Ok(group)
    }

    /// Forgets a group.
    pub(crate) async fn remove_group(&self, id: &str) -> Result<(), StoreError> {
        self.write(vec![Change::remove(Table::Groups, id)]).await?;
        self.memory.write().groups.remove(id);
        Ok(())
    }

    async fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        match &self.disk {
            Some(disk) if self.faults.has(Fault::StateWrittenLater) => {
                let disk = Arc::clone(disk);
                tokio::spawn(async move {
                    tokio::time::sleep(WRITTEN_LATER).await;
                    let _ = disk.write(changes).await;
                });
                Ok(())
            }
            Some(disk) if !changes.is_empty() => disk.write(changes).await,
            _ => Ok(()),
        }
    }
}

/// What a person can be found by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PersonKey<'a> {
    /// `userName`, in any case.
    UserName(&'a str),
    /// The address an invite goes to, in any case.
    Address(&'a str),
    /// `externalId`, exactly.
    ExternalId(&'a str),
    /// Id of an invite or a user.
    Upstream(&'a str),
}

/// The present time as `meta` shows it.
pub(crate) fn now() -> String {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now).to_string()
}
