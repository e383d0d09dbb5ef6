//! What stands for names, addresses and numbers of real people: the same for the same, everywhere.
//!
//! What makes a value special for a bridge stays: capital letters, apostrophes, a plus sign, letters beyond ASCII, an empty
//! text, the length of a telephone number. Placeholders of the scenario language stand where a run needs values of its own.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::scim::Kind;
use super::who::{Somebody, Who};

/// Gives out pseudonyms.
#[derive(Clone, Debug, Default)]
pub(super) struct Pseudonyms {
    /// By attribute and value, how many there were before.
    texts: HashMap<(String, String), usize>,
    counts: HashMap<String, usize>,
}

impl Pseudonyms {
    /// The number of a value among those of its attribute, from 1.
    fn number(&mut self, attribute: &str, value: &str) -> usize {
        let key = (attribute.to_owned(), value.to_owned());
        if let Some(number) = self.texts.get(&key) {
            return *number;
        }
        let count = self.counts.entry(attribute.to_owned()).or_default();
        *count += 1;
        self.texts.insert(key, *count);
        *count
    }

    /// For any text in this attribute; `None` when it says nothing about anybody and stays.
    pub(super) fn text(&mut self, attribute: &str, value: &str) -> Option<String> {
        if says_nothing(value) {
            return None;
        }
        if value.contains('@') {
            return Some(self.address(value));
        }
        let number = self.number(attribute, value);
        if value.chars().any(|c| c.is_ascii_digit()) && value.chars().all(is_of_a_number) {
            return Some(digits(value, number));
        }
        if value.starts_with("http://") || value.starts_with("https://") {
            return Some(format!("https://example.com/{attribute}-{number}"));
        }
        Some(format!("{attribute}-{number}{}", special(value)))
    }

    /// For an address that is nobody's userName.
    pub(super) fn address(&mut self, value: &str) -> String {
        let number = self.number("mail", &value.to_lowercase());
        let local = value.split('@').next().unwrap_or_default();
        let plain = format!("mail-{number}{}.{{tag}}@example.com", special(local));
        in_case_of(value, &plain)
    }

    /// For an externalId that belongs to nobody who is known.
    pub(super) fn external_id(&mut self, value: &str) -> String {
        let number = self.number("externalId", value);
        format!("external-{number}-{{tag}}")
    }

    /// For an id that the bridge never gave.
    pub(super) fn unknown_id(&mut self, value: &str) -> String {
        if is_guid(value) {
            return "{guid}".to_owned();
        }
        let number = self.number("id", value);
        format!("unknown-{number}")
    }

    /// For an attribute of a person's name: the first value is theirs, others are numbered.
    pub(super) fn of_person(&mut self, attribute: &str, person: &Somebody, value: &str) -> Option<String> {
        if says_nothing(value) {
            return None;
        }
        if value.contains('@') {
            return Some(self.address(value));
        }
        let own = format!("{attribute} of {}", person.key);
        let number = self.number(&own, value);
        let given = capitalised(&person.key);
        let mut text = match attribute {
            "givenname" | "nickname" => given,
            "familyname" => "Tester".to_owned(),
            "displayname" | "formatted" => format!("{given} Tester"),
            other => format!("{given} {other}"),
        };
        if number > 1 {
            _ = write!(text, " {number}");
        }
        text.push_str(&special(value));
        Some(text)
    }
}

/// What stands for a name of somebody, in the letter case of `value`; `None` when they have no such name.
pub(super) fn name(kind: Kind, somebody: &Somebody, value: &str) -> Option<String> {
    let lower = value.to_lowercase();
    let number = somebody.names.iter().position(|name| name.to_lowercase() == lower)?;
    let canonical = &somebody.names[number];
    let field = match kind {
        Kind::User => "userName",
        Kind::Group => "displayName",
    };
    if number == 0 && value == canonical {
        return Some(format!("{{{}.{field}}}", somebody.key));
    }
    if number == 0 && is_upper(value) {
        return Some(format!("{{{}.{field}Upper}}", somebody.key));
    }
    let written = written_name(kind, &somebody.key, number, canonical);
    Some(in_case_of(value, &written))
}

/// The first name of somebody as it stands in `[people]` or `[groups]`; `None` when it is what it would be anyway.
pub(super) fn declared_name(kind: Kind, somebody: &Somebody) -> Option<String> {
    let canonical = somebody.names.first()?;
    let written = in_case_of(canonical, &written_name(kind, &somebody.key, 0, canonical));
    let usual = match kind {
        Kind::User => format!("{}.{{tag}}@example.com", somebody.key),
        Kind::Group => format!("{} {{tag}}", capitalised(&somebody.key)),
    };
    (written != usual).then_some(written)
}

fn written_name(kind: Kind, key: &str, number: usize, canonical: &str) -> String {
    let more = if number == 0 {
        String::new()
    } else {
        format!("-{}", number + 1)
    };
    match (kind, canonical.split_once('@')) {
        (Kind::User, Some((local, _))) => format!("{key}{more}{}.{{tag}}@example.com", special(local)),
        (Kind::User, None) => format!("{key}{more}{}.{{tag}}", special(canonical)),
        (Kind::Group, _) => format!("{}{more}{} {{tag}}", capitalised(key), special(canonical)),
    }
}

