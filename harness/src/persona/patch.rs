//! PATCH bodies in each identity provider's dialect.
//!
//! What was captured and what the vendors document is listed in the personas' `idp.toml`, under `[evidence]`.

use proofload_scenarios::{MemberShape, PatchDialect, RoleSpelling};
use serde_json::{Map, Value, json};

use super::job::{Change, Member};
use super::resource::{ENTERPRISE_USER, role_path};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Switches somebody on or off.
pub(super) fn switch(dialect: PatchDialect, on: bool) -> Value {
    message(&[match dialect {
        PatchDialect::Pathless => json!({"op": "replace", "value": {"active": on}}),
        PatchDialect::EntraLegacy => {
            json!({"op": "Replace", "path": "active", "value": if on { "True" } else { "False" }})
        }
        PatchDialect::EntraCompliant => json!({"op": "replace", "path": "active", "value": on}),
    }])
}

/// Changes attributes of a person.
pub(super) fn attributes(dialect: PatchDialect, changes: &[Change], role_at: RoleSpelling, role_urn: &str) -> Value {
    let path = |change: &Change| attribute_path(&change.attribute, role_at, role_urn);
    let cleared = changes.iter().filter(|change| change.value.is_empty());
    let kept = changes.iter().filter(|change| !change.value.is_empty());
    let operations = match dialect {
        PatchDialect::Pathless => {
            let value: Map<String, Value> = kept.map(|change| (path(change), json!(change.value))).collect();
            vec![json!({"op": "replace", "value": value})]
        }
        PatchDialect::EntraLegacy => changes
            .iter()
            .map(|change| match (change.value.is_empty(), change.before.is_empty()) {
                (true, _) => json!({"op": "Remove", "path": path(change)}),
                (false, false) => {
                    json!({"op": "Replace", "path": path(change), "value": change.value})
                }
                (false, true) => {
                    json!({"op": "Add", "path": path(change), "value": change.value})
                }
            })
            .collect(),
        PatchDialect::EntraCompliant => {
            let mut operations = Vec::new();
            let (filtered, plain): (Vec<&Change>, Vec<&Change>) = kept.partition(|change| path(change).contains('['));
            for change in filtered {
                operations.push(json!({"op": verb(change), "path": path(change), "value": change.value}));
            }
            for op in ["replace", "add"] {
                let value: Map<String, Value> = plain
                    .iter()
                    .filter(|change| verb(change) == op)
                    .map(|change| (path(change), json!(change.value)))
                    .collect();
                if !value.is_empty() {
                    operations.push(json!({"op": op, "value": value}));
                }
            }
            operations.extend(cleared.map(|change| json!({"op": "remove", "path": path(change)})));
            operations
        }
    };
    message(&operations)
}

/// Gives a group its name, as Okta's PATCH client does with every push, or as Entra renames.
pub(super) fn group_name(dialect: PatchDialect, id: &str, display_name: &str) -> Value {
    message(&[match dialect {
        PatchDialect::Pathless => {
            json!({"op": "replace", "value": {"id": id, "displayName": display_name}})
        }
        PatchDialect::EntraLegacy => {
            json!({"op": "Replace", "path": "displayName", "value": display_name})
        }
        PatchDialect::EntraCompliant => {
            json!({"op": "replace", "value": {"displayName": display_name}})
        }
    }])
}

/// Adds members to a group.
pub(super) fn add_members(dialect: PatchDialect, shape: MemberShape, members: &[Member]) -> Value {
    let op = match dialect {
        PatchDialect::Pathless | PatchDialect::EntraCompliant => "add",
        PatchDialect::EntraLegacy => "Add",
    };
    message(&[json!({"op": op, "path": "members", "value": members_value(shape, members)})])
}

/// Removes members from a group: by path filter, or in Entra's default dialect by value array.
pub(super) fn remove_members(dialect: PatchDialect, shape: MemberShape, members: &[Member]) -> Value {
    let operations: Vec<Value> = match dialect {
        PatchDialect::Pathless | PatchDialect::EntraCompliant => members
            .iter()
            .map(|member| json!({"op": "remove", "path": format!("members[value eq \"{}\"]", member.id)}))
            .collect(),
        PatchDialect::EntraLegacy => {
            vec![json!({"op": "Remove", "path": "members", "value": members_value(shape, members)})]
        }
    };
    message(&operations)
}

/// Members as a request lists them.
pub(super) fn members_value(shape: MemberShape, members: &[Member]) -> Vec<Value> {
    let one = |member: &Member| match shape {
        MemberShape::ValueDisplay => json!({"value": member.id, "display": member.display}),
        MemberShape::NullRef => json!({"$ref": null, "value": member.id}),
        MemberShape::Value => json!({"value": member.id}),
    };
    members.iter().map(one).collect()
}

fn message(operations: &[Value]) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

fn verb(change: &Change) -> &'static str {
    if change.before.is_empty() { "add" } else { "replace" }
}

fn attribute_path(attribute: &str, role_at: RoleSpelling, role_urn: &str) -> String {
    match attribute {
        "email" => "emails[type eq \"work\"].value".to_owned(),
        "department" | "employeeNumber" => format!("{ENTERPRISE_USER}:{attribute}"),
        "openai_role" => role_path(role_at, role_urn),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes() -> Vec<Change> {
        let change = |attribute: &str, value: &str, before: &str| Change {
            attribute: attribute.to_owned(),
            value: value.to_owned(),
            before: before.to_owned(),
        };
        vec![
            change("name.givenName", "Ada", "Ann"),
            change("email", "a@example.com", ""),
            change("department", "R&D", ""),
            change("title", "", "Boss"),
        ]
    }

    #[test]
    fn entra_default_sends_one_operation_an_attribute() {
        let body = attributes(PatchDialect::EntraLegacy, &changes(), RoleSpelling::TopLevel, "urn:x");
        insta::assert_snapshot!(body["Operations"], @r#"[{"op":"Replace","path":"name.givenName","value":"Ada"},{"op":"Add","path":"emails[type eq \"work\"].value","value":"a@example.com"},{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"R&D"},{"op":"Remove","path":"title"}]"#);
    }

    #[test]
    fn entra_compliant_groups_what_has_no_filter() {
        let body = attributes(
            PatchDialect::EntraCompliant,
            &changes(),
            RoleSpelling::TopLevel,
            "urn:x",
        );
        insta::assert_snapshot!(body["Operations"], @r#"[{"op":"add","path":"emails[type eq \"work\"].value","value":"a@example.com"},{"op":"replace","value":{"name.givenName":"Ada"}},{"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"R&D"}},{"op":"remove","path":"title"}]"#);
    }

    #[test]
    fn each_dialect_removes_a_member_its_own_way() {
        let members = [Member {
            id: "u1".to_owned(),
            display: "a".to_owned(),
        }];
        let legacy = remove_members(PatchDialect::EntraLegacy, MemberShape::NullRef, &members);
        insta::assert_snapshot!(legacy["Operations"], @r#"[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u1"}]}]"#);
        let okta = remove_members(PatchDialect::Pathless, MemberShape::ValueDisplay, &members);
        insta::assert_snapshot!(okta["Operations"], @r#"[{"op":"remove","path":"members[value eq \"u1\"]"}]"#);
    }
}
