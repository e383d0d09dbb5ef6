//! Users of a project that are no persons.

use serde::{Deserialize, Serialize};

/// What a service account may do in its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceAccountRole {
    /// Nothing.
    None,
    /// Use it.
    Member,
    /// Administer it.
    Owner,
}

impl ServiceAccountRole {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}
