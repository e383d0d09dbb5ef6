//! What a step must find: on the SCIM side in the answer, upstream in calls and state.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::error::{FileError, Place, unknown};

/// What must hold after a step. Everything that is not said is not looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// Status codes of the deciding answer: the last write of a persona's verb, or the answer to a raw request.
    pub status: Option<(Vec<u16>, Place)>,
    /// Status codes with which earlier attempts may have been refused, before the one that decided.
    pub refused_with: Option<(Vec<u16>, Place)>,
    /// With `at_once`: at least one of the answers has one of these.
    pub some_status: Option<(Vec<u16>, Place)>,
    /// With `at_once`: JSON pointers that must have one value in all 2xx answers.
    pub same: Vec<(String, Place)>,
    /// Response headers by name, case-insensitive.
    pub headers: Vec<(String, Matcher, Place)>,
    /// The answer's body, by JSON pointer.
    pub json: Vec<JsonExpectation>,
    /// Effective writes upstream that this step caused, the work it left to be done later included.
    pub writes: Option<(Count, Place)>,
    /// The same by operation id, such as `inviteUser`.
    pub calls: Vec<(String, Count, Place)>,
    /// Where people and groups stand upstream in the end.
    pub upstream: Vec<UpstreamExpectation>,
    /// People whom the pages of an import must list exactly once.
    pub lists: Vec<(String, Place)>,
}

/// One place in a JSON body and what must be there.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonExpectation {
    /// RFC 6901 pointer; `""` is the whole body.
    pub pointer: String,
    /// What must be there.
    pub matcher: Matcher,
    /// Where the file says so.
    pub place: Place,
}

/// What a value must be. Strings may hold placeholders, which are filled before comparing.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// Equal, type included: `"False"` is not `false`.
    Equals(Value),
    /// Anything but this.
    Not(Value),
    /// One of these.
    OneOf(Vec<Value>),
    /// There is a value, `null` not counted.
    Present,
    /// There is none, or `null`, or an empty array, which RFC 7643 §2.5 counts as none.
    Absent,
    /// A JSON type: `string`, `number`, `boolean`, `array`, `object`.
    Type(String),
    /// A string equal but for letter case.
    SameText(String),
    /// A string that begins so.
    Starts(String),
    /// An array of this length.
    Length(usize),
    /// An array no longer than this.
    MaxLength(usize),
    /// An array with an item that has all of this.
    Contains(Value),
    /// An array without any item that has all of this.
    Lacks(Value),
}

/// How many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}

/// Where a person or group must stand upstream in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamExpectation {
    /// Name from `[people]` or `[groups]`.
    pub name: String,
    /// Which states are right.
    pub state: UpstreamState,
    /// Where the file says so.
    pub place: Place,
}

/// Where a person or group stands upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamState {
    /// Whether and how it is there.
    pub is: Option<Presence>,
    /// The person's role there.
    pub role: Option<String>,
    /// The group's members there: exactly these people.
    pub members: Option<Vec<String>>,
}

/// Whether and how a person or group is there upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// A person with one pending invite.
    Invited,
    /// A person who is a member.
    Member,
    /// A person who is one or the other.
    Known,
    /// A group that is there, once.
    Present,
    /// Nobody, nothing, no pending invite.
    Absent,
}

impl Expect {
    /// Whether nothing at all is expected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether anything is expected that only the upstream side can show.
    pub fn looks_upstream(&self) -> bool {
        self.writes.is_some() || !self.calls.is_empty() || !self.upstream.is_empty()
    }
}

impl Count {
    /// Whether `n` is right.
    pub fn admits(self, n: u32) -> bool {
        (self.min..=self.max).contains(&n)
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (min, max) if min == max => write!(f, "{min}"),
            (0, max) => write!(f, "at most {max}"),
            (min, u32::MAX) => write!(f, "at least {min}"),
            (min, max) => write!(f, "{min} to {max}"),
        }
    }
}

/// The `expect` table as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawExpect {
    status: Option<Spanned<toml::Value>>,
    refused_with: Option<Spanned<toml::Value>>,
    some_status: Option<Spanned<toml::Value>>,
    same: Vec<Spanned<String>>,
    headers: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    json: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    writes: Option<Spanned<toml::Value>>,
    calls: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    upstream: BTreeMap<Spanned<String>, UpstreamState>,
    lists: Vec<Spanned<String>>,
}

