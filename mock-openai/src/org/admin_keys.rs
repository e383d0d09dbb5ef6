//! Admin API keys: list, create, retrieve, delete; and keys that are made by hand.
//!
//! A key opens the organization as soon as it is made, and until it is deleted or expires. What is
//! sent for it is told once, when it is made.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keyring::Held;
use super::users::Deletion;
use super::{Org, WorldError, page};
use crate::journal::{Actor, Effect};
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{AdminKey, KeyOwner, KeyOwnerKind, OrgRole, Scope, User};
use crate::refusal::{Code, Refusal};
use crate::settings::DeleteMissing;
use crate::timestamp::Timestamp;

/// How long a key may live, in seconds (specified): up to a year.
const LIFETIMES: std::ops::RangeInclusive<u64> = 1..=31_536_000;

/// A key to be made by hand, with what the API does not let one say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAdminKey {
    /// What it is called.
    pub name: String,
    /// What is sent for it; made up if absent.
    #[serde(default)]
    pub secret: Option<String>,
    /// The member who owns it; a service account that is made up with it, if absent.
    #[serde(default)]
    pub owner_user_id: Option<String>,
    /// What it may do; as the setting says, if absent.
    #[serde(default)]
    pub scopes: Option<BTreeSet<Scope>>,
    /// Seconds until it expires; never, if absent.
    #[serde(default)]
    pub expires_in_seconds: Option<u64>,
}

impl Org {
    pub(super) fn list_admin_keys(&self, request: &Request) -> Result<Answer, Refusal> {
        let query = Query::parse(&request.query);
        let keep = |held: &Held| self.is_settled(&[&held.key.id]);
        page::ADMIN_KEYS.list(self.keys.keys(), &query, &self.settings, keep, |held| {
            self.key_body(&held.key, None)
        })
    }

    /// Makes a key that belongs to whom the calling key belongs to, and may do what that one may
    /// (our choice; the request names neither owner nor scopes).
    pub(super) fn create_admin_key(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        let mut fields = self.fields(request)?;
        let name = fields.text("name")?;
        let lifetime = fields.optional_integer("expires_in_seconds", LIFETIMES)?;
        self.finish(&fields)?;
        let scopes = self.calling_key().and_then(|key| key.scopes.clone());
        let owner = self.calling_key().map(|key| key.owner.clone());
        let owner = owner.unwrap_or_else(|| self.made_up_owner(now));
        let secret = self.ids.secret();
        let key = self.put_key(name, secret, owner, scopes, lifetime, now);
        Ok(Answer::json(200, &self.key_body(&key, Some(&key.secret))))
    }

    pub(super) fn retrieve_admin_key(&self, key_id: &str) -> Result<Answer, Refusal> {
        let held = self.keys.keys().get(key_id).ok_or_else(|| no_key(key_id))?;
        Ok(Answer::json(200, &self.key_body(&held.key, None)))
    }

    /// Deletes a key; also the one that asks for it, and the last one (our choice).
    pub(super) fn delete_admin_key(&mut self, key_id: &str) -> Result<Answer, Refusal> {
        let was_there = self.drop_key(key_id);
        if !was_there && self.settings.delete_missing == DeleteMissing::NotFound {
            return Err(no_key(key_id));
        }
        let object = "organization.admin_api_key.deleted";
        Ok(Answer::json(
            200,
            &Deletion {
                object,
                id: key_id,
                deleted: true,
            },
        ))
    }

    /// The keys, in the order in which they were made.
    pub fn admin_keys(&self) -> impl DoubleEndedIterator<Item = &AdminKey> {
        self.keys.keys().iter().map(|held| &held.key)
    }

    /// Another admin makes a key.
    pub fn add_admin_key(&mut self, new: NewAdminKey, now: Timestamp) -> Result<AdminKey, WorldError> {
        self.tick(now);
        let owner = match &new.owner_user_id {
            None => self.made_up_owner(now),
            Some(user_id) => {
                let user = self.users.get(user_id);
                person(user.ok_or_else(|| WorldError::NoUser(user_id.clone()))?)
            }
        };
        let secret = new.secret.unwrap_or_else(|| self.ids.secret());
        if self.knows_key(&secret) {
            return Err(WorldError::KeyTaken);
        }
        let key = self.put_key(new.name, secret, owner, new.scopes, new.expires_in_seconds, now);
        self.record_world("add admin key", now);
        Ok(key)
    }

    /// The key that the call in progress came with; none if it is only let through, see
    /// [`AdminKeys::Any`](super::AdminKeys), and for the world.
    pub(super) fn calling_key(&self) -> Option<&AdminKey> {
        match self.caller.as_deref()? {
            Actor::ApiKey { key_id, .. } => self.keys.keys().get(key_id).map(|held| &held.key),
            Actor::Session { .. } => None,
        }
    }

