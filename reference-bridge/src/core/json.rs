//! JSON objects whose member names are compared without case (RFC 7643 §2.1), as SCIM wants it.

use serde_json::{Map, Value};

/// A JSON object in the order it was written.
pub(crate) type Object = Map<String, Value>;

/// The value under `name`, whatever its case.
pub(crate) fn get<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// The value under `name` as text.
pub(crate) fn get_str<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    get(object, name).and_then(Value::as_str)
}

/// The spelling that `object` uses for `name`, else `name` itself.
pub(crate) fn spelling(object: &Object, name: &str) -> String {
    object
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_owned(), Clone::clone)
}

/// Sets `name`, keeping the spelling that is there.
pub(crate) fn set(object: &mut Object, name: &str, value: Value) {
    let key = spelling(object, name);
    object.insert(key, value);
}

/// Takes `name` out, whatever its case, and keeps the order of the rest.
pub(crate) fn remove(object: &mut Object, name: &str) -> Option<Value> {
    let key = spelling(object, name);
    object.shift_remove(&key)
}

/// The value without null members and empty lists, which SCIM calls unassigned (RFC 7643 §2.5).
/// `None` when nothing is left.
pub(crate) fn assigned(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(assigned).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(members) => {
            let members: Object = members
                .into_iter()
                .filter_map(|(key, value)| Some((key, assigned(value)?)))
                .collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unassigned_parts_vanish() {
        let value = json!({"a": null, "b": [], "c": {"d": null}, "e": [{"f": 1, "g": null}]});
        assert_eq!(assigned(value), Some(json!({"e": [{"f": 1}]})));
    }

    #[test]
    fn names_are_found_in_any_case() {
        let Value::Object(mut object) = json!({"UserName": "a"}) else {
            unreachable!("an object literal")
        };
        assert_eq!(get_str(&object, "userName"), Some("a"));
        set(&mut object, "username", json!("b"));
        assert_eq!(Value::Object(object), json!({"UserName": "b"}));
    }
}