impl RawExpect {
    /// Turns the written table into meaning. `file` is any place in the file it stands in.
    pub(crate) fn parse(self, file: &Place) -> Result<Expect, FileError> {
        let at = |span| file.at(span);
        let statuses = |raw: Option<Spanned<toml::Value>>| {
            raw.map(|raw| {
                let place = at(raw.span());
                Ok((parse_statuses(raw.get_ref(), &place)?, place))
            })
            .transpose()
        };
        let mut expect = Expect {
            status: statuses(self.status)?,
            refused_with: statuses(self.refused_with)?,
            some_status: statuses(self.some_status)?,
            same: self
                .same
                .into_iter()
                .map(|name| (name.get_ref().clone(), at(name.span())))
                .collect(),
            lists: self
                .lists
                .into_iter()
                .map(|name| (name.get_ref().clone(), at(name.span())))
                .collect(),
            ..Expect::default()
        };
        for (name, value) in self.headers {
            let matcher = parse_matcher(value.get_ref(), &at(value.span()))?;
            expect.headers.push((name.get_ref().clone(), matcher, at(name.span())));
        }
        for (pointer, value) in self.json {
            let place = at(pointer.span());
            if !pointer.get_ref().is_empty() && !pointer.get_ref().starts_with('/') {
                return Err(FileError::at(
                    &place,
                    "a JSON pointer begins with `/`, such as `/name/givenName`",
                ));
            }
            let matcher = parse_matcher(value.get_ref(), &at(value.span()))?;
            expect.json.push(JsonExpectation {
                pointer: pointer.into_inner(),
                matcher,
                place,
            });
        }
        if let Some(raw) = self.writes {
            expect.writes = Some((parse_count(raw.get_ref(), &at(raw.span()))?, at(raw.span())));
        }
        for (operation, value) in self.calls {
            let place = at(operation.span());
            if !WRITE_OPERATIONS.contains(&operation.get_ref().as_str()) {
                return Err(FileError::at(
                    &place,
                    unknown("operation", operation.get_ref(), WRITE_OPERATIONS),
                ));
            }
            expect.calls.push((
                operation.get_ref().clone(),
                parse_count(value.get_ref(), &at(value.span()))?,
                place,
            ));
        }
        for (name, state) in self.upstream {
            let place = at(name.span());
            expect.upstream.push(UpstreamExpectation {
                name: name.into_inner(),
                state,
                place,
            });
        }
        Ok(expect)
    }
}

/// The operations of the Admin API that change something, by OpenAI's operation ids.
pub(crate) const WRITE_OPERATIONS: &[&str] = &[
    "inviteUser",
    "delete-invite",
    "modify-user",
    "delete-user",
    "create-group",
    "update-group",
    "delete-group",
    "add-group-user",
    "remove-group-user",
];

