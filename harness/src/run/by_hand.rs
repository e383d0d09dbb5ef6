//! What other people do at OpenAI while a story is told: they join, they are removed, groups are made.
//!
//! Each event happens upstream and is told to the ledger, which does not hold the bridge to what it had acknowledged about
//! them before. An event that cannot happen (no invite to delete) says so; a bridge whose invite is missing is at fault.

use mock_openai::{Org, OrgRole, Timestamp, WorldError};
use proofload_scenarios::{GroupStart, HandRole, WorldEvent};

use crate::cast::{Actor, Cast, Team};
use crate::judge::Ledger;

/// Makes the event happen, to each of its people or to its group. Gives what could not be done.
pub(super) fn happen(event: &WorldEvent, org: &mut Org, now: Timestamp, cast: &Cast) -> Vec<String> {
    let said = |error: WorldError| error.to_string();
    match event {
        WorldEvent::Accepts(who) => each(cast, who, |actor| {
            let invite = pending_invite(org, actor, now)?;
            let accepted = org.accept_invite(&invite, actor.get("displayName"), now);
            accepted.map(drop).map_err(said)
        }),
        WorldEvent::Joins(who) => each(cast, who, |actor| {
            org.add_member(address(actor), actor.get("displayName"), OrgRole::Reader, now);
            Ok(())
        }),
        WorldEvent::Invited(who) => each(cast, who, |actor| {
            org.add_invite(address(actor), OrgRole::Reader, now);
            Ok(())
        }),
        WorldEvent::InviteExpires(who) => each(cast, who, |actor| {
            let invite = pending_invite(org, actor, now)?;
            org.expire_invite(&invite, now).map_err(said)
        }),
        WorldEvent::InviteDeleted(who) => each(cast, who, |actor| {
            let invite = pending_invite(org, actor, now)?;
            org.withdraw_invite(&invite, now).map_err(said)
        }),
        WorldEvent::Removed(who) => each(cast, who, |actor| {
            let member = member(org, actor)?;
            org.remove_member(&member, now).map_err(said)
        }),
        WorldEvent::RoleChanged { who, role } => each(cast, who, |actor| {
            let member = member(org, actor)?;
            org.set_member_role(&member, org_role(*role), now).map_err(said)
        }),
        WorldEvent::PutInto { who, group } => each(cast, who, |actor| {
            let (group, member) = (group_id(org, cast, group)?, member(org, actor)?);
            org.put_into_group(&group, &member, now).map_err(said)
        }),
        WorldEvent::TakenOut { who, group } => each(cast, who, |actor| {
            let (group, member) = (group_id(org, cast, group)?, member(org, actor)?);
            org.take_out_of_group(&group, &member, now).map_err(said)
        }),
        WorldEvent::GroupMade(group) => to_group(cast, group, |team| {
            org.add_group(&team.display_name, &[], false, now);
            Ok(())
        }),
        WorldEvent::GroupDeleted(group) => to_group(cast, group, |team| delete_groups(org, team, now)),
        WorldEvent::GroupGetsRole(group) => to_group(cast, group, |team| {
            let (id, name) = (group_id(org, cast, group)?, format!("Role of {}", team.display_name));
            let given = org.give_group_role(&id, &name, &[], now);
            given.map(drop).map_err(said)
        }),
        WorldEvent::TroubleEnds => {
            org.faults_mut().clear();
            Vec::new()
        }
        // Nothing at OpenAI; the stage sees to it.
        WorldEvent::BridgeKilled => Vec::new(),
    }
}

/// Tells the ledger whom and what the event is about. An acceptance is what the bridge waits for.
pub(super) fn touch(event: &WorldEvent, cast: &Cast, ledger: &mut Ledger) {
    match event {
        WorldEvent::Joins(who)
        | WorldEvent::Invited(who)
        | WorldEvent::InviteExpires(who)
        | WorldEvent::InviteDeleted(who)
        | WorldEvent::Removed(who) => {
            people(cast, who).for_each(|actor| ledger.touched(actor.addresses()));
        }
        WorldEvent::RoleChanged { who, .. } => {
            people(cast, who).for_each(|actor| ledger.role_touched(actor.addresses()));
        }
        WorldEvent::PutInto { who, group } | WorldEvent::TakenOut { who, group } => {
            let Some(team) = cast.team(group) else { return };
            people(cast, who).for_each(|actor| ledger.membership_touched(&team.display_name, actor.addresses()));
        }
        WorldEvent::GroupMade(group) => {
            cast.team(group)
                .into_iter()
                .for_each(|team| ledger.group_made(&team.display_name));
        }
        WorldEvent::GroupDeleted(group) => {
            cast.team(group)
                .into_iter()
                .for_each(|team| ledger.group_gone(&team.display_name));
        }
        WorldEvent::Accepts(_) | WorldEvent::GroupGetsRole(_) | WorldEvent::TroubleEnds | WorldEvent::BridgeKilled => {}
    }
}

