//! Whether a JSON value is what a scenario expects.

use proofload_scenarios::{JsonExpectation, Matcher, fill};
use serde_json::Value;

/// What placeholders stand for.
pub(super) type ValueOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What did not match: what was expected and what was there, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub got: String,
}

/// Compares what is at a place (`None`: nothing is) with what is expected there.
///
/// # Errors
/// The mismatch.
pub(super) fn check(matcher: &Matcher, got: Option<&Value>, value_of: ValueOf<'_>) -> Result<(), Mismatch> {
    let filled = |value: &Value| fill_value(value, value_of);
    let (holds, expected) = match matcher {
        Matcher::Equals(wanted) => {
            let wanted = filled(wanted);
            (got.is_some_and(|got| same(got, &wanted)), show(&wanted))
        }
        Matcher::Not(unwanted) => {
            let unwanted = filled(unwanted);
            (
                !got.is_some_and(|got| same(got, &unwanted)),
                format!("anything but {}", show(&unwanted)),
            )
        }
        Matcher::OneOf(choices) => {
            let choices: Vec<Value> = choices.iter().map(filled).collect();
            let shown: Vec<String> = choices.iter().map(show).collect();
            (
                got.is_some_and(|got| choices.iter().any(|choice| same(got, choice))),
                format!("one of {}", shown.join(", ")),
            )
        }
        Matcher::Present => (!is_unassigned(got), "a value".to_owned()),
        Matcher::Absent => (is_unassigned(got), "no value".to_owned()),
        Matcher::Type(name) => (got.is_some_and(|got| type_name(got) == name), format!("a {name}")),
        Matcher::SameText(text) => {
            let text = fill(text, value_of).unwrap_or_else(|_| text.clone());
            let holds = got
                .and_then(Value::as_str)
                .is_some_and(|got| got.to_lowercase() == text.to_lowercase());
            (holds, format!("{text:?} in any letter case"))
        }
        Matcher::Starts(text) => {
            let text = fill(text, value_of).unwrap_or_else(|_| text.clone());
            let holds = got.and_then(Value::as_str).is_some_and(|got| got.starts_with(&text));
            (holds, format!("a string that begins with {text:?}"))
        }
        Matcher::LeadsTo(path) => {
            let path = fill(path, value_of).unwrap_or_else(|_| path.clone());
            let holds = got.and_then(Value::as_str).is_some_and(|got| leads_to(got, &path));
            (holds, format!("an address that ends in {path}"))
        }
        Matcher::Length(length) => (
            items(got).is_some_and(|items| items.len() == *length),
            format!("an array of {length}"),
        ),
        Matcher::MaxLength(length) => (
            items(got).is_some_and(|items| items.len() <= *length),
            format!("an array of at most {length}"),
        ),
        Matcher::Contains(part) => {
            let part = filled(part);
            let holds = items(got).is_some_and(|items| items.iter().any(|item| includes(item, &part)));
            (holds, format!("an array with an item that has {part}"))
        }
        Matcher::Lacks(part) => {
            let part = filled(part);
            let holds = items(got).is_some_and(|items| !items.iter().any(|item| includes(item, &part)));
            (holds, format!("an array without any item that has {part}"))
        }
    };
    if holds {
        Ok(())
    } else {
        Err(Mismatch {
            expected,
            got: got.map_or_else(|| "nothing there".to_owned(), show),
        })
    }
}

/// Compares what is at a place in a body. A body that is not there has no attributes; that alone is no proof that one is
/// absent.
///
/// # Errors
/// The mismatch.
pub(super) fn at(wanted: &JsonExpectation, body: Option<&Value>, value_of: ValueOf<'_>) -> Result<(), Mismatch> {
    let pointer = fill(&wanted.pointer, value_of).unwrap_or_else(|_| wanted.pointer.clone());
    match body {
        Some(body) => check(&wanted.matcher, body.pointer(&pointer), value_of),
        None => Err(Mismatch {
            expected: "a JSON body".to_owned(),
            got: "none".to_owned(),
        }),
    }
}

/// Whether an address ends in this path. Host and what stands before it are a proxy's affair; a server may encode an id or
/// not, and may not care about letter case in paths.
fn leads_to(address: &str, path: &str) -> bool {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let address = percent_encoding::percent_decode_str(address.trim_end_matches('/')).decode_utf8_lossy();
    let (address, path) = (address.to_lowercase(), path.trim_matches('/').to_lowercase());
    let before = address.strip_suffix(&path);
    before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// RFC 7643 §2.5: unassigned, `null` and an empty array are one and the same.
fn is_unassigned(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    }
}

