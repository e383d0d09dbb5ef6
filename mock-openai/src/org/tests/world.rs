//! What people and other admins do, and invites that accept themselves.

use rstest::rstest;

use super::{Lab, column, gist, id};
use crate::journal::{Cause, Effect};
use crate::org::WorldError;
use crate::record::{InviteStatus, OrgRole, ProjectRole};
use crate::settings::{AutoAccept, SCurve};

#[test]
fn somebody_accepts() {
    let mut lab = Lab::new();
    let invite_id = id(&lab.post("invites", r#"{"email":"Ann@x.org","role":"owner"}"#));
    let ann = lab.org.accept_invite(&invite_id, Some("Ann"), lab.now).unwrap();
    assert_eq!((ann.name(), ann.role), (Some("Ann"), OrgRole::Owner));
    let entry = lab.last_entry();
    assert_eq!((entry.cause, entry.operation), (Cause::World, None));
    let (email, role) = ("Ann@x.org".to_owned(), OrgRole::Owner);
    assert_eq!(
        entry.effects,
        [
            Effect::InviteAccepted {
                invite_id: invite_id.clone(),
                email: email.clone(),
                user_id: ann.id().to_owned(),
                role,
            },
            Effect::UserAdded {
                user_id: ann.id().to_owned(),
                email: email.clone(),
                role
            },
            Effect::ProjectUserAdded {
                project_id: lab.org.projects().next().unwrap().id.clone(),
                project: "Default project".to_owned(),
                user_id: ann.id().to_owned(),
                email,
                role: ProjectRole::Member,
            },
        ]
    );
    let accepted = InviteStatus::Accepted;
    let again = lab.org.accept_invite(&invite_id, None, lab.now);
    assert_eq!(again, Err(WorldError::NotPending(invite_id, accepted)));
    assert_eq!(column(&lab.get("users?emails=ann@x.org").1, "id"), [ann.id()]);
}

#[test]
fn a_member_who_accepts_a_second_invite_stays_as_they_are() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let invite_id = lab.org.add_invite("ann@x.org", OrgRole::Owner, lab.now);
    let user = lab.org.accept_invite(&invite_id, Some("Other"), lab.now).unwrap();
    assert_eq!((user.id(), user.role), (&*ann, OrgRole::Reader));
    assert!(matches!(lab.last_effects(), [Effect::InviteAccepted { .. }]));
}

#[test]
fn somebody_lets_an_invite_end_or_declines() {
    let mut lab = Lab::new();
    let (first, second) = (id(&lab.invite("a@x.org")), id(&lab.invite("b@x.org")));
    lab.org.expire_invite(&first, lab.now).unwrap();
    assert!(matches!(lab.last_effects(), [Effect::InviteExpired { .. }]));
    lab.org.decline_invite(&second, lab.now).unwrap();
    assert!(matches!(lab.last_effects(), [Effect::InviteDeclined { .. }]));
    let (_, list) = lab.get("invites");
    assert_eq!(
        (column(&list, "id"), column(&list, "status")),
        (vec![first.clone()], vec!["expired".into()])
    );
    let expired = Err(WorldError::NotPending(first.clone(), InviteStatus::Expired));
    assert_eq!(lab.org.expire_invite(&first, lab.now), expired);
    assert_eq!(
        lab.org.decline_invite(&second, lab.now),
        Err(WorldError::NoInvite(second))
    );
}

#[test]
fn other_admins_are_bound_by_nothing() {
    let mut lab = Lab::new();
    let boss = lab.owner("boss@x.org");
    let staff = lab.group("Staff", &[boss.clone(), "user-nobody".to_owned()]);
    assert_eq!(lab.org.group_members(&staff).len(), 1);
    lab.org.set_member_role(&boss, OrgRole::Reader, lab.now).unwrap();
    lab.org.set_member_role(&boss, OrgRole::Owner, lab.now).unwrap();
    lab.org.remove_member(&boss, lab.now).unwrap();
    assert!(matches!(
        lab.last_effects(),
        [Effect::MemberRemoved { .. }, Effect::UserRemoved { .. }]
    ));
    lab.org.remove_group(&staff, lab.now).unwrap();
    assert_eq!(lab.org.remove_group(&staff, lab.now), Err(WorldError::NoGroup(staff)));
    assert_eq!(
        lab.org.remove_member(&boss, lab.now),
        Err(WorldError::NoUser(boss.clone()))
    );
    let nobody = lab.org.set_member_role(&boss, OrgRole::Owner, lab.now);
    assert_eq!(nobody.unwrap_err().to_string(), format!("there is no user {boss}"));
    assert!(lab.org.journal().entries().all(|entry| entry.cause == Cause::World));
}

#[test]
fn other_admins_take_invites_back_and_keep_groups() {
    let mut lab = Lab::new();
    let invite_id = id(&lab.invite("a@x.org"));
    lab.org.withdraw_invite(&invite_id, lab.now).unwrap();
    assert!(matches!(lab.last_effects(), [Effect::InviteDeleted { .. }]));
    let gone = lab.org.withdraw_invite(&invite_id, lab.now);
    assert_eq!(gone, Err(WorldError::NoInvite(invite_id)));

    let ann = lab.member("ann@x.org");
    let staff = lab.group("Staff", &[]);
    lab.org.put_into_group(&staff, &ann, lab.now).unwrap();
    assert!(matches!(lab.last_effects(), [Effect::MemberAdded { .. }]));
    lab.org.take_out_of_group(&staff, &ann, lab.now).unwrap();
    assert!(matches!(lab.last_effects(), [Effect::MemberRemoved { .. }]));
    let nobody = "user-nobody".to_owned();
    assert_eq!(
        lab.org.put_into_group(&staff, &nobody, lab.now),
        Err(WorldError::NoUser(nobody))
    );

    let role = lab.org.give_group_role(&staff, "Auditors", &[], lab.now).unwrap();
    let (_, roles) = lab.get(&format!("groups/{staff}/roles"));
    assert_eq!(column(&roles, "id"), [role]);
    assert!(
        lab.org
            .journal()
            .entries()
            .all(|entry| entry.cause == Cause::World || entry.operation.is_some())
    );
}

#[test]
fn nothing_that_changes_nothing_is_journalled_for_the_world() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    assert_eq!(lab.member("ANN@x.org"), ann);
    lab.org.set_member_role(&ann, OrgRole::Reader, lab.now).unwrap();
    assert_eq!(lab.org.journal().last_seq(), 1);
}

