//! Request bodies: JSON objects, taken apart field by field with errors that name the field.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use http::header;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::Org;
use crate::message::Request;
use crate::refusal::Refusal;
use crate::settings::{BadBody, UnknownFields};

/// The fields of a body that have not been taken yet, in the order sent. Bodies have so few that
/// looking through them is cheaper than any map.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, Value)>);

impl Org {
    /// The body as an object; no body at all is an empty one.
    pub(super) fn fields<'a>(&self, request: &'a Request) -> Result<Fields<'a>, Refusal> {
        let refuse = |text: &str| match self.settings.bad_body {
            BadBody::Refuse => Refusal::plain(400, text),
            BadBody::UnsupportedMediaType => Refusal::plain(415, text),
        };
        if request.body.is_empty() {
            return Ok(Fields(Vec::new()));
        }
        if !request.header(&header::CONTENT_TYPE).is_none_or(is_json) {
            return Err(refuse("The Content-Type must be application/json."));
        }
        match serde_json::from_slice(&request.body) {
            Ok(fields) => Ok(fields),
            Err(error) if error.is_data() => Err(refuse("The request body must be a JSON object.")),
            Err(error) => {
                let text = format!("We could not parse the JSON body of your request: {error}.");
                Err(refuse(&text))
            }
        }
    }

    /// To be called when every known field has been taken.
    pub(super) fn finish(&self, fields: &Fields<'_>) -> Result<(), Refusal> {
        match (self.settings.unknown_fields, fields.0.first()) {
            (UnknownFields::Refuse, Some((name, _))) => {
                let text = format!("Unknown parameter: '{name}'.");
                Err(Refusal::invalid(name.clone().into_owned(), text))
            }
            (UnknownFields::Refuse, None) | (UnknownFields::Ignore, _) => Ok(()),
        }
    }
}

impl Fields<'_> {
    /// A string that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, Refusal> {
        let missing = || Refusal::invalid(name, format!("Missing required parameter: '{name}'."));
        self.optional_text(name)?.ok_or_else(missing)
    }

    /// A string that may be absent or null.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(Refusal::invalid(name, format!("'{name}' must be a string.")))
            }
        }
    }

    /// A whole number within limits, that may be absent or null.
    pub(super) fn optional_integer(
        &mut self,
        name: &'static str,
        limits: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.value(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let number = value.as_u64().filter(|number| limits.contains(number));
        let wrong = || {
            let text = format!(
                "'{name}' must be an integer from {} to {}.",
                limits.start(),
                limits.end()
            );
            Refusal::invalid(name, text)
        };
        number.map(Some).ok_or_else(wrong)
    }

    /// A list of strings that may be absent or null.
    pub(super) fn optional_texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Refusal> {
        let value = self.value(name).filter(|value| !value.is_null());
        let texts = value.map(serde_json::from_value::<Vec<String>>).transpose();
        texts.map_err(|_| Refusal::invalid(name, format!("'{name}' must be an array of strings.")))
    }

    /// A yes or no; no if it is absent or null.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, Refusal> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(Refusal::invalid(name, format!("'{name}' must be a boolean.")))
            }
        }
    }

    /// A name that must be there, of 1 to 255 characters.
    pub(super) fn name(&mut self, name: &'static str) -> Result<String, Refusal> {
        checked_name(name, self.text(name)?)
    }

    /// A name that may be absent or null.
    pub(super) fn optional_name(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        let text = self.optional_text(name)?;
        text.map(|text| checked_name(name, text)).transpose()
    }

    /// A value of any type.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        let place = self.0.iter().rposition(|(known, _)| known == name)?;
        Some(self.0.remove(place).1)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::with_capacity(4);
                while let Some((Name(name), value)) = map.next_entry()? {
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }

        from.deserialize_map(Object)
    }
}

/// Names of groups have at most 255 characters (specified); for all others that is our choice.
pub(super) const MAX_NAME: usize = 255;

fn checked_name(field: &'static str, text: String) -> Result<String, Refusal> {
    if (1..=MAX_NAME).contains(&text.chars().count()) {
        return Ok(text);
    }
    let problem = format!("'{field}' must have 1 to {MAX_NAME} characters.");
    Err(Refusal::invalid(field, problem))
}

fn is_json(media_type: &str) -> bool {
    if media_type == "application/json" {
        return true;
    }
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}
