//! A task with everything that its requests need: what the book knows by now, and what the directory has.

use proofload_scenarios::{GroupUpdate, Idp};

use super::book::{Book, Told};
use super::directory::Directory;
use super::task::{GroupId, PersonId, Task};
use crate::persona::{Change, Job, Member};

/// The job that `task` is, once the book has [begun](Book::begin) it. `None` when nothing can be sent: the bridge has never
/// given the id that it takes, or everybody whom it adds or removes is unknown there. People without an id are left out of
/// a group, as identity providers do; so are, of what the group then consists of, those who have been switched off.
pub fn of(task: &Task, book: &Book, directory: &Directory, idp: &Idp) -> Option<Job> {
    let actor = |person: &PersonId| directory.actor(*person, book, idp);
    let known = |person: &PersonId| book.person(*person).id.as_ref().map(|_| actor(person));
    let team = |group: &GroupId| book.group(*group).id.as_ref().map(|_| directory.team(*group, book));
    let named = |people: &[PersonId]| members(people, book, directory);
    // Only a PUT names everybody; for the others it would be work that grows with the group.
    let all = |group: GroupId, leaving: &[PersonId]| match &idp.group {
        Some(manner) if manner.update == GroupUpdate::EchoPut => named(&roster(group, leaving, book)),
        Some(_) | None => Vec::new(),
    };
    let some = |people: &[PersonId]| Some(named(people)).filter(|members| !members.is_empty());
    match task {
        Task::Probe => Some(Job::Requests(idp.connection.probe.clone())),
        Task::Import => Some(Job::ImportUsers),
        Task::Assign(person) => Some(Job::Assign(actor(person))),
        Task::Move(person) => Some(Job::Update(known(person)?, moved(*person, book, directory))),
        Task::Promote(person, role) => {
            let mut actor = known(person)?;
            let before = actor.get("openai_role").unwrap_or_default().to_owned();
            actor.set("openai_role", role);
            let change = Change {
                attribute: "openai_role".to_owned(),
                value: (*role).to_owned(),
                before,
            };
            Some(Job::Update(actor, vec![change]))
        }
        Task::Switch(person, on) => Some(Job::Switch(known(person)?, *on)),
        Task::Push(group, people) => Some(Job::Push(directory.team(*group, book), named(people))),
        Task::Join(group, people) => Some(Job::AddMembers(team(group)?, some(people)?, all(*group, &[]))),
        Task::Part(group, people) => Some(Job::RemoveMembers(team(group)?, some(people)?, all(*group, people))),
        Task::DropGroup(group) => Some(Job::DeleteGroup(team(group)?)),
    }
}

/// Everybody in the group who has access, without those who are about to leave it.
fn roster(group: GroupId, leaving: &[PersonId], book: &Book) -> Vec<PersonId> {
    let mut roster = book.group(group).roster();
    roster.retain(|person| !leaving.contains(person) && book.person(*person).access != Told::For(false));
    roster
}

/// Those whose ids are known, as requests name them.
fn members(people: &[PersonId], book: &Book, directory: &Directory) -> Vec<Member> {
    let member = |person: &PersonId| {
        Some(Member {
            id: book.person(*person).id.as_deref()?.to_owned(),
            display: directory.address(*person),
        })
    };
    people.iter().filter_map(member).collect()
}

/// Title and department as the last move has left them.
fn moved(person: PersonId, book: &Book, directory: &Directory) -> Vec<Change> {
    let moves = book.person(person).moves;
    let (title, department) = directory.position(person, moves);
    let (old_title, old_department) = directory.position(person, moves.saturating_sub(1));
    let changes = [
        ("title", title, old_title),
        ("department", department.to_owned(), old_department.to_owned()),
    ];
    let changes = changes.into_iter().filter(|(_, value, before)| value != before);
    let change = |(attribute, value, before): (&str, _, _)| Change {
        attribute: attribute.to_owned(),
        value,
        before,
    };
    changes.map(change).collect()
}

#[cfg(test)]
mod tests {
    use proofload_scenarios::{Catalogue, Company, CompanyKind};
    use rstest::rstest;

    use super::*;

    const ALICE: PersonId = PersonId(0);
    const BOB: PersonId = PersonId(1);
    const CAROL: PersonId = PersonId(2);
    const TEAM: GroupId = GroupId(0);

    struct Table {
        directory: Directory,
        book: Book,
        idp: Idp,
    }

    impl Table {
        /// Alice and Bob are known to the bridge, Carol is not, and neither is the group.
        fn new() -> Self {
            let company = Company {
                kind: CompanyKind::Company,
                people: 40,
                groups: 4,
            };
            let directory = Directory::invent(&company, 7, None).unwrap();
            let mut book = Book::new(directory.people(), directory.groups());
            for (person, id) in [(ALICE, "id-alice"), (BOB, "id-bob")] {
                book.begin(&Task::Assign(person));
                book.learn_person(person, id);
                book.acknowledge(&Task::Assign(person));
            }
            let idp = Catalogue::built_in().unwrap().idps()["okta-aiw"].clone();
            Self { directory, book, idp }
        }

