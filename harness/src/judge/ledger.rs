//! What the bridge has acknowledged: the state that the identity provider believes in.
//!
//! Every write is read for its meaning ([`Intent`]). A 2xx makes it acknowledged; a definite refusal leaves things as
//! they were; anything else leaves them in doubt until the next acknowledgement.

mod at_once;
mod by_hand;
#[cfg(test)]
pub(super) mod heard;
mod known;
mod taken_back;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::by_hand::ByHand;
pub use self::known::{Before, KnownGroup, KnownPerson};
use super::intent::{Intent, MemberChange, UserSaid};
use crate::exchange::Exchange;
use crate::persona::list_of;

/// What the bridge has acknowledged so far.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    people: Vec<KnownPerson>,
    groups: Vec<KnownGroup>,
    /// Addresses of people seen in answers, by SCIM id: whom an id means before anything was written about them.
    seen: BTreeMap<String, BTreeSet<String>>,
    /// The same for groups: their names.
    seen_groups: BTreeMap<String, String>,
    mentioned: BTreeSet<String>,
    mentioned_groups: BTreeSet<String>,
    by_hand: ByHand,
}

/// A person's id is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdChange {
    /// Who.
    pub user_name: String,
    /// The id the bridge gave first.
    pub was: String,
    /// The id it shows now.
    pub is: String,
}

/// What the identity provider's manner means for reading its writes.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Whether it sends memberships again after somebody was switched off and on; if not, the bridge keeps them.
    pub replays_memberships: bool,
    /// Whether the letter of the RFC counts where it clashes with the habits of identity providers.
    pub by_the_letter: bool,
    /// Whether a role in an extension is a wish that the bridge may overlook: it is asked where it looks.
    pub role_place_is_open: bool,
}

impl Ledger {
    /// Everybody acknowledged or in doubt.
    pub fn people(&self) -> &[KnownPerson] {
        &self.people
    }

    /// Every group acknowledged or in doubt.
    pub fn groups(&self) -> &[KnownGroup] {
        &self.groups
    }

    /// Addresses that some write was about, lower case.
    pub fn mentioned(&self) -> &BTreeSet<String> {
        &self.mentioned
    }

    /// Names of groups that some write was about, lower case.
    pub fn mentioned_groups(&self) -> &BTreeSet<String> {
        &self.mentioned_groups
    }

    /// The person who has, or had, this address. The active one if there are several.
    pub fn person_at(&self, address: &str) -> Option<&KnownPerson> {
        let has = |person: &&KnownPerson| person.addresses.contains(address) || person.former.contains(address);
        let mut candidates: Vec<&KnownPerson> = self.people.iter().filter(has).collect();
        candidates.sort_by_key(|person| (person.deleted, !person.active, !person.addresses.contains(address)));
        candidates.first().copied()
    }

    /// The addresses of the person with this SCIM id, as far as anything is known of it.
    pub fn addresses_of(&self, id: &str) -> Option<&BTreeSet<String>> {
        let known = self.people.iter().find(|person| person.id.as_deref() == Some(id));
        known.map(|person| &person.addresses).or_else(|| self.seen.get(id))
    }

    /// Whether the person with this SCIM id is acknowledged as switched off or deleted.
    pub fn is_off(&self, id: &str) -> bool {
        self.people
            .iter()
            .any(|person| person.id.as_deref() == Some(id) && (person.deleted || !person.active))
    }

    /// A step begins.
    pub fn begin_step(&mut self) {
        for person in &mut self.people {
            person.before = Some(Before {
                active: person.active,
                role: person.role.clone(),
            });
        }
    }

    /// The bridge was killed: what it has acknowledged by now must come through.
    pub fn killed(&mut self) {
        for person in &mut self.people {
            person.before_kill = true;
        }
        for group in &mut self.groups {
            group.before_kill = true;
        }
    }

