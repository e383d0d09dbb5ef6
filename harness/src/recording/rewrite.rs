//! Writes a recorded request in the scenario language: ids become references, what is personal becomes pseudonyms, and
//! every other byte of a body stays as it was.

use proofload_scenarios::placeholders;

use super::json_text::{self, Piece, quoted};
use super::pseudonym::{self, Pseudonyms, is_guid};
use super::scim::{Attributes, Comparison, Kind, comparisons};
use super::secret::stands_for_secret;
use super::seen::{Body, Seen};
use super::who::Who;

/// A password for those that were taken out: new in every request, with every kind of character.
const PASSWORD: &str = "Recorded-{guid}";
/// Attributes that say how a thing is, not whose it is: they stay.
const KEPT: &[&str] = &[
    "active",
    "type",
    "primary",
    "locale",
    "timezone",
    "preferredlanguage",
    "usertype",
    "resourcetype",
    "created",
    "lastmodified",
    "version",
    "openai_role",
    "attributes",
    "excludedattributes",
    "sortby",
    "sortorder",
];
/// Attributes of which every part stays: they name what somebody may do.
const KEPT_WHOLE: &[&str] = &["roles", "entitlements", "schemas"];
/// Parameters of a query that stay.
const KEPT_PARAMETERS: &[&str] = &[
    "startindex",
    "count",
    "attributes",
    "excludedattributes",
    "sortby",
    "sortorder",
    "cursor",
];
/// The parts of a person's name.
const NAMES: &[&str] = &[
    "givenname",
    "familyname",
    "formatted",
    "middlename",
    "displayname",
    "nickname",
    "honorificprefix",
    "honorificsuffix",
];

/// A request in the language of scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Path and query, written plainly.
    pub(super) target: String,
    /// The body.
    pub(super) body: Option<String>,
}

/// Writes requests, one after the other.
pub(super) struct Rewriter<'w> {
    who: &'w Who,
    pseudonyms: &'w mut Pseudonyms,
}

impl<'w> Rewriter<'w> {
    pub(super) fn new(who: &'w Who, pseudonyms: &'w mut Pseudonyms) -> Self {
        Self { who, pseudonyms }
    }

    /// The request.
    ///
    /// # Errors
    /// Why it cannot be written in the language.
    pub(super) fn request(&mut self, seen: &Seen) -> Result<Written, String> {
        let kind = seen.resource().kind;
        let target = self.target(seen, kind)?;
        let body = match &seen.body {
            Body::None => None,
            Body::LeftOut(why) => return Err(format!("its body was not kept: {why}")),
            Body::Text(text) => Some(self.body(seen, kind, text)?),
        };
        Ok(Written { target, body })
    }

    fn target(&mut self, seen: &Seen, kind: Option<Kind>) -> Result<String, String> {
        let (path, query) = seen.path_and_query();
        let mut target = match seen.resource().id {
            Some(id) => {
                let mut segments = path.splitn(4, '/').skip(1);
                let collection = segments.next().unwrap_or_default();
                let rest = segments.nth(1).map(|rest| format!("/{rest}")).unwrap_or_default();
                let kinds: Vec<Kind> = kind.into_iter().collect();
                format!("/{collection}/{}{rest}", self.id(&kinds, &id))
            }
            None => path.replace('{', "%7B"),
        };
        for (index, (name, value)) in seen.query().into_iter().enumerate().filter(|_| query.is_some()) {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(&name);
            if let Some(value) = value {
                target.push('=');
                target.push_str(&self.parameter(kind, &name, &value)?);
            }
        }
        if target.chars().any(char::is_control) {
            return Err("its address has control characters".to_owned());
        }
        Ok(target)
    }

    fn parameter(&mut self, kind: Option<Kind>, name: &str, value: &str) -> Result<String, String> {
        let lower = name.to_ascii_lowercase();
        if lower == "filter" {
            let written = self.comparisons(kind, value);
            // What is cut into parameters, or read as a placeholder, cannot be written plainly.
            if written.contains('&') || placeholders(&blanked(value)).next().is_some() {
                return Err("its filter has characters that the language has no way to write".to_owned());
            }
            return Ok(written);
        }
        let written = if KEPT_PARAMETERS.contains(&lower.as_str()) || value.len() < 3 {
            value.to_owned()
        } else {
            self.pseudonyms.text(name, value).unwrap_or_else(|| value.to_owned())
        };
        if placeholders(&written).all(|(name, _)| name == "tag") && !written.contains('&') {
            Ok(written)
        } else {
            Err("its query has characters that the language has no way to write".to_owned())
        }
    }

    /// A filter, or the path of an operation, with pseudonyms in its quotes.
    fn comparisons(&mut self, kind: Option<Kind>, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for comparison in comparisons(text) {
            out.push_str(&text[done..comparison.at.start]);
            done = comparison.at.end;
            match self.compared(kind, &comparison) {
                // A text in a filter is written as in JSON.
                Some(other) => out.push_str(quoted(&other).trim_matches('"')),
                None => out.push_str(&text[comparison.at]),
            }
        }
        out.push_str(&text[done..]);
        out
    }

    fn compared(&mut self, kind: Option<Kind>, comparison: &Comparison) -> Option<String> {
        let words: Vec<&str> = comparison.words.iter().map(String::as_str).collect();
        let value = &comparison.value;
        let is_whole = matches!(comparison.operator.as_str(), "eq" | "ne");
        if is_whole {
            return self.value(kind, None, &words, value);
        }
        match words.last() {
            Some(last) if KEPT.contains(last) => None,
            Some(last) => self.pseudonyms.text(last, value),
            None => None,
        }
    }

