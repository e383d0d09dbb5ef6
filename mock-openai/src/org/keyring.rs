//! The keys of an organization: found by what is sent, in the time of one look-up.
//!
//! There is a first key, which the organization is set up with, and there are those that are made
//! later, by operations or by hand. What a key may do is decided in [`gate`](super::gate).

use std::borrow::Cow;
use std::sync::Arc;

use crate::id::Ids;
use crate::journal::Actor;
use crate::record::{AdminKey, KeyOwner};
use crate::store::{Row, Store};
use crate::timestamp::Timestamp;

/// With which key an organization is set up. Keys of projects (`sk-proj-…`) never open one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminKeys {
    /// With one made up from the seed.
    MadeUp,
    /// With this one.
    Only(String),
    /// With one made up from the seed, and whatever else is sent counts as that one.
    Any,
}

/// A key, and whoever asks with it in the words of the journal.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) key: AdminKey,
    pub(super) actor: Arc<Actor>,
}

impl Held {
    pub(super) fn new(key: AdminKey) -> Self {
        let actor = Arc::new(Actor::of_key(&key));
        Self { key, actor }
    }
}

impl Row for Held {
    fn id(&self) -> &str {
        &self.key.id
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.key.secret))
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Keyring {
    keys: Store<Held>,
    /// The first key as it was when it was made.
    first: Option<AdminKey>,
    /// Whether keys that nobody knows count as the first one.
    any: bool,
}

impl Keyring {
    /// No key, and any opens.
    pub(super) fn open() -> Self {
        Self {
            keys: Store::new(),
            first: None,
            any: true,
        }
    }

    /// One key. It belongs to a service account that is made up with it: nobody is a member yet.
    pub(super) fn new(key: AdminKeys, ids: &mut Ids, now: Timestamp) -> Self {
        let any = key == AdminKeys::Any;
        let made_up = ids.secret();
        let secret = match key {
            AdminKeys::MadeUp | AdminKeys::Any => made_up,
            AdminKeys::Only(secret) => secret,
        };
        let first = AdminKey {
            id: ids.key(),
            name: "First key".to_owned(),
            secret,
            created_at: now,
            expires_at: None,
            last_used_at: None,
            owner: KeyOwner::made_up(ids.key_owner(), now),
            scopes: None,
        };
        let mut keys = Store::new();
        keys.insert(Held::new(first.clone()));
        Self {
            keys,
            first: Some(first),
            any,
        }
    }

    /// The first key alone, as it was when it was made; `ids` have given out nothing yet.
    pub(super) fn as_new(&self, ids: &mut Ids) -> Self {
        let Some(first) = &self.first else {
            return Self::open();
        };
        Self {
            any: self.any,
            ..Self::new(AdminKeys::Only(first.secret.clone()), ids, first.created_at)
        }
    }

    /// Takes over other keys. The first one stays if none of them has its secret: whoever has been
    /// told it can go on. If its id is taken it gets another.
    pub(super) fn replace(&mut self, keys: Store<Held>, ids: &mut Ids) {
        self.keys = keys;
        let Some(mut first) = self.first.clone().filter(|first| !self.knows(&first.secret)) else {
            return;
        };
        while self.keys.contains(&first.id) {
            first.id = ids.key();
        }
        self.keys.insert(Held::new(first));
    }

    /// Whether there is a key with this secret, expired or not.
    pub(super) fn knows(&self, secret: &str) -> bool {
        self.keys.oldest_with_key(secret).is_some()
    }

    /// Whether keys that nobody knows open the organization too.
    pub(super) fn is_open(&self) -> bool {
        self.any
    }

    /// The secret of the first key, if it is still there.
    pub(super) fn first_secret(&self) -> Option<&str> {
        let first = self.first.as_ref()?;
        self.knows(&first.secret).then_some(&first.secret)
    }

    /// The key that is meant by what was sent.
    pub(super) fn meant(&mut self, secret: &str) -> Option<&mut Held> {
        let with = |secret| self.keys.oldest_with_key(secret).map(|(position, _)| position);
        let position = with(secret).or_else(|| {
            let first = self.first.as_ref().filter(|_| self.any)?;
            with(&first.secret)
        });
        self.keys.at_mut(position?)
    }

    pub(super) fn keys(&self) -> &Store<Held> {
        &self.keys
    }

    pub(super) fn keys_mut(&mut self) -> &mut Store<Held> {
        &mut self.keys
    }
}
