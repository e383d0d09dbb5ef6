//! What a SCIM write means, read from its bytes: the same for a persona's request and a recorded one.
//!
//! This is the identity provider's side of the contract, in all the spellings that identity providers use. It shares
//! nothing with any bridge.

use serde_json::{Map, Value};

use crate::exchange::SentRequest;

/// What a write asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A person is to be so: created (`id` is `None`), replaced or changed.
    User {
        /// The SCIM id, unless the person is being created.
        id: Option<String>,
        /// What is said about the person.
        said: UserSaid,
    },
    /// A person is to be gone.
    DeleteUser(String),
    /// A group is to be so.
    Group {
        /// The SCIM id, unless the group is being created.
        id: Option<String>,
        /// The name, if it is said.
        name: Option<String>,
        /// What is to happen to the members, in order.
        members: Vec<MemberChange>,
    },
    /// A group is to be gone.
    DeleteGroup(String),
}

/// What a request says about a person; `None` is silence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSaid {
    /// The userName.
    pub user_name: Option<String>,
    /// All e-mail addresses.
    pub emails: Option<Vec<String>>,
    /// Whether the person is to have access.
    pub active: Option<bool>,
    /// The role, as it was written.
    pub role: Option<String>,
    /// Words in the core attribute `roles`, or in an `openai_role` beside userName, where no schema has it; lower case.
    /// A bridge may take one for a wish, and need not.
    pub perhaps: Vec<String>,
}

/// A change of a group's members, by SCIM id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// These, too.
    Add(Vec<String>),
    /// Not these.
    Remove(Vec<String>),
    /// Not these, named in the value of a removal, to which the RFC gives no meaning: by its letter all are to go.
    RemoveInValue(Vec<String>),
    /// Exactly these.
    Set(Vec<String>),
}

impl MemberChange {
    /// Whom it asks for one by one; a whole list names nobody in particular.
    pub fn named(&self) -> &[String] {
        match self {
            Self::Add(ids) | Self::Remove(ids) | Self::RemoveInValue(ids) => ids,
            Self::Set(_) => &[],
        }
    }
}

impl Intent {
    /// What a request asks for; `None` when it is no write to a person or group, or cannot be read.
    pub fn of(request: &SentRequest) -> Option<Self> {
        let path = request.target.split('?').next().unwrap_or_default();
        let mut parts = path.trim_matches('/').split('/');
        let kind = parts.next()?;
        let id = parts.next().map(|id| {
            percent_encoding::percent_decode_str(id)
                .decode_utf8_lossy()
                .into_owned()
        });
        if parts.next().is_some() {
            return None;
        }
        let body = || {
            request
                .body
                .as_ref()
                .and_then(|body| serde_json::from_slice::<Value>(body).ok())
        };
        match (kind, request.method.as_str(), id) {
            ("Users", "POST", None) => Some(Self::User {
                id: None,
                said: UserSaid::in_resource(body()?.as_object()?),
            }),
            ("Users", "PUT", Some(id)) => Some(Self::User {
                id: Some(id),
                said: UserSaid::in_resource(body()?.as_object()?),
            }),
            ("Users", "PATCH", Some(id)) => Some(Self::User {
                id: Some(id),
                said: UserSaid::in_patch(&body()?),
            }),
            ("Users", "DELETE", Some(id)) => Some(Self::DeleteUser(id)),
            ("Groups", "POST", None) => {
                let (name, members) = group_in_resource(&body()?);
                Some(Self::Group {
                    id: None,
                    name,
                    members,
                })
            }
            ("Groups", "PUT", Some(id)) => {
                let (name, members) = group_in_resource(&body()?);
                // A list that is left out of a PUT may be cleared or kept (RFC 7644 §3.5.1); then nothing is said.
                Some(Self::Group {
                    id: Some(id),
                    name,
                    members,
                })
            }
            ("Groups", "PATCH", Some(id)) => {
                let (name, members) = group_in_patch(&body()?);
                Some(Self::Group {
                    id: Some(id),
                    name,
                    members,
                })
            }
            ("Groups", "DELETE", Some(id)) => Some(Self::DeleteGroup(id)),
            _ => None,
        }
    }
}

impl UserSaid {
    fn in_resource(resource: &Map<String, Value>) -> Self {
        let mut said = Self::default();
        for (key, value) in resource {
            said.hear(key, value);
        }
        said
    }

