//! Which reading counts where the letter of the RFC and the habit of an identity provider clash.

use std::fmt;

use serde::Deserialize;

/// Which reading counts. Exactly one does, unlike a policy's choices, of which several may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// The letter of the RFC.
    Rfc,
    /// What identity providers need.
    #[default]
    Idp,
}

impl Reading {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Rfc, Self::Idp];

    /// The word used in files and flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rfc => "rfc",
            Self::Idp => "idp",
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
