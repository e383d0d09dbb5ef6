use std::collections::{BTreeMap, BTreeSet};

use proofload_scenarios::{Catalogue, Company, CompanyKind};
use rstest::rstest;

use super::*;
use crate::load::book::{Book, Told};
use crate::load::job;
use crate::load::task::PersonId;

const COMPANY: Company = Company {
    kind: CompanyKind::Company,
    people: 400,
    groups: 24,
};

fn profile(company: Company, persona: &str, phases: &str) -> Profile {
    let catalogue = Catalogue::built_in().unwrap();
    let text = format!(
        "title = 't'\nwhy = 'w'\npersona = '{persona}'\ncompany = {{ people = {}, groups = {} }}\n{phases}",
        company.people, company.groups
    );
    Profile::parse("x", "x.toml", &text, catalogue.idps()).unwrap_or_else(|error| panic!("{error}"))
}

fn phase(verb: &str) -> String {
    format!("[[phase]]\nname = '{verb}'\ndo = '{verb}'\nworkers = 3\n")
}

fn planned(company: Company, persona: &str, phases: &str, shard: Option<Shard>) -> (Directory, Plan) {
    let idp = Catalogue::built_in().unwrap().idps()[persona].clone();
    let directory = Directory::invent(&company, 7, shard).unwrap();
    let plan = make(
        &profile(company, persona, phases),
        &Parameters::default(),
        &directory,
        &idp,
    );
    (directory, plan)
}

