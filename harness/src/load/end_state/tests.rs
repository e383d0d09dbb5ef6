use mock_openai::OrgRole;

use crate::load::lab::{Lab, people};
use crate::load::task::{GroupId, PersonId, Task};

const ANN: PersonId = PersonId(0);
const TEAM: GroupId = GroupId(0);

#[test]
fn members_and_invited_people_are_right() {
    let mut lab = Lab::new();
    lab.onboard(0);
    lab.told(&Task::Assign(PersonId(1)));
    assert_eq!(lab.wrong(), "lost 1");
    lab.invite(1, "reader");
    assert_eq!(lab.wrong(), "");
    assert_eq!(lab.end().right, 2);
    assert!(lab.share().is_whole());
}

#[test]
fn what_is_open_is_not_judged() {
    let mut lab = Lab::new();
    lab.begun(&Task::Assign(ANN));
    lab.begun(&Task::Push(TEAM, people(&[0])));
    let state = lab.end();
    assert_eq!((state.is_right(), state.unsure, state.right), (true, 3, 0));
}

#[test]
fn leavers_are_out_whatever_they_were() {
    let mut lab = Lab::new();
    let user = lab.onboard(0);
    lab.told(&Task::Assign(PersonId(1)));
    let invite = lab.invite(1, "reader");
    lab.told(&Task::Switch(ANN, false));
    lab.told(&Task::Switch(PersonId(1), false));
    assert_eq!(lab.wrong(), "ghost 2");
    lab.asks(&format!("DELETE users/{user}"), "");
    lab.asks(&format!("DELETE invites/{invite}"), "");
    assert_eq!(lab.wrong(), "");
}

#[test]
fn who_declines_or_is_removed_by_others_is_nobodys_loss() {
    let mut lab = Lab::new();
    for person in 0..3 {
        lab.told(&Task::Assign(PersonId(person)));
    }
    let invites: Vec<_> = (0..3).map(|person| lab.invite(person, "reader")).collect();
    lab.world(|org, now| org.decline_invite(&invites[0], now)).unwrap();
    lab.world(|org, now| org.expire_invite(&invites[1], now)).unwrap();
    let user = lab.world(|org, now| org.accept_invite(&invites[2], None, now).unwrap());
    lab.world(|org, now| org.remove_member(user.id(), now)).unwrap();
    let state = lab.end();
    assert_eq!((state.is_right(), state.unsure), (true, 3));
}

#[test]
fn an_invite_that_ran_out_is_nobodys_loss() {
    let mut lab = Lab::new();
    lab.told(&Task::Assign(ANN));
    lab.invite(0, "reader");
    lab.later(8 * 24 * 3600 * 1000);
    let state = super::EndState::of(&lab.book, &lab.watch, crate::load::lab::names(), lab.now);
    assert_eq!((state.is_right(), state.unsure), (true, 1));
}

#[test]
fn a_membership_is_owed_once_the_person_has_accepted() {
    let mut lab = Lab::new();
    let user = lab.onboard(0);
    lab.told(&Task::Assign(PersonId(1)));
    let invite = lab.invite(1, "reader");
    lab.told(&Task::Push(TEAM, people(&[0, 1])));
    assert_eq!(lab.wrong(), "memberships-lost 1, groups-lost 1");
    let group = lab.make_group(0, &[&user]);
    assert_eq!(lab.wrong(), "");
    let late = lab.world(|org, now| org.accept_invite(&invite, None, now).unwrap());
    assert_eq!(lab.wrong(), "memberships-lost 1");
    lab.put_in(&group, late.id());
    assert_eq!(lab.wrong(), "");
}

#[test]
fn who_left_the_group_is_out_of_it() {
    let mut lab = Lab::new();
    let user = lab.onboard(0);
    lab.told(&Task::Push(TEAM, people(&[0])));
    let group = lab.make_group(0, &[&user]);
    lab.told(&Task::Part(TEAM, people(&[0])));
    assert_eq!(lab.wrong(), "memberships-ghost 1");
    lab.asks(&format!("DELETE groups/{group}/users/{user}"), "");
    assert_eq!(lab.wrong(), "");
}

