use super::*;
use crate::load::lab::{Lab, people};

#[test]
fn nothing_said_is_all_right() {
    let mut lab = Lab::new();
    let share = lab.share();
    assert!(share.is_whole());
    assert!((share.fraction() - 1.0).abs() < f64::EPSILON);
}

/// The share follows every change, and is what counting everything anew would give.
#[test]
fn follows_book_and_upstream() {
    let mut lab = Lab::new();
    let mut shares = Vec::new();
    let mut note = |lab: &mut Lab| shares.push((lab.share().right, lab.share().said));
    lab.told(&Task::Assign(PersonId(0)));
    note(&mut lab);
    let invite = lab.invite(0, "reader");
    note(&mut lab);
    lab.told(&Task::Push(GroupId(0), people(&[0])));
    note(&mut lab);
    let group = lab.make_group(0, &[]);
    note(&mut lab);
    let user = lab.world(|org, now| org.accept_invite(&invite, None, now).unwrap());
    note(&mut lab);
    lab.put_in(&group, user.id());
    note(&mut lab);
    lab.begun(&Task::Part(GroupId(0), people(&[0])));
    note(&mut lab);
    lab.told(&Task::Switch(PersonId(0), false));
    note(&mut lab);
    assert_eq!(shares, [(0, 1), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (2, 2), (1, 2)]);
}

#[test]
fn knows_some_of_those_who_are_not_there() {
    let mut lab = Lab::new();
    for person in 0..4 {
        lab.told(&Task::Assign(PersonId(person)));
    }
    lab.invite(1, "reader");
    lab.told(&Task::Push(GroupId(2), people(&[1])));
    lab.share();
    let people = [0, 2, 3].map(PersonId);
    assert_eq!(lab.convergence.open(10), (people.to_vec(), vec![GroupId(2)]));
    assert_eq!(lab.convergence.open(2).0.len(), 2);
}
