//! Where people and groups stand upstream, against what a scenario expects of them.

use proofload_scenarios::{Presence, UpstreamExpectation};

use super::breach::Breach;
use super::expectation::Measure;
use super::upstream::Upstream;

/// What is wrong with where a person or group stands.
pub fn standing(wanted: &UpstreamExpectation, upstream: &Upstream, measure: Measure<'_>) -> Option<Breach> {
    let breach = |expected: String, got: String| {
        let message = format!("{} does not stand at OpenAI as it must", wanted.name);
        Some(
            Breach::of_step(format!("expect.upstream.{}", wanted.name), measure.level, message)
                .wanted(expected, got)
                .at(&wanted.place),
        )
    };
    if let Some(name) = (measure.value_of)(&format!("{}.displayName", wanted.name))
        && (measure.addresses)(&wanted.name).is_empty()
    {
        return group_standing(wanted, upstream, &name, measure, breach);
    }
    for person in (measure.everybody)(&wanted.name) {
        let addresses = (measure.addresses)(&person);
        let member = addresses.iter().find_map(|address| upstream.members.get(address));
        let invites = addresses.iter().find_map(|address| upstream.invites.get(address));
        let is = match (member, invites) {
            (Some(_), _) => "a member",
            (None, Some(_)) => "invited",
            (None, None) => "absent",
        };
        let holds = match wanted.state.is {
            None => true,
            Some(Presence::Invited) => invites.is_some_and(|invites| invites.len() == 1) && member.is_none(),
            Some(Presence::Member) => member.is_some(),
            Some(Presence::Known | Presence::Present) => member.is_some() || invites.is_some(),
            Some(Presence::Absent) => member.is_none() && invites.is_none(),
        };
        if !holds {
            let expected = format!("{:?}", wanted.state.is.unwrap_or(Presence::Known)).to_lowercase();
            return breach(expected, format!("{person} is {is}"));
        }
        let role = member.or_else(|| invites.and_then(|invites| invites.first()));
        if let Some(expected) = &wanted.state.role
            && role != Some(expected)
        {
            let got = role.map_or_else(|| "no role".to_owned(), |role| format!("{person} is {role}"));
            return breach(expected.clone(), got);
        }
    }
    None
}

fn group_standing(
    wanted: &UpstreamExpectation,
    upstream: &Upstream,
    name: &str,
    measure: Measure<'_>,
    breach: impl Fn(String, String) -> Option<Breach>,
) -> Option<Breach> {
    let named: Vec<_> = upstream.groups.iter().filter(|group| group.name == name).collect();
    match (wanted.state.is, named.len()) {
        (Some(Presence::Absent), 0) => return None,
        (Some(Presence::Absent), n) => {
            return breach("absent".to_owned(), format!("{n} groups named {name:?}"));
        }
        (_, 1) => {}
        (_, n) => return breach("one group".to_owned(), format!("{n} groups named {name:?}")),
    }
    let expected = wanted.state.members.as_ref()?;
    let people: Vec<String> = expected.iter().flat_map(|name| (measure.everybody)(name)).collect();
    let addresses: Vec<Vec<String>> = people.iter().map(|person| (measure.addresses)(person)).collect();
    let has = |addresses: &Vec<String>| addresses.iter().any(|address| named[0].members.contains(address));
    if let Some(missing) = addresses.iter().position(|addresses| !has(addresses)) {
        return breach(
            format!("{} members", people.len()),
            format!("{} is not in it", people[missing]),
        );
    }
    let extra = named[0]
        .members
        .iter()
        .find(|member| !addresses.iter().any(|known| known.contains(member)))?;
    breach(format!("{} members", people.len()), format!("{extra} is in it too"))
}
