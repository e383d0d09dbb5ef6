//! What a value in an answer must be.

use serde_json::Value;

use crate::error::{FileError, Place, unknown};

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
    /// An address, absolute or relative, that ends in this path.
    LeadsTo(String),
    /// An array of this length.
    Length(usize),
    /// An array no longer than this.
    MaxLength(usize),
    /// An array with an item that has all of this.
    Contains(Value),
    /// An array without any item that has all of this.
    Lacks(Value),
}

const MATCHERS: &[&str] = &[
    "present",
    "absent",
    "not",
    "one_of",
    "type",
    "same_text",
    "starts",
    "leads_to",
    "length",
    "max_length",
    "contains",
    "lacks",
];
const JSON_TYPES: &[&str] = &["string", "number", "boolean", "array", "object"];

pub(crate) fn parse_matcher(value: &toml::Value, place: &Place) -> Result<Matcher, FileError> {
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
        "leads_to" => Matcher::LeadsTo(text()?),
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
