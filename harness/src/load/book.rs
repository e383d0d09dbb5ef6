//! What the identity provider was told about everybody: the intent that the end state is measured by.
//!
//! Only an acknowledged job tells something. While one is under way, and after one that failed or was never answered, both
//! the old and the new state are right, so neither can be held against the bridge.

use std::collections::HashMap;

use super::task::{GroupId, PersonId, Task};

/// What may be taken for granted about something that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Told<T> {
    /// It was never asked for.
    #[default]
    Never,
    /// The last job about it succeeded.
    For(T),
    /// The last job about it is under way, failed, or was not answered.
    Unsure,
}

impl<T: Copy> Told<T> {
    /// What was told for certain.
    pub fn certain(self) -> Option<T> {
        match self {
            Self::For(value) => Some(value),
            Self::Never | Self::Unsure => None,
        }
    }
}

/// One person, as the identity provider sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonEntry {
    /// The SCIM id the bridge gave, once it did.
    pub id: Option<Box<str>>,
    /// Whether the person is to have access.
    pub access: Told<bool>,
    /// The role last asked for; `None` if none was.
    pub role: Option<&'static str>,
    /// Whether a role above `reader` was ever asked for and may still be on its way out or in.
    pub role_changing: bool,
    /// Whether a role above `reader` was ever asked for. Behind an answer there may be a queue, so it may come late.
    pub owner_asked: bool,
    /// How often the person has moved: picks title and department.
    pub moves: u32,
}

/// One group, as the identity provider sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupEntry {
    /// The SCIM id the bridge gave, once it did.
    pub id: Option<Box<str>>,
    /// Whether the group is to be there.
    pub exists: Told<bool>,
    /// Who is to be in it, and who is not any more.
    pub members: HashMap<PersonId, Told<bool>>,
}

impl GroupEntry {
    /// Everybody the identity provider has in the group now, in the order of the directory.
    pub fn roster(&self) -> Vec<PersonId> {
        let is_in = |(person, told): (&PersonId, &Told<bool>)| match told {
            Told::For(true) | Told::Unsure => Some(*person),
            Told::For(false) | Told::Never => None,
        };
        let mut roster: Vec<_> = self.members.iter().filter_map(is_in).collect();
        roster.sort_unstable();
        roster
    }
}

/// Everybody and every group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    people: Vec<PersonEntry>,
    groups: Vec<GroupEntry>,
}

impl Book {
    /// A book in which nobody has been spoken of yet.
    pub fn new(people: usize, groups: usize) -> Self {
        Self {
            people: vec![PersonEntry::default(); people],
            groups: vec![GroupEntry::default(); groups],
        }
    }

    /// A person's page.
    pub fn person(&self, person: PersonId) -> &PersonEntry {
        &self.people[person.index()]
    }

    /// A group's page.
    pub fn group(&self, group: GroupId) -> &GroupEntry {
        &self.groups[group.index()]
    }

    /// Every person's page.
    pub fn people(&self) -> impl Iterator<Item = (PersonId, &PersonEntry)> {
        (0..).map(PersonId).zip(&self.people)
    }

    /// Every group's page.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &GroupEntry)> {
        (0..).map(GroupId).zip(&self.groups)
    }

    /// The id that the bridge gave a person.
    pub fn learn_person(&mut self, person: PersonId, id: &str) {
        self.people[person.index()].id = Some(id.into());
    }

    /// The id that the bridge gave a group.
    pub fn learn_group(&mut self, group: GroupId, id: &str) {
        self.groups[group.index()].id = Some(id.into());
    }

    /// A task is about to be tried: from now on both states are right.
    pub fn begin(&mut self, task: &Task) {
        match task {
            Task::Probe | Task::Import => {}
            Task::Assign(person) | Task::Switch(person, _) => self.people[person.index()].access = Told::Unsure,
            Task::Move(person) => self.people[person.index()].moves += 1,
            Task::Promote(person, role) => {
                let person = &mut self.people[person.index()];
                person.role_changing = true;
                person.owner_asked |= *role != "reader";
            }
            Task::Push(group, members) | Task::Join(group, members) | Task::Part(group, members) => {
                let group = &mut self.groups[group.index()];
                if matches!(task, Task::Push(..)) {
                    group.exists = Told::Unsure;
                }
                group
                    .members
                    .extend(members.iter().map(|member| (*member, Told::Unsure)));
            }
            Task::DropGroup(group) => self.groups[group.index()].exists = Told::Unsure,
        }
    }

    /// A task succeeded: the bridge has said that it is so.
    pub fn acknowledge(&mut self, task: &Task) {
        match task {
            Task::Probe | Task::Import | Task::Move(_) => {}
            Task::Assign(person) => self.people[person.index()].access = Told::For(true),
            Task::Switch(person, on) => self.people[person.index()].access = Told::For(*on),
            Task::Promote(person, role) => {
                let person = &mut self.people[person.index()];
                (person.role, person.role_changing) = (Some(*role), false);
            }
            Task::Push(group, members) | Task::Join(group, members) => {
                let entry = &mut self.groups[group.index()];
                if matches!(task, Task::Push(..)) {
                    entry.exists = Told::For(true);
                }
                entry
                    .members
                    .extend(members.iter().map(|member| (*member, Told::For(true))));
            }
            Task::Part(group, members) => {
                let entry = &mut self.groups[group.index()];
                entry
                    .members
                    .extend(members.iter().map(|member| (*member, Told::For(false))));
            }
            Task::DropGroup(group) => self.groups[group.index()].exists = Told::For(false),
        }
    }
}
