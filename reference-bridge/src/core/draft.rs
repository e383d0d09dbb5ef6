//! Turns what a client sent, or what a PATCH made of a resource, into what the bridge keeps.
//!
//! Attributes are kept as they come, with four exceptions: unassigned ones vanish, read-only ones
//! and the password are dropped, flags sent as text become flags, and shapes that only identity
//! providers know (a manager as text or list, `emails` as one object, `urn:…:attr` keys) become
//! those of RFC 7643.

use serde_json::Value;

use super::address;
use super::error::ScimError;
use super::json::{self, Object};
use super::path::Path;
use super::role::{self, Role};
use super::schema::{self, ENTERPRISE_URN, Kind};
use crate::fault::{Fault, Faults};

/// A person as a client wants it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserDraft {
    /// Everything but `active`, `id`, `meta`, `groups`, `schemas` and the password.
    pub(crate) attributes: Object,
    /// `None`: not said.
    pub(crate) active: Option<bool>,
}

/// A group as a client wants it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroupDraft {
    /// Everything but `members`, `id`, `meta` and `schemas`.
    pub(crate) attributes: Object,
    /// SCIM ids of the members, in order, each once. `None`: not said.
    pub(crate) members: Option<Vec<String>>,
}

impl UserDraft {
    /// Reads a person.
    ///
    /// # Errors
    /// 400 `invalidValue` when the user name, `active`, e-mails, name or role make no sense.
    pub(crate) fn read(mut body: Object, faults: Faults) -> Result<Self, ScimError> {
        if faults.has(Fault::CapitalAttributesDropped) {
            body.retain(|name, _| name.starts_with(|first: char| first.is_ascii_lowercase()));
        }
        let password = json::get(&body, "password").cloned();
        let mut attributes = normalise(Kind::User, body, faults)?;
        let active = json::remove(&mut attributes, "active")
            .map(|value| read_flag(&value, faults))
            .transpose()?;
        if !faults.has(Fault::InvalidCreateAccepted) {
            check_required(Kind::User, &attributes)?;
        }
        check_shapes(&mut attributes)?;
        role::wish(&attributes, faults)?;
        if faults.has(Fault::PasswordEchoed)
            && let Some(password) = password
        {
            attributes.insert("password".to_owned(), password);
        }
        Ok(Self { attributes, active })
    }

    /// The user name.
    pub(crate) fn user_name(&self) -> &str {
        json::get_str(&self.attributes, "userName").unwrap_or_default()
    }

    /// Where the invite goes.
    ///
    /// # Errors
    /// 400 `invalidValue` when neither the e-mails nor the user name hold an address.
    pub(crate) fn address(&self, faults: Faults) -> Result<&str, ScimError> {
        if faults.has(Fault::MailRequired) && json::get(&self.attributes, "emails").is_none() {
            return Err(ScimError::value("emails is required"));
        }
        match address::invite_address(&self.attributes) {
            Some(address) => Ok(address),
            None if faults.has(Fault::InvalidCreateAccepted) => Ok(""),
            None => Err(ScimError::value(
                "neither emails nor userName holds an e-mail address to invite",
            )),
        }
    }

    /// The role asked for.
    pub(crate) fn wish(&self, faults: Faults) -> Option<Role> {
        role::wish(&self.attributes, faults).ok().flatten()
    }
}

impl GroupDraft {
    /// Reads a group.
    ///
    /// # Errors
    /// 400 `invalidValue` when the name or the members make no sense.
    pub(crate) fn read(mut body: Object, faults: Faults) -> Result<Self, ScimError> {
        let members = json::remove(&mut body, "members")
            .map(|members| read_members(&members, faults))
            .transpose()?;
        let mut attributes = normalise(Kind::Group, body, faults)?;
        if faults.has(Fault::NamelessGroupCreated) && json::get(&attributes, "displayName").is_none() {
            attributes.insert("displayName".to_owned(), "Group without a name".into());
        }
        check_required(Kind::Group, &attributes)?;
        if faults.has(Fault::GroupExternalIdDropped) {
            json::remove(&mut attributes, "externalId");
        }
        if faults.has(Fault::GroupNamesCutAt100)
            && let Some(name) = json::get_str(&attributes, "displayName")
        {
            let cut: String = name.chars().take(100).collect();
            json::set(&mut attributes, "displayName", Value::String(cut));
        }
        Ok(Self { attributes, members })
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        json::get_str(&self.attributes, "displayName").unwrap_or_default()
    }
}

