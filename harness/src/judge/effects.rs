//! What the bridge did upstream, effect by effect: invites, roles, strangers, reads that write, patience under 429.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use mock_openai::{Cause, Effect, Entry, Operation, OrgRole};

use super::breach::Breach;
use super::invariant::Invariant;
use super::ledger::Ledger;
use super::patience::Patience;

/// How many rules [`Watch::observe`] looks at for one journal entry.
pub const CHECKS: u32 = 5;

/// Watches the journal of one scenario from its beginning.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    pending: BTreeMap<String, BTreeSet<String>>,
    members: BTreeSet<String>,
    patience: Patience,
}

/// What a journal entry is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What was acknowledged, the step's own exchanges included.
    pub ledger: &'a Ledger,
    /// Roles that requests of this step asked for, by address.
    pub roles_asked: &'a BTreeMap<String, BTreeSet<String>>,
    /// Journal numbers written while nothing but a GET was under way, with that GET's request line.
    pub reads: &'a [(RangeInclusive<u64>, String)],
    /// Whether upstream accepts a second invite in this scenario.
    pub second_invite_is_sent: bool,
}

impl Watch {
    /// Takes in one entry that concerns this scenario or strangers; gives what it breaks.
    pub fn observe(&mut self, entry: &Entry, scene: Scene<'_>) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let by_bridge = entry.cause == Cause::Request;
        if by_bridge {
            breaches.extend(self.patience.observe(entry));
        }
        for effect in &entry.effects {
            let Some(subject) = Subject::of(effect) else {
                continue;
            };
            if by_bridge {
                breaches.extend(self.invite(entry, effect, scene));
                breaches.extend(escalation(entry, effect, scene));
                breaches.extend(read_or_stranger(entry, effect, &subject, scene));
            }
            self.remember(effect);
        }
        breaches
    }

    fn invite(&self, entry: &Entry, effect: &Effect, scene: Scene<'_>) -> Option<Breach> {
        let Effect::InviteCreated { email, .. } = effect else {
            return None;
        };
        let address = email.to_lowercase();
        let already = if self.members.contains(&address) {
            "is a member already"
        } else if self.pending.get(&address).is_some_and(|invites| !invites.is_empty()) {
            "has a pending invite already"
        } else {
            return None;
        };
        let mut message = format!("{email} was invited (#{}), but {already}", entry.seq);
        if scene.second_invite_is_sent {
            message.push_str(
                ". OpenAI does not document that it refuses a second invite, so here upstream sends it; if you know that \
                 it refuses, say `duplicate_invite = \"upstream-refuses\"` in the [bridge] table",
            );
        }
        Some(Breach::of(Invariant::OneInvite, message).about(vec![address]))
    }

    fn remember(&mut self, effect: &Effect) {
        match effect {
            Effect::InviteCreated { invite_id, email, .. } => {
                self.pending
                    .entry(email.to_lowercase())
                    .or_default()
                    .insert(invite_id.clone());
            }
            Effect::InviteDeleted { invite_id, email, .. }
            | Effect::InviteAccepted { invite_id, email, .. }
            | Effect::InviteExpired { invite_id, email, .. }
            | Effect::InviteDeclined { invite_id, email, .. } => {
                if let Some(invites) = self.pending.get_mut(&email.to_lowercase()) {
                    invites.remove(invite_id);
                }
            }
            Effect::UserAdded { email, .. } => _ = self.members.insert(email.to_lowercase()),
            Effect::UserRemoved { email, .. } => _ = self.members.remove(&email.to_lowercase()),
            // No rule looks back on the rest; what has a subject at all is decided in `Subject::of`.
            _ => {}
        }
    }
}

