//! One person and one membership: what was told beside what is there.

use mock_openai::{OrgRole, Timestamp};

use crate::load::book::{Book, PersonEntry, Told};
use crate::load::task::{GroupId, PersonId};
use crate::load::watch::{Standing, Upstream};

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was said about it.
    NotSaid,
    /// What was said is not certain, or others have undone it.
    Unsure,
    /// It is as it was said.
    Right,
    /// It should be there.
    Lost,
    /// It should not be there.
    Ghost,
    /// The role is above the one asked for.
    Escalated,
    /// The role is below the one asked for.
    RoleLost,
}

/// How a person stands.
pub fn person(told: &PersonEntry, standing: Standing) -> Verdict {
    let is_there = standing.member.is_some() || standing.pending > 0;
    match told.access {
        Told::Never => Verdict::NotSaid,
        Told::Unsure => Verdict::Unsure,
        Told::For(false) if is_there => Verdict::Ghost,
        Told::For(false) => Verdict::Right,
        Told::For(true) if is_there => role(told, standing),
        // Somebody declined, or the invite ran out: nobody tells a bridge to ask again.
        Told::For(true) if standing.undone_by_others => Verdict::Unsure,
        Told::For(true) => Verdict::Lost,
    }
}

/// A pending invite may wait for its acceptance before the person is raised, never before being lowered. Who was an owner
/// before anybody spoke of a role may stay one.
fn role(told: &PersonEntry, standing: Standing) -> Verdict {
    let Some(wished) = told.role.filter(|_| !told.role_changing) else {
        return Verdict::Right;
    };
    let is_owner = standing.member == Some(OrgRole::Owner) || standing.pending_owner;
    match (is_owner, wished == OrgRole::Owner.as_str()) {
        (true, false) => Verdict::Escalated,
        (false, true) if standing.member.is_some() && standing.undone_by_others => Verdict::Unsure,
        (false, true) if standing.member.is_some() => Verdict::RoleLost,
        (true, true) | (false, _) => Verdict::Right,
    }
}

/// How a membership stands.
pub fn membership(
    book: &Book,
    upstream: &Upstream,
    group: GroupId,
    member: PersonId,
    told: Told<bool>,
    now: Timestamp,
) -> Verdict {
    let told = match (book.group(group).exists, told) {
        // With the group, everything in it went.
        (Told::For(false), _) | (_, Told::Never) => return Verdict::NotSaid,
        (Told::Never | Told::Unsure, _) | (_, Told::Unsure) => return Verdict::Unsure,
        (Told::For(true), Told::For(told)) => told,
    };
    let is_in = upstream.is_in(group, member);
    match (told, book.person(member).access) {
        // Who is out altogether is judged as a person.
        (_, Told::For(false)) => Verdict::NotSaid,
        (false, _) if is_in => Verdict::Ghost,
        (false, _) => Verdict::Right,
        (true, Told::Never | Told::Unsure) => Verdict::Unsure,
        (true, Told::For(true)) if is_in => Verdict::Right,
        (true, Told::For(true)) if upstream.standing(member, now).member.is_none() => Verdict::NotSaid,
        (true, Told::For(true)) => Verdict::Lost,
    }
}

/// What is wrong with a person, in words.
pub(super) fn of_person(verdict: Verdict, standing: Standing) -> String {
    let words = match verdict {
        Verdict::Lost => "should have access, but OpenAI has neither a member nor a pending invite",
        Verdict::Ghost if standing.member.is_some() => "should be out, but is still a member of the organization",
        Verdict::Ghost => "should be out, but still has a pending invite and can join with it",
        Verdict::Escalated => "should be no owner, but is one at OpenAI",
        Verdict::RoleLost => "should be an owner, but is a reader at OpenAI",
        Verdict::NotSaid | Verdict::Unsure | Verdict::Right => "",
    };
    words.to_owned()
}

/// What is wrong with a membership, in words.
pub(super) fn of_membership(verdict: Verdict) -> String {
    let words = match verdict {
        Verdict::Lost | Verdict::RoleLost => "has accepted and should be in the group, but is not",
        Verdict::Ghost | Verdict::Escalated => "should not be in the group, but still is",
        Verdict::NotSaid | Verdict::Unsure | Verdict::Right => "",
    };
    words.to_owned()
}