    fn body(&mut self, seen: &Seen, kind: Option<Kind>, text: &str) -> Result<String, String> {
        let attributes = Attributes::of(&seen.method, text);
        let owner = match self.who.subject(seen) {
            Some((Kind::User, one)) => Some(one),
            _ => None,
        };
        let rewritten = json_text::rewrite(text, &mut |way, piece| {
            let text = match piece {
                Piece::Key(key) => return escaped(key),
                Piece::Other(_) => return None,
                Piece::Text(text) => text,
            };
            if stands_for_secret(text) {
                return Some(quoted(PASSWORD));
            }
            let Some(words) = attributes.at(way) else {
                let is_path = text.contains('"');
                return if is_path {
                    Some(quoted(&self.comparisons(kind, text)))
                } else {
                    escaped(text)
                };
            };
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if words == ["filter"] {
                return Some(quoted(&self.comparisons(kind, text)));
            }
            self.value(kind, owner, &words, text)
                .map_or_else(|| escaped(text), |other| Some(quoted(&other)))
        });
        match rewritten {
            Some(text) => Ok(text),
            None if placeholders(text).next().is_some() => {
                Err("its body is no JSON, and has braces that would be read as placeholders".to_owned())
            }
            // What is broken is kept as it is, unless it could name somebody.
            None if text.contains('@') => Err("its body is no JSON, so nobody can be made unknown in it".to_owned()),
            None => Ok(text.to_owned()),
        }
    }

    /// What stands for a value of this attribute; `None` when it stays.
    fn value(&mut self, kind: Option<Kind>, owner: Option<usize>, words: &[&str], text: &str) -> Option<String> {
        let last = *words.last()?;
        match words {
            [first, ..] if KEPT_WHOLE.contains(first) => None,
            ["members" | "groups" | "manager", .., "display" | "displayname"] => self.display(last, text),
            ["members" | "groups", "value"] | ["manager"] | ["manager", "value" | "id"] => {
                (!text.is_empty()).then(|| self.id(&[Kind::User, Kind::Group], text))
            }
            ["id"] => Some(self.id(&kind.into_iter().collect::<Vec<_>>(), text)),
            ["displayname"] if kind == Some(Kind::Group) => self.name(Kind::Group, text),
            ["username"] => self.name(Kind::User, text),
            ["externalid"] => self.external_id(kind, text),
            [.., "$ref" | "location"] => self.link(last, text),
            _ if KEPT.contains(&last) => None,
            ["emails", ..] => self.name(Kind::User, text),
            _ if text.contains('@') || self.who.people.named(text).is_some() => self.name(Kind::User, text),
            _ => match owner.filter(|_| NAMES.contains(&last)) {
                Some(one) => self.pseudonyms.of_person(last, &self.who.people.all[one], text),
                None => self.pseudonyms.text(last, text),
            },
        }
    }

    fn id(&mut self, kinds: &[Kind], value: &str) -> String {
        pseudonym::id(self.who, kinds, value).unwrap_or_else(|| self.pseudonyms.unknown_id(value))
    }

    /// A userName, an address, or the displayName of a group.
    fn name(&mut self, kind: Kind, value: &str) -> Option<String> {
        let book = self.who.book(kind);
        let known = book
            .named(value)
            .and_then(|one| pseudonym::name(kind, &book.all[one], value));
        let probe = is_guid(value).then(|| "{guid}".to_owned());
        known.or(probe).or_else(|| self.pseudonyms.text("name", value))
    }

    /// How a member is shown: by their userName, or by the name of a group, or in words.
    fn display(&mut self, attribute: &str, value: &str) -> Option<String> {
        let name = |kind| {
            let book = self.who.book(kind);
            book.named(value)
                .and_then(|one| pseudonym::name(kind, &book.all[one], value))
        };
        let known = name(Kind::User).or_else(|| name(Kind::Group));
        known.or_else(|| self.pseudonyms.text(attribute, value))
    }

    fn external_id(&mut self, kind: Option<Kind>, value: &str) -> Option<String> {
        if value.is_empty() {
            return None;
        }
        let book = self.who.book(kind?);
        let key = book.with_external_id(value).map(|one| &book.all[one].key);
        Some(key.map_or_else(
            || self.pseudonyms.external_id(value),
            |key| format!("{{{key}.externalId}}"),
        ))
    }

    /// An address of a resource: the bridge's own host is nobody's affair.
    fn link(&mut self, attribute: &str, value: &str) -> Option<String> {
        for (collection, kind) in [("/Users/", Kind::User), ("/Groups/", Kind::Group)] {
            if let Some((_, id)) = value.rsplit_once(collection) {
                let id = super::secret::decoded(id, false);
                return Some(format!("https://scim.example.com{collection}{}", self.id(&[kind], &id)));
            }
        }
        self.pseudonyms.text(attribute, value)
    }
}

/// A text that stays, as JSON, where it would be read as a placeholder otherwise.
fn escaped(text: &str) -> Option<String> {
    placeholders(text).next()?;
    Some(quoted(text).replace('{', "\\u007b"))
}

/// A filter without what stands in its quotes.
fn blanked(filter: &str) -> String {
    let mut out = String::new();
    let mut done = 0;
    for comparison in comparisons(filter) {
        out.push_str(&filter[done..comparison.at.start]);
        done = comparison.at.end;
    }
    out.push_str(&filter[done..]);
    out
}
