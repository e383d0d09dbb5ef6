//! list-group-users, add-group-user, retrieve-group-user, remove-group-user.

use rstest::rstest;
use serde_json::json;

use super::{Lab, column, gist, id, pretty};
use crate::journal::Effect;
use crate::settings::{AddExistingMember, AddUnknownUser, RemoveNonMember};

struct Cast {
    lab: Lab,
    ann: String,
    /// `groups/{group_id}/users`
    users: String,
}

fn cast() -> Cast {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let users = format!("groups/{}/users", lab.group("Staff", &[]));
    Cast { lab, ann, users }
}

fn user_id(user_id: &str) -> String {
    json!({ "user_id": user_id }).to_string()
}

#[test]
fn a_membership_from_beginning_to_end() {
    let Cast { mut lab, ann, users } = cast();
    let group_id = users.split('/').nth(1).unwrap().to_owned();
    let (status, added) = lab.post(&users, &user_id(&ann));
    assert_eq!(status, 200);
    assert_eq!(
        added,
        json!({ "object": "group.user", "user_id": ann, "group_id": group_id })
    );
    let (group, email) = ("Staff".to_owned(), "ann@x.org".to_owned());
    let member_added = Effect::MemberAdded {
        group_id,
        group,
        user_id: ann.clone(),
        email,
    };
    assert_eq!(lab.last_effects(), [member_added]);

    insta::assert_snapshot!(pretty(&lab.get(&users).1), @r#"
    {
      "object": "list",
      "data": [
        {
          "id": "user-faFHFqd2KgCZQPcHcF9GGEbq",
          "name": "Some Body",
          "email": "ann@x.org"
        }
      ],
      "has_more": false,
      "next": null
    }
    "#);
    let one = format!("{users}/{ann}");
    insta::assert_snapshot!(pretty(&lab.get(&one).1), @r#"
    {
      "id": "user-faFHFqd2KgCZQPcHcF9GGEbq",
      "name": "Some Body",
      "email": "ann@x.org",
      "picture": null,
      "is_service_account": false,
      "user_type": "user"
    }
    "#);

    let removed = lab.delete(&one);
    assert_eq!(
        removed,
        (200, json!({ "object": "group.user.deleted", "deleted": true }))
    );
    assert!(matches!(lab.last_effects(), [Effect::MemberRemoved { user_id, .. }] if *user_id == ann));
    assert_eq!(gist(&lab.get(&one)), "404 user_not_in_group -");
    assert_eq!(lab.org.group_members(users.split('/').nth(1).unwrap()).len(), 0);
}

#[rstest]
#[case(AddExistingMember::Conflict, "409 user_already_in_group -")]
#[case(AddExistingMember::Refuse, "400 user_already_in_group -")]
#[case(AddExistingMember::Ok, "200 - -")]
fn a_member_is_added_twice(#[case] switch: AddExistingMember, #[case] expected: &str) {
    let Cast { mut lab, ann, users } = cast();
    lab.org.settings_mut().add_existing_member = switch;
    lab.post(&users, &user_id(&ann));
    assert_eq!(gist(&lab.post(&users, &user_id(&ann))), expected);
    assert_eq!(lab.last_effects(), []);
    assert_eq!(column(&lab.get(&users).1, "id"), [ann]);
}

#[rstest]
#[case(RemoveNonMember::NotFound, "404 user_not_in_group -")]
#[case(RemoveNonMember::Conflict, "409 user_not_in_group -")]
#[case(RemoveNonMember::Ok, "200 - -")]
fn somebody_who_is_no_member_is_removed(#[case] switch: RemoveNonMember, #[case] expected: &str) {
    let Cast { mut lab, ann, users } = cast();
    lab.org.settings_mut().remove_non_member = switch;
    assert_eq!(gist(&lab.delete(&format!("{users}/{ann}"))), expected);
    assert_eq!(lab.last_effects(), []);
}

#[rstest]
#[case(AddUnknownUser::NotFound, "404 user_not_found -")]
#[case(AddUnknownUser::Refuse, "400 user_not_found user_id")]
fn a_pending_person_has_no_user_id_and_cannot_be_added(#[case] switch: AddUnknownUser, #[case] expected: &str) {
    let Cast { mut lab, users, .. } = cast();
    lab.org.settings_mut().add_unknown_user = switch;
    let invite_id = id(&lab.invite("bob@x.org"));
    assert_eq!(gist(&lab.post(&users, &user_id(&invite_id))), expected);
    let bob = lab.org.accept_invite(&invite_id, None, lab.now).unwrap();
    assert_eq!(lab.post(&users, &user_id(bob.id())).0, 200);
}

#[test]
fn a_pending_person_joins_the_groups_that_wait_when_they_accept() {
    let Cast { mut lab, users, .. } = cast();
    lab.org.settings_mut().add_unknown_user = AddUnknownUser::Queue;
    let invite_id = id(&lab.invite("bob@x.org"));
    let gone = lab.group("Gone", &[]);
    for path in [users.clone(), format!("groups/{gone}/users"), users.clone()] {
        assert_eq!(gist(&lab.post(&path, &user_id(&invite_id))), "200 - -");
        assert_eq!(lab.last_effects(), []);
    }
    lab.delete(&format!("groups/{gone}"));
    assert!(!column(&lab.get(&users).1, "email").contains(&"bob@x.org".to_owned()));

    // The queue is part of the state.
    let state = serde_json::to_string(&lab.org.state()).unwrap();
    lab.org
        .set_state(serde_json::from_str(&state).unwrap(), lab.now)
        .unwrap();
    let bob = lab.org.accept_invite(&invite_id, None, lab.now).unwrap();
    assert_eq!(lab.get(&format!("{users}/{}", bob.id())).0, 200);

    assert_eq!(
        gist(&lab.post(&users, &user_id(&invite_id))),
        "404 user_not_found -",
        "it is pending no more"
    );
    assert_eq!(gist(&lab.post(&users, &user_id("invite-none"))), "404 user_not_found -");
}

#[test]
fn a_group_that_is_not_there() {
    let Cast { mut lab, ann, .. } = cast();
    let users = "groups/group_none/users";
    let one = format!("{users}/{ann}");
    let answers = [
        lab.get(users),
        lab.post(users, &user_id(&ann)),
        lab.get(&one),
        lab.delete(&one),
    ];
    assert_eq!(answers.map(|answer| gist(&answer)), ["404 group_not_found -"; 4]);
}

#[test]
fn a_body_without_a_user() {
    let Cast { mut lab, users, .. } = cast();
    assert_eq!(gist(&lab.post(&users, "{}")), "400 - user_id");
}

#[test]
fn members_without_a_name_have_an_empty_one() {
    let Cast { mut lab, users, .. } = cast();
    let bob = lab.org.add_member("bob@x.org", None, crate::OrgRole::Reader, lab.now);
    lab.post(&users, &user_id(&bob));
    assert_eq!(lab.get(&users).1["data"][0]["name"], "");
}
