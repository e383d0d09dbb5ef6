//! What upstream still lacks, or still has, compared with what was acknowledged.

use std::collections::BTreeSet;

use super::invariant::Invariant;
use super::ledger::{KnownGroup, KnownPerson, Ledger};
use super::upstream::{Upstream, UpstreamGroup};

/// One difference between what was acknowledged and what upstream shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The rule it breaks if it stays.
    pub invariant: Invariant,
    /// In words.
    pub message: String,
    /// Addresses and group names it is about, for picking the journal lines that show it.
    pub about: Vec<String>,
}

/// All differences. Empty: upstream is what the identity provider believes.
pub fn gaps(ledger: &Ledger, upstream: &Upstream) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for person in ledger.people().iter().filter(|person| !person.in_doubt) {
        if person.active {
            person_owed(person, ledger, upstream, &mut gaps);
        } else {
            ghost(person, &person.addresses, ledger, upstream, &mut gaps);
        }
    }
    for group in ledger.groups().iter().filter(|group| !group.in_doubt) {
        group_owed(group, ledger, upstream, &mut gaps);
    }
    gaps
}

fn person_owed(person: &KnownPerson, ledger: &Ledger, upstream: &Upstream, gaps: &mut Vec<Gap>) {
    // A member who is renamed may stay a member under the old address: OpenAI has no call that changes it.
    let member = person
        .addresses
        .iter()
        .chain(&person.former)
        .find_map(|address| upstream.members.get(address));
    let invite = person
        .addresses
        .iter()
        .find_map(|address| upstream.invites.get(address));
    let who = name_of(person);
    let Some(role) = member.or_else(|| invite.and_then(|invites| invites.first())) else {
        gaps.push(Gap {
            invariant: Invariant::HonestSuccess,
            message: format!(
                "{who}: {}, but OpenAI has neither a member nor a pending invite for this person",
                person.acknowledged_by
            ),
            about: person.addresses.iter().cloned().collect(),
        });
        return;
    };
    if let Some(wished) = person.role.as_ref().filter(|wished| *wished != role) {
        let invariant = if role == "owner" {
            Invariant::NoEscalation
        } else {
            Invariant::HonestSuccess
        };
        gaps.push(Gap {
            invariant,
            message: format!(
                "{who}: {} with the role {wished}, but at OpenAI the role is {role}",
                person.acknowledged_by
            ),
            about: person.addresses.iter().cloned().collect(),
        });
    }
    let former_invites = person
        .former
        .iter()
        .filter(|address| upstream.invites.contains_key(*address) && !belongs_to_another(address, person, ledger));
    for address in former_invites {
        gaps.push(Gap {
            invariant: Invariant::NoGhostAccess,
            message: format!(
                "{who}: {}, but the invite for the former address {address} is still pending; whoever reads that mailbox can join",
                person.acknowledged_by
            ),
            about: vec![address.clone()],
        });
    }
}

fn ghost(
    person: &KnownPerson,
    addresses: &BTreeSet<String>,
    ledger: &Ledger,
    upstream: &Upstream,
    gaps: &mut Vec<Gap>,
) {
    for address in addresses.iter().chain(&person.former) {
        if belongs_to_another(address, person, ledger) {
            continue;
        }
        let left = match (
            upstream.members.contains_key(address),
            upstream.invites.contains_key(address),
        ) {
            (true, _) => "is still a member of the organization",
            (false, true) => "still has a pending invite and can join with it",
            (false, false) => continue,
        };
        gaps.push(Gap {
            invariant: Invariant::NoGhostAccess,
            message: format!("{}: {}, but {address} {left}", name_of(person), person.acknowledged_by),
            about: vec![address.clone()],
        });
    }
}

