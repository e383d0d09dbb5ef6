//! Keeps count, while a plan is made, of who will be there and in which groups at each point of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use proofload_scenarios::{Churn, GroupUpdate, Idp, PushMembers};

use super::Turn;
use crate::load::directory::{Directory, GroupKind};
use crate::load::task::{GroupId, PersonId, Task};

/// Where somebody stands at a point of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// Not assigned yet.
    #[default]
    Outside,
    /// Assigned.
    There,
    /// Assigned, and owner.
    Owner,
    /// Switched off.
    Gone,
}

/// See the module.
pub(super) struct Planner<'a> {
    directory: &'a Directory,
    idp: &'a Idp,
    standings: Vec<Standing>,
    groups: Vec<Roster>,
}

/// A group at a point of the plan.
struct Roster {
    is_pushed: bool,
    /// Who is to be in it, there or not.
    wanted: Vec<PersonId>,
    /// Who is in it by the jobs so far.
    inside: HashSet<PersonId>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(directory: &'a Directory, idp: &'a Idp) -> Self {
        let roster = |group| Roster {
            is_pushed: false,
            wanted: directory.members(group).to_vec(),
            inside: HashSet::new(),
        };
        Self {
            directory,
            idp,
            standings: vec![Standing::default(); directory.people()],
            groups: directory.every_group().map(roster).collect(),
        }
    }

    /// A whole list of members in one request tells who leaves too, so two of them must never overtake each other.
    pub(super) fn at_once_per_group(&self, wanted: u32) -> u32 {
        if self.puts_whole_groups() { 1 } else { wanted }
    }

    /// What is about nobody in particular; one shard does it for all. With a pause each time is a turn of its own.
    pub(super) fn again_and_again(&self, task: &Task, times: u32, pause: Duration) -> Vec<Turn> {
        if self.directory.shard().index() > 0 {
            return Vec::new();
        }
        let times = times as usize;
        if pause.is_zero() {
            vec![vec![task.clone(); times].into()]
        } else {
            (0..times).map(|_| vec![task.clone()].into()).collect()
        }
    }

    pub(super) fn assign(&mut self, share: f64, salt: &str) -> Vec<Task> {
        let new = self.drawn("assign", salt, share, Standing::Outside);
        self.stand(&new, Standing::There);
        new.into_iter().map(Task::Assign).collect()
    }

    pub(super) fn push(&mut self, members: PushMembers) -> Turn {
        let one_by_one = !self.puts_whole_groups() && self.batch() == 1;
        let with_members = members == PushMembers::All && !one_by_one;
        let mut tasks = Vec::new();
        for group in self.directory.every_group() {
            let members = if with_members { self.missing(group) } else { Vec::new() };
            let roster = &mut self.groups[group.index()];
            roster.is_pushed = true;
            roster.inside.extend(&members);
            tasks.push(Task::Push(group, members));
        }
        let follow = members == PushMembers::All && one_by_one;
        Turn {
            tasks,
            memberships: follow.then(|| self.join()),
        }
    }

    pub(super) fn join(&mut self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for group in self.directory.every_group() {
            if !self.groups[group.index()].is_pushed {
                continue;
            }
            let missing = self.missing(group);
            let join = |people: &[PersonId]| Task::Join(group, people.to_vec());
            tasks.extend(missing.chunks(self.batch()).map(join));
            self.groups[group.index()].inside.extend(missing);
        }
        tasks
    }

    /// Somebody gets another position; their groups stay.
    pub(super) fn shuffle(&mut self, share: f64, salt: &str) -> Vec<Task> {
        let movers = self.drawn("move", salt, share, Standing::There);
        movers.into_iter().map(Task::Move).collect()
    }

    pub(super) fn promote(&mut self, share: f64, salt: &str) -> Vec<Task> {
        let risen = self.drawn("promote", salt, share, Standing::There);
        self.stand(&risen, Standing::Owner);
        risen.into_iter().map(|person| Task::Promote(person, "owner")).collect()
    }

    pub(super) fn demote(&mut self) -> Vec<Task> {
        let owners = self.drawn("demote", "", 1.0, Standing::Owner);
        self.stand(&owners, Standing::There);
        owners
            .into_iter()
            .map(|person| Task::Promote(person, "reader"))
            .collect()
    }

    pub(super) fn leave(&mut self, share: f64, salt: &str) -> Vec<Task> {
        let leavers = self.drawn("leave", salt, share, Standing::There);
        self.stand(&leavers, Standing::Gone);
        leavers.into_iter().map(|person| Task::Switch(person, false)).collect()
    }

    /// Some identity providers send the memberships again of who comes back; for the others they are as they were.
    pub(super) fn come_back(&mut self, share: f64, salt: &str) -> Turn {
        let back = self.drawn("return", salt, share, Standing::Gone);
        self.stand(&back, Standing::There);
        let replays = self.idp.user.replays_memberships;
        if replays {
            let returned: HashSet<PersonId> = back.iter().copied().collect();
            for roster in &mut self.groups {
                roster.inside.retain(|person| !returned.contains(person));
            }
        }
        Turn {
            tasks: back.into_iter().map(|person| Task::Switch(person, true)).collect(),
            memberships: replays.then(|| self.join()),
        }
    }

    pub(super) fn drop_groups(&mut self, share: f64, salt: &str) -> Vec<Task> {
        let purpose = format!("drop {salt}");
        let mut tasks = Vec::new();
        for group in self.directory.every_group() {
            let roster = &mut self.groups[group.index()];
            if roster.is_pushed && self.directory.group_chance(group, &purpose) < share {
                roster.is_pushed = false;
                roster.inside.clear();
                tasks.push(Task::DropGroup(group));
            }
        }
        tasks
    }