/// `true`, `"True"`, `"false"` and the like.
pub(crate) fn read_flag(value: &Value, faults: Faults) -> Result<bool, ScimError> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(word) if faults.has(Fault::StringFalseIsTrue) && !word.is_empty() => Ok(true),
        Value::String(word) if word.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(word) if word.eq_ignore_ascii_case("false") => Ok(false),
        other => Err(ScimError::value(format!(
            "active is {other}; allowed values: true, false"
        ))),
    }
}

/// The manager in the shape of the enterprise schema, or `None` for "no manager". Identity
/// providers send an id, an object, a list of one, or empty text to clear it.
pub(crate) fn read_manager(value: Value, faults: Faults) -> Result<Option<Value>, ScimError> {
    match value {
        Value::String(id) if id.is_empty() => Ok(None),
        Value::String(id) => Ok(Some(serde_json::json!({ "value": id }))),
        Value::Array(_) if faults.has(Fault::ManagerArrayFails) => {
            Err(ScimError::new(500, "unexpected type for manager"))
        }
        Value::Array(items) => match items.into_iter().next() {
            Some(first) => read_manager(first, faults),
            None => Ok(None),
        },
        Value::Object(parts) => {
            let cleared = json::get_str(&parts, "value") == Some("");
            Ok(if cleared {
                None
            } else {
                json::assigned(Value::Object(parts))
            })
        }
        Value::Null => Ok(None),
        Value::Bool(_) | Value::Number(_) => Err(ScimError::value("manager is neither an id nor an object")),
    }
}