fn escalation(entry: &Entry, effect: &Effect, scene: Scene<'_>) -> Option<Breach> {
    let (email, role) = match effect {
        Effect::InviteCreated { email, role, .. } => (email, role),
        Effect::UserRoleChanged { email, to, .. } => (email, to),
        _ => return None,
    };
    if *role != OrgRole::Owner {
        return None;
    }
    let address = email.to_lowercase();
    let person = scene.ledger.person_at(&address);
    let acknowledged = person.is_some_and(|person| person.role.as_deref() == Some("owner"));
    let in_doubt =
        person.is_some_and(|person| person.roles_in_doubt.contains("owner") || person.roles_perhaps.contains("owner"));
    let asked = scene
        .roles_asked
        .get(&address)
        .is_some_and(|roles| roles.contains("owner"));
    if acknowledged || in_doubt || asked {
        return None;
    }
    let message = format!(
        "{email} was made an owner (#{}), which the identity provider did not ask for",
        entry.seq
    );
    Some(Breach::of(Invariant::NoEscalation, message).about(vec![address]))
}

/// An effect nobody asked for: of a read, or on somebody whom the identity provider never mentioned.
fn read_or_stranger(entry: &Entry, effect: &Effect, subject: &Subject, scene: Scene<'_>) -> Option<Breach> {
    if let Some((_, line)) = scene.reads.iter().find(|(range, _)| range.contains(&entry.seq))
        && !is_owed(effect, subject, scene.ledger)
    {
        let message = format!(
            "{line} made the bridge write upstream (#{}): {}",
            entry.seq,
            said(effect)
        );
        return Some(Breach::of(Invariant::NoReadSideEffects, message).about(subject.about()));
    }
    let mentioned = match subject {
        Subject::Person(address) => scene.ledger.mentioned().contains(address),
        Subject::Group(name) => scene.ledger.mentioned_groups().contains(name),
        Subject::Membership { group, .. } => scene.ledger.mentioned_groups().contains(group),
    };
    // Removing somebody takes them out of every group; that follows from the person.
    let follows = match (effect, subject) {
        (Effect::MemberRemoved { .. }, Subject::Membership { person, .. }) => {
            entry.operation == Some(Operation::DeleteUser) && scene.ledger.mentioned().contains(person)
        }
        _ => false,
    };
    if mentioned || follows {
        return None;
    }
    let message = format!(
        "{} (#{}), which the identity provider never mentioned in a write",
        said(effect),
        entry.seq
    );
    Some(Breach::of(Invariant::StrangersUntouched, message).about(subject.about()))
}

/// Whether an entry changed something, and all of it catches up with what was acknowledged: work in the background,
/// which may meet any read.
pub fn catches_up(entry: &Entry, ledger: &Ledger) -> bool {
    let mut effects = entry.effects.iter();
    let owed = |effect| Subject::of(effect).is_none_or(|subject| is_owed(effect, &subject, ledger));
    !entry.effects.is_empty() && effects.all(owed)
}

/// The same for one effect.
fn is_owed(effect: &Effect, subject: &Subject, ledger: &Ledger) -> bool {
    let address = match subject {
        Subject::Person(address) => address,
        Subject::Group(name) | Subject::Membership { group: name, .. } => {
            return ledger.mentioned_groups().contains(name);
        }
    };
    let Some(person) = ledger.person_at(address) else {
        return false;
    };
    if person.in_doubt || person.moved_by_hand || person.role_by_hand {
        return true;
    }
    // A queue may be about to do what was acknowledged a step earlier while this step already asks for something else.
    let before = person.before.as_ref();
    let was = |active: bool| before.is_some_and(|before| before.active == active);
    let mut roles = [person.role.as_deref(), before.and_then(|before| before.role.as_deref())]
        .into_iter()
        .flatten();
    // Which role was meant is open, so nobody has waited for it.
    let role_is_open = !person.roles_in_doubt.is_empty() || !person.roles_perhaps.is_empty();
    match effect {
        Effect::InviteCreated { .. } => person.active || was(true),
        Effect::InviteDeleted { role, .. } => {
            !person.active
                || was(false)
                || person.former.contains(address)
                // Which of several addresses the invite goes to is the bridge's choice, and so is when it moves.
                || person.addresses.iter().any(|other| other != address)
                || role_is_open
                || roles.any(|wished| wished != role.as_str())
        }
        Effect::UserRemoved { .. } => !person.active || was(false),
        Effect::UserRoleChanged { to, .. } => role_is_open || roles.any(|wished| wished == to.as_str()),
        _ => false,
    }
}