/// What each phase has: its name, and how many of which task.
fn told(plan: &Plan) -> String {
    let line = |phase: &Phase| {
        let mut counts = BTreeMap::new();
        for task in &phase.tasks {
            *counts.entry(task.name()).or_insert(0) += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        format!("{}: {}", phase.name, counts.join(", "))
    };
    plan.phases.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A life of a company.
fn life() -> String {
    let churn = "[[phase]]\nname = 'cycle'\ndo = 'churn'\njoiners = 0.5\nmovers = 0.1\nleavers = 0.1\ncycles = 2\npause = 2400\n\
                 workers = 3\nat_once_per_group = 5\n";
    let share = |verb: &str, share: f64| format!("{}share = {share}\n", phase(verb));
    [
        share("assign", 0.8),
        phase("push"),
        churn.to_owned(),
        share("promote", 0.1),
        phase("demote"),
        share("leave", 0.3),
        share("return", 0.5),
        share("drop-groups", 0.2),
        phase("probe"),
    ]
    .concat()
}

#[rstest]
#[case("okta-oin")]
#[case("okta-aiw")]
#[case("entra")]
fn a_life_as_each_persona_tells_it(#[case] persona: &str) {
    let (_, plan) = planned(COMPANY, persona, &life(), None);
    insta::assert_snapshot!(format!("life_{persona}"), told(&plan));
}

/// Does the whole plan as the engine would, with a bridge that does what it is told.
fn carried_out(directory: &Directory, plan: &Plan, persona: &str) -> Book {
    let idp = Catalogue::built_in().unwrap().idps()[persona].clone();
    let mut book = Book::new(directory.people(), directory.groups());
    for task in plan.phases.iter().flat_map(|phase| &phase.tasks) {
        book.begin(task);
        assert!(job::of(task, &book, directory, &idp).is_some(), "{task:?} can be sent");
        match task {
            Task::Assign(person) => book.learn_person(*person, &format!("p{}", person.0)),
            Task::Push(group, _) => book.learn_group(*group, &format!("g{}", group.0)),
            _ => {}
        }
        book.acknowledge(task);
    }
    book
}

#[rstest]
#[case("okta-oin")]
#[case("okta-aiw")]
#[case("entra")]
fn every_task_can_be_sent_and_nobody_is_forgotten(#[case] persona: &str) {
    let phases = [phase("assign"), phase("push")].concat();
    let (directory, plan) = planned(COMPANY, persona, &phases, None);
    let book = carried_out(&directory, &plan, persona);
    assert!(book.people().all(|(_, page)| page.access == Told::For(true)));
    for group in directory.every_group() {
        assert_eq!(book.group(group).roster(), directory.members(group));
        assert_eq!(book.group(group).exists, Told::For(true));
    }
    let (directory, plan) = planned(COMPANY, persona, &life(), None);
    carried_out(&directory, &plan, persona);
}

#[test]
fn nobody_has_two_tasks_in_one_phase() {
    let (_, plan) = planned(COMPANY, "entra", &life(), None);
    for phase in &plan.phases {
        let people: Vec<PersonId> = phase.tasks.iter().filter_map(Task::person).collect();
        let distinct: BTreeSet<PersonId> = people.iter().copied().collect();
        assert_eq!(people.len(), distinct.len(), "{}", phase.name);
    }
}

/// Every task in the words that a bridge would see.
fn tasks(directory: &Directory, plan: &Plan) -> Vec<(String, String, Vec<String>)> {
    let describe = |phase: &Phase, task: &Task| {
        let about = match (task.person(), task.group()) {
            (Some(person), _) => directory.address(person),
            (None, Some(group)) => directory.group_name(group),
            (None, None) => String::new(),
        };
        let members = match task {
            Task::Push(_, people) | Task::Join(_, people) | Task::Part(_, people) => people.clone(),
            _ => Vec::new(),
        };
        let members = members.into_iter().map(|person| directory.address(person)).collect();
        (format!("{}: {task}", phase.name), about, members)
    };
    let phases = plan.phases.iter();
    phases
        .flat_map(|phase| phase.tasks.iter().map(move |task| describe(phase, task)))
        .collect()
}

#[rstest]
#[case("okta-oin")]
#[case("entra")]
fn shards_do_together_exactly_what_one_machine_does(#[case] persona: &str) {
    let (directory, plan) = planned(COMPANY, persona, &life(), None);
    let mut whole = tasks(&directory, &plan);
    let mut parts = Vec::new();
    for index in 0..3 {
        let (directory, plan) = planned(COMPANY, persona, &life(), Shard::new(index, 3));
        parts.extend(tasks(&directory, &plan));
    }
    whole.sort();
    parts.sort();
    assert!(whole == parts, "{} and {} tasks", whole.len(), parts.len());
}

#[rstest]
#[case(LoadPace::Workers(8), Pace::Workers(3))]
#[case(LoadPace::PerSecond(30.0, 10), Pace::PerSecond(10.0, 4))]
fn shards_share_the_pace(#[case] pace: LoadPace, #[case] expected: Pace) {
    let shard = Shard::new(1, 3).unwrap();
    assert_eq!(Pace::of(pace, shard), expected);
}

#[test]
fn pauses_are_compressed_and_only_between_cycles() {
    let idp = Catalogue::built_in().unwrap().idps()["entra"].clone();
    let directory = Directory::invent(&COMPANY, 7, None).unwrap();
    let parameters = Parameters {
        compress: Some(100.0),
        ..Parameters::default()
    };
    let plan = make(&profile(COMPANY, "entra", &life()), &parameters, &directory, &idp);
    let paused: Vec<(&str, u64)> = plan
        .phases
        .iter()
        .filter(|phase| !phase.pause.is_zero())
        .map(|phase| (phase.name.as_str(), phase.pause.as_secs()))
        .collect();
    assert_eq!(paused, [("cycle (1 of 2)", 24), ("cycle (2 of 2)", 24)]);
}

#[test]
fn whole_groups_are_put_one_after_the_other() {
    let at_once = |persona: &str| {
        let (_, plan) = planned(COMPANY, persona, &life(), None);
        let cycle = plan.phases.iter().find(|phase| phase.name.starts_with("cycle"));
        cycle.map(|phase| phase.at_once_per_group)
    };
    assert_eq!((at_once("okta-aiw"), at_once("entra")), (Some(1), Some(5)));
}
