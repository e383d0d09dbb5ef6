//! What was seen of one request and its answer, with nothing secret in it: what a spool holds, line by line.

use serde::{Deserialize, Serialize};

/// A request and what came back. Times are milliseconds since the recording began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// When the request came.
    pub began_ms: u64,
    /// When its answer had gone, or it was clear that there is none.
    pub ended_ms: u64,
    /// HTTP method.
    pub method: String,
    /// Path under the SCIM base, and query, encoded as they were.
    pub target: String,
    /// The few headers that say how an identity provider speaks; no others are looked at.
    pub headers: Vec<(String, String)>,
    /// Whether it had an `Authorization` header.
    pub has_credentials: bool,
    /// Its body.
    pub body: Body,
    /// What came back; `None` when nothing did.
    pub answer: Option<SeenAnswer>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenAnswer {
    /// HTTP status code.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// Its body, decompressed.
    pub body: Body,
}

/// A body, as far as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// There was none.
    #[default]
    None,
    /// The text.
    Text(String),
    /// Not kept, and why.
    LeftOut(String),
}

impl Body {
    /// The text, if it is kept.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::None | Self::LeftOut(_) => None,
        }
    }
}

impl Seen {
    /// The status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// Whether the bridge acknowledged.
    pub fn is_success(&self) -> bool {
        self.status().is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the bridge could not say yes or no: 429, 5xx but 501, or nothing at all.
    pub fn is_trouble(&self) -> bool {
        self.status()
            .is_none_or(|status| status == 429 || (status >= 500 && status != 501))
    }

    /// Path and query.
    pub fn path_and_query(&self) -> (&str, Option<&str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.target, None),
        }
    }
}
