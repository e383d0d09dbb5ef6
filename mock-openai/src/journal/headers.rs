//! Headers as the journal remembers them: one piece of text for all of them, because a busy
//! journal is mostly headers, and without secrets.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Serialize, Serializer};

/// The headers of a request or an answer, in the order received. Of those that carry secrets
/// only the scheme and the last four characters are kept. Serializes as pairs.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedHeaders(Box<str>);

impl RecordedHeaders {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let length = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 3;
        let mut text = String::with_capacity(headers.iter().map(length).sum());
        for (name, value) in headers {
            text.push_str(name.as_str());
            text.push_str(SEPARATOR);
            push_value(&mut text, name, value);
            text.push('\n');
        }
        Self(text.into_boxed_str())
    }

    /// All of them, names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(SEPARATOR))
    }

    /// The first header of this name, which must be in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Bytes they occupy.
    pub(super) fn weight(&self) -> usize {
        self.0.len()
    }
}

/// No name contains it, and no value a line break: HTTP forbids both.
const SEPARATOR: &str = ": ";

/// Headers that carry secrets.
const SECRET: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"];

impl fmt::Debug for RecordedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for RecordedHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

fn push_value(text: &mut String, name: &HeaderName, value: &HeaderValue) {
    // Far cheaper than asking for the lossy form at once.
    let value = match str::from_utf8(value.as_bytes()) {
        Ok(value) => Cow::Borrowed(value),
        Err(_) => String::from_utf8_lossy(value.as_bytes()),
    };
    if SECRET.contains(&name.as_str()) {
        push_redacted(text, &value);
    } else {
        text.push_str(&value);
    }
}

/// `Bearer sk-admin-abcd1234` → `Bearer ****1234`. Short secrets vanish altogether.
pub(crate) fn redacted(value: &str) -> String {
    let mut text = String::new();
    push_redacted(&mut text, value);
    text
}

fn push_redacted(text: &mut String, value: &str) {
    let (scheme, secret) = value.split_once(' ').unwrap_or(("", value));
    text.push_str(scheme);
    text.push_str(if scheme.is_empty() { "****" } else { " ****" });
    let is_long = secret.chars().nth(15).is_some();
    if let Some((start, _)) = secret.char_indices().rev().nth(3).filter(|_| is_long) {
        text.push_str(&secret[start..]);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Bearer sk-admin-0123456789abcd", "Bearer ****abcd")]
    #[case("Bearer short", "Bearer ****")]
    #[case("sk-admin-0123456789abcd", "****abcd")]
    #[case("", "****")]
    fn secrets_are_cut_down(#[case] value: &str, #[case] expected: &str) {
        assert_eq!(redacted(value), expected);
    }

    #[test]
    fn they_come_back_as_they_were() {
        let mut headers = HeaderMap::new();
        headers.append("x-colon", HeaderValue::from_static("a: b: c"));
        headers.append("x-empty", HeaderValue::from_static(""));
        headers.append("x-twice", HeaderValue::from_static("1"));
        headers.append("x-twice", HeaderValue::from_static("2"));
        headers.append("x-latin", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        let recorded = RecordedHeaders::of(&headers);
        let json = serde_json::to_string(&recorded).unwrap();
        let expected = "[[\"x-colon\",\"a: b: c\"],[\"x-empty\",\"\"],[\"x-twice\",\"1\"],[\"x-twice\",\"2\"],[\"x-latin\",\"caf\u{fffd}\"]]";
        assert_eq!(json, expected);
        assert_eq!(recorded.get("x-twice"), Some("1"));
        assert_eq!(recorded.get("x-none"), None);
    }
}
