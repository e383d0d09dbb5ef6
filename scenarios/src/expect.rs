//! What a step must find: on the SCIM side in the answer, upstream in calls and state.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place, unknown};
use crate::matcher::{Matcher, parse_matcher};

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
    /// What the resource of a person or group in a list must be.
    pub listed: Vec<ListedExpectation>,
    /// Within how long the deciding answer must have come.
    pub within: Option<(Duration, Place)>,
}

/// A person or group that a list must hold, and what must be at places in that resource.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedExpectation {
    /// Name from `[people]` or `[groups]`.
    pub name: String,
    /// Places in the listed resource.
    pub json: Vec<JsonExpectation>,
    /// Where the file says so.
    pub place: Place,
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
    json: RawJson,
    writes: Option<Spanned<toml::Value>>,
    calls: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    upstream: BTreeMap<Spanned<String>, UpstreamState>,
    lists: Vec<Spanned<String>>,
    listed: BTreeMap<Spanned<String>, RawJson>,
    within_ms: Option<Spanned<u32>>,
}

/// Matchers by JSON pointer.
type RawJson = BTreeMap<Spanned<String>, Spanned<toml::Value>>;

impl RawExpect {
    /// Whether a status is expected.
    pub(crate) fn has_status(&self) -> bool {
        self.status.is_some() || self.some_status.is_some()
    }

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
        expect.json = parse_json(self.json, file)?;
        for (name, json) in self.listed {
            expect.listed.push(ListedExpectation {
                place: at(name.span()),
                name: name.into_inner(),
                json: parse_json(json, file)?,
            });
        }
        expect.within = self.within_ms.map(|limit| {
            let place = at(limit.span());
            (Duration::from_millis(limit.into_inner().into()), place)
        });
        if let Some(raw) = self.writes {
            expect.writes = Some((parse_count(raw.get_ref(), &at(raw.span()))?, at(raw.span())));
        }
        expect.calls = parse_counts(self.calls, WRITE_OPERATIONS, file)?;
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

fn parse_json(raw: RawJson, file: &Place) -> Result<Vec<JsonExpectation>, FileError> {
    let one = |(pointer, value): (Spanned<String>, Spanned<toml::Value>)| {
        let place = file.at(pointer.span());
        if !pointer.get_ref().is_empty() && !pointer.get_ref().starts_with('/') {
            return Err(FileError::at(
                &place,
                "a JSON pointer begins with `/`, such as `/name/givenName`",
            ));
        }
        Ok(JsonExpectation {
            matcher: parse_matcher(value.get_ref(), &file.at(value.span()))?,
            pointer: pointer.into_inner(),
            place,
        })
    };
    raw.into_iter().map(one).collect()
}

fn parse_counts(
    raw: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    known: &[&str],
    file: &Place,
) -> Result<Vec<(String, Count, Place)>, FileError> {
    let one = |(operation, value): (Spanned<String>, Spanned<toml::Value>)| {
        let place = file.at(operation.span());
        if !known.contains(&operation.get_ref().as_str()) {
            return Err(FileError::at(&place, unknown("operation", operation.get_ref(), known)));
        }
        let count = parse_count(value.get_ref(), &file.at(value.span()))?;
        Ok((operation.into_inner(), count, place))
    };
    raw.into_iter().map(one).collect()
}

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
    #[case("calls = { inviteUsers = 1 }", "unknown operation `inviteUsers`")]
    #[case("listed = { alice = { active = true } }", "a JSON pointer begins with `/`")]
    #[case("within_ms = 'soon'", "invalid type: string \"soon\", expected u32")]
    #[case("stauts = 1", "unknown field `stauts`, expected one of `status`")]
    fn says_what_is_wrong(#[case] text: &str, #[case] message: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.message().starts_with(message), "{error}");
        assert_eq!(error.place().unwrap().line(), 1);
    }
}
