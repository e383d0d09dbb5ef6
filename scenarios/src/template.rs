//! `{name.field}` in text, and JSON templates whose unfilled parts fall away.

use serde_json::{Map, Value};

/// The placeholders in a text, with the bytes each takes: `{alice.id}` gives `alice.id`.
///
/// A placeholder is a letter, then letters, digits, `-`, `_` and `.`, in braces. Every other brace is left alone,
/// so JSON needs no escaping.
pub fn placeholders(text: &str) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
    text.match_indices('{').filter_map(move |(start, _)| {
        let inside = &text[start + 1..];
        let end = inside.find('}')?;
        let name = &inside[..end];
        let mut chars = name.chars();
        let starts_well = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
        let goes_well = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'));
        (starts_well && goes_well).then_some((name, start..start + end + 2))
    })
}

/// Replaces each placeholder by what `value_of` knows for it.
///
/// # Errors
/// The first placeholder that has no value.
pub fn fill(text: &str, value_of: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut copied = 0;
    for (name, range) in placeholders(text) {
        filled.push_str(&text[copied..range.start]);
        filled.push_str(&value_of(name).ok_or_else(|| name.to_owned())?);
        copied = range.end;
    }
    filled.push_str(&text[copied..]);
    Ok(filled)
}

/// A JSON body with placeholders, such as an identity provider's create request.
///
/// A string that is one placeholder takes its value; where there is none, the key falls away, and with it every
/// object that holds nothing any more, as identity providers skip attributes that their directory does not have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template(Value);

impl Template {
    pub(crate) fn new(json: Value) -> Self {
        Self(json)
    }

    /// The body for the values `value_of` knows.
    pub fn fill(&self, value_of: &dyn Fn(&str) -> Option<String>) -> Value {
        filled(&self.0, value_of).unwrap_or(Value::Null)
    }

    /// The names it asks for.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        any_name(&self.0, &mut |name| {
            names.push(name.to_owned());
            false
        });
        names
    }
}

fn filled(value: &Value, value_of: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
    match value {
        Value::String(text) => fill(text, value_of).ok().map(Value::String),
        Value::Array(items) => {
            let kept: Vec<Value> = items.iter().filter_map(|item| filled(item, value_of)).collect();
            (items.is_empty() || !kept.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(members) => filled_object(members, value_of).map(Value::Object),
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.clone()),
    }
}

/// Whether any of the names it asks for `is` what is looked for; the first one ends the search.
fn any_name(value: &Value, is: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => placeholders(text).any(|(name, _)| is(name)),
        Value::Array(items) => items.iter().any(|item| any_name(item, is)),
        Value::Object(members) => members.values().any(|item| any_name(item, is)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// An object falls away when it asked for something and got nothing of it: an e-mail without its address is no e-mail.
fn filled_object(
    members: &Map<String, Value>,
    value_of: &dyn Fn(&str) -> Option<String>,
) -> Option<Map<String, Value>> {
    let asks = |value: &Value| any_name(value, &mut |_| true);
    let kept: Map<String, Value> = members
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), filled(value, value_of)?)))
        .collect();
    let asked = members.values().any(asks);
    let got = members.iter().any(|(key, value)| asks(value) && kept.contains_key(key));
    (!asked || got).then_some(kept)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("GET /Users/{alice.id}", &["alice.id"])]
    #[case(r#"{ "a": {"b": "{eng.displayName}"} }"#, &["eng.displayName"])]
    #[case("{} { x} {1a} {a b}", &[])]
    #[case("{crowd-1.id}{tag}", &["crowd-1.id", "tag"])]
    fn finds_placeholders_and_leaves_json_alone(#[case] text: &str, #[case] names: &[&str]) {
        assert_eq!(placeholders(text).map(|(name, _)| name).collect::<Vec<_>>(), names);
    }

    #[test]
    fn what_the_directory_lacks_falls_away() {
        let template = Template::new(json!({
            "userName": "{userName}", "title": "{title}", "groups": [],
            "emails": [{"primary": true, "value": "{email}"}],
            "name": {"givenName": "{givenName}", "formatted": "{formatted}"},
        }));
        let filled = template.fill(&|name| match name {
            "userName" => Some("a@example.com".to_owned()),
            "givenName" => Some("Ann".to_owned()),
            _ => None,
        });
        assert_eq!(
            filled,
            json!({"userName": "a@example.com", "groups": [], "name": {"givenName": "Ann"}})
        );
    }

    #[test]
    fn names_the_placeholder_it_cannot_fill() {
        assert_eq!(fill("x {alice.id}", |_| None), Err("alice.id".to_owned()));
    }
}
