//! Many at once.

use rstest::rstest;

use super::Lab;
use crate::org::{Seed, SeedError, Sown};

fn seed(json: &str) -> Seed {
    serde_json::from_str(json).expect("a seed")
}

fn members(lab: &Lab, group: &str) -> Vec<String> {
    let group = lab.org.groups_named(group)[0];
    let users = lab.org.group_members(&group.id);
    users.iter().map(|user| user.email().to_owned()).collect()
}

#[test]
fn people_and_groups_by_name() {
    let mut lab = Lab::new();
    let boss = lab.owner("boss@x.org");
    let sown = lab.org.sow(
        seed(&format!(
            r#"{{"users":[{{"email":"Ann@x.org","name":"Ann","role":"owner"}},{{"email":"BOSS@x.org"}}],
                "groups":[{{"name":"Staff","members":["ann@X.org","{boss}"]}},{{"name":"Staff","scim_managed":true}}]}}"#
        )),
        lab.now,
    );
    let expected = Sown {
        users: 1,
        members_already: 1,
        groups: 2,
    };
    assert_eq!(sown, Ok(expected));
    assert_eq!(members(&lab, "Staff"), ["Ann@x.org", "boss@x.org"]);
    assert_eq!(lab.org.user_by_email("ann@x.org").unwrap().name(), Some("Ann"));
    let entry = lab.last_entry();
    assert_eq!((entry.route.as_ref(), entry.effects.len(), entry.seq), ("seed", 0, 2));
}

#[test]
fn people_and_groups_by_number() {
    let mut lab = Lab::new();
    let crowd = seed(r#"{"users":{"count":5,"domain":"x.org"},"groups":{"count":3,"members":2}}"#);
    let sown = lab.org.sow(crowd.clone(), lab.now).unwrap();
    assert_eq!((sown.users, sown.groups), (5, 3));
    assert_eq!(members(&lab, "Group 2"), ["user3@x.org", "user4@x.org"]);
    assert_eq!(members(&lab, "Group 3"), ["user5@x.org", "user1@x.org"]);
    assert_eq!(lab.org.sow(crowd, lab.now).unwrap().members_already, 5);
    let staff = r#"{"users":{"count":6,"domain":"x.org"},"groups":[{"name":"Staff","members":["user6@x.org"]}]}"#;
    assert_eq!(lab.org.sow(seed(staff), lab.now).unwrap().users, 1);
    assert_eq!(members(&lab, "Staff"), ["user6@x.org"]);
}

#[rstest]
#[case(r#"{"users":[{"email":"a@x"}],"groups":[{"name":"G","members":["b@x"]}]}"#)]
#[case(r#"{"users":{"count":5},"groups":[{"name":"G","members":["user6@example.com"]}]}"#)]
#[case(r#"{"users":{"count":2000001}}"#)]
#[case(r#"{"users":{"count":2000001},"groups":[{"name":"G"}]}"#)]
#[case(r#"{"users":{"count":1},"groups":{"count":18446744073709551615,"members":2}}"#)]
fn what_cannot_be_changes_nothing(#[case] json: &str) {
    let mut lab = Lab::new();
    let error = lab.org.sow(seed(json), lab.now).unwrap_err();
    assert_eq!(
        error == SeedError::TooMuch,
        json.contains("2000001") || json.contains("18446")
    );
    assert_eq!((lab.org.users().count(), lab.org.journal().last_seq()), (0, 0));
}