#[test]
fn who_was_never_to_be_in_a_group_is_a_ghost_there_if_the_bridge_did_it() {
    let mut lab = Lab::new();
    let (ann, bob) = (lab.onboard(0), lab.onboard(1));
    lab.told(&Task::Push(TEAM, people(&[0])));
    let group = lab.make_group(0, &[&ann]);
    lab.world(|org, now| org.put_into_group(&group, &bob, now)).unwrap();
    assert_eq!(lab.wrong(), "");
    lab.asks(&format!("DELETE groups/{group}/users/{bob}"), "");
    lab.put_in(&group, &bob);
    assert_eq!(lab.wrong(), "memberships-ghost 1");
}

#[test]
fn groups_are_there_once_or_gone() {
    let mut lab = Lab::new();
    let user = lab.onboard(0);
    lab.told(&Task::Push(TEAM, people(&[0])));
    let first = lab.make_group(0, &[]);
    let second = lab.make_group(0, &[&user]);
    assert_eq!(lab.wrong(), "groups-doubled 1");
    lab.asks(&format!("DELETE groups/{second}"), "");
    assert_eq!(lab.wrong(), "memberships-lost 1");
    lab.put_in(&first, &user);
    assert_eq!(lab.wrong(), "");
    lab.told(&Task::DropGroup(TEAM));
    assert_eq!(lab.wrong(), "groups-ghost 1");
    lab.asks(&format!("DELETE groups/{first}"), "");
    assert_eq!(lab.wrong(), "");
}

#[test]
fn the_last_role_counts_and_a_pending_invite_may_wait_to_be_raised() {
    let mut lab = Lab::new();
    lab.told(&Task::Assign(ANN));
    let invite = lab.invite(0, "reader");
    lab.told(&Task::Promote(ANN, "owner"));
    assert_eq!(lab.wrong(), "");
    let user = lab.world(|org, now| org.accept_invite(&invite, None, now).unwrap());
    assert_eq!(lab.wrong(), "roles-lost 1");
    let path = format!("POST users/{}", user.id());
    lab.asks(&path, r#"{"role":"owner"}"#);
    assert_eq!(lab.wrong(), "");
    lab.told(&Task::Promote(ANN, "reader"));
    assert_eq!(lab.wrong(), "escalated 1");
    lab.asks(&path, r#"{"role":"reader"}"#);
    assert_eq!(lab.wrong(), "");
}

#[test]
fn an_owner_whom_nobody_spoke_of_may_stay_one() {
    let mut lab = Lab::new();
    lab.world(|org, now| org.add_member("p0@acme.example", None, OrgRole::Owner, now));
    lab.told(&Task::Assign(ANN));
    assert_eq!(lab.wrong(), "");
}

#[test]
fn an_example_shows_what_upstream_was_asked() {
    let mut lab = Lab::new();
    lab.told(&Task::Assign(ANN));
    let invite = lab.invite(0, "reader");
    lab.asks(&format!("DELETE invites/{invite}"), "");
    let state = lab.end();
    let example = &state.lost.examples[0];
    let lines = example.journal.join("\n").replace(&invite, "invite-1");
    insta::assert_snapshot!(format!("{} {}\n{lines}", example.who, example.what), @r#"
    p0@acme.example should have access, but OpenAI has neither a member nor a pending invite
    #3 POST /organization/invites {"email":"p0@acme.example","role":"reader"} → 200: p0@acme.example was invited as reader
    #4 DELETE /organization/invites/invite-1 → 200: the invite of p0@acme.example was deleted
    "#);
}

#[test]
fn shards_add_up() {
    let state = |lost: u32| {
        let mut lab = Lab::new();
        for person in 0..lost {
            lab.told(&Task::Assign(PersonId(person)));
        }
        lab.end()
    };
    let mut sum = state(8);
    sum.absorb(state(4));
    assert_eq!((sum.lost.count, sum.lost.examples.len()), (12, 10));
}

#[test]
fn what_time_may_mend_is_not_judged_and_the_rest_is() {
    let mut lab = Lab::new();
    lab.told(&Task::Assign(ANN));
    lab.told(&Task::Assign(PersonId(1)));
    lab.invite(1, "reader");
    lab.invite(1, "reader");
    let state = lab.end().without_what_time_may_mend();
    assert_eq!((state.lost.count, state.doubled.count, state.unsure), (0, 1, 1));
}