    fn in_patch(body: &Value) -> Self {
        let mut said = Self::default();
        for operation in operations(body) {
            match (operation.path.as_deref(), operation.value) {
                _ if operation.verb == "remove" => {}
                (Some(path), Some(value)) => said.hear(path, value),
                (None, Some(Value::Object(members))) => {
                    for (key, value) in members {
                        said.hear(key, value);
                    }
                }
                _ => {}
            }
        }
        said
    }

    fn hear(&mut self, key: &str, value: &Value) {
        let name = attribute_name(key);
        if name == "username" {
            self.user_name = value.as_str().map(str::to_owned);
        } else if name == "active" {
            self.active = truth(value);
        } else if name == "emails" {
            self.emails = Some(addresses(value));
        } else if name.starts_with("emails[") || name == "emails.value" {
            self.emails = value.as_str().map(|address| vec![address.to_owned()]);
        } else if name == "roles" || name.starts_with("roles[") || name == "roles.value" || name == "openai_role" {
            self.perhaps.extend(role_words(value));
        } else if name.ends_with(":openai_role") {
            self.role = Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        } else if let Some(role) = value.as_object().and_then(|extension| extension.get("openai_role"))
            && name.starts_with("urn:")
        {
            self.role = Some(role.as_str().map_or_else(|| role.to_string(), str::to_owned));
        }
    }
}

/// One operation of a PATCH, its `op` in lower case.
struct Operation<'a> {
    verb: String,
    path: Option<String>,
    value: Option<&'a Value>,
}

fn operations(body: &Value) -> Vec<Operation<'_>> {
    let list = body.get("Operations").and_then(Value::as_array);
    let read = |operation: &'_ Value| -> Option<(String, Option<String>)> {
        let verb = operation.get("op")?.as_str()?.to_ascii_lowercase();
        Some((verb, operation.get("path").and_then(Value::as_str).map(str::to_owned)))
    };
    list.into_iter()
        .flatten()
        .filter_map(|operation| {
            let (verb, path) = read(operation)?;
            Some(Operation {
                verb,
                path,
                value: operation.get("value"),
            })
        })
        .collect()
}

/// The attribute a key or path means, in lower case, without the core schema's URN.
fn attribute_name(key: &str) -> String {
    let lower = key.to_ascii_lowercase();
    for core in [
        "urn:ietf:params:scim:schemas:core:2.0:user:",
        "urn:ietf:params:scim:schemas:core:2.0:group:",
    ] {
        if let Some(name) = lower.strip_prefix(core) {
            return name.to_owned();
        }
    }
    lower
}

/// JSON booleans, and the strings that Entra sends for them.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn addresses(emails: &Value) -> Vec<String> {
    let list = match emails {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(emails),
        _ => &[],
    };
    list.iter()
        .filter_map(|email| email.get("value")?.as_str().map(str::to_owned))
        .collect()
}

