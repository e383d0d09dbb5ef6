//! The people and groups of one scenario, as the identity provider's directory knows them.
//!
//! Names carry a tag of their own for every scenario and persona, so that scenarios never meet in one bridge. All of
//! it is invented from the seed: the same seed invents the same people.

use std::collections::BTreeMap;

use proofload_scenarios::{ExternalId, GroupStart, Idp, Mail, RoleSpelling, Scenario, UpstreamStart};

/// Everybody and every group a scenario speaks of.
#[derive(Clone, Debug, PartialEq)]
pub struct Cast {
    /// What sets this scenario's names apart from all others: six letters and digits.
    pub tag: String,
    actors: BTreeMap<String, Actor>,
    crowds: BTreeMap<String, Vec<String>>,
    teams: BTreeMap<String, Team>,
    /// What steps kept of their answers, by name.
    kept: BTreeMap<String, String>,
    random: fastrand::Rng,
}

/// A person in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The scenario's name for this person.
    pub name: String,
    /// The SCIM id the bridge gave, once it did.
    pub id: Option<String>,
    /// Directory attributes: `userName`, `email`, `givenName`, `externalId`, `openai_role`, …
    pub directory: BTreeMap<String, String>,
    /// Where the role goes in a SCIM resource.
    pub role_at: RoleSpelling,
    /// Where the person stands upstream before the first step.
    pub upstream: UpstreamStart,
    /// The role upstream before the first step.
    pub upstream_role: Option<String>,
}

/// A group in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The scenario's name for this group.
    pub name: String,
    /// The SCIM id the bridge gave, once it did.
    pub id: Option<String>,
    /// The name people see.
    pub display_name: String,
    /// A GUID.
    pub external_id: String,
    /// Names of the people in it, in the order they came.
    pub members: Vec<String>,
    /// Whether groups of this name are at OpenAI before the first step.
    pub upstream: GroupStart,
    /// Names of the people who are in them there.
    pub upstream_members: Vec<String>,
}