/// An array, where nothing at all counts as an empty one.
fn items(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None | Some(Value::Null) => Some(&[]),
        Some(Value::Array(items)) => Some(items),
        Some(_) => None,
    }
}

/// Equal, where `1` and `1.0` are one number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (left, right) => left == right,
    }
}

/// Whether `item` has all of `part`.
fn includes(item: &Value, part: &Value) -> bool {
    match (item, part) {
        (Value::Object(item), Value::Object(part)) => part
            .iter()
            .all(|(key, value)| item.get(key).is_some_and(|got| includes(got, value))),
        (item, part) => same(item, part),
    }
}

fn fill_value(value: &Value, value_of: ValueOf<'_>) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text, value_of).unwrap_or_else(|_| text.clone())),
        Value::Array(items) => items.iter().map(|item| fill_value(item, value_of)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), fill_value(value, value_of)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The value, and its type where the text alone could mislead.
fn show(value: &Value) -> String {
    const LONGEST: usize = 300;
    let mut text = value.to_string();
    if text.len() > LONGEST {
        let cut = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(cut);
        text.push('…');
    }
    match value {
        Value::String(inner)
            if inner.parse::<f64>().is_ok() || matches!(inner.to_lowercase().as_str(), "true" | "false") =>
        {
            format!("{text} (a string)")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(Matcher::Equals(json!(false)), Some(json!(false)), true)]
    #[case(Matcher::Equals(json!(false)), Some(json!("False")), false)]
    #[case(Matcher::Equals(json!("{alice.id}")), Some(json!("u1")), true)]
    #[case(Matcher::Equals(json!(1)), Some(json!(1.0)), true)]
    #[case(Matcher::Equals(json!(1)), None, false)]
    #[case(Matcher::Not(json!(true)), None, true)]
    #[case(Matcher::OneOf(vec![json!(1), json!(2)]), Some(json!(2)), true)]
    #[case(Matcher::Present, Some(json!(null)), false)]
    #[case(Matcher::Absent, Some(json!([])), true)]
    #[case(Matcher::Absent, Some(json!("x")), false)]
    #[case(Matcher::Type("number".into()), Some(json!("7")), false)]
    #[case(Matcher::SameText("ABC".into()), Some(json!("abc")), true)]
    #[case(Matcher::Starts("ab".into()), Some(json!("abc")), true)]
    #[case(Matcher::LeadsTo("/Users/{alice.id}".into()), Some(json!("https://scim.example/v2/Users/u1")), true)]
    #[case(Matcher::LeadsTo("/Users/{alice.id}".into()), Some(json!("Users/u1")), true)]
    #[case(Matcher::LeadsTo("/Users/a@x".into()), Some(json!("/v2/users/a%40x")), true)]
    #[case(Matcher::LeadsTo("/Users/{alice.id}".into()), Some(json!("/v2/Users/u12")), false)]
    #[case(Matcher::LeadsTo("/Users/{alice.id}".into()), Some(json!("/v2/Users")), false)]
    #[case(Matcher::LeadsTo("/Users/{alice.id}".into()), None, false)]
    #[case(Matcher::Length(0), None, true)]
    #[case(Matcher::MaxLength(1), Some(json!([1, 2])), false)]
    #[case(Matcher::Contains(json!({"value": "u1"})), Some(json!([{"value": "u1", "display": "x"}])), true)]
    #[case(Matcher::Contains(json!({"value": "u1"})), None, false)]
    #[case(Matcher::Lacks(json!({"value": "u1"})), Some(json!([{"value": "u1"}])), false)]
    #[case(Matcher::Lacks(json!({"value": "u1"})), None, true)]
    fn matches(#[case] matcher: Matcher, #[case] got: Option<Value>, #[case] holds: bool) {
        let value_of = |name: &str| (name == "alice.id").then(|| "u1".to_owned());
        assert_eq!(check(&matcher, got.as_ref(), &value_of).is_ok(), holds);
    }

    #[test]
    fn says_when_a_string_looks_like_something_else() {
        let mismatch = check(&Matcher::Equals(json!(false)), Some(&json!("False")), &|_| None).unwrap_err();
        assert_eq!(
            (mismatch.expected.as_str(), mismatch.got.as_str()),
            ("false", "\"False\" (a string)")
        );
    }
}
