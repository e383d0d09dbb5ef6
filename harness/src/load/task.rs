//! The pieces of work a load run consists of. Small and plain: there are hundreds of thousands of them at once.

use std::fmt;

/// A person, by place in the [directory](super::directory).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub u32);

/// A group, by place in the [directory](super::directory).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

impl PersonId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One piece of work of the identity provider. It is tried again as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// What the persona asks when nothing has changed: its probe.
    Probe,
    /// Read everybody, page by page.
    Import,
    /// Look the person up, then create or take over.
    Assign(PersonId),
    /// The person has another title and department.
    Move(PersonId),
    /// The person is to have this role upstream: `reader` or `owner`.
    Promote(PersonId, &'static str),
    /// Switch the person on or off.
    Switch(PersonId, bool),
    /// Look the group up, then create or take over, with these members.
    Push(GroupId, Vec<PersonId>),
    /// These people come into the group.
    Join(GroupId, Vec<PersonId>),
    /// These people leave the group.
    Part(GroupId, Vec<PersonId>),
    /// Delete the group.
    DropGroup(GroupId),
}

impl Task {
    /// The group it is about, if it is about one. An identity provider sends only so many requests about one group at a
    /// time.
    pub fn group(&self) -> Option<GroupId> {
        match self {
            Self::Push(group, _) | Self::Join(group, _) | Self::Part(group, _) | Self::DropGroup(group) => Some(*group),
            Self::Probe | Self::Import | Self::Assign(_) | Self::Move(_) | Self::Promote(..) | Self::Switch(..) => None,
        }
    }

    /// The person it is about, if it is about one.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Assign(person) | Self::Move(person) | Self::Promote(person, _) | Self::Switch(person, _) => {
                Some(*person)
            }
            Self::Probe | Self::Import | Self::Push(..) | Self::Join(..) | Self::Part(..) | Self::DropGroup(_) => None,
        }
    }

    /// What it is called in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Import => "import",
            Self::Assign(_) => "assign",
            Self::Move(_) => "move",
            Self::Promote(..) => "promote",
            Self::Switch(_, true) => "switch on",
            Self::Switch(_, false) => "switch off",
            Self::Push(..) => "push group",
            Self::Join(..) => "join group",
            Self::Part(..) => "leave group",
            Self::DropGroup(_) => "delete group",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