#[test]
fn everybody_can_be_made_to_accept_at_once() {
    let mut lab = Lab::with(|settings| settings.auto_accept = AutoAccept::AtOnce);
    let answer = lab.invite("ann@x.org");
    assert_eq!(answer.1["status"], "pending");
    let causes: Vec<_> = lab.org.journal().entries().map(|entry| entry.cause).collect();
    assert_eq!(causes, [Cause::Request, Cause::World]);
    assert_eq!(
        lab.org.user_by_email("ann@x.org").map(|user| user.role),
        Some(OrgRole::Reader)
    );
    assert_eq!(gist(&lab.invite("ann@x.org")), "400 user_already_in_organization -");
}

#[rstest]
#[case(false, 1)]
#[case(true, 0)]
fn everybody_can_be_made_to_accept_after_a_while(#[case] is_withdrawn: bool, #[case] users: usize) {
    let mut lab = Lab::with(|settings| settings.auto_accept = AutoAccept::after_seconds(5));
    let invite_id = id(&lab.invite("ann@x.org"));
    lab.wait(4);
    assert_eq!(column(&lab.get("users").1, "id").len(), 0);
    if is_withdrawn {
        lab.delete(&format!("invites/{invite_id}"));
    }
    let due = lab.org.next_tick().unwrap();
    lab.wait(100);
    assert_eq!(column(&lab.get("users").1, "id").len(), users);
    assert_eq!(lab.org.next_tick(), None);
    if let Some(ann) = lab.org.user_by_email("ann@x.org") {
        assert_eq!(
            ann.added_at, due,
            "it happened when it was due, not when it was noticed"
        );
    }
}

/// Who accepts, and when, follows from the invite alone: the order of other things does not matter.
#[test]
fn people_who_take_their_time() {
    let curve = SCurve {
        median_seconds: 86_400.0,
        spread: 4.0,
        share: 0.5,
    };
    let run = |extra: bool| {
        let mut lab = Lab::with(|settings| settings.auto_accept = AutoAccept::SCurve(curve));
        let invites: Vec<_> = (0..400)
            .map(|number| id(&lab.invite(&format!("u{number}@x.org"))))
            .collect();
        let mut accepted = Vec::new();
        for _ in 0..20 {
            if extra {
                lab.get("users");
            }
            accepted.push(
                invites
                    .iter()
                    .filter(|invite| lab.org.invite(invite).unwrap().accepted_at.is_some())
                    .count(),
            );
            lab.wait(43_200);
            lab.org.tick(lab.now);
        }
        accepted
    };
    let accepted = run(false);
    assert_eq!(accepted, run(true));
    assert_eq!(accepted[0], 0);
    assert!(accepted.is_sorted());
    // Some at once, most within days, others never.
    assert!((40..100).contains(&accepted[1]), "{accepted:?}");
    assert!((140..200).contains(&accepted[19]), "{accepted:?}");
}