fn parse_statuses(value: &toml::Value, place: &Place) -> Result<Vec<u16>, FileError> {
    let one = |value: &toml::Value| {
        let code = value
            .as_integer()
            .and_then(|code| u16::try_from(code).ok())
            .filter(|code| (100..600).contains(code));
        code.ok_or_else(|| FileError::at(place, "a status is a number from 100 to 599, or a list of such"))
    };
    match value {
        toml::Value::Array(items) if !items.is_empty() => items.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn parse_count(value: &toml::Value, place: &Place) -> Result<Count, FileError> {
    let wrong = || {
        FileError::at(
            place,
            "a count is a number, or `{ min = 1, max = 3 }` with one of the two or both",
        )
    };
    let number = |value: &toml::Value| value.as_integer().and_then(|n| u32::try_from(n).ok()).ok_or_else(wrong);
    match value {
        toml::Value::Table(table) if !table.is_empty() && table.keys().all(|key| key == "min" || key == "max") => {
            Ok(Count {
                min: table.get("min").map(number).transpose()?.unwrap_or(0),
                max: table.get("max").map(number).transpose()?.unwrap_or(u32::MAX),
            })
        }
        value => number(value).map(|n| Count { min: n, max: n }),
    }
}

const MATCHERS: &[&str] = &[
    "present",
    "absent",
    "not",
    "one_of",
    "type",
    "same_text",
    "starts",
    "length",
    "max_length",
    "contains",
    "lacks",
];
const JSON_TYPES: &[&str] = &["string", "number", "boolean", "array", "object"];

fn parse_matcher(value: &toml::Value, place: &Place) -> Result<Matcher, FileError> {
    let toml::Value::Table(table) = value else {
        return Ok(Matcher::Equals(to_json(value)));
    };
    let mut entries = table.iter();
    let (Some((key, value)), None) = (entries.next(), entries.next()) else {
        return Err(FileError::at(
            place,
            format!("a matcher has one key, one of {}", MATCHERS.join(", ")),
        ));
    };
    let text = || {
        value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| FileError::at(place, format!("`{key}` takes a string")))
    };
    let size = || {
        let size = value.as_integer().and_then(|n| usize::try_from(n).ok());
        size.ok_or_else(|| FileError::at(place, format!("`{key}` takes a number, 0 or more")))
    };
    let truth = |matcher| {
        if value.as_bool() == Some(true) {
            Ok(matcher)
        } else {
            Err(FileError::at(place, format!("`{key}` takes `true`")))
        }
    };
    Ok(match key.as_str() {
        "present" => truth(Matcher::Present)?,
        "absent" => truth(Matcher::Absent)?,
        "not" => Matcher::Not(to_json(value)),
        "one_of" => match to_json(value) {
            Value::Array(items) if !items.is_empty() => Matcher::OneOf(items),
            _ => return Err(FileError::at(place, "`one_of` takes a list")),
        },
        "type" => {
            let name = text()?;
            if !JSON_TYPES.contains(&name.as_str()) {
                return Err(FileError::at(place, unknown("type", &name, JSON_TYPES)));
            }
            Matcher::Type(name)
        }
        "same_text" => Matcher::SameText(text()?),
        "starts" => Matcher::Starts(text()?),
        "length" => Matcher::Length(size()?),
        "max_length" => Matcher::MaxLength(size()?),
        "contains" => Matcher::Contains(to_json(value)),
        "lacks" => Matcher::Lacks(to_json(value)),
        other => return Err(FileError::at(place, unknown("matcher", other, MATCHERS))),
    })
}

pub(crate) fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(n) => Value::from(*n),
        toml::Value::Float(n) => Value::from(*n),
        toml::Value::Boolean(b) => Value::from(*b),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => Value::Array(items.iter().map(to_json).collect()),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parse(text: &str) -> Result<Expect, FileError> {
        let file = Place::new("x.toml".into(), text.into(), 0..0);
        toml::from_str::<RawExpect>(text)
            .map_err(|error| FileError::from_toml(&file, &error))?
            .parse(&file)
    }

    #[test]
    fn reads_every_kind() {
        let expect = parse(
            "status = [200, 204]\nwrites = 0\ncalls = { inviteUser = { max = 1 } }\n\
             json = { '/active' = true, '/password' = { absent = true } }\nupstream = { alice = { is = 'invited' } }",
        )
        .unwrap();
        assert_eq!(expect.status.as_ref().unwrap().0, [200, 204]);
        assert_eq!(expect.json[1].matcher, Matcher::Absent);
        assert_eq!(expect.calls[0].1, Count { min: 0, max: 1 });
        assert!(expect.looks_upstream());
    }

    #[rstest]
    #[case("status = 'ok'", "a status is a number from 100 to 599, or a list of such")]
    #[case(
        "json = { active = true }",
        "a JSON pointer begins with `/`, such as `/name/givenName`"
    )]
    #[case(
        "json = { '/a' = { absnt = true } }",
        "unknown matcher `absnt`, expected one of `present`, `absent`"
    )]
    #[case("json = { '/a' = { type = 'int' } }", "unknown type `int`, expected one of `string`")]
    #[case("calls = { invite = 1 }", "unknown operation `invite`, expected one of `inviteUser`")]
    #[case("writes = -1", "a count is a number")]
    #[case("stauts = 1", "unknown field `stauts`, expected one of `status`")]
    fn says_what_is_wrong(#[case] text: &str, #[case] message: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.message().starts_with(message), "{error}");
        assert_eq!(error.place().unwrap().line(), 1);
    }
}