/// Every word in `roles` that may name a role, in the shapes that are sent: text, objects with a `value`, and JSON in a
/// text.
fn role_words(roles: &Value) -> Vec<String> {
    match roles {
        Value::Array(items) => items.iter().flat_map(role_words).collect(),
        Value::Object(entry) => entry.get("value").map(role_words).unwrap_or_default(),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inside @ Value::Object(_)) => role_words(&inside),
            _ => vec![text.trim().to_lowercase()],
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn group_in_resource(body: &Value) -> (Option<String>, Vec<MemberChange>) {
    let name = body.get("displayName").and_then(Value::as_str).map(str::to_owned);
    let members = body.get("members").map(member_ids).map(MemberChange::Set);
    (name, members.into_iter().collect())
}

fn group_in_patch(body: &Value) -> (Option<String>, Vec<MemberChange>) {
    let mut name = None;
    let mut changes = Vec::new();
    for operation in operations(body) {
        let path = operation.path.as_deref().map(attribute_name);
        match (path.as_deref(), operation.value) {
            (Some("displayname"), Some(Value::String(text))) => name = Some(text.clone()),
            (Some("members"), value) => changes.extend(member_change(&operation.verb, value)),
            (Some(filter), _) if filter.starts_with("members[") && operation.verb == "remove" => {
                // The id is read from the path as it was written: ids are case-exact.
                let written = operation.path.as_deref().unwrap_or_default();
                changes.extend(
                    written
                        .split('"')
                        .nth(1)
                        .map(|id| MemberChange::Remove(vec![id.to_owned()])),
                );
            }
            (None, Some(Value::Object(value))) => {
                for (key, value) in value {
                    match attribute_name(key).as_str() {
                        "displayname" => name = value.as_str().map(str::to_owned).or(name),
                        "members" => changes.extend(member_change(&operation.verb, Some(value))),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    (name, changes)
}

fn member_change(verb: &str, value: Option<&Value>) -> Option<MemberChange> {
    match (verb, value) {
        ("add", Some(value)) => Some(MemberChange::Add(member_ids(value))),
        ("replace", Some(value)) => Some(MemberChange::Set(member_ids(value))),
        ("remove", None | Some(Value::Null)) => Some(MemberChange::Set(Vec::new())),
        ("remove", Some(value)) => Some(MemberChange::RemoveInValue(member_ids(value))),
        _ => None,
    }
}

fn member_ids(members: &Value) -> Vec<String> {
    let list = match members {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(members),
        _ => &[],
    };
    list.iter()
        .filter_map(|member| member.get("value")?.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rstest::rstest;

    use super::*;

    fn of(method: &str, target: &str, body: &'static str) -> Option<Intent> {
        let body = (!body.is_empty()).then(|| Bytes::from(body));
        Intent::of(&SentRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body,
        })
    }

    #[rstest]
    #[case::okta(r#"{"Operations":[{"op":"replace","value":{"active":false}}]}"#)]
    #[case::entra_string(r#"{"Operations":[{"op":"Replace","path":"active","value":"False"}]}"#)]
    #[case::entra_boolean(r#"{"Operations":[{"op":"replace","path":"active","value":false}]}"#)]
    #[case::qualified(
        r#"{"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:active","value":false}]}"#
    )]
    fn deactivation_in_every_spelling(#[case] body: &'static str) {
        let said = UserSaid {
            active: Some(false),
            ..UserSaid::default()
        };
        assert_eq!(
            of("PATCH", "/Users/u1", body),
            Some(Intent::User {
                id: Some("u1".to_owned()),
                said
            })
        );
    }

    #[rstest]
    #[case("POST", "/Users", r#"{"urn:x:2.0:User":{"openai_role":"owner"}}"#)]
    #[case(
        "PATCH",
        "/Users/u",
        r#"{"Operations":[{"op":"Add","path":"urn:x:2.0:User:openai_role","value":"owner"}]}"#
    )]
    #[case(
        "PATCH",
        "/Users/u",
        r#"{"Operations":[{"op":"replace","value":{"urn:x:2.0:User:openai_role":"owner"}}]}"#
    )]
    fn role_in_every_spelling(#[case] method: &str, #[case] target: &str, #[case] body: &'static str) {
        let Some(Intent::User { said, .. }) = of(method, target, body) else {
            panic!("no intent")
        };
        assert_eq!(said.role.as_deref(), Some("owner"));
    }

    #[rstest]
    #[case(r#"{"openai_role":"Owner"}"#)]
    #[case(r#"{"roles":[{"value":"owner"}]}"#)]
    fn a_role_where_no_bridge_has_to_look(#[case] body: &'static str) {
        let Some(Intent::User { said, .. }) = of("POST", "/Users", body) else {
            panic!("no intent")
        };
        assert_eq!((said.role, said.perhaps), (None, vec!["owner".to_owned()]));
    }

    #[rstest]
    #[case(r#"{"Operations":[{"op":"add","path":"members","value":[{"value":"A"}]}]}"#, MemberChange::Add(vec!["A".into()]))]
    #[case(r#"{"Operations":[{"op":"remove","path":"members[value eq \"A\"]"}]}"#, MemberChange::Remove(vec!["A".into()]))]
    #[case(r#"{"Operations":[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"A"}]}]}"#, MemberChange::RemoveInValue(vec!["A".into()]))]
    #[case(r#"{"Operations":[{"op":"replace","value":{"members":[{"value":"A"}]}}]}"#, MemberChange::Set(vec!["A".into()]))]
    #[case(r#"{"Operations":[{"op":"remove","path":"members"}]}"#, MemberChange::Set(vec![]))]
    fn members_in_every_spelling(#[case] body: &'static str, #[case] change: MemberChange) {
        let Some(Intent::Group { members, .. }) = of("PATCH", "/Groups/g", body) else {
            panic!("no intent")
        };
        assert_eq!(members, [change]);
    }

    #[test]
    fn reads_and_broken_bodies_mean_nothing() {
        assert_eq!(of("GET", "/Users/u1", ""), None);
        assert_eq!(of("POST", "/Users", "{broken"), None);
        assert_eq!(of("POST", "/Users", "[]"), None);
    }
}