/// Whom or what an effect is about. Addresses and names in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person, by address.
    Person(String),
    /// A group, by name.
    Group(String),
    /// A person's membership in a group.
    Membership {
        /// Address.
        person: String,
        /// Name.
        group: String,
    },
}

impl Subject {
    /// Whom or what `effect` is about; `None` for roles, projects and keys, which SCIM has no word for.
    pub fn of(effect: &Effect) -> Option<Self> {
        Some(match effect {
            Effect::InviteCreated { email, .. }
            | Effect::InviteDeleted { email, .. }
            | Effect::InviteAccepted { email, .. }
            | Effect::InviteExpired { email, .. }
            | Effect::InviteDeclined { email, .. }
            | Effect::UserAdded { email, .. }
            | Effect::UserRoleChanged { email, .. }
            | Effect::UserRemoved { email, .. } => Self::Person(email.to_lowercase()),
            Effect::GroupCreated { name, .. } | Effect::GroupDeleted { name, .. } => Self::Group(name.to_lowercase()),
            Effect::GroupRenamed { from, .. } => Self::Group(from.to_lowercase()),
            Effect::MemberAdded { group, email, .. } | Effect::MemberRemoved { group, email, .. } => Self::Membership {
                person: email.to_lowercase(),
                group: group.to_lowercase(),
            },
            Effect::RoleCreated { .. }
            | Effect::RoleUpdated { .. }
            | Effect::RoleDeleted { .. }
            | Effect::RoleAssigned { .. }
            | Effect::RoleUnassigned { .. }
            | Effect::ProjectCreated { .. }
            | Effect::ProjectUpdated { .. }
            | Effect::ProjectArchived { .. }
            | Effect::ProjectUserAdded { .. }
            | Effect::ProjectUserRoleChanged { .. }
            | Effect::ProjectUserRemoved { .. }
            | Effect::ProjectGroupAdded { .. }
            | Effect::ProjectGroupRemoved { .. }
            | Effect::ServiceAccountCreated { .. }
            | Effect::ServiceAccountUpdated { .. }
            | Effect::ServiceAccountDeleted { .. }
            | Effect::ServiceAccountKeyCreated { .. }
            | Effect::AdminKeyCreated { .. }
            | Effect::AdminKeyDeleted { .. } => return None,
        })
    }

    /// The addresses and names in it.
    pub fn about(&self) -> Vec<String> {
        match self {
            Self::Person(name) | Self::Group(name) => vec![name.clone()],
            Self::Membership { person, group } => vec![person.clone(), group.clone()],
        }
    }
}

/// An effect in words.
pub fn said(effect: &Effect) -> String {
    match effect {
        Effect::InviteCreated { email, role, .. } => {
            format!("{email} was invited as {}", role.as_str())
        }
        Effect::InviteDeleted { email, .. } => format!("the invite of {email} was deleted"),
        Effect::InviteAccepted { email, .. } => format!("{email} accepted"),
        Effect::InviteExpired { email, .. } => format!("the invite of {email} expired"),
        Effect::InviteDeclined { email, .. } => format!("{email} declined"),
        Effect::UserAdded { email, .. } => format!("{email} became a member"),
        Effect::UserRoleChanged { email, to, .. } => format!("{email} was made {}", to.as_str()),
        Effect::UserRemoved { email, .. } => format!("{email} was removed from the organization"),
        Effect::GroupCreated { name, .. } => format!("group {name:?} was created"),
        Effect::GroupRenamed { from, to, .. } => format!("group {from:?} was renamed to {to:?}"),
        Effect::GroupDeleted { name, .. } => format!("group {name:?} was deleted"),
        Effect::MemberAdded { group, email, .. } => format!("{email} was added to group {group:?}"),
        Effect::MemberRemoved { group, email, .. } => {
            format!("{email} was removed from group {group:?}")
        }
        // Nobody is accused of these, see `Subject::of`.
        _ => "roles, projects or keys were changed".to_owned(),
    }
}