    /// Takes in one exchange. Gives back the ids that are not what they were.
    pub fn observe(&mut self, exchange: &Exchange, reading: Reading) -> Vec<IdChange> {
        let changes = self.look_at_ids(exchange);
        if let Some(intent) = Intent::of(&exchange.request) {
            let outcome = Acknowledged::of(exchange);
            match intent {
                Intent::User { id, mut said } => {
                    if reading.role_place_is_open {
                        said.perhaps.extend(said.role.take().map(|role| role.to_lowercase()));
                    }
                    self.hear_user(id, said, exchange, outcome, reading);
                }
                Intent::DeleteUser(id) => self.hear_user_deleted(&id, exchange, outcome),
                Intent::Group { id, name, members } => self.hear_group(id, name, members, exchange, outcome, reading),
                Intent::DeleteGroup(id) => self.hear_group_deleted(&id, exchange, outcome),
            }
        }
        changes
    }

    /// Compares every person in an answer with the id known for that userName.
    fn look_at_ids(&mut self, exchange: &Exchange) -> Vec<IdChange> {
        let mut changes = Vec::new();
        for resource in resources_in(exchange) {
            let Some(id) = text(&resource, "id") else { continue };
            let Some(user_name) = text(&resource, "userName") else {
                let name = text(&resource, "displayName");
                self.seen_groups
                    .extend(name.map(|name| (id.to_owned(), name.to_owned())));
                continue;
            };
            let user_name = user_name.to_lowercase();
            let mut addresses: BTreeSet<String> = emails(&resource).map(str::to_lowercase).collect();
            addresses.extend(user_name.contains('@').then(|| user_name.clone()));
            self.seen.insert(id.to_owned(), addresses);
            self.believe(id, &resource);
            let known = self
                .people
                .iter()
                .find(|person| person.user_name == user_name && !person.deleted && !person.in_doubt);
            if let Some(was) = known.and_then(|person| person.id.as_deref()).filter(|was| *was != id) {
                changes.push(IdChange {
                    user_name,
                    was: was.to_owned(),
                    is: id.to_owned(),
                });
            }
        }
        changes
    }

    fn hear_user(
        &mut self,
        id: Option<String>,
        said: UserSaid,
        exchange: &Exchange,
        outcome: Acknowledged,
        reading: Reading,
    ) {
        let addresses = said_addresses(&said);
        self.mentioned.extend(addresses.iter().cloned());
        if let Some(known) = id.as_deref().and_then(|id| self.seen.get(id)) {
            self.mentioned.extend(known.iter().cloned());
        }
        if outcome == Acknowledged::No {
            return;
        }
        let answered_id = exchange
            .json()
            .as_ref()
            .and_then(|body| text(body, "id").map(str::to_owned));
        let index = self.person_index(id.as_deref(), &said, answered_id.as_deref());
        let creating = id.is_none();
        let seen = id.as_deref().and_then(|id| self.seen.get(id)).cloned();
        let index = index.unwrap_or_else(|| {
            let addresses = seen.unwrap_or_default();
            let user_name = addresses.first().cloned().unwrap_or_default();
            self.people.push(KnownPerson {
                id: id.clone(),
                user_name,
                addresses,
                active: true,
                ..KnownPerson::default()
            });
            self.people.len() - 1
        });
        let person = &mut self.people[index];
        let role = said.role.as_deref().map(known_role);
        if !said.perhaps.is_empty() {
            person.roles_perhaps = said.perhaps.iter().cloned().collect();
        }
        if outcome == Acknowledged::InDoubt {
            person.in_doubt = true;
            person.roles_in_doubt.extend(role.flatten());
            if person.addresses.is_empty() {
                person.addresses = addresses;
                person.user_name = said.user_name.unwrap_or_default().to_lowercase();
            }
            return;
        }
        person.in_doubt = false;
        person.refused_upstream = false;
        person.before_kill = false;
        person.acknowledged_by = answered(exchange);
        if let Some(id) = answered_id.or(id) {
            person.id = Some(id);
        }
        let perhaps = said.perhaps.iter().any(|word| known_role(word).is_some());
        if let Some(role) = role {
            person.role_by_hand &= role == person.role;
            person.role = role;
            person.roles_in_doubt.clear();
        } else if perhaps || exchange.request.method == "PUT" {
            // What a PUT leaves out may be kept or reset (RFC 7644 §3.5.1).
            person.roles_in_doubt.extend(person.role.take());
        }
        person.be_called(&said);
        let was_active = person.active;
        person.active = said.active.unwrap_or(creating || person.active);
        person.deleted = false;
        // Who hears nothing new may leave what others did as it is, or not.
        let asks_for_change = creating || was_active != person.active;
        person.moved_by_hand &= !asks_for_change;
        person.role_by_hand &= !asks_for_change;
        let gone = was_active && !person.active && reading.replays_memberships;
        if let (true, Some(id)) = (gone, person.id.clone()) {
            self.leave_membership_open(&id);
        }
    }

