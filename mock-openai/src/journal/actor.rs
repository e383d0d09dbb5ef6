//! Who did something, as the audit log wants to know it.

use serde::Serialize;

use crate::record::{AdminKey, KeyOwnerKind};

/// Who did something. As they were then: a key or a person that is gone now is still named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    /// A program, with a key of the organization.
    ApiKey {
        /// `key_…`
        key_id: String,
        /// Whose key it is.
        owner: KeyOwnerKind,
        /// The id of the owner.
        owner_id: String,
        /// The address of the owner; service accounts have none.
        owner_email: Option<String>,
    },
    /// A person, in a browser.
    Session {
        /// `user-…`
        user_id: String,
        /// The address.
        email: String,
    },
}

impl Actor {
    pub(crate) fn of_key(key: &AdminKey) -> Self {
        Self::ApiKey {
            key_id: key.id.clone(),
            owner: key.owner.kind,
            owner_id: key.owner.id.clone(),
            owner_email: key.owner.email.clone(),
        }
    }

    /// The ids by which the actor can be looked for: of the key and of the person or account.
    pub(crate) fn ids(&self) -> [Option<&str>; 2] {
        match self {
            Self::ApiKey { key_id, owner_id, .. } => [Some(key_id), Some(owner_id)],
            Self::Session { user_id, .. } => [Some(user_id), None],
        }
    }

    pub(crate) fn email(&self) -> Option<&str> {
        match self {
            Self::ApiKey { owner_email, .. } => owner_email.as_deref(),
            Self::Session { email, .. } => Some(email),
        }
    }
}
