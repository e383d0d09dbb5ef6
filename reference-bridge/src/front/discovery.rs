//! What the bridge can do and which attributes it knows (RFC 7643 §§5–7, RFC 7644 §4).

use serde_json::{Value, json};

use super::answer::Answer;
use super::request::Asked;
use crate::bridge::{Bridge, Place};
use crate::core::error::ScimError;
use crate::core::paging::{MAX_COUNT, Page};
use crate::core::role;
use crate::core::schema::{Attribute, ENTERPRISE, ENTERPRISE_URN, Kind, OPENAI_URN, Shape, is_case_exact};
use crate::fault::Fault;

const CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Answers a GET below one of the three discovery endpoints.
pub(super) fn answer(bridge: &Bridge, asked: &Asked, segments: &[&str]) -> Result<Answer, ScimError> {
    if asked.parameter("filter").is_some() {
        return Err(ScimError::new(403, "discovery endpoints cannot be filtered"));
    }
    let place = &asked.place;
    let all = match segments {
        ["ServiceProviderConfig"] => return Ok(Answer::ok(config(bridge, place))),
        ["ResourceTypes", ..] => vec![resource_type(Kind::User, place), resource_type(Kind::Group, place)],
        ["Schemas", ..] => schemas(place),
        _ => Vec::new(),
    };
    match segments {
        [_] if bridge.faults().has(Fault::ResourceTypesBareList) => Ok(Answer::ok(Value::Array(all))),
        [_] => {
            let total = all.len();
            let page = Page { start: 1, count: total };
            Ok(Answer::list(&all, page, total, bridge))
        }
        ["Schemas", _] if bridge.faults().has(Fault::SchemasNotSingle) => {
            Err(ScimError::new(404, "schemas are read as a list"))
        }
        [_, wanted] => all
            .into_iter()
            .find(|one| one["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(wanted)))
            .map(Answer::ok)
            .ok_or_else(|| ScimError::new(404, format!("there is no {wanted:?} here"))),
        _ => Err(ScimError::new(404, format!("there is nothing at {}", asked.path))),
    }
}

fn config(bridge: &Bridge, place: &Place) -> Value {
    json!({
        "schemas": [CONFIG_URN],
        "patch": {"supported": !bridge.faults().has(Fault::PatchDeniedInConfig)},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": MAX_COUNT},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": bridge.faults().has(Fault::EtagDeclaredAndIgnored)},
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token the bridge was started with, in the Authorization header.",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": place.join("ServiceProviderConfig"),
        },
    })
}

fn resource_type(kind: Kind, place: &Place) -> Value {
    let extensions = match kind {
        Kind::User => vec![
            json!({"schema": ENTERPRISE_URN, "required": false}),
            json!({"schema": OPENAI_URN, "required": false}),
        ],
        Kind::Group => Vec::new(),
    };
    json!({
        "schemas": [TYPE_URN],
        "id": kind.name(),
        "name": kind.name(),
        "endpoint": format!("/{}", kind.endpoint()),
        "description": match kind {
            Kind::User => "A person who is a member of the organization, or invited, or was either.",
            Kind::Group => "A group of people.",
        },
        "schema": kind.urn(),
        "schemaExtensions": extensions,
        "meta": {
            "resourceType": "ResourceType",
            "location": place.join(&format!("ResourceTypes/{}", kind.name())),
        },
    })
}

fn schemas(place: &Place) -> Vec<Value> {
    let core = |kind: Kind| {
        let attributes: Vec<Value> = kind
            .attributes()
            .iter()
            .map(|known| attribute(known, Some(kind)))
            .collect();
        schema(place, kind.urn(), kind.name(), &attributes)
    };
    let enterprise: Vec<Value> = ENTERPRISE.iter().map(|known| attribute(known, None)).collect();
    let role = json!({
        "name": role::ATTRIBUTE,
        "type": "string",
        "multiValued": false,
        "description": "The role in the organization.",
        "required": false,
        "canonicalValues": ["owner", "reader"],
        "caseExact": false,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    });
    vec![
        core(Kind::User),
        core(Kind::Group),
        schema(place, ENTERPRISE_URN, "EnterpriseUser", &enterprise),
        schema(place, OPENAI_URN, "OpenAIUser", &[role]),
    ]
}

fn schema(place: &Place, urn: &str, name: &str, attributes: &[Value]) -> Value {
    json!({
        "schemas": [SCHEMA_URN],
        "id": urn,
        "name": name,
        "description": format!("Attributes of {name}."),
        "attributes": attributes,
        "meta": {
            "resourceType": "Schema",
            "location": place.join(&format!("Schemas/{urn}")),
        },
    })
}

/// One attribute in the terms of RFC 7643 §7. `kind` is `None` for extensions.
fn attribute(known: &Attribute, kind: Option<Kind>) -> Value {
    let read_only = kind.is_some_and(|kind| kind.is_read_only(known.name));
    let required = kind.is_some_and(|kind| kind.required() == known.name);
    let secret = known.name == "password";
    let mut described = json!({
        "name": known.name,
        "type": type_name(known.shape),
        "multiValued": known.many,
        "description": known.about,
        "required": required,
        "caseExact": is_case_exact(known.name, None),
        "mutability": match (read_only, secret) {
            (true, _) => "readOnly",
            (false, true) => "writeOnly",
            (false, false) => "readWrite",
        },
        "returned": if secret { "never" } else { "default" },
        "uniqueness": if required { "server" } else { "none" },
    });
    if let Shape::Complex(parts) = known.shape {
        let parts = parts.iter().map(|part| sub_attribute(known, part, read_only));
        described["subAttributes"] = parts.collect();
    }
    if known.shape == Shape::Reference {
        described["referenceTypes"] = json!(["external"]);
    }
    described
}

fn sub_attribute(parent: &Attribute, name: &str, read_only: bool) -> Value {
    let shape = match name {
        "primary" => Shape::Flag,
        "$ref" => Shape::Reference,
        _ => Shape::Text,
    };
    let immutable = parent.name == "members";
    let computed = parent.name == "manager" && name == "displayName" || immutable && name == "display";
    let mut described = json!({
        "name": name,
        "type": type_name(shape),
        "multiValued": false,
        "description": format!("The {name} of {}.", parent.name),
        "required": false,
        "caseExact": is_case_exact(parent.name, Some(name)),
        "mutability": if read_only || computed {
            "readOnly"
        } else if immutable {
            "immutable"
        } else {
            "readWrite"
        },
        "returned": "default",
        "uniqueness": "none",
    });
    if shape == Shape::Reference {
        let types = match parent.name {
            "groups" => json!(["Group"]),
            _ => json!(["User"]),
        };
        described["referenceTypes"] = types;
    }
    described
}

fn type_name(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "string",
        Shape::Flag => "boolean",
        Shape::Reference => "reference",
        Shape::Complex(_) => "complex",
    }
}