    /// People come, move and go, all mixed; then the memberships that follow from it.
    pub(super) fn cycle(&mut self, churn: Churn, salt: &str) -> Turn {
        let joiners = self.drawn("assign", salt, churn.joiners, Standing::Outside);
        let leavers = self.drawn("leave", salt, churn.leavers, Standing::There);
        let mut movers = self.drawn("move", salt, churn.movers, Standing::There);
        self.stand(&joiners, Standing::There);
        self.stand(&leavers, Standing::Gone);
        movers.retain(|person| self.standings[person.index()] == Standing::There);

        let parted = self.relocate(&movers, salt);
        let mut tasks: Vec<Task> = joiners.into_iter().map(Task::Assign).collect();
        tasks.extend(movers.into_iter().map(Task::Move));
        tasks.extend(leavers.into_iter().map(|person| Task::Switch(person, false)));
        tasks.sort_by_key(Task::person);
        let probe = (self.directory.shard().index() == 0).then_some(Task::Probe);
        tasks.splice(0..0, probe);
        let mut memberships = parted;
        memberships.extend(self.join());
        Turn {
            tasks,
            memberships: self.idp.group.is_some().then_some(memberships),
        }
    }

    /// Each mover leaves one department, team or year for another one of the same site; in a school, for the next year.
    fn relocate(&mut self, movers: &[PersonId], salt: &str) -> Vec<Task> {
        let moving: HashSet<PersonId> = movers.iter().copied().collect();
        let mut home: HashMap<PersonId, GroupId> = HashMap::new();
        for (group, roster) in self.directory.every_group().zip(&self.groups) {
            if self.directory.kind(group) == GroupKind::Everybody || !roster.is_pushed {
                continue;
            }
            for person in roster.wanted.iter().filter(|person| moving.contains(*person)) {
                home.entry(*person).or_insert(group);
            }
        }
        let mut parted: BTreeMap<GroupId, Vec<PersonId>> = BTreeMap::new();
        for person in movers {
            let Some(old) = home.get(person).copied() else {
                continue;
            };
            let Some(new) = self.next_group(*person, old, salt) else {
                continue;
            };
            self.groups[new.index()].wanted.push(*person);
            let left = &mut self.groups[old.index()];
            left.wanted.retain(|member| member != person);
            if left.inside.remove(person) {
                parted.entry(old).or_default().push(*person);
            }
        }
        let batch = self.batch();
        let parts = parted.into_iter().flat_map(|(group, people)| {
            let parts: Vec<Task> = people
                .chunks(batch)
                .map(|people| Task::Part(group, people.to_vec()))
                .collect();
            parts
        });
        parts.collect()
    }

    /// Another group of the same kind at the same site, if there is one that the person is not in.
    fn next_group(&self, person: PersonId, old: GroupId, salt: &str) -> Option<GroupId> {
        let kind = self.directory.kind(old);
        let is_like = |group: &GroupId| match (kind, self.directory.kind(*group)) {
            (GroupKind::Year(old_year), GroupKind::Year(year)) => year == old_year + 1 && group.0 == old.0 + 1,
            (GroupKind::Department(_), GroupKind::Department(_)) | (GroupKind::Team, GroupKind::Team) => {
                *group != old && self.directory.site(*group) == self.directory.site(old)
            }
            (
                GroupKind::Everybody | GroupKind::Department(_) | GroupKind::Team | GroupKind::Year(_),
                GroupKind::Everybody | GroupKind::Department(_) | GroupKind::Team | GroupKind::Year(_),
            ) => false,
        };
        let others: Vec<GroupId> = self.directory.every_group().filter(is_like).collect();
        let drawn = self.directory.chance(person, &format!("group {salt}"));
        let place = place(drawn, others.len());
        let is_free = |group: &&GroupId| {
            let roster = &self.groups[group.index()];
            roster.is_pushed && !roster.wanted.contains(&person)
        };
        others[place..].iter().chain(&others[..place]).find(is_free).copied()
    }

    /// Who is to be in the group and is there, but not in it yet.
    fn missing(&self, group: GroupId) -> Vec<PersonId> {
        let roster = &self.groups[group.index()];
        let is_missing = |person: &PersonId| {
            let is_there = matches!(self.standings[person.index()], Standing::There | Standing::Owner);
            is_there && !roster.inside.contains(person)
        };
        roster.wanted.iter().copied().filter(is_missing).collect()
    }

    /// The share of those who stand there that is drawn for a purpose.
    fn drawn(&self, purpose: &str, salt: &str, share: f64, standing: Standing) -> Vec<PersonId> {
        let purpose = format!("{purpose} {salt}");
        let is_drawn = |person: &PersonId| {
            self.standings[person.index()] == standing && self.directory.chance(*person, &purpose) < share
        };
        self.directory.everybody().filter(is_drawn).collect()
    }

    fn stand(&mut self, people: &[PersonId], standing: Standing) {
        for person in people {
            self.standings[person.index()] = standing;
        }
    }

    fn puts_whole_groups(&self) -> bool {
        let manner = self.idp.group.as_ref();
        manner.is_some_and(|manner| manner.update == GroupUpdate::EchoPut)
    }

    /// How many members one job adds or removes.
    fn batch(&self) -> usize {
        match &self.idp.group {
            Some(manner) if manner.update != GroupUpdate::EchoPut => {
                usize::try_from(manner.members_per_patch).unwrap_or(usize::MAX).max(1)
            }
            Some(_) | None => usize::MAX,
        }
    }
}

/// A place among so many, drawn by a number from 0 up to 1; 0 among none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "far fewer groups than a float counts, and the product is from 0 up to their number"
)]
fn place(drawn: f64, count: usize) -> usize {
    ((drawn * count as f64) as usize).min(count.saturating_sub(1))
}