    fn put_key(
        &mut self,
        name: String,
        secret: String,
        owner: KeyOwner,
        scopes: Option<BTreeSet<Scope>>,
        lifetime: Option<u64>,
        now: Timestamp,
    ) -> AdminKey {
        let key = AdminKey {
            id: self.ids.key(),
            name,
            secret,
            created_at: now,
            expires_at: lifetime.map(|seconds| now.plus(Duration::from_secs(seconds))),
            last_used_at: None,
            owner,
            scopes,
        };
        let scopes = key.scopes.iter().flatten().copied().collect();
        self.effects.push(Effect::AdminKeyCreated {
            key_id: key.id.clone(),
            name: key.name.clone(),
            scopes,
        });
        self.keys.keys_mut().insert(Held::new(key.clone()));
        key
    }

    /// Deletes a key and writes it down; tells whether there was one.
    fn drop_key(&mut self, key_id: &str) -> bool {
        let Some(held) = self.keys.keys_mut().remove(key_id) else {
            return false;
        };
        let AdminKey { id, name, .. } = held.key;
        self.effects.push(Effect::AdminKeyDeleted { key_id: id, name });
        true
    }

    /// Deletes the keys of somebody who is removed.
    pub(super) fn drop_keys_of(&mut self, user_id: &str) {
        let theirs = self.admin_keys().filter(|key| key.owner.id == user_id);
        for key_id in theirs.map(|key| key.id.clone()).collect::<Vec<_>>() {
            self.drop_key(&key_id);
        }
    }

    fn made_up_owner(&mut self, now: Timestamp) -> KeyOwner {
        KeyOwner::made_up(self.ids.key_owner(), now)
    }

    fn key_body<'a>(&'a self, key: &'a AdminKey, value: Option<&'a str>) -> KeyBody<'a> {
        let owner = &key.owner;
        let role = self.users.get(&owner.id).map_or(owner.role, |user| user.role);
        let object = match owner.kind {
            KeyOwnerKind::User => "organization.user",
            KeyOwnerKind::ServiceAccount => "organization.service_account",
        };
        KeyBody {
            object: "organization.admin_api_key",
            id: &key.id,
            name: &key.name,
            redacted_value: redacted_value(&key.secret),
            created_at: key.created_at.as_secs(),
            expires_at: key.expires_at.map(Timestamp::as_secs),
            last_used_at: key.last_used_at.map(Timestamp::as_secs),
            owner: OwnerBody {
                kind: owner.kind,
                object,
                id: &owner.id,
                name: &owner.name,
                created_at: owner.created_at.as_secs(),
                role: role.as_str(),
            },
            value,
        }
    }
}

impl KeyOwner {
    /// A service account for a key that nobody owns.
    pub(super) fn made_up(id: String, now: Timestamp) -> Self {
        Self {
            kind: KeyOwnerKind::ServiceAccount,
            id,
            name: "mock-openai".to_owned(),
            email: None,
            created_at: now,
            role: OrgRole::Owner,
        }
    }
}

fn person(user: &User) -> KeyOwner {
    KeyOwner {
        kind: KeyOwnerKind::User,
        id: user.id().to_owned(),
        name: user.name().unwrap_or_default().to_owned(),
        email: Some(user.email().to_owned()),
        created_at: user.added_at,
        role: user.role,
    }
}

fn no_key(key_id: &str) -> Refusal {
    Refusal::not_found(Code::AdminApiKeyNotFound, "admin API key", key_id)
}

/// `sk-admin********************abcd`, the form seen in practice. A short secret has no last four.
fn redacted_value(secret: &str) -> String {
    const SHORT: usize = 16;
    let prefix = if secret.starts_with("sk-admin") { "sk-admin" } else { "" };
    let length = secret.chars().count();
    let shown = if length < SHORT { length } else { length - 4 };
    let last: String = secret.chars().skip(shown).collect();
    format!("{prefix}{stars}{last}", stars = "*".repeat(20))
}

/// A key on the wire. `name` and `last_used_at` are not required by the schema.
#[derive(Serialize)]
struct KeyBody<'a> {
    object: &'static str,
    id: &'a str,
    name: &'a str,
    redacted_value: String,
    created_at: u64,
    expires_at: Option<u64>,
    last_used_at: Option<u64>,
    owner: OwnerBody<'a>,
    /// The secret; on the answer to a new key only.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

/// Whose it is. The schema requires none of these; one SDK does not decode a key without them all.
#[derive(Serialize)]
struct OwnerBody<'a> {
    #[serde(rename = "type")]
    kind: KeyOwnerKind,
    object: &'static str,
    id: &'a str,
    name: &'a str,
    created_at: u64,
    role: &'static str,
}
