//! Headers as the journal remembers them: one piece of text for all of them, because a busy
//! journal is mostly headers, and without secrets.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Serialize, Serializer};

/// The headers of a request or an answer, in the order received. Of those that carry secrets
/// only the scheme and the last four characters are kept. Serializes as pairs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordedHeaders<'a>(&'a str);

impl<'a> RecordedHeaders<'a> {
    /// At most what [`RecordedHeaders::write`] will write, unless values are no UTF-8.
    pub(super) fn length_of(headers: &HeaderMap) -> usize {
        let length = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 3;
        headers.iter().map(length).sum()
    }

    pub(crate) fn write(headers: &HeaderMap, to: &mut Vec<u8>) {
        let start = to.len();
        for (name, value) in headers {
            let name = name.as_str();
            to.extend_from_slice(name.as_bytes());
            to.extend_from_slice(SEPARATOR.as_bytes());
            if is_secret(name) {
                match str::from_utf8(value.as_bytes()) {
                    Ok(text) => write_redacted(to, text),
                    Err(_) => write_redacted(to, &String::from_utf8_lossy(value.as_bytes())),
                }
            } else {
                to.extend_from_slice(value.as_bytes());
            }
            to.push(b'\n');
        }
        // Once for all of them, which is far cheaper than one by one.
        if str::from_utf8(&to[start..]).is_err() {
            let text = String::from_utf8_lossy(&to[start..]).into_owned();
            to.truncate(start);
            to.extend_from_slice(text.as_bytes());
        }
    }

    /// What was written.
    pub(super) fn read(text: &'a str) -> Self {
        Self(text)
    }

    /// All of them, names in lower case.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        // Not `lines`, which would take a carriage return away.
        self.0
            .split_terminator('\n')
            .filter_map(|line| line.split_once(SEPARATOR))
    }

    /// The first header of this name, which must be in lower case.
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// No name contains it, and no value a line break: HTTP forbids both.
const SEPARATOR: &str = ": ";

/// Whether a header carries a secret.
fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "authorization" | "proxy-authorization" | "cookie" | "x-api-key" | "api-key"
    )
}

impl fmt::Debug for RecordedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for RecordedHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// `Bearer sk-admin-abcd1234` → `Bearer ****1234`. Short secrets vanish altogether.
pub(crate) fn redacted(value: &str) -> String {
    let mut text = Vec::new();
    write_redacted(&mut text, value);
    String::from_utf8(text).unwrap_or_default()
}

fn write_redacted(to: &mut Vec<u8>, value: &str) {
    let (scheme, secret) = value.split_once(' ').unwrap_or(("", value));
    to.extend_from_slice(scheme.as_bytes());
    to.extend_from_slice(if scheme.is_empty() { b"****" } else { b" ****" });
    let is_long = secret.chars().nth(15).is_some();
    if let Some((start, _)) = secret.char_indices().rev().nth(3).filter(|_| is_long) {
        to.extend_from_slice(&secret.as_bytes()[start..]);
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
        let mut text = Vec::new();
        RecordedHeaders::write(&headers, &mut text);
        let text = String::from_utf8(text).unwrap();
        let recorded = RecordedHeaders::read(&text);
        let json = serde_json::to_string(&recorded).unwrap();
        let expected = "[[\"x-colon\",\"a: b: c\"],[\"x-empty\",\"\"],[\"x-twice\",\"1\"],[\"x-twice\",\"2\"],[\"x-latin\",\"caf\u{fffd}\"]]";
        assert_eq!(json, expected);
        assert_eq!(recorded.get("x-twice"), Some("1"));
        assert_eq!(recorded.get("x-none"), None);
    }
}
