//! The role an identity provider asks for, in every spelling it may use.
//!
//! `openai_role` may stand at the top level or inside any extension object (its name is compared
//! without case); the core attribute `roles` counts when one of its values names a role. The wish
//! is what the latest change says; a role that is not mentioned stays as it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ScimError;
use super::json::{self, Object};
use crate::fault::{Fault, Faults};

/// The attribute that carries the role.
pub(crate) const ATTRIBUTE: &str = "openai_role";

/// A role of the organization, as invites and users name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Administers the organization.
    Owner,
    /// Everybody else.
    Reader,
}

impl Role {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Reader => "reader",
        }
    }

    /// Reads a role word in any case.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Owner, Self::Reader]
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(word.trim()))
    }

    /// What a role word of the Admin API means. Words older than `reader` (such as `member`)
    /// never mean more than reader.
    pub(crate) fn of_upstream(word: Option<&str>) -> Self {
        word.and_then(Self::parse).unwrap_or(Self::Reader)
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::parse(word).ok_or_else(|| format!("{word:?} is not a role; allowed: owner, reader"))
    }
}

/// Every place of `attributes` that asks for a role, in order of precedence.
///
/// # Errors
/// 400 `invalidValue` when an `openai_role` is neither a role nor empty.
fn places(attributes: &Object, faults: Faults) -> Result<Vec<(String, Role)>, ScimError> {
    let mut found = Vec::new();
    if let Some(value) = json::get(attributes, ATTRIBUTE)
        && let Some(role) = parse_value(value, faults)?
        && !faults.has(Fault::RoleIgnored)
        && !faults.has(Fault::RolesNotRead)
    {
        found.push((String::new(), role));
    }
    let extensions = attributes
        .iter()
        .filter(|(key, _)| is_urn(key))
        .filter_map(|(key, value)| Some((key, json::get(value.as_object()?, ATTRIBUTE)?)));
    for (urn, value) in extensions {
        if let Some(role) = parse_value(value, faults)?
            && !faults.has(Fault::NestedRoleIgnored)
            && !faults.has(Fault::RolesNotRead)
        {
            found.push((urn.to_lowercase(), role));
        }
    }
    if faults.has(Fault::RoleAsTextFails)
        && json::get(attributes, "roles").is_some_and(|roles| roles.to_string().contains("\"{"))
    {
        return Err(ScimError::new(500, "unexpected token in roles"));
    }
    if let Some(role) = json::get(attributes, "entitlements").and_then(in_roles)
        && faults.has(Fault::EntitlementGivesRole)
    {
        found.push(("entitlements".to_owned(), role));
    }
    if let Some(role) = json::get(attributes, "roles").and_then(in_roles) {
        found.push(("roles".to_owned(), role));
    }
    Ok(found)
}

/// The role asked for by a new resource.
pub(crate) fn wish(attributes: &Object, faults: Faults) -> Result<Option<Role>, ScimError> {
    Ok(places(attributes, faults)?.first().map(|(_, role)| *role))
}

/// The role asked for by changing `before` into `after`: that of the place that changed, else none.
pub(crate) fn new_wish(before: &Object, after: &Object, faults: Faults) -> Result<Option<Role>, ScimError> {
    // What is stored already was checked when it came in.
    let old = places(before, faults).unwrap_or_default();
    Ok(places(after, faults)?
        .into_iter()
        .find(|place| !old.contains(place))
        .map(|(_, role)| role))
}

/// Whether `attributes` name a role anywhere.
pub(crate) fn is_mentioned(attributes: &Object) -> bool {
    json::get(attributes, ATTRIBUTE).is_some()
        || json::get(attributes, "roles").is_some()
        || attributes.iter().any(|(key, value)| {
            is_urn(key)
                && value
                    .as_object()
                    .is_some_and(|extension| json::get(extension, ATTRIBUTE).is_some())
        })
}

/// Copies the `openai_role` of `before`, wherever it stands, into an `after` that names no role.
pub(crate) fn carry_over(before: &Object, after: &mut Object) {
    if is_mentioned(after) {
        return;
    }
    if let Some(value) = json::get(before, ATTRIBUTE) {
        json::set(after, ATTRIBUTE, value.clone());
    }
    for (urn, extension) in before.iter().filter(|(key, _)| is_urn(key)) {
        let Some(value) = extension
            .as_object()
            .and_then(|extension| json::get(extension, ATTRIBUTE))
        else {
            continue;
        };
        let key = json::spelling(after, urn);
        let target = after.entry(key).or_insert_with(|| Value::Object(Object::new()));
        if let Value::Object(target) = target {
            json::set(target, ATTRIBUTE, value.clone());
        }
    }
}

