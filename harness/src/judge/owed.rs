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
    /// Whether the bridge was killed since this was acknowledged.
    pub before_kill: bool,
}

/// All differences. Empty: upstream is what the identity provider believes.
pub fn gaps(ledger: &Ledger, upstream: &Upstream) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for person in ledger
        .people()
        .iter()
        .filter(|person| !person.in_doubt && !person.moved_by_hand)
    {
        if person.active {
            person_owed(person, ledger, upstream, &mut gaps);
        } else {
            ghost(person, &person.addresses, ledger, upstream, &mut gaps);
        }
    }
    // A group that was written to by its id alone may be anything.
    let is_known = |group: &&KnownGroup| !group.in_doubt && !group.gone_by_hand && !group.name.is_empty();
    for group in ledger.groups().iter().filter(is_known) {
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
            before_kill: person.before_kill,
        });
        return;
    };
    let wished = person.role.as_ref().filter(|_| !person.role_by_hand);
    if let Some(wished) = wished.filter(|wished| *wished != role) {
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
            before_kill: person.before_kill,
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
            before_kill: person.before_kill,
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
            before_kill: person.before_kill,
        });
    }
}

fn group_owed(group: &KnownGroup, ledger: &Ledger, upstream: &Upstream, gaps: &mut Vec<Gap>) {
    let named = |name: &str| -> Vec<&UpstreamGroup> {
        let groups = upstream.groups.iter();
        groups.filter(|there| there.name == name).collect()
    };
    // Groups of other people may have the name, too.
    let too_many = |name: &str, ours: usize| named(name).len() > ledger.groups_made(name) + ours;
    let acknowledged = |name: &str| {
        let ours = ledger.groups().iter();
        ours.filter(|other| other.name == name && !other.deleted).count()
    };
    let used = |name: &str| acknowledged(name) > 0;
    let mut gap = |invariant, message: String| {
        gaps.push(Gap {
            invariant,
            message: format!("group {:?}: {}, but {message}", group.name, group.acknowledged_by),
            about: vec![group.name.clone()],
            before_kill: group.before_kill,
        });
    };
    for old in group.former.iter().filter(|old| !used(old) && too_many(old, 0)) {
        let message = format!("OpenAI still has a group with the former name {old:?}");
        gap(Invariant::Converges, message);
    }
    if group.deleted {
        if !used(&group.name) && too_many(&group.name, 0) {
            gap(Invariant::Converges, "OpenAI still has the group".to_owned());
        }
        return;
    }
    let there = named(&group.name);
    // By the RFC two groups may have one name; whoever acknowledged both has to have both.
    if too_many(&group.name, acknowledged(&group.name)) {
        let message = format!("OpenAI has {} groups of this name", there.len());
        return gap(Invariant::Converges, message);
    }
    // Which of several is the bridge's own cannot be seen; it is one that is as acknowledged.
    let owed = there.iter().map(|there| members_owed(group, there, ledger, upstream));
    let nearest = owed.min_by_key(|(missing, extra)| missing.len() + extra.len());
    let Some((missing, extra)) = nearest else {
        return gap(Invariant::HonestSuccess, "OpenAI has no group of this name".to_owned());
    };
    if !missing.is_empty() {
        gap(
            Invariant::HonestSuccess,
            format!("at OpenAI {} not in it", listed(&missing)),
        );
    }
    if !extra.is_empty() {
        gap(
            Invariant::NoGhostAccess,
            format!("at OpenAI {} still in it", listed(&extra)),
        );
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
    let by_hand = |address: &str| ledger.is_membership_by_hand(&group.name, address);
    let mut missing = Vec::new();
    let mut allowed = BTreeSet::new();
    for id in &group.members {
        let accounts = accounts(id);
        let is_in = accounts.iter().any(|address| there.members.contains(address));
        let by_hand = accounts.iter().any(|address| by_hand(address));
        if !ledger.is_off(id) && !accounts.is_empty() && !is_in && !by_hand {
            missing.push(accounts[0].clone());
        }
        allowed.extend(accounts);
    }
    allowed.extend(group.optional.iter().flat_map(accounts));
    let in_doubt = |address: &String| {
        let person = ledger.person_at(address);
        by_hand(address) || person.is_some_and(|person| person.in_doubt || person.moved_by_hand)
    };
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