/// `text` with the letters of `like`: all small, all capital, or some capital. `{tag}` stays.
fn in_case_of(like: &str, text: &str) -> String {
    let cased = |change: fn(&str) -> String| {
        let parts = text.split("{tag}").map(change);
        parts.collect::<Vec<_>>().join("{tag}")
    };
    if !like.chars().any(char::is_uppercase) {
        cased(str::to_lowercase)
    } else if is_upper(like) {
        cased(str::to_uppercase)
    } else {
        capitalised(text)
    }
}

fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// What in a text is special to a bridge: every such character once. Braces, backslashes and quotes would be read as something
/// else where they stand, so a quotation mark becomes a typographic one.
fn special(text: &str) -> String {
    let mut found = String::new();
    for c in text.chars() {
        let c = if c == '"' { '\u{201d}' } else { c };
        let is_plain = c.is_ascii_alphanumeric() || " -_.,@:/{}\\".contains(c) || c.is_control();
        if !is_plain && !found.contains(c) && found.chars().count() < 8 {
            found.push(c);
        }
    }
    found
}

/// Empty, the words for true and false, dates, language tags, and placeholders of ours.
fn says_nothing(value: &str) -> bool {
    let is_word = ["true", "false", "null"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    let bytes = value.as_bytes();
    let is_date = bytes.len() >= 10
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes.get(10).is_none_or(|byte| *byte == b'T');
    value.trim().is_empty() || is_word || is_date
}

fn is_of_a_number(c: char) -> bool {
    c.is_ascii_digit() || " +-()./xX".contains(c)
}

/// The same pattern with other digits: the number stands at the end, fives before it.
fn digits(value: &str, number: usize) -> String {
    let mut left = number;
    let mut reversed: Vec<char> = Vec::with_capacity(value.len());
    for (index, c) in value.chars().rev().enumerate() {
        reversed.push(match c {
            c if c.is_ascii_digit() && (left > 0 || index < 3) => {
                let digit = u8::try_from(left % 10).unwrap_or_default();
                left /= 10;
                char::from(b'0' + digit)
            }
            c if c.is_ascii_digit() => '5',
            c => c,
        });
    }
    reversed.iter().rev().collect()
}

pub(super) fn is_guid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// The person or group with this id, if the bridge knew it.
pub(super) fn id(who: &Who, kinds: &[Kind], value: &str) -> Option<String> {
    let found = kinds.iter().find_map(|kind| {
        let book = who.book(*kind);
        book.with_id(value).map(|one| &book.all[one])
    });
    found
        .filter(|_| who.is_real(value))
        .map(|one| format!("{{{}.id}}", one.key))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn somebody(names: &[&str]) -> Somebody {
        Somebody {
            key: "ann".to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            external_id: None,
        }
    }

    #[rstest]
    #[case("Alice.Smith@corp.com", "{ann.userName}", Some("Ann.{tag}@example.com"))]
    #[case("alice@corp.com", "{ann.userName}", None)]
    #[case("o'brien+x@corp.com", "{ann.userName}", Some("ann'+.{tag}@example.com"))]
    #[case("jos\u{e9}@corp.com", "{ann.userName}", Some("ann\u{e9}.{tag}@example.com"))]
    #[case("asmith", "{ann.userName}", Some("ann.{tag}"))]
    fn the_first_name_is_declared(#[case] real: &str, #[case] shown: &str, #[case] declared: Option<&str>) {
        let ann = somebody(&[real]);
        assert_eq!(name(Kind::User, &ann, real).as_deref(), Some(shown));
        assert_eq!(declared_name(Kind::User, &ann).as_deref(), declared);
    }

    #[rstest]
    #[case("alice@corp.com", "ann.{tag}@example.com")]
    #[case("ALICE@CORP.COM", "{ann.userNameUpper}")]
    #[case("aLICE@corp.com", "Ann.{tag}@example.com")]
    #[case("New@corp.com", "Ann-2.{tag}@example.com")]
    fn letter_case_and_other_names_are_kept_apart(#[case] real: &str, #[case] shown: &str) {
        let ann = somebody(&["Alice@corp.com", "new@corp.com"]);
        assert_eq!(name(Kind::User, &ann, real).as_deref(), Some(shown));
    }

    #[rstest]
    #[case("+49 (170) 123-4567", "+55 (555) 555-5001")]
    #[case("00123", "55001")]
    #[case("7", "1")]
    #[case("R&D", "title-1&")]
    #[case("https://corp.com/me", "https://example.com/title-1")]
    #[case("Someone@corp.com", "Mail-1.{tag}@example.com")]
    fn values_keep_what_is_special(#[case] real: &str, #[case] shown: &str) {
        let mut pseudonyms = Pseudonyms::default();
        assert_eq!(pseudonyms.text("title", real).as_deref(), Some(shown));
        assert_eq!(
            pseudonyms.text("title", real).as_deref(),
            Some(shown),
            "the same for the same"
        );
        assert_ne!(pseudonyms.text("title", "8").as_deref(), Some(shown));
    }

    #[rstest]
    #[case("")]
    #[case("False")]
    #[case("2026-11-22T10:00:00Z")]
    fn what_says_nothing_stays(#[case] real: &str) {
        assert_eq!(Pseudonyms::default().text("title", real), None);
    }
}
