use super::*;
use crate::load::lab::{Lab, names};
use crate::load::task::Task;

fn broken(lab: &Lab) -> [u64; 4] {
    let broken = lab.watch.broken();
    [&broken.doubled, &broken.escalated, &broken.strangers, &broken.impatient].map(|tally| tally.count)
}

#[test]
fn a_second_invite_counts_once_a_person() {
    let mut lab = Lab::new();
    for _ in 0..3 {
        lab.invite(0, "reader");
    }
    lab.invite(1, "reader");
    assert_eq!(broken(&lab), [1, 0, 0, 0]);
    let example = &lab.watch.broken().doubled.examples[0];
    insta::assert_snapshot!(
        format!("{} {}\n{}", example.who, example.what, example.journal.join("\n")),
        @r#"
    p0@acme.example was invited (#4), but has a pending invite already
    #4 POST /organization/invites {"email":"p0@acme.example","role":"reader"} → 200: p0@acme.example was invited as reader
    "#
    );
}

#[test]
fn an_invite_for_a_member_is_a_second_one() {
    let mut lab = Lab::with(|settings| {
        settings.invite_member = mock_openai::settings::InviteMember::PendingInvite;
    });
    lab.onboard(0);
    lab.invite(0, "reader");
    assert_eq!(broken(&lab), [1, 0, 0, 0]);
}

#[test]
fn who_asks_again_for_a_good_reason_doubles_nothing() {
    let mut lab = Lab::new();
    // Another role: the invite is replaced.
    let invite = lab.invite(0, "reader");
    lab.asks(&format!("DELETE invites/{invite}"), "");
    lab.invite(0, "reader");
    // An invite that somebody let expire, declined, or that ran out by itself.
    let invite = lab.invite(1, "reader");
    lab.world(|org, now| org.expire_invite(&invite, now)).unwrap();
    lab.invite(1, "reader");
    let invite = lab.invite(2, "reader");
    lab.world(|org, now| org.decline_invite(&invite, now)).unwrap();
    lab.invite(2, "reader");
    lab.invite(3, "reader");
    lab.later(8 * 24 * 3600 * 1000);
    lab.invite(3, "reader");
    assert_eq!(broken(&lab), [0; 4]);
}

#[test]
fn owners_are_who_was_ever_to_be_one() {
    let mut lab = Lab::new();
    lab.invite(0, "owner");
    let user = lab.onboard(1);
    lab.begun(&Task::Promote(PersonId(1), "owner"));
    lab.asks(&format!("POST users/{user}"), r#"{"role":"owner"}"#);
    lab.told(&Task::Promote(PersonId(2), "owner"));
    lab.told(&Task::Promote(PersonId(2), "reader"));
    // Late, from a queue; the end state will see whether it stays.
    lab.invite(2, "owner");
    assert_eq!(broken(&lab), [0, 1, 0, 0]);
    assert_eq!(lab.watch.broken().escalated.examples[0].who, "p0@acme.example");
}

#[test]
fn strangers_are_who_the_directory_does_not_know() {
    let mut lab = Lab::new();
    let stranger = lab
        .org
        .user_by_email("stranger@elsewhere.example")
        .unwrap()
        .id()
        .to_owned();
    let user = lab.onboard(0);
    let team = lab.make_group(0, &[&user]);
    let by_hand = lab.world(|org, now| org.add_group("By hand", &[], false, now));
    lab.put_in(&by_hand, &user);
    lab.put_in(&team, &stranger);
    lab.asks(&format!("DELETE groups/{by_hand}"), "");
    lab.asks(&format!("DELETE users/{stranger}"), "");
    let who: Vec<_> = lab
        .watch
        .broken()
        .strangers
        .examples
        .iter()
        .map(|example| example.what.as_str())
        .collect();
    insta::assert_snapshot!(who.join("\n"), @r#"
    was never mentioned by the identity provider, but (#8): p0@acme.example was added to group "By hand"
    was never mentioned by the identity provider, but (#9): stranger@elsewhere.example was added to group "Team 0"
    was never mentioned by the identity provider, but (#10): group "By hand" was deleted
    was never mentioned by the identity provider, but (#11): stranger@elsewhere.example was removed from the organization
    "#);
}

#[test]
fn a_leaver_is_taken_out_of_groups_made_by_hand() {
    let mut lab = Lab::new();
    let user = lab.onboard(0);
    lab.world(|org, now| org.add_group("By hand", std::slice::from_ref(&user), false, now));
    lab.asks(&format!("DELETE users/{user}"), "");
    assert_eq!(broken(&lab), [0; 4]);
}

#[test]
fn others_may_do_as_they_like() {
    let mut lab = Lab::new();
    lab.world(|org, now| {
        org.add_invite("p0@acme.example", OrgRole::Owner, now);
        org.add_invite("p0@acme.example", OrgRole::Owner, now);
        let user = org.add_member("someone@acme.example", None, OrgRole::Owner, now);
        org.remove_member(&user, now).unwrap();
    });
    assert_eq!(broken(&lab), [0; 4]);
}

fn invitation(person: u32) -> String {
    format!(r#"{{"email":"p{person}@acme.example","role":"reader"}}"#)
}

#[test]
fn the_same_request_again_and_again_is_impatient() {
    let mut lab = Lab::throttled(1, 1.0);
    lab.invite(0, "reader");
    for _ in 0..6 {
        assert_eq!(lab.asks("POST invites", &invitation(1)).0, 429);
        lab.later(300);
    }
    // The first was told to wait; three more may have been under way.
    assert_eq!(broken(&lab), [0, 0, 0, 2]);
    insta::assert_snapshot!(
        lab.watch.broken().impatient.examples[0].what,
        @"was sent 4 times more (#8) before the time it was told: #4 was refused with 429 and told to wait 60000 ms, and this came after 1200 ms"
    );
    lab.later(60_000);
    assert_eq!(lab.asks("POST invites", &invitation(1)).0, 200);
    let route = lab.watch.routes().0["inviteUser"];
    assert_eq!(
        (route.calls, route.effective, route.throttled, route.while_closed),
        (8, 2, 6, 5)
    );
}

/// Each request waits as it was told, and none knows of the others: how the retries of an SDK work.
#[test]
fn a_crowd_of_patient_requests_obeys() {
    let mut lab = Lab::throttled(1, 60.0);
    let mut due: Vec<(u64, u32)> = (0..8).map(|person| (u64::from(person) * 10, person)).collect();
    let mut sent = 0;
    while let Some((at, person)) = due.pop() {
        lab.later(at.saturating_sub(lab.now.as_millis() - 1_700_000_000_000));
        sent += 1;
        if lab.asks("POST invites", &invitation(person)).0 == 429 {
            due.push((at + 1000 + u64::from(person), person));
        }
        lab.asks("GET groups", "");
        due.sort_unstable_by(|a, b| b.cmp(a));
    }
    assert!(sent > 30, "{sent}");
    assert_eq!(broken(&lab), [0; 4]);
}

#[test]
fn what_was_missed_accuses_nobody() {
    let mut lab = Lab::new();
    let invite = lab.invite(0, "reader");
    let request = mock_openai::Request::delete(&format!("/v1/organization/invites/{invite}")).bearer("k");
    lab.org.handle(&request, lab.now);
    let seq = lab.org.journal().last_seq();
    let request = mock_openai::Request::post(
        "/v1/organization/invites",
        r#"{"email":"p0@acme.example","role":"reader"}"#,
    );
    lab.org.handle(&request.bearer("k"), lab.now);
    for entry in lab.org.journal().after(seq) {
        lab.watch.observe(entry, &lab.book, names());
    }
    assert_eq!((lab.watch.missed(), broken(&lab)), (1, [0; 4]));
    lab.watch.look(&lab.org, lab.now, names());
    lab.invite(0, "reader");
    assert_eq!(broken(&lab), [1, 0, 0, 0]);
}

/// A hundred thousand people with two groups each, and the indexes. Measured by what is allocated, which is what counts.
#[test]
fn a_hundred_thousand_people_take_few_bytes() {
    let person = size_of::<upstream::Person>();
    let pairs = 2 * 100_000 * 2 * 2 * (size_of::<(u32, PersonId)>() + 1);
    assert!(100_000 * person + pairs < 20 << 20, "{person} bytes a person");
}