    /// The person a write is about: by id, or, for a create, by the userName or by the id that was answered.
    fn person_index(&self, id: Option<&str>, said: &UserSaid, answered_id: Option<&str>) -> Option<usize> {
        let by_id = |id: &str| {
            self.people
                .iter()
                .position(|person| person.id.as_deref() == Some(id) && !person.deleted)
        };
        if let Some(id) = id {
            return by_id(id);
        }
        let user_name = said.user_name.as_deref()?.to_lowercase();
        self.people
            .iter()
            .position(|person| person.user_name == user_name && !person.deleted)
            .or_else(|| answered_id.and_then(by_id))
    }

    fn hear_user_deleted(&mut self, id: &str, exchange: &Exchange, outcome: Acknowledged) {
        if let Some(known) = self.seen.get(id) {
            self.mentioned.extend(known.iter().cloned());
        }
        let Some(person) = self.people.iter_mut().find(|person| person.id.as_deref() == Some(id)) else {
            return;
        };
        match outcome {
            Acknowledged::Yes => {
                person.deleted = true;
                person.active = false;
                person.in_doubt = false;
                person.before_kill = false;
                person.moved_by_hand = false;
                person.acknowledged_by = answered(exchange);
                for group in &mut self.groups {
                    group.members.remove(id);
                }
            }
            Acknowledged::InDoubt => person.in_doubt = true,
            Acknowledged::No => {}
        }
    }