/// Makes the groups that a scenario finds at OpenAI.
pub(super) fn prepare_groups(org: &mut Org, cast: &Cast, now: Timestamp) {
    for team in cast.teams() {
        let members: Vec<String> = team
            .upstream_members
            .iter()
            .filter_map(|name| member(org, cast.actor(name)?).ok())
            .collect();
        for _ in 0..team.upstream.count() {
            org.add_group(&team.display_name, &members, false, now);
        }
    }
}

/// Tells the ledger about the groups that a scenario finds at OpenAI.
pub(super) fn groups_found(cast: &Cast) -> Ledger {
    let mut ledger = Ledger::default();
    for team in cast.teams().filter(|team| team.upstream != GroupStart::Unknown) {
        for _ in 0..team.upstream.count() {
            ledger.group_made(&team.display_name);
        }
        let members = team.upstream_members.iter().filter_map(|name| cast.actor(name));
        ledger.membership_touched(&team.display_name, members.flat_map(Actor::addresses));
    }
    ledger
}

fn people<'a>(cast: &'a Cast, names: &[String]) -> impl Iterator<Item = &'a Actor> {
    let everybody: Vec<String> = names.iter().flat_map(|name| cast.everybody(name)).collect();
    everybody.into_iter().filter_map(|name| cast.actor(&name))
}

fn each(cast: &Cast, names: &[String], happen: impl FnMut(&Actor) -> Result<(), String>) -> Vec<String> {
    people(cast, names).map(happen).filter_map(Result::err).collect()
}

fn to_group(cast: &Cast, group: &str, happen: impl FnOnce(&Team) -> Result<(), String>) -> Vec<String> {
    cast.team(group)
        .and_then(|team| happen(team).err())
        .into_iter()
        .collect()
}

fn delete_groups(org: &mut Org, team: &Team, now: Timestamp) -> Result<(), String> {
    let named = org.groups_named(&team.display_name);
    let groups: Vec<String> = named.iter().map(|group| group.id.clone()).collect();
    if groups.is_empty() {
        return Err(format!("OpenAI has no group {:?}", team.display_name));
    }
    let mut deleted = groups.iter().map(|group| org.remove_group(group, now));
    deleted
        .try_for_each(|deleted| deleted)
        .map_err(|error| error.to_string())
}

/// The address a person is known by at OpenAI if nobody invited them: the e-mail, else the userName.
pub(super) fn address(actor: &Actor) -> &str {
    let email = actor.get("email");
    email
        .or_else(|| actor.addresses().next())
        .unwrap_or_else(|| actor.user_name())
}

/// The id of the person's pending invite.
pub(super) fn pending_invite(org: &Org, actor: &Actor, now: Timestamp) -> Result<String, String> {
    let pending = actor
        .addresses()
        .find_map(|address| Some(org.pending_invites_for(address, now).first()?.id.clone()));
    pending.ok_or_else(|| format!("{} has no pending invite", actor.user_name()))
}

/// The id of the person as a member.
pub(super) fn member(org: &Org, actor: &Actor) -> Result<String, String> {
    let member = actor
        .addresses()
        .find_map(|address| Some(org.user_by_email(address)?.id().to_owned()));
    member.ok_or_else(|| format!("{} is not a member", actor.user_name()))
}

/// The id of the first group of this name.
pub(super) fn group_id(org: &Org, cast: &Cast, group: &str) -> Result<String, String> {
    let name = cast.team(group).map_or(group, |team| &team.display_name);
    let groups = org.groups_named(name);
    let first = groups.first().map(|group| group.id.clone());
    first.ok_or_else(|| format!("OpenAI has no group {name:?}"))
}

fn org_role(role: HandRole) -> OrgRole {
    match role {
        HandRole::Owner => OrgRole::Owner,
        HandRole::Reader => OrgRole::Reader,
    }
}
