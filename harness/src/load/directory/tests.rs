use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proofload_scenarios::Catalogue;
use rstest::rstest;

use super::*;

const SMALL: Company = Company {
    kind: CompanyKind::Company,
    people: 60,
    groups: 12,
};
const DISTRICT: Company = Company {
    kind: CompanyKind::School,
    people: 830,
    groups: 30,
};
const LARGE: Company = Company {
    kind: CompanyKind::Company,
    people: 100_000,
    groups: 500,
};

fn invented(company: &Company, seed: u64) -> Directory {
    Directory::invent(company, seed, None).unwrap()
}

fn sizes(directory: &Directory) -> Vec<String> {
    let groups = directory.every_group();
    let line = |group| format!("{}: {}", directory.group_name(group), directory.members(group).len());
    groups.map(line).collect()
}

#[test]
fn a_small_company() {
    let directory = invented(&SMALL, 7);
    let people = directory.everybody().take(5).map(|person| {
        let (title, _) = directory.position(person, 0);
        format!("{} ({title})", directory.address(person))
    });
    let text = people.chain(sizes(&directory)).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn a_school_district() {
    let directory = invented(&DISTRICT, 7);
    insta::assert_snapshot!(sizes(&directory).join("\n"));
    let staff = directory.people.iter().filter(|person| person.level != PUPIL);
    assert_eq!(staff.count(), 30);
    // Everybody is in exactly one group that is no club.
    let proper = directory
        .every_group()
        .filter(|group| directory.kind(*group) != GroupKind::Team);
    let mut members: Vec<PersonId> = proper.flat_map(|group| directory.members(group).to_vec()).collect();
    members.sort_unstable();
    assert_eq!(members, directory.everybody().collect::<Vec<_>>());
}

#[test]
fn an_actor_has_what_requests_need() {
    let (catalogue, directory) = (Catalogue::built_in().unwrap(), invented(&SMALL, 7));
    let mut book = Book::new(directory.people(), directory.groups());
    book.learn_person(PersonId(3), "id-3");
    let okta = directory.actor(PersonId(3), &book, &catalogue.idps()["okta-oin"]);
    let entra = directory.actor(PersonId(3), &book, &catalogue.idps()["entra"]);
    assert_eq!(okta.id.as_deref(), Some("id-3"));
    assert_eq!(okta.user_name(), directory.address(PersonId(3)));
    assert!(
        okta.get("externalId")
            .is_some_and(|id| id.starts_with("00u") && id.len() == 20)
    );
    let nickname = okta.user_name().split('@').next();
    assert_eq!(entra.get("externalId"), nickname);
    for name in [
        "email",
        "displayName",
        "givenName",
        "familyName",
        "password",
        "title",
        "department",
    ] {
        assert!(okta.get(name).is_some(), "{name}");
    }
    assert_eq!(okta.get("openai_role"), None);
    assert_eq!(okta, directory.actor(PersonId(3), &book, &catalogue.idps()["okta-oin"]));
}

#[rstest]
#[case(SMALL)]
#[case(DISTRICT)]
fn the_same_seed_invents_the_same_and_another_seed_another(#[case] company: Company) {
    assert_eq!(invented(&company, 7), invented(&company, 7));
    let (one, other) = (invented(&company, 7), invented(&company, 8));
    let addresses = |directory: &Directory| -> BTreeSet<String> {
        let everybody = directory.everybody();
        everybody.map(|person| directory.address(person)).collect()
    };
    assert!(addresses(&one).is_disjoint(&addresses(&other)));
    assert_eq!(addresses(&one).len(), one.people());
}

#[rstest]
#[case(SMALL)]
#[case(DISTRICT)]
fn names_are_found_again(#[case] company: Company) {
    let shard = Shard::new(1, 2);
    let directory = Directory::invent(&company, 7, shard).unwrap();
    for person in directory.everybody() {
        let address = directory.address(person);
        assert_eq!(directory.find(&address), Some(person));
        assert_eq!(directory.find(&address.to_uppercase()), Some(person));
    }
    for group in directory.every_group() {
        assert_eq!(directory.group_named(&directory.group_name(group)), Some(group));
    }
    for stranger in [
        "",
        "@",
        "a.b.0001.zzzzzz@example.com",
        "no.number@example.com",
        "x.99999999999.y@example.com",
    ] {
        assert_eq!(directory.find(stranger), None, "{stranger}");
    }
    for stranger in ["", "Everyone", "Everyone, Lisbon 0000 zzzzzz"] {
        assert_eq!(directory.group_named(stranger), None, "{stranger}");
    }
}

/// Everything a directory holds, by the names that a bridge sees.
fn contents(directory: &Directory) -> BTreeMap<String, BTreeSet<String>> {
    let everybody = directory
        .everybody()
        .map(|person| (directory.address(person), BTreeSet::new()));
    let groups = directory.every_group().map(|group| {
        let members = directory.members(group).iter();
        (
            directory.group_name(group),
            members.map(|person| directory.address(*person)).collect(),
        )
    });
    everybody.chain(groups).collect()
}

#[rstest]
#[case(SMALL, 3)]
#[case(DISTRICT, 2)]
#[case(Company { people: 2000, groups: 96, ..SMALL }, 12)]
#[case(Company { people: 500, groups: 0, ..SMALL }, 5)]
fn shards_share_out_everything_exactly(#[case] company: Company, #[case] count: u32) {
    let whole = contents(&invented(&company, 7));
    let mut parts = BTreeMap::new();
    for index in 0..count {
        let part = Directory::invent(&company, 7, Shard::new(index, count)).unwrap();
        for (name, members) in contents(&part) {
            assert_eq!(parts.insert(name, members), None, "only one shard has it");
        }
    }
    assert_eq!(parts, whole);
}

#[test]
fn there_are_no_more_shards_than_sites() {
    let error = Directory::invent(&SMALL, 7, Shard::new(0, 4)).unwrap_err().to_string();
    assert!(
        error.starts_with("4 machines cannot share a company of 3 sites"),
        "{error}"
    );
}

#[rstest]
#[case("0/3", true)]
#[case("2/3", true)]
#[case("3/3", false)]
#[case("0/0", false)]
#[case("1", false)]
#[case("-1/3", false)]
fn a_shard_is_written_as_it_is_read(#[case] text: &str, #[case] good: bool) {
    match text.parse::<Shard>() {
        Ok(shard) => assert!(good && shard.to_string() == text),
        Err(error) => assert!(!good && error.to_string().contains(text), "{error}"),
    }
}

#[test]
fn groups_of_a_large_company_are_of_every_size() {
    let started = Instant::now();
    let directory = invented(&LARGE, 7);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let mut sizes: Vec<usize> = directory
        .every_group()
        .map(|group| directory.members(group).len())
        .collect();
    sizes.sort_unstable();
    let of_one = sizes.iter().filter(|size| **size == 1).count();
    assert!((20..60).contains(&of_one), "{of_one} groups of one");
    assert!(
        (8..40).contains(&sizes[sizes.len() / 2]),
        "median {}",
        sizes[sizes.len() / 2]
    );
    assert!(
        (10_000..30_000).contains(&sizes[sizes.len() - 1]),
        "largest {:?}",
        sizes.last()
    );
    let bytes = size_of_val(&directory.people[..]) + size_of_val(&directory.members[..]);
    assert!(bytes < 5_000_000, "{bytes} bytes");
}

#[rstest]
#[case(0, 0)]
#[case(1, 1)]
#[case(1, 100)]
#[case(5, 3)]
fn tiny_companies_are_possible(#[case] people: u32, #[case] groups: u32) {
    for kind in [CompanyKind::Company, CompanyKind::School] {
        let directory = invented(&Company { kind, people, groups }, 7);
        assert_eq!(
            (directory.people(), directory.groups()),
            (people as usize, groups as usize)
        );
    }
}