impl Cast {
    /// Invents the cast of `scenario` under the persona `idp` for `seed`.
    pub fn invent(scenario: &Scenario, idp: &Idp, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ hash(&scenario.id) ^ hash(&idp.name).rotate_left(17));
        let tag = letters(&mut random, 6, b"abcdefghijkmnpqrstuvwxyz23456789");
        let mut cast = Self {
            tag,
            actors: BTreeMap::new(),
            crowds: BTreeMap::new(),
            teams: BTreeMap::new(),
            kept: BTreeMap::new(),
            random,
        };
        for (name, person) in &scenario.people {
            let names: Vec<String> = match person.count {
                Some(count) => (1..=count).map(|number| format!("{name}-{number}")).collect(),
                None => vec![name.clone()],
            };
            for one in &names {
                let actor = cast.invent_actor(one, person, idp);
                cast.actors.insert(one.clone(), actor);
            }
            if person.count.is_some() {
                cast.crowds.insert(name.clone(), names);
            }
        }
        for (name, group) in &scenario.groups {
            let usual = || format!("{} {}", capitalised(name), cast.tag);
            let display_name = group.name.as_ref().map_or_else(usual, |name| name.with(&cast.tag));
            let everybody = |names: &[String]| names.iter().flat_map(|name| cast.everybody(name)).collect();
            let (members, upstream_members) = (everybody(&group.members), everybody(&group.upstream_members));
            let team = Team {
                name: name.clone(),
                id: None,
                display_name,
                external_id: cast.guid(),
                members,
                upstream: group.upstream,
                upstream_members,
            };
            cast.teams.insert(name.clone(), team);
        }
        cast
    }

    fn invent_actor(&mut self, name: &str, person: &proofload_scenarios::Person, idp: &Idp) -> Actor {
        let written = person.address.as_ref().map(|address| address.with(&self.tag));
        let address = written.unwrap_or_else(|| self.address(name));
        let given = capitalised(name);
        let external_id = match idp.user.external_id {
            ExternalId::OktaId => {
                format!(
                    "00u{}",
                    letters(
                        &mut self.random,
                        17,
                        b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                    )
                )
            }
            ExternalId::MailNickname => address.split('@').next().unwrap_or_default().to_owned(),
        };
        let mut directory = BTreeMap::from([
            ("userName".to_owned(), address.clone()),
            ("displayName".to_owned(), format!("{given} Tester")),
            ("givenName".to_owned(), given),
            ("familyName".to_owned(), "Tester".to_owned()),
            ("externalId".to_owned(), external_id),
            (
                "password".to_owned(),
                letters(
                    &mut self.random,
                    14,
                    b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789",
                ),
            ),
        ]);
        let email = match &person.mail {
            Mail::UserName => Some(address),
            Mail::Other(email) => Some(email.with(&self.tag)),
            Mail::None => None,
        };
        directory.extend(email.map(|email| ("email".to_owned(), email)));
        if let Some(role) = &person.openai_role {
            directory.insert("openai_role".to_owned(), role.clone());
        }
        directory.extend(
            person
                .attributes
                .iter()
                .map(|(key, value)| (directory_key(key).to_owned(), value.clone())),
        );
        Actor {
            name: name.to_owned(),
            id: None,
            directory,
            role_at: person.role_at,
            upstream: person.upstream,
            upstream_role: person.upstream_role.clone(),
        }
    }

    /// The administrator maps roles to where this bridge looks for them: beside userName.
    pub fn say_roles_beside(&mut self) {
        for actor in self.actors.values_mut() {
            actor.role_at = RoleSpelling::TopLevel;
        }
    }

    /// The address of somebody with this local part in this scenario.
    pub fn address(&self, local: &str) -> String {
        format!("{local}.{}@example.com", self.tag)
    }

    /// A fresh random GUID.
    pub fn guid(&mut self) -> String {
        guid(&mut self.random)
    }

    /// The names a name stands for: the people of a crowd, or the one person.
    pub fn everybody(&self, name: &str) -> Vec<String> {
        self.crowds.get(name).cloned().unwrap_or_else(|| vec![name.to_owned()])
    }

    /// A person by name.
    pub fn actor(&self, name: &str) -> Option<&Actor> {
        self.actors.get(name)
    }

    /// A person by name, to change.
    pub fn actor_mut(&mut self, name: &str) -> Option<&mut Actor> {
        self.actors.get_mut(name)
    }

    /// Everybody.
    pub fn actors(&self) -> impl Iterator<Item = &Actor> {
        self.actors.values()
    }

    /// A group by name.
    pub fn team(&self, name: &str) -> Option<&Team> {
        self.teams.get(name)
    }

    /// A group by name, to change.
    pub fn team_mut(&mut self, name: &str) -> Option<&mut Team> {
        self.teams.get_mut(name)
    }

    /// Every group.
    pub fn teams(&self) -> impl Iterator<Item = &Team> {
        self.teams.values()
    }

    /// Gives the person whose userName this is the id that the bridge gave; `again` replaces one that is known.
    pub fn learn_user_id(&mut self, user_name: &str, id: &str, again: bool) {
        let found = self.actors.values_mut().find(|actor| {
            actor
                .directory
                .get("userName")
                .is_some_and(|known| known.eq_ignore_ascii_case(user_name))
        });
        if let Some(actor) = found.filter(|actor| again || actor.id.is_none()) {
            actor.id = Some(id.to_owned());
        }
    }

    /// Gives the group of this displayName the id that the bridge gave; `again` replaces one that is known.
    pub fn learn_group_id(&mut self, display_name: &str, id: &str, again: bool) {
        let found = self
            .teams
            .values_mut()
            .find(|team| team.display_name.eq_ignore_ascii_case(display_name));
        if let Some(team) = found.filter(|team| again || team.id.is_none()) {
            team.id = Some(id.to_owned());
        }
    }

    /// Nobody has a role to send any more.
    pub fn forget_roles(&mut self) {
        for actor in self.actors.values_mut() {
            actor.directory.remove("openai_role");
        }
    }

    /// Keeps a value that an answer gave, for `{kept.NAME}`.
    pub fn keep(&mut self, name: &str, value: String) {
        self.kept.insert(name.to_owned(), value);
    }

    /// What a placeholder stands for: `alice.id`, `eng.displayName`, `kept.x`, `tag`, `role_urn`. `guid` is not pure, see [`Cast::guid`].
    pub fn placeholder(&self, name: &str, role_urn: &str) -> Option<String> {
        let Some((who, field)) = name.split_once('.') else {
            return match name {
                "tag" => Some(self.tag.clone()),
                "role_urn" => Some(role_urn.to_owned()),
                _ => None,
            };
        };
        if who == "kept" {
            return self.kept.get(field).cloned();
        }
        if let Some(actor) = self.actors.get(who) {
            return match field {
                "id" => actor.id.clone(),
                "userNameUpper" => actor.get("userName").map(str::to_uppercase),
                field => actor.get(field).map(str::to_owned),
            };
        }
        let team = self.teams.get(who)?;
        match field {
            "id" => team.id.clone(),
            "displayName" => Some(team.display_name.clone()),
            "displayNameUpper" => Some(team.display_name.to_uppercase()),
            "externalId" => Some(team.external_id.clone()),
            _ => None,
        }
    }
}

impl Actor {
    /// A directory attribute.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.directory.get(key).map(String::as_str)
    }

    /// The userName; everybody has one.
    pub fn user_name(&self) -> &str {
        self.get("userName").unwrap_or_default()
    }

    /// Changes an attribute by its SCIM name; an empty value clears it.
    pub fn set(&mut self, scim_name: &str, value: &str) {
        let key = directory_key(scim_name).to_owned();
        if value.is_empty() {
            self.directory.remove(&key);
        } else {
            self.directory.insert(key, value.to_owned());
        }
    }

    /// Whether the identity provider means the person to have access.
    pub fn is_assigned(&self) -> bool {
        self.get("active") != Some("false")
    }

    /// Addresses the person can be reached at: the userName if it is one, and the e-mail.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        [self.get("userName"), self.get("email")]
            .into_iter()
            .flatten()
            .filter(|address| address.contains('@'))
    }
}

/// A random GUID, version 4.
pub fn guid(random: &mut fastrand::Rng) -> String {
    let (high, low) = (random.u64(..), random.u64(..));
    let hex = format!("{high:016x}{low:016x}");
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// `name.givenName` is kept as `givenName`; every other SCIM name as it is.
pub fn directory_key(scim_name: &str) -> &str {
    scim_name.strip_prefix("name.").unwrap_or(scim_name)
}

fn letters(random: &mut fastrand::Rng, length: usize, alphabet: &[u8]) -> String {
    (0..length)
        .map(|_| char::from(alphabet[random.usize(..alphabet.len())]))
        .collect()
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// FNV-1a: the same on every machine and in every version, unlike the standard library's.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
