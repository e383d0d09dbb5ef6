//! `attributes` and `excludedAttributes` (RFC 7644 §3.9): which parts of a resource are returned.

use serde_json::Value;

use super::json::{self, Object};
use super::path::Path;
use super::schema::{ENTERPRISE_URN, Kind};

/// What a client wants to see of a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Projection {
    /// Only these, when not empty.
    only: Vec<Path>,
    /// Without these.
    without: Vec<Path>,
}

impl Projection {
    /// Reads the two comma-separated query parameters. Names that are none select nothing.
    pub(crate) fn read(attributes: Option<&str>, excluded: Option<&str>) -> Self {
        let paths = |list: Option<&str>| {
            list.unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter_map(|name| Path::parse(name).ok())
                .collect()
        };
        Self {
            only: paths(attributes),
            without: paths(excluded),
        }
    }

    /// Whether specific attributes were asked for.
    pub(crate) fn is_selective(&self) -> bool {
        !self.only.is_empty()
    }

    /// Whether the answer shows `attribute` at all: what is not shown need not be computed.
    pub(crate) fn shows(&self, attribute: &str) -> bool {
        let names = |path: &Path| path.is_core(attribute);
        let whole = |path: &Path| names(path) && path.sub.is_none();
        (self.only.is_empty() || self.only.iter().any(names)) && !self.without.iter().any(whole)
    }

    /// Cuts `resource` down. `id` and `schemas` always stay.
    pub(crate) fn apply(&self, kind: Kind, resource: &mut Object) {
        if !self.only.is_empty() {
            let mut chosen = Object::new();
            for (key, value) in resource.iter() {
                if is_always(key) {
                    chosen.insert(key.clone(), value.clone());
                }
            }
            for path in &self.only {
                choose(kind, resource, path, &mut chosen);
            }
            *resource = chosen;
        }
        for path in &self.without {
            exclude(kind, resource, path);
        }
    }
}

fn is_always(name: &str) -> bool {
    ["id", "schemas"]
        .into_iter()
        .any(|always| always.eq_ignore_ascii_case(name))
}

/// The member of the resource that holds the extension the path is about, if it is about one.
fn extension(kind: Kind, resource: &Object, path: &Path) -> Option<String> {
    match path.schema.as_deref() {
        Some(schema) if schema.eq_ignore_ascii_case(kind.urn()) => None,
        Some(schema) => Some(json::spelling(resource, schema)),
        None if kind.is_enterprise(&path.attribute) => Some(ENTERPRISE_URN.to_owned()),
        None => None,
    }
}

fn choose(kind: Kind, resource: &Object, path: &Path, chosen: &mut Object) {
    let Some(urn) = extension(kind, resource, path) else {
        choose_in(resource, path, chosen);
        return;
    };
    let Some(Value::Object(source)) = resource.get(&urn) else {
        return;
    };
    let target = chosen.entry(urn).or_insert_with(|| Value::Object(Object::new()));
    if let Value::Object(target) = target {
        if path.attribute.is_empty() {
            target.clone_from(source);
        } else {
            choose_in(source, path, target);
        }
    }
}

fn choose_in(source: &Object, path: &Path, chosen: &mut Object) {
    let key = json::spelling(source, &path.attribute);
    let Some(value) = source.get(&key) else {
        return;
    };
    let Some(sub) = path.sub.as_deref() else {
        chosen.insert(key, value.clone());
        return;
    };
    let part = |value: &Value| {
        let parts = value.as_object()?;
        let name = json::spelling(parts, sub);
        let part = parts.get(&name)?.clone();
        Some((name, part))
    };
    match value {
        Value::Array(items) => {
            let existing = chosen.get(&key).and_then(Value::as_array);
            let cut: Vec<Value> = items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    let mut kept = existing
                        .and_then(|items| items.get(at)?.as_object().cloned())
                        .unwrap_or_default();
                    kept.extend(part(item));
                    Value::Object(kept)
                })
                .collect();
            chosen.insert(key, Value::Array(cut));
        }
        single => {
            if let Some((name, part)) = part(single) {
                let target = chosen.entry(key).or_insert_with(|| Value::Object(Object::new()));
                if let Value::Object(target) = target {
                    target.insert(name, part);
                }
            }
        }
    }
}

fn exclude(kind: Kind, resource: &mut Object, path: &Path) {
    match extension(kind, resource, path) {
        Some(urn) if path.attribute.is_empty() => {
            resource.shift_remove(&urn);
        }
        Some(urn) => {
            if let Some(Value::Object(target)) = resource.get_mut(&urn) {
                exclude_in(target, path);
            }
        }
        None if path.sub.is_none() && is_always(&path.attribute) => {}
        None => exclude_in(resource, path),
    }
}

fn exclude_in(target: &mut Object, path: &Path) {
    let Some(sub) = path.sub.as_deref() else {
        json::remove(target, &path.attribute);
        return;
    };
    let key = json::spelling(target, &path.attribute);
    let items = match target.get_mut(&key) {
        Some(Value::Array(items)) => items.as_mut_slice(),
        Some(other) => std::slice::from_mut(other),
        None => return,
    };
    for item in items {
        if let Value::Object(parts) = item {
            json::remove(parts, sub);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("userName", "", json!({"schemas": ["s"], "id": "1", "userName": "a"}))]
    #[case("", "members,name", json!({"schemas": ["s"], "id": "1", "userName": "a", "emails": [{"value": "v", "type": "work"}], "urn:x:User": {"a": 1, "b": 2}}))]
    #[case("id", "id", json!({"schemas": ["s"], "id": "1"}))]
    #[case("name.givenName,emails.value", "", json!({"schemas": ["s"], "id": "1", "name": {"givenName": "g"}, "emails": [{"value": "v"}]}))]
    #[case("urn:x:User:a", "", json!({"schemas": ["s"], "id": "1", "urn:x:User": {"a": 1}}))]
    #[case("urn:x:User,USERNAME", "urn:x:User:b", json!({"schemas": ["s"], "id": "1", "urn:x:User": {"a": 1}, "userName": "a"}))]
    #[case("urn:ietf:params:scim:schemas:core:2.0:User:userName", "", json!({"schemas": ["s"], "id": "1", "userName": "a"}))]
    #[case("emails", "emails.type", json!({"schemas": ["s"], "id": "1", "emails": [{"value": "v"}]}))]
    fn projections(#[case] only: &str, #[case] without: &str, #[case] expected: Value) {
        let Value::Object(mut resource) = json!({
            "schemas": ["s"], "id": "1", "userName": "a", "name": {"givenName": "g", "familyName": "f"},
            "emails": [{"value": "v", "type": "work"}], "urn:x:User": {"a": 1, "b": 2}
        }) else {
            unreachable!("an object literal")
        };
        Projection::read(Some(only), Some(without)).apply(Kind::User, &mut resource);
        assert_eq!(Value::Object(resource), expected);
    }
}