/// Whether a member name is that of an extension object.
pub(crate) fn is_urn(key: &str) -> bool {
    key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("urn:"))
}

fn parse_value(value: &Value, faults: Faults) -> Result<Option<Role>, ScimError> {
    match value {
        Value::Null => return Ok(None),
        Value::String(word) if word.trim().is_empty() => return Ok(None),
        Value::String(word) => {
            if let Some(role) = Role::parse(word) {
                return Ok(Some(role));
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
    }
    if faults.has(Fault::UnknownRoleMeansOwner) {
        return Ok(Some(Role::Owner));
    }
    Err(ScimError::value(format!(
        "{ATTRIBUTE} is {value}; allowed values: owner, reader"
    )))
}

/// The role named by the core attribute `roles`: the primary entry wins. Values that name no role
/// belong to somebody else's scheme and are left alone.
fn in_roles(roles: &Value) -> Option<Role> {
    let entries = match roles {
        Value::Array(entries) => entries.as_slice(),
        other => std::slice::from_ref(other),
    };
    let primary = entries.iter().filter(|entry| {
        entry
            .as_object()
            .and_then(|entry| json::get(entry, "primary"))
            .is_some_and(|flag| {
                flag == &Value::Bool(true) || flag.as_str().is_some_and(|word| word.eq_ignore_ascii_case("true"))
            })
    });
    primary.chain(entries).find_map(entry_role)
}

fn entry_role(entry: &Value) -> Option<Role> {
    let word = match entry {
        Value::Object(entry) => json::get_str(entry, "value")?,
        Value::String(word) => word,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    // Entra's legacy dialect wraps the app role into a JSON text.
    if word.trim_start().starts_with('{')
        && let Ok(Value::Object(app_role)) = serde_json::from_str(word)
    {
        return json::get_str(&app_role, "value").and_then(Role::parse);
    }
    Role::parse(word)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        match value {
            Value::Object(object) => object,
            other => unreachable!("{other} is not an object"),
        }
    }

    #[rstest]
    #[case(json!({}), None)]
    #[case(json!({"openai_role": ""}), None)]
    #[case(json!({"openai_role": "owner"}), Some(Role::Owner))]
    #[case(json!({"OpenAI_Role": "Reader"}), Some(Role::Reader))]
    #[case(json!({"urn:x:User": {"openai_role": "OWNER"}}), Some(Role::Owner))]
    #[case(json!({"openai_role": "reader", "urn:x:User": {"openai_role": "owner"}}), Some(Role::Reader))]
    #[case(json!({"roles": [{"value": "owner", "display": "Owner"}]}), Some(Role::Owner))]
    #[case(json!({"roles": [{"value": "reader"}, {"value": "owner", "primary": "True"}]}), Some(Role::Owner))]
    #[case(json!({"roles": [{"value": "{\"id\":\"1\",\"value\":\"Owner\"}"}]}), Some(Role::Owner))]
    #[case(json!({"roles": [{"value": "billing-clerk"}]}), None)]
    #[case(json!({"roles": []}), None)]
    fn wishes(#[case] attributes: Value, #[case] expected: Option<Role>) {
        assert_eq!(wish(&object(attributes), Faults::NONE), Ok(expected));
    }

    #[rstest]
    #[case(json!("admin"))]
    #[case(json!(7))]
    #[case(json!({"value": "owner"}))]
    fn anything_else_is_refused_with_the_allowed_values(#[case] value: Value) {
        for attributes in [json!({"openai_role": value}), json!({"urn:x": {"openai_role": value}})] {
            let error = wish(&object(attributes), Faults::NONE).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.detail.ends_with("owner, reader"), "{}", error.detail);
        }
    }

    #[test]
    fn the_place_that_changed_wins() {
        let before = object(json!({"openai_role": "reader"}));
        let after = object(json!({"openai_role": "reader", "urn:x:User": {"openai_role": "owner"}}));
        assert_eq!(new_wish(&before, &after, Faults::NONE), Ok(Some(Role::Owner)));
        assert_eq!(new_wish(&after, &after, Faults::NONE), Ok(None));
        assert_eq!(new_wish(&after, &object(json!({})), Faults::NONE), Ok(None));
    }

    #[test]
    fn an_absent_role_is_carried_over_to_the_same_place() {
        let before = object(json!({"urn:x:User": {"openai_role": "Owner", "b": 1}}));
        let mut after = object(json!({"userName": "a"}));
        carry_over(&before, &mut after);
        assert_eq!(
            Value::Object(after),
            json!({"userName": "a", "urn:x:User": {"openai_role": "Owner"}})
        );
    }
}
