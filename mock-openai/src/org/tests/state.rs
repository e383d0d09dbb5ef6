//! The whole organization as data.

use rstest::rstest;

use super::{Lab, column, id};
use crate::org::State;
use crate::record::OrgRole;

fn busy() -> Lab {
    let mut lab = Lab::new();
    let (ann, bob) = (lab.owner("Ann@x.org"), lab.member("bob@x.org"));
    lab.group("Empty", &[]);
    lab.group("Staff", &[bob.clone(), ann]);
    let accepted = id(&lab.invite("cyd@x.org"));
    lab.org.accept_invite(&accepted, None, lab.now).unwrap();
    lab.invite("dan@x.org");
    let gone = lab.member("gone@x.org");
    lab.delete(&format!("users/{gone}"));
    lab
}

#[test]
fn a_state_goes_round() {
    let mut original = busy();
    let json = serde_json::to_string(&original.org.state()).unwrap();
    let mut copy = Lab::new();
    copy.org
        .set_state(serde_json::from_str(&json).unwrap(), copy.now)
        .unwrap();
    assert_eq!(copy.org.state(), original.org.state());
    let staff = original.org.groups_named("Staff")[0].id.clone();
    for path in [
        "users",
        "invites",
        "groups",
        &format!("groups/{staff}/users"),
        "users?emails=ann@x.org",
    ] {
        assert_eq!(copy.get(path), original.get(path), "{path}");
    }
    // The indexes and counters behind the state have come along.
    let ann = copy.org.user_by_email("ann@x.org").unwrap().id.clone();
    assert_eq!(copy.delete(&format!("users/{ann}")).0, 400, "the last owner");
    assert_eq!(copy.org.groups_of(&ann).len(), 1);
    let gone = copy.org.add_member("GONE@x.org", None, OrgRole::Reader, copy.now);
    assert_eq!(
        gone,
        original
            .org
            .add_member("gone@x.org", None, OrgRole::Reader, original.now)
    );
}

#[test]
fn new_ids_do_not_meet_those_that_came_with_a_state() {
    let mut lab = busy();
    let state = lab.org.state();
    lab.org.reset();
    lab.org.set_state(state.clone(), lab.now).unwrap();
    let new = lab.member("new@x.org");
    assert!(state.users.iter().all(|user| user.id != new));
    assert_eq!(lab.org.users().count(), state.users.len() + 1);
}

#[test]
fn a_state_in_full() {
    let json = serde_json::to_string_pretty(&busy().org.state()).unwrap();
    insta::assert_snapshot!(json);
}

#[rstest]
#[case(
    r#"{"users":[{"id":"u","email":"a@x","role":"owner","added_at_ms":1},
                    {"id":"u","email":"b@x","role":"owner","added_at_ms":1}]}"#,
    "the id u occurs twice"
)]
#[case(r#"{"groups":[{"id":"","name":"G","created_at_ms":1}]}"#, "there is an empty id")]
#[case(
    r#"{"groups":[{"id":"g","name":"G","created_at_ms":1,"members":["u"]}]}"#,
    "the group g has a member u who is not among the users"
)]
fn a_state_that_cannot_be_changes_nothing(#[case] json: &str, #[case] expected: &str) {
    let mut lab = busy();
    let before = lab.org.state();
    let state: State = serde_json::from_str(json).unwrap();
    let error = lab.org.set_state(state, lab.now).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(lab.org.state(), before);
}

#[test]
fn a_small_state_is_enough() {
    let mut lab = busy();
    let organization = lab.org.id().to_owned();
    lab.org.set_state(serde_json::from_str("{}").unwrap(), lab.now).unwrap();
    assert_eq!(lab.org.id(), organization);
    assert_eq!(column(&lab.get("users").1, "id"), [""; 0]);
}
