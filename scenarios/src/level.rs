//! How binding a requirement is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How binding the requirement behind an expectation is, and so how heavy a finding against it weighs.
///
/// The order is by weight: `May < Should < Hazard < Must`, so `level >= fail_on` reads as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Allowed either way; worth knowing.
    May,
    /// Recommended by the RFC or by an identity provider; a bridge can work without it.
    Should,
    /// Legal, but with this identity provider people will suffer from it. It fails a run only when asked to.
    Hazard,
    /// Required by the RFC, or an identity provider or a person is harmed without it.
    #[default]
    Must,
}

impl Level {
    /// The word used in files, flags and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::May => "may",
            Self::Should => "should",
            Self::Hazard => "hazard",
            Self::Must => "must",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
