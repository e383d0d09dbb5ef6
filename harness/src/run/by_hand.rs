//! What other people do at OpenAI while a story is told: they join, they are removed, groups are made.
//!
//! Each event happens upstream and is told to the ledger, which does not hold the bridge to what it had acknowledged about
//! them before. An event that cannot happen (no invite to delete) says so; a bridge whose invite is missing is at fault.

use mock_openai::{MockOpenAi, Org, OrgRole, Timestamp, WorldError};
use proofload_scenarios::{GroupStart, HandRole, WorldEvent};

use super::world;
use crate::cast::{Actor, Cast, Team};
use crate::judge::Ledger;

/// Makes the event happen, to each of `people` or to the group. Gives what could not be done.
pub(super) fn happen(event: &WorldEvent, upstream: &MockOpenAi, cast: &Cast, ledger: &mut Ledger) -> Vec<String> {
    match event {
        WorldEvent::Accepts(who) => each(cast, who, |actor| world::accept(upstream, actor)),
        WorldEvent::Joins(who) => each(cast, who, |actor| {
            ledger.touched(actor.addresses());
            upstream.org(|org, now| org.add_member(address(actor), actor.get("displayName"), OrgRole::Reader, now));
            Ok(())
        }),
        WorldEvent::Invited(who) => each(cast, who, |actor| {
            ledger.touched(actor.addresses());
            upstream.org(|org, now| org.add_invite(address(actor), OrgRole::Reader, now));
            Ok(())
        }),
        WorldEvent::InviteExpires(who) => each(cast, who, |actor| {
            ledger.touched(actor.addresses());
            upstream.org(|org, now| {
                let invite = pending_invite(org, actor, now)?;
                org.expire_invite(&invite, now).map_err(|error| error.to_string())
            })
        }),
        WorldEvent::InviteDeleted(who) => each(cast, who, |actor| {
            ledger.touched(actor.addresses());
            upstream.org(|org, now| {
                let invite = pending_invite(org, actor, now)?;
                org.withdraw_invite(&invite, now).map_err(|error| error.to_string())
            })
        }),
        WorldEvent::Removed(who) => each(cast, who, |actor| {
            ledger.touched(actor.addresses());
            upstream.org(|org, now| {
                let member = member(org, actor)?;
                org.remove_member(&member, now).map_err(|error| error.to_string())
            })
        }),
        WorldEvent::RoleChanged { who, role } => each(cast, who, |actor| {
            ledger.role_touched(actor.addresses());
            upstream.org(|org, now| {
                let member = member(org, actor)?;
                org.set_member_role(&member, org_role(*role), now)
                    .map_err(|error| error.to_string())
            })
        }),
        WorldEvent::PutInto { who, group } => memberships(upstream, cast, ledger, (who, group), Org::put_into_group),
        WorldEvent::TakenOut { who, group } => {
            memberships(upstream, cast, ledger, (who, group), Org::take_out_of_group)
        }
        WorldEvent::GroupMade(group) => to_group(cast, group, |team| {
            ledger.group_made(&team.display_name);
            upstream.org(|org, now| org.add_group(&team.display_name, &[], false, now));
            Ok(())
        }),
        WorldEvent::GroupDeleted(group) => to_group(cast, group, |team| {
            ledger.group_gone(&team.display_name);
            upstream.org(|org, now| delete_groups(org, team, now))
        }),
        WorldEvent::GroupGetsRole(group) => to_group(cast, group, |team| {
            upstream.org(|org, now| {
                let (group, name) = (group_id(org, team)?, format!("Role of {}", team.display_name));
                let given = org.give_group_role(&group, &name, &[], now);
                given.map(drop).map_err(|error| error.to_string())
            })
        }),
        WorldEvent::TroubleEnds => {
            world::end_trouble(upstream);
            Vec::new()
        }
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

fn each(cast: &Cast, names: &[String], mut happen: impl FnMut(&Actor) -> Result<(), String>) -> Vec<String> {
    let people = names.iter().flat_map(|name| cast.everybody(name));
    people.filter_map(|name| happen(cast.actor(&name)?).err()).collect()
}

fn to_group(cast: &Cast, group: &str, happen: impl FnOnce(&Team) -> Result<(), String>) -> Vec<String> {
    cast.team(group)
        .and_then(|team| happen(team).err())
        .into_iter()
        .collect()
}

fn memberships(
    upstream: &MockOpenAi,
    cast: &Cast,
    ledger: &mut Ledger,
    (who, group): (&[String], &str),
    change: impl Fn(&mut Org, &str, &str, Timestamp) -> Result<(), WorldError>,
) -> Vec<String> {
    let Some(team) = cast.team(group) else {
        return Vec::new();
    };
    each(cast, who, |actor| {
        ledger.membership_touched(&team.display_name, actor.addresses());
        upstream.org(|org, now| {
            let (group, member) = (group_id(org, team)?, member(org, actor)?);
            change(org, &group, &member, now).map_err(|error| error.to_string())
        })
    })
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

fn pending_invite(org: &Org, actor: &Actor, now: Timestamp) -> Result<String, String> {
    let pending = actor
        .addresses()
        .find_map(|address| Some(org.pending_invites_for(address, now).first()?.id.clone()));
    pending.ok_or_else(|| format!("{} has no pending invite", actor.user_name()))
}

fn member(org: &Org, actor: &Actor) -> Result<String, String> {
    let member = actor
        .addresses()
        .find_map(|address| Some(org.user_by_email(address)?.id.clone()));
    member.ok_or_else(|| format!("{} is not a member", actor.user_name()))
}

fn group_id(org: &Org, team: &Team) -> Result<String, String> {
    let groups = org.groups_named(&team.display_name);
    let group = groups.first().map(|group| group.id.clone());
    group.ok_or_else(|| format!("OpenAI has no group {:?}", team.display_name))
}

fn org_role(role: HandRole) -> OrgRole {
    match role {
        HandRole::Owner => OrgRole::Owner,
        HandRole::Reader => OrgRole::Reader,
    }
}