        fn with_team(mut self, members: &[PersonId]) -> Self {
            self.book.learn_group(TEAM, "id-team");
            self.book.acknowledge(&Task::Push(TEAM, members.to_vec()));
            self
        }

        fn begun(&mut self, task: &Task) -> Option<Job> {
            self.book.begin(task);
            of(task, &self.book, &self.directory, &self.idp)
        }
    }

    fn ids(members: &[Member]) -> Vec<&str> {
        members.iter().map(|member| member.id.as_str()).collect()
    }

    #[rstest]
    #[case(Task::Switch(CAROL, false))]
    #[case(Task::Move(CAROL))]
    #[case(Task::Promote(CAROL, "owner"))]
    #[case(Task::Join(TEAM, vec![ALICE]))]
    #[case(Task::Part(TEAM, vec![ALICE]))]
    #[case(Task::DropGroup(TEAM))]
    fn nothing_is_sent_about_what_has_no_id(#[case] task: Task) {
        assert_eq!(Table::new().begun(&task), None);
    }

    #[test]
    fn a_push_leaves_out_who_has_no_id() {
        let Some(Job::Push(team, members)) = Table::new().begun(&Task::Push(TEAM, vec![ALICE, BOB, CAROL])) else {
            panic!("a push")
        };
        assert_eq!((team.id, ids(&members)), (None, vec!["id-alice", "id-bob"]));
    }

    #[test]
    fn nobody_joins_when_none_of_them_has_an_id() {
        assert_eq!(Table::new().with_team(&[]).begun(&Task::Join(TEAM, vec![CAROL])), None);
    }

    #[test]
    fn who_joins_is_in_the_roster_and_who_parts_is_not() {
        let mut table = Table::new().with_team(&[ALICE]);
        let Some(Job::AddMembers(_, added, all)) = table.begun(&Task::Join(TEAM, vec![BOB])) else {
            panic!("a join")
        };
        assert_eq!((ids(&added), ids(&all)), (vec!["id-bob"], vec!["id-alice", "id-bob"]));
        let Some(Job::RemoveMembers(_, removed, rest)) = table.begun(&Task::Part(TEAM, vec![ALICE])) else {
            panic!("a part")
        };
        assert_eq!((ids(&removed), ids(&rest)), (vec!["id-alice"], vec!["id-bob"]));
    }

    #[test]
    fn who_patches_does_not_name_everybody() {
        let mut table = Table::new().with_team(&[ALICE]);
        table.idp = Catalogue::built_in().unwrap().idps()["entra"].clone();
        let Some(Job::AddMembers(_, added, all)) = table.begun(&Task::Join(TEAM, vec![BOB])) else {
            panic!("a join")
        };
        assert_eq!((ids(&added), all), (vec!["id-bob"], Vec::new()));
    }

    #[test]
    fn who_was_switched_off_is_in_no_roster() {
        let mut table = Table::new().with_team(&[ALICE]);
        table.book.acknowledge(&Task::Switch(ALICE, false));
        let Some(Job::AddMembers(_, _, all)) = table.begun(&Task::Join(TEAM, vec![BOB])) else {
            panic!("a join")
        };
        assert_eq!(ids(&all), ["id-bob"]);
    }

    #[test]
    fn a_move_changes_title_and_department_and_the_directory_has_the_new_ones() {
        let mut table = Table::new();
        let before = table.directory.actor(ALICE, &table.book, &table.idp);
        let Some(Job::Update(actor, changes)) = table.begun(&Task::Move(ALICE)) else {
            panic!("an update")
        };
        let names: Vec<&str> = changes.iter().map(|change| change.attribute.as_str()).collect();
        assert_eq!(names, ["title", "department"]);
        for change in &changes {
            assert_eq!(before.get(&change.attribute), Some(change.before.as_str()));
            assert_eq!(actor.get(&change.attribute), Some(change.value.as_str()));
        }
    }

    #[test]
    fn a_role_is_sent_with_what_it_was() {
        let mut table = Table::new();
        table.book.acknowledge(&Task::Promote(ALICE, "owner"));
        let Some(Job::Update(actor, changes)) = table.begun(&Task::Promote(ALICE, "reader")) else {
            panic!("an update")
        };
        assert_eq!(actor.get("openai_role"), Some("reader"));
        assert_eq!(
            (changes[0].value.as_str(), changes[0].before.as_str()),
            ("reader", "owner")
        );
    }
}
