//! PATCH bodies in each identity provider's dialect.
//!
//! What was captured and what the vendors document is listed in the personas' `idp.toml`, under `[evidence]`.

use proofload_scenarios::{MemberShape, PatchDialect, RoleSpelling};
use serde_json::{Map, Value, json};

use super::job::{Change, Member};
use super::resource::{ENTERPRISE_USER, lay_over, role_path};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The one schema of SCIM 1.1, for people and groups.
const SCIM_1_1: &str = "urn:scim:schemas:core:1.0";

/// Switches somebody on or off.
pub(super) fn switch(dialect: PatchDialect, on: bool) -> Value {
    message(&[match dialect {
        PatchDialect::Pathless => json!({"op": "replace", "value": {"active": on}}),
        PatchDialect::EntraLegacy => {
            json!({"op": "Replace", "path": "active", "value": if on { "True" } else { "False" }})
        }
        PatchDialect::EntraCompliant | PatchDialect::Path | PatchDialect::PathValueArray => {
            json!({"op": "replace", "path": "active", "value": on})
        }
        PatchDialect::Scim11 => return json!({"schemas": [SCIM_1_1], "active": on}),
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
        PatchDialect::Path | PatchDialect::PathValueArray => kept
            .map(|change| json!({"op": verb(change), "path": path(change), "value": change.value}))
            .chain(cleared.map(|change| json!({"op": "remove", "path": path(change)})))
            .collect(),
        PatchDialect::Scim11 => {
            let mut part = json!({"schemas": [SCIM_1_1]});
            lay_over(&mut part, changes, role_at, role_urn);
            return part;
        }
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
        PatchDialect::Path | PatchDialect::PathValueArray => {
            json!({"op": "replace", "path": "displayName", "value": display_name})
        }
        PatchDialect::Scim11 => return json!({"schemas": [SCIM_1_1], "displayName": display_name}),
    }])
}

/// Adds members to a group.
pub(super) fn add_members(dialect: PatchDialect, shape: MemberShape, members: &[Member]) -> Value {
    let op = match dialect {
        PatchDialect::Pathless | PatchDialect::EntraCompliant | PatchDialect::Path | PatchDialect::PathValueArray => {
            "add"
        }
        PatchDialect::EntraLegacy => "Add",
        PatchDialect::Scim11 => return scim_1_1_members("add", members),
    };
    message(&[json!({"op": op, "path": "members", "value": members_value(shape, members)})])
}

/// Removes members from a group: by path filter, by value array, or as SCIM 1.1 did.
pub(super) fn remove_members(dialect: PatchDialect, shape: MemberShape, members: &[Member]) -> Value {
    let operations: Vec<Value> = match dialect {
        PatchDialect::Pathless | PatchDialect::EntraCompliant | PatchDialect::Path => members
            .iter()
            .map(|member| json!({"op": "remove", "path": format!("members[value eq \"{}\"]", member.id)}))
            .collect(),
        PatchDialect::EntraLegacy => {
            vec![json!({"op": "Remove", "path": "members", "value": members_value(shape, members)})]
        }
        PatchDialect::PathValueArray => {
            vec![json!({"op": "remove", "path": "members", "value": members_value(shape, members)})]
        }
        PatchDialect::Scim11 => return scim_1_1_members("delete", members),
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

/// SCIM 1.1: each member says for itself what is to happen to it.
fn scim_1_1_members(operation: &str, members: &[Member]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|member| json!({"value": member.id, "operation": operation}))
        .collect();
    json!({"schemas": [SCIM_1_1], "members": members})
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
    use rstest::rstest;

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

    #[rstest]
    #[case(PatchDialect::Path, r#"[{"op":"remove","path":"members[value eq \"u1\"]"}]"#)]
    #[case(
        PatchDialect::PathValueArray,
        r#"[{"op":"remove","path":"members","value":[{"value":"u1"}]}]"#
    )]
    fn a_path_goes_with_each_operation(#[case] dialect: PatchDialect, #[case] removal: &str) {
        let body = attributes(dialect, &changes(), RoleSpelling::TopLevel, "urn:x");
        insta::allow_duplicates! {
            insta::assert_snapshot!(body["Operations"], @r#"[{"op":"replace","path":"name.givenName","value":"Ada"},{"op":"add","path":"emails[type eq \"work\"].value","value":"a@example.com"},{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"R&D"},{"op":"remove","path":"title"}]"#);
        }
        let removed = remove_members(dialect, MemberShape::Value, &[member()]);
        assert_eq!(removed["Operations"].to_string(), removal);
    }

    #[test]
    fn scim_1_1_has_no_operations() {
        let body = remove_members(PatchDialect::Scim11, MemberShape::Value, &[member()]);
        insta::assert_snapshot!(body, @r#"{"schemas":["urn:scim:schemas:core:1.0"],"members":[{"value":"u1","operation":"delete"}]}"#);
        let body = attributes(PatchDialect::Scim11, &changes()[..1], RoleSpelling::TopLevel, "urn:x");
        insta::assert_snapshot!(body, @r#"{"schemas":["urn:scim:schemas:core:1.0"],"name":{"givenName":"Ada"}}"#);
    }

    fn member() -> Member {
        Member {
            id: "u1".to_owned(),
            display: "a".to_owned(),
        }
    }

    #[test]
    fn each_dialect_removes_a_member_its_own_way() {
        let members = [member()];
        let legacy = remove_members(PatchDialect::EntraLegacy, MemberShape::NullRef, &members);
        insta::assert_snapshot!(legacy["Operations"], @r#"[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u1"}]}]"#);
        let okta = remove_members(PatchDialect::Pathless, MemberShape::ValueDisplay, &members);
        insta::assert_snapshot!(okta["Operations"], @r#"[{"op":"remove","path":"members[value eq \"u1\"]"}]"#);
    }
}