fn group_owed(group: &KnownGroup, ledger: &Ledger, upstream: &Upstream, gaps: &mut Vec<Gap>) {
    let named = |name: &str| {
        upstream
            .groups
            .iter()
            .filter(|there| there.name == name)
            .collect::<Vec<&UpstreamGroup>>()
    };
    let used = |name: &str| ledger.groups().iter().any(|other| other.name == name && !other.deleted);
    let mut gap = |invariant, message: String| {
        gaps.push(Gap {
            invariant,
            message,
            about: vec![group.name.clone()],
        });
    };
    let by = &group.acknowledged_by;
    for old in group.former.iter().filter(|old| !used(old) && !named(old).is_empty()) {
        gap(
            Invariant::Converges,
            format!(
                "group {:?}: {by}, but OpenAI still has a group with the former name {old:?}",
                group.name
            ),
        );
    }
    if group.deleted {
        if !used(&group.name) && !named(&group.name).is_empty() {
            gap(
                Invariant::Converges,
                format!("group {:?}: {by}, but OpenAI still has the group", group.name),
            );
        }
        return;
    }
    match named(&group.name).as_slice() {
        [] => gap(
            Invariant::HonestSuccess,
            format!("group {:?}: {by}, but OpenAI has no group of this name", group.name),
        ),
        [there] => {
            let (missing, extra) = members_owed(group, there, ledger, upstream);
            if !missing.is_empty() {
                let message = format!(
                    "group {:?}: {by}, but at OpenAI {} not in it",
                    group.name,
                    listed(&missing)
                );
                gap(Invariant::HonestSuccess, message);
            }
            if !extra.is_empty() {
                let message = format!(
                    "group {:?}: {by}, but at OpenAI {} still in it",
                    group.name,
                    listed(&extra)
                );
                gap(Invariant::NoGhostAccess, message);
            }
        }
        several => gap(
            Invariant::Converges,
            format!(
                "group {:?}: {by}, but OpenAI has {} groups of this name",
                group.name,
                several.len()
            ),
        ),
    }
}

/// Members whom upstream lacks, and whom it has too many. People who have not accepted cannot be members.
fn members_owed(
    group: &KnownGroup,
    there: &UpstreamGroup,
    ledger: &Ledger,
    upstream: &Upstream,
) -> (Vec<String>, Vec<String>) {
    let accounts = |id: &String| -> Vec<String> {
        let known = ledger.addresses_of(id).into_iter().flatten();
        let former = ledger
            .people()
            .iter()
            .filter(|person| person.id.as_ref() == Some(id))
            .flat_map(|person| &person.former);
        known
            .chain(former)
            .filter(|address| upstream.members.contains_key(*address))
            .cloned()
            .collect()
    };
    let mut missing = Vec::new();
    let mut allowed = BTreeSet::new();
    for id in &group.members {
        let accounts = accounts(id);
        if !ledger.is_off(id) && !accounts.is_empty() && !accounts.iter().any(|address| there.members.contains(address))
        {
            missing.push(accounts[0].clone());
        }
        allowed.extend(accounts);
    }
    allowed.extend(group.optional.iter().flat_map(accounts));
    let in_doubt = |address: &String| ledger.person_at(address).is_some_and(|person| person.in_doubt);
    let extra = there
        .members
        .iter()
        .filter(|address| !allowed.contains(*address) && !in_doubt(address))
        .cloned()
        .collect();
    (missing, extra)
}

fn belongs_to_another(address: &str, person: &KnownPerson, ledger: &Ledger) -> bool {
    let another = |other: &&KnownPerson| {
        *other != person && other.addresses.contains(address) && (other.active || other.in_doubt)
    };
    ledger.people().iter().any(|other| another(&other))
}

fn name_of(person: &KnownPerson) -> &str {
    if person.user_name.is_empty() {
        "a person"
    } else {
        &person.user_name
    }
}

/// `a is`, `a, b and 3 others are`.
fn listed(addresses: &[String]) -> String {
    match addresses {
        [] => "nobody is".to_owned(),
        [one] => format!("{one} is"),
        [one, two] => format!("{one} and {two} are"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} others are", rest.len()),
    }
}