/// The ids in a list of members.
pub(crate) fn read_members(value: &Value, faults: Faults) -> Result<Vec<String>, ScimError> {
    let items = match value {
        Value::Null => &[],
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut ids: Vec<String> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::new();
    for item in items {
        if faults.has(Fault::NullRefRefused) && item.get("$ref").is_some_and(Value::is_null) {
            return Err(ScimError::value("$ref of a member is null"));
        }
        let id = match item {
            Value::String(id) => id.as_str(),
            Value::Object(parts) => json::get_str(parts, "value").unwrap_or_default(),
            _ => "",
        };
        if id.is_empty() {
            return Err(ScimError::value(format!(
                "a member needs a value with the id of a person, found {item}"
            )));
        }
        if seen.insert(id.to_owned()) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

/// Drops what clients cannot write and what is unassigned, and spells known names as RFC 7643.
fn normalise(kind: Kind, body: Object, faults: Faults) -> Result<Object, ScimError> {
    let declared = declared(&body);
    let mut kept = Object::new();
    for (key, value) in body {
        let dropped = kind.is_read_only(&key)
            || ["schemas", "password"]
                .into_iter()
                .any(|fixed| fixed.eq_ignore_ascii_case(&key));
        if dropped {
            continue;
        }
        let Some(value) = json::assigned(value) else {
            continue;
        };
        if !role::is_urn(&key) {
            let name = kind.attribute(&key).map_or(key.as_str(), |known| known.name);
            kept.insert(name.to_owned(), value);
            continue;
        }
        let lost = faults.has(Fault::UndeclaredUrnDropped)
            && !declared.iter().any(|urn| urn.eq_ignore_ascii_case(&key))
            || faults.has(Fault::ExtensionDropped) && key.eq_ignore_ascii_case(ENTERPRISE_URN);
        if !lost {
            keep_extension(kind, &mut kept, &key, value)?;
        }
    }
    if let Some(Value::Object(enterprise)) = kept.get_mut(ENTERPRISE_URN)
        && let Some(manager) = json::remove(enterprise, "manager")
        && let Some(manager) = read_manager(manager, faults)?
    {
        enterprise.insert("manager".to_owned(), manager);
    }
    kept.retain(|_, value| value.as_object().is_none_or(|parts| !parts.is_empty()));
    Ok(kept)
}

/// Keeps what stands under a URN: an extension object, or one attribute of it (`urn:…:attr`).
fn keep_extension(kind: Kind, kept: &mut Object, key: &str, value: Value) -> Result<(), ScimError> {
    let (urn, parts) = match value {
        Value::Object(parts) => (key.to_owned(), parts),
        single => {
            let path = Path::from_name(key).map_err(ScimError::syntax)?;
            let urn = path.schema.unwrap_or_default();
            if path.attribute.is_empty() {
                return Err(ScimError::value(format!("{key} is not an object")));
            }
            (urn, Object::from_iter([(path.attribute, single)]))
        }
    };
    if urn.eq_ignore_ascii_case(kind.urn()) {
        kept.extend(parts);
        return Ok(());
    }
    let urn = [ENTERPRISE_URN, schema::OPENAI_URN]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(&urn))
        .map_or(urn.clone(), str::to_owned);
    match kept.get_mut(&urn) {
        Some(Value::Object(extension)) => extension.extend(parts),
        _ => {
            kept.insert(urn, Value::Object(parts));
        }
    }
    Ok(())
}

fn declared(body: &Object) -> Vec<String> {
    json::get(body, "schemas")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|urn| urn.as_str().map(str::to_owned))
        .collect()
}

fn check_required(kind: Kind, attributes: &Object) -> Result<(), ScimError> {
    let name = kind.required();
    match json::get(attributes, name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(()),
        Some(Value::String(_)) => Err(ScimError::value(format!("{name} is empty"))),
        Some(other) => Err(ScimError::value(format!("{name} is {other}, not text"))),
        None => Err(ScimError::value(format!("{name} is required"))),
    }
}

/// Complex attributes are objects, multi-valued ones are lists of objects, `primary` is a flag.
fn check_shapes(attributes: &mut Object) -> Result<(), ScimError> {
    if let Some(name) = attributes.get("name")
        && !name.is_object()
    {
        return Err(ScimError::value(format!("name is {name}, not an object")));
    }
    for known in Kind::User.attributes().iter().filter(|known| known.many) {
        let Some(value) = attributes.get_mut(known.name) else {
            continue;
        };
        if value.is_object() {
            *value = Value::Array(vec![value.take()]);
        }
        let Value::Array(items) = value else {
            return Err(ScimError::value(format!("{} is not a list", known.name)));
        };
        for item in items {
            if known.name == "emails"
                && item
                    .as_object()
                    .is_none_or(|email| json::get(email, "value").is_some_and(|v| !v.is_string()))
            {
                return Err(ScimError::value(format!("{item} is not an e-mail")));
            }
            fix_primary(item);
        }
    }
    Ok(())
}

fn fix_primary(item: &mut Value) {
    if let Value::Object(parts) = item
        && let Some(word) = json::get_str(parts, "primary")
        && let Ok(flag) = word.to_ascii_lowercase().parse::<bool>()
    {
        json::set(parts, "primary", Value::Bool(flag));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::super::error::ScimType;
    use super::*;

    fn read(body: Value) -> Result<UserDraft, ScimError> {
        match body {
            Value::Object(body) => UserDraft::read(body, Faults::NONE),
            other => unreachable!("{other} is not an object"),
        }
    }

    #[test]
    fn keeps_what_was_sent_and_drops_what_is_the_servers() {
        let draft = read(json!({
            "schemas": ["x"], "id": "1", "meta": {}, "groups": [], "password": "p",
            "USERNAME": "Ada@x", "active": "True", "title": null, "roles": [{"primary": "True"}],
            "name": {"formatted": "A", "familyName": null},
            "urn:x:2.0:User:color": "Red",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": ["m"]}
        }))
        .unwrap();
        assert_eq!(draft.active, Some(true));
        assert_eq!(
            Value::Object(draft.attributes),
            json!({
                "userName": "Ada@x", "roles": [{"primary": true}], "name": {"formatted": "A"},
                "urn:x:2.0:User": {"color": "Red"},
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "m"}}
            })
        );
    }

    #[rstest]
    #[case(json!({}))]
    #[case(json!({"userName": ""}))]
    #[case(json!({"userName": 7}))]
    #[case(json!({"userName": "a@x", "active": "maybe"}))]
    #[case(json!({"userName": "a@x", "active": 0}))]
    #[case(json!({"userName": "a@x", "emails": "a@x"}))]
    #[case(json!({"userName": "a@x", "emails": [{"value": 1}]}))]
    #[case(json!({"userName": "a@x", "name": "Ada"}))]
    #[case(json!({"userName": "a@x", "openai_role": "admin"}))]
    fn nonsense_is_refused(#[case] body: Value) {
        let error = read(body).unwrap_err();
        assert_eq!(
            (error.status, error.scim_type.map(ScimType::as_str)),
            (400, Some("invalidValue"))
        );
    }

    #[rstest]
    #[case(json!([{"value": "1", "$ref": null}, {"value": "1"}, "2"]), &["1", "2"])]
    #[case(json!({"value": "1", "display": null}), &["1"])]
    #[case(json!(null), &[])]
    fn members_in_every_shape(#[case] value: Value, #[case] expected: &[&str]) {
        assert_eq!(read_members(&value, Faults::NONE).unwrap(), expected);
    }

    #[rstest]
    #[case(json!("m"), Some(json!({"value": "m"})))]
    #[case(json!([{"$ref": "u", "value": "m"}]), Some(json!({"$ref": "u", "value": "m"})))]
    #[case(json!({"value": ""}), None)]
    #[case(json!(""), None)]
    #[case(json!([]), None)]
    fn managers_in_every_shape(#[case] value: Value, #[case] expected: Option<Value>) {
        assert_eq!(read_manager(value, Faults::NONE), Ok(expected));
    }
}
