//! Roles and who holds them.

use serde::{Deserialize, Serialize};

/// Who can hold a role, by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// A user.
    User(String),
    /// A group, and through it whoever is in it.
    Group(String),
}
