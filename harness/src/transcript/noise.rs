//! What a team does not want to see in its transcripts: headers beyond a few, and values that mean nothing.

use std::fmt;

use regex::Regex;
use serde_json::Value;

/// Headers of answers that stand in a transcript unless others are asked for.
const HEADERS: [&str; 6] = [
    "content-type",
    "etag",
    "location",
    "retry-after",
    "www-authenticate",
    "allow",
];
/// What stands where something was taken out.
pub(super) const REDACTED: &str = "{redacted}";

/// What is shown of answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// Names of the headers that are shown, in lower case.
    pub headers: Vec<String>,
    /// What is taken out.
    pub redact: Vec<Redaction>,
}

/// Something that is taken out of every transcript.
#[derive(Clone, Debug, PartialEq)]
pub enum Redaction {
    /// A value in an answer, or in each resource of a list.
    Pointer(Pointer),
    /// A text, wherever it stands.
    Pattern(Pattern),
}

/// A JSON Pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(String);

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Default for Noise {
    fn default() -> Self {
        Self {
            headers: HEADERS.map(str::to_owned).to_vec(),
            redact: Vec::new(),
        }
    }
}

impl Noise {
    /// Whether a header of an answer is shown.
    pub(super) fn shows(&self, header: &str) -> bool {
        self.headers.iter().any(|shown| shown.eq_ignore_ascii_case(header))
    }

    /// Takes out of a body what pointers name: in the body itself, and in each resource of a list.
    pub(super) fn take_out(&self, body: &mut Value) {
        for redaction in &self.redact {
            let Redaction::Pointer(Pointer(pointer)) = redaction else {
                continue;
            };
            let take = |value: &mut Value| {
                if let Some(found) = value.pointer_mut(pointer) {
                    *found = REDACTED.into();
                }
            };
            take(body);
            if let Some(Value::Array(resources)) = body.get_mut("Resources") {
                resources.iter_mut().for_each(take);
            }
        }
    }

    /// The texts that are taken out.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Regex> {
        self.redact.iter().filter_map(|redaction| match redaction {
            Redaction::Pattern(Pattern(pattern)) => Some(pattern),
            Redaction::Pointer(_) => None,
        })
    }
}

impl std::str::FromStr for Pointer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() > 1 && text.starts_with('/') {
            Ok(Self(text.to_owned()))
        } else {
            Err("a JSON Pointer begins with `/`, such as \"/meta/version\"".to_owned())
        }
    }
}

impl std::str::FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pattern = Regex::new(text).map_err(|error| {
            let last = error.to_string();
            let last = last.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("this is no regular expression: {last}")
        })?;
        if pattern.is_match("") {
            return Err("this regular expression matches nothing at all, so it would match everywhere".to_owned());
        }
        Ok(Self(pattern))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
