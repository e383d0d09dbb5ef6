//! The secrets of one target, to be kept out of everything people see.

use std::fmt;

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";

/// Token and key of a target. `Debug` does not show them.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn new(secrets: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let mut secrets: Vec<String> = secrets
            .into_iter()
            .map(|secret| secret.as_ref().to_owned())
            .filter(|secret| !secret.is_empty())
            .collect();
        // A secret that holds another goes first, else its rest would stay.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// `text` without the secrets.
    pub(super) fn redact(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED))
    }

    /// The length of the longest, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.0.first().map_or(0, String::len)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({REDACTED} x {})", self.0.len())
    }
}

/// A secret nobody else has. Not from the seed: no finding may depend on it.
pub(super) fn make_up(prefix: &str) -> String {
    let random = std::iter::repeat_with(fastrand::alphanumeric).take(32);
    prefix.chars().chain(random).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacts_every_occurrence_and_the_longer_first() {
        let secrets = Secrets::new(["abc", "", "abc-def"]);
        assert_eq!(
            secrets.redact("abc-def, abc and abcabc"),
            "[redacted], [redacted] and [redacted][redacted]"
        );
        assert_eq!(secrets.longest(), 7);
        assert_eq!(format!("{secrets:?}"), "Secrets([redacted] x 2)");
    }

    #[test]
    fn makes_up_different_ones_that_fit_into_a_header() {
        let (one, other) = (make_up("scim-"), make_up("scim-"));
        assert_ne!(one, other);
        assert!(one.starts_with("scim-") && one.len() == 37 && one.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}