    fn hear_group(
        &mut self,
        id: Option<String>,
        name: Option<String>,
        members: Vec<MemberChange>,
        exchange: &Exchange,
        outcome: Acknowledged,
        reading: Reading,
    ) {
        let seen = id.as_ref().and_then(|id| self.seen_groups.get(id));
        let meant = name.iter().chain(seen).map(|name| name.to_lowercase());
        self.mentioned_groups.extend(meant);
        let answered_id = exchange
            .json()
            .as_ref()
            .and_then(|body| text(body, "id").map(str::to_owned));
        // Two groups of one name are legal: a create that is answered with another id made another group.
        let is_the_same = |known: &Option<String>| known.is_none() || answered_id.is_none() || *known == answered_id;
        let index = self.groups.iter().position(|group| match &id {
            Some(id) => group.id.as_ref() == Some(id),
            None => name.as_ref() == Some(&group.name) && !group.deleted && is_the_same(&group.id),
        });
        if outcome == Acknowledged::No {
            // A refusal should leave everything as it was, but some of the members may have been written before it.
            if let Some(index) = index {
                for change in members {
                    let (MemberChange::Add(ids)
                    | MemberChange::Remove(ids)
                    | MemberChange::RemoveInValue(ids)
                    | MemberChange::Set(ids)) = change;
                    self.groups[index].optional.extend(ids);
                }
            }
            return;
        }
        let creating = id.is_none();
        let index = index.unwrap_or_else(|| {
            self.groups.push(KnownGroup {
                id: id.clone(),
                name: seen.cloned().unwrap_or_default(),
                ..KnownGroup::default()
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[index];
        if let Some(name) = name {
            if !group.name.is_empty() && group.name != name {
                self.by_hand.renamed(&group.name, &name);
                group.former.insert(std::mem::take(&mut group.name));
                group.gone_by_hand = false;
            }
            group.former.remove(&name);
            group.name = name;
        }
        if outcome == Acknowledged::InDoubt {
            group.in_doubt = true;
            return;
        }
        group.in_doubt = false;
        group.before_kill = false;
        group.id = answered_id.or(id).or(group.id.take());
        group.acknowledged_by = answered(exchange);
        let before = group.members.clone();
        let mut asked = BTreeSet::new();
        for change in members {
            asked.extend(change.named().iter().cloned());
            group.apply(change, reading.by_the_letter);
        }
        asked.extend(before.symmetric_difference(&group.members).cloned());
        group.gone_by_hand &= !creating && group.members.is_subset(&before);
        let name = group.name.clone();
        let addresses: BTreeSet<String> = asked
            .iter()
            .filter_map(|id| self.addresses_of(id))
            .flatten()
            .cloned()
            .collect();
        self.by_hand.asked_for(&name, &addresses);
    }

    fn hear_group_deleted(&mut self, id: &str, exchange: &Exchange, outcome: Acknowledged) {
        let Some(group) = self.groups.iter_mut().find(|group| group.id.as_deref() == Some(id)) else {
            return;
        };
        match outcome {
            Acknowledged::Yes => {
                group.deleted = true;
                group.in_doubt = false;
                group.before_kill = false;
                group.acknowledged_by = answered(exchange);
            }
            Acknowledged::InDoubt => group.in_doubt = true,
            Acknowledged::No => {}
        }
    }

    /// Somebody was switched off by an identity provider that updates the groups by itself: until it does, the bridge
    /// may keep the membership or drop it.
    fn leave_membership_open(&mut self, id: &str) {
        for group in &mut self.groups {
            if group.members.remove(id) {
                group.optional.insert(id.to_owned());
            }
        }
    }
}

/// Whether a write was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acknowledged {
    Yes,
    /// Refused in a way that says nothing was done.
    No,
    /// No answer, 5xx or 429: it may have been done, in part or whole.
    InDoubt,
}

impl Acknowledged {
    fn of(exchange: &Exchange) -> Self {
        match exchange.status() {
            Some(200..=299) => Self::Yes,
            Some(408 | 429 | 500..) | None => Self::InDoubt,
            Some(_) => Self::No,
        }
    }
}

/// `owner` or `reader` in any letter case; anything else is no wish that upstream could show.
pub(super) fn known_role(written: &str) -> Option<String> {
    let lower = written.trim().to_lowercase();
    ["owner", "reader"].contains(&lower.as_str()).then_some(lower)
}

fn said_addresses(said: &UserSaid) -> BTreeSet<String> {
    let user_name = said.user_name.iter().filter(|name| name.contains('@'));
    user_name
        .chain(said.emails.iter().flatten())
        .map(|address| address.to_lowercase())
        .collect()
}

/// `PATCH /Users/17 was answered 204`.
fn answered(exchange: &Exchange) -> String {
    let status = exchange.status().unwrap_or_default();
    format!("{} was answered {status}", exchange.request_line())
}

/// The people and groups in an answer: the resource itself, or those of a list.
fn resources_in(exchange: &Exchange) -> Vec<Value> {
    if !exchange.is_success() {
        return Vec::new();
    }
    match list_of(exchange) {
        Some((_, resources)) => resources,
        None => exchange.json().into_iter().collect(),
    }
}

fn text<'a>(resource: &'a Value, key: &str) -> Option<&'a str> {
    resource.get(key)?.as_str()
}

fn emails(resource: &Value) -> impl Iterator<Item = &str> {
    let emails = resource.get("emails").and_then(Value::as_array);
    emails
        .into_iter()
        .flatten()
        .filter_map(|email| email.get("value")?.as_str())
}
