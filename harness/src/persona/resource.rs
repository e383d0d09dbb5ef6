//! SCIM resources as an identity provider fills them in and changes them.

use proofload_scenarios::{GroupManner, Idp, RoleSpelling};
use serde_json::{Map, Value, json};

use super::job::{Change, Member};
use super::patch::members_value;
use crate::cast::{Actor, Team};

/// URN of the enterprise extension, RFC 7643 §4.3.
pub(super) const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The body that creates a person.
pub(super) fn new_user(idp: &Idp, actor: &Actor, role_urn: &str) -> Value {
    let mut body = idp.user_template.fill(&|name| actor.get(name).map(str::to_owned));
    declare_extensions(&mut body);
    if let Some(role) = actor.get("openai_role") {
        set_role(&mut body, actor.role_at, role_urn, role);
    }
    body
}

/// The body that creates a group.
pub(super) fn new_group(manner: &GroupManner, team: &Team, members: &[Member]) -> Value {
    let mut body = manner.template.fill(&|name| match name {
        "displayName" => Some(team.display_name.clone()),
        "externalId" => Some(team.external_id.clone()),
        _ => None,
    });
    if manner.create_with_members {
        body["members"] = Value::Array(members_value(manner.member, members));
    }
    body
}

/// The body that replaces a group, as Okta's PUT client was captured writing it: `display` is null there.
pub(super) fn whole_group(team: &Team, id: &str, members: &[Member]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|member| json!({"value": member.id, "display": null}))
        .collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": id,
        "displayName": team.display_name,
        "members": members,
    })
}

/// Lays changes over a resource that the bridge answered, as Okta does before a PUT.
pub(super) fn lay_over(resource: &mut Value, changes: &[Change], role_at: RoleSpelling, role_urn: &str) {
    for change in changes {
        match change.attribute.as_str() {
            "email" => lay_email(resource, &change.value),
            "openai_role" => set_role(resource, role_at, role_urn, &change.value),
            "department" | "employeeNumber" => {
                put(resource, &[ENTERPRISE_USER, &change.attribute], &change.value);
                declare_extensions(resource);
            }
            attribute => {
                let path: Vec<&str> = attribute.split('.').collect();
                put(resource, &path, &change.value);
            }
        }
    }
}

/// What of the directory a resource lacks or has differently: the changes an identity provider would send.
pub(super) fn difference(resource: &Value, actor: &Actor, role_urn: &str) -> Vec<Change> {
    const MAPPED: &[&str] = &[
        "userName",
        "externalId",
        "displayName",
        "name.givenName",
        "name.familyName",
        "title",
        "email",
        "department",
        "employeeNumber",
        "openai_role",
    ];
    MAPPED
        .iter()
        .filter_map(|attribute| {
            let wanted = actor.get(crate::cast::directory_key(attribute))?;
            let has = value_at(resource, attribute, actor.role_at, role_urn);
            let same = match *attribute {
                "userName" | "email" => has.is_some_and(|has| has.eq_ignore_ascii_case(wanted)),
                _ => has == Some(wanted),
            };
            (!same).then(|| Change {
                attribute: (*attribute).to_owned(),
                value: wanted.to_owned(),
                before: has.unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

/// Where the role goes in a PATCH path.
pub(super) fn role_path(role_at: RoleSpelling, role_urn: &str) -> String {
    match role_at {
        RoleSpelling::TopLevel => "openai_role".to_owned(),
        RoleSpelling::Nested | RoleSpelling::NestedUndeclared => format!("{role_urn}:openai_role"),
    }
}

fn value_at<'a>(resource: &'a Value, attribute: &str, role_at: RoleSpelling, role_urn: &str) -> Option<&'a str> {
    match attribute {
        "email" => {
            let emails = resource.get("emails")?.as_array()?;
            let work = emails
                .iter()
                .find(|email| email.get("type").is_some_and(|kind| kind == "work"));
            work.or(emails.first())?.get("value")?.as_str()
        }
        "department" | "employeeNumber" => resource.get(ENTERPRISE_USER)?.get(attribute)?.as_str(),
        "openai_role" => match role_at {
            RoleSpelling::TopLevel => resource.get("openai_role")?.as_str(),
            RoleSpelling::Nested | RoleSpelling::NestedUndeclared => {
                resource.get(role_urn)?.get("openai_role")?.as_str()
            }
        },
        attribute => attribute
            .split('.')
            .try_fold(resource, |value, key| value.get(key))?
            .as_str(),
    }
}

fn lay_email(resource: &mut Value, address: &str) {
    match resource
        .get_mut("emails")
        .and_then(Value::as_array_mut)
        .and_then(|emails| emails.first_mut())
    {
        Some(first) if first.is_object() => first["value"] = json!(address),
        _ => put_value(
            resource,
            &["emails"],
            json!([{"primary": true, "value": address, "type": "work"}]),
        ),
    }
}

fn set_role(resource: &mut Value, role_at: RoleSpelling, role_urn: &str, role: &str) {
    match role_at {
        RoleSpelling::TopLevel => put(resource, &["openai_role"], role),
        RoleSpelling::Nested => {
            put(resource, &[role_urn, "openai_role"], role);
            declare(resource, role_urn);
        }
        RoleSpelling::NestedUndeclared => put(resource, &[role_urn, "openai_role"], role),
    }
}

/// Okta names an extension in `schemas` only when one of its attributes has a value.
fn declare_extensions(resource: &mut Value) {
    if resource.get(ENTERPRISE_USER).is_some() {
        declare(resource, ENTERPRISE_USER);
    }
}

fn declare(resource: &mut Value, urn: &str) {
    if let Some(schemas) = resource.get_mut("schemas").and_then(Value::as_array_mut)
        && !schemas.iter().any(|known| known == urn)
    {
        schemas.push(json!(urn));
    }
}

fn put(resource: &mut Value, path: &[&str], text: &str) {
    put_value(resource, path, json!(text));
}

/// Puts a value at a path, making objects on the way where something else or nothing is.
fn put_value(resource: &mut Value, path: &[&str], value: Value) {
    let mut at = resource;
    for key in path {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[*key];
    }
    *at = value;
}