/// `#12 POST /organization/invites {"email":…} → 200: a@example.com was invited as reader`.
pub fn journal_line(entry: &Entry) -> String {
    let request = match &entry.request {
        None => entry.route.to_string(),
        Some(request) => {
            let query = if request.query().is_empty() {
                String::new()
            } else {
                format!("?{}", request.query())
            };
            let body: String = String::from_utf8_lossy(request.body()).chars().take(160).collect();
            let path = request.path().strip_prefix("/v1").unwrap_or(request.path());
            format!("{} {path}{query} {body}", request.method).trim_end().to_owned()
        }
    };
    let answer = match (&entry.answer, entry.injected.is_some()) {
        (Some(answer), false) => format!(" → {}", answer.status),
        (Some(answer), true) => format!(" → {} (trouble made on purpose)", answer.status),
        (None, true) => " → no answer (trouble made on purpose)".to_owned(),
        (None, false) => String::new(),
    };
    let effects: Vec<String> = entry.effects.iter().map(said).collect();
    let effects = if effects.is_empty() {
        String::new()
    } else {
        format!(": {}", effects.join(", "))
    };
    format!("#{} {request}{answer}{effects}", entry.seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::ledger::heard::hear;

    #[test]
    fn a_queue_may_meet_the_step_after_and_no_later_one() {
        let mut ledger = Ledger::default();
        let switch = |ledger: &mut Ledger, active: bool| {
            let ann = format!(r#"{{"id":"1","userName":"ann@x.org","active":{active}}}"#);
            hear(ledger, "PUT /Users/1", &ann, 200, &ann);
        };
        let removed = Effect::UserRemoved {
            user_id: "u".to_owned(),
            email: "ann@x.org".to_owned(),
            role: OrgRole::Reader,
        };
        let ann = Subject::Person("ann@x.org".to_owned());
        switch(&mut ledger, false);
        ledger.begin_step();
        switch(&mut ledger, true);
        assert!(is_owed(&removed, &ann, &ledger));
        ledger.begin_step();
        assert!(!is_owed(&removed, &ann, &ledger));
    }

    #[test]
    fn a_role_that_a_put_left_out_may_be_reset_at_any_time() {
        let mut ledger = Ledger::default();
        let ann = r#"{"id":"1","userName":"ann@x.org","urn:x:2.0:User":{"openai_role":"owner"}}"#;
        hear(&mut ledger, "POST /Users", ann, 201, ann);
        let reset = Effect::UserRoleChanged {
            user_id: "u".to_owned(),
            email: "ann@x.org".to_owned(),
            from: OrgRole::Owner,
            to: OrgRole::Reader,
        };
        let subject = Subject::Person("ann@x.org".to_owned());
        ledger.begin_step();
        assert!(!is_owed(&reset, &subject, &ledger));
        let without = r#"{"id":"1","userName":"ann@x.org"}"#;
        hear(&mut ledger, "PUT /Users/1", without, 200, without);
        for _ in 0..3 {
            ledger.begin_step();
            assert!(is_owed(&reset, &subject, &ledger));
        }
    }

    #[test]
    fn an_invite_may_move_between_the_addresses_of_a_person_and_no_further() {
        let mut ledger = Ledger::default();
        let ann = r#"{"id":"1","userName":"ann@x.org","emails":[{"value":"ann@x.org"}]}"#;
        hear(&mut ledger, "POST /Users", ann, 201, ann);
        let deleted = Effect::InviteDeleted {
            invite_id: "i".to_owned(),
            email: "ann@x.org".to_owned(),
            role: OrgRole::Reader,
        };
        let subject = Subject::Person("ann@x.org".to_owned());
        ledger.begin_step();
        assert!(!is_owed(&deleted, &subject, &ledger));
        let rename = r#"{"Operations":[{"op":"replace","path":"userName","value":"anna@x.org"}]}"#;
        hear(&mut ledger, "PATCH /Users/1", rename, 204, "");
        for _ in 0..3 {
            ledger.begin_step();
            assert!(is_owed(&deleted, &subject, &ledger));
        }
    }
}
