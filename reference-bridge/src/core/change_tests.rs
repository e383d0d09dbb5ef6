//! Tables of what PATCH operations do.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::core::patch;

const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn run(kind: Kind, resource: &Value, operations: &Value) -> Result<Value, ScimError> {
    let body = json!({"schemas": [patch::PATCH_URN], "Operations": operations});
    let operations = patch::read(body.as_object().unwrap(), Faults::NONE)?;
    let mut resource = resource.as_object().unwrap().clone();
    let changer = Changer {
        kind,
        faults: Faults::NONE,
    };
    changer.apply(&mut resource, &operations)?;
    Ok(Value::Object(resource))
}

#[rstest]
#[case::okta_pathless(json!({"active": true}), json!([{"op": "replace", "value": {"active": false}}]), json!({"active": false}))]
#[case::entra_legacy(json!({}), json!([{"op": "Replace", "path": "active", "value": "False"}]), json!({"active": "False"}))]
#[case::sub_attribute_keeps_siblings(
    json!({"name": {"givenName": "A", "familyName": "B"}}),
    json!([{"op": "Replace", "path": "name.givenName", "value": "C"}]),
    json!({"name": {"givenName": "C", "familyName": "B"}})
)]
#[case::dotted_and_urn_keys(
    json!({"name": {"familyName": "B"}}),
    json!([{"op": "add", "value": {"name.givenName": "C", (format!("{ENT}:employeeNumber")): "7", "id": "x", "displayName": "D"}}]),
    json!({"name": {"familyName": "B", "givenName": "C"}, ENT: {"employeeNumber": "7"}, "displayName": "D"})
)]
#[case::filtered_path_creates(
    json!({}),
    json!([{"op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@x"}]),
    json!({"emails": [{"type": "work", "value": "a@x"}]})
)]
#[case::filtered_path_changes_the_match(
    json!({"emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w", "primary": true}]}),
    json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "n"}]),
    json!({"emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "n", "primary": true}]})
)]
#[case::string_primary_matches(
    json!({"roles": [{"value": "a", "primary": true}]}),
    json!([{"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "b"}]),
    json!({"roles": [{"value": "b", "primary": true}]})
)]
#[case::new_primary_wins(
    json!({"emails": [{"value": "a", "primary": true}]}),
    json!([{"op": "add", "path": "emails", "value": [{"value": "b", "primary": true}]}]),
    json!({"emails": [{"value": "a", "primary": false}, {"value": "b", "primary": true}]})
)]
#[case::add_of_the_same_changes_nothing(
    json!({"emails": [{"value": "a"}]}),
    json!([{"op": "add", "path": "emails", "value": {"value": "a"}}]),
    json!({"emails": [{"value": "a"}]})
)]
#[case::remove_clears(json!({"title": "x", "b": 1}), json!([{"op": "Remove", "path": "title"}]), json!({"b": 1}))]
#[case::empty_text_clears(json!({"title": "x"}), json!([{"op": "replace", "path": "title", "value": ""}]), json!({}))]
#[case::null_clears(json!({"title": "x"}), json!([{"op": "replace", "path": "title", "value": null}]), json!({}))]
#[case::last_match_unassigns(
    json!({"emails": [{"type": "work", "value": "w"}]}),
    json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]),
    json!({})
)]
#[case::manager_list(json!({}), json!([{"op": "Add", "path": "manager", "value": [{"$ref": "u", "value": "m"}]}]), json!({ENT: {"manager": {"$ref": "u", "value": "m"}}}))]
#[case::manager_text(json!({}), json!([{"op": "Add", "path": format!("{ENT}:manager"), "value": "m"}]), json!({ENT: {"manager": {"value": "m"}}}))]
#[case::manager_cleared(json!({ENT: {"manager": {"value": "m"}, "department": "d"}}), json!([{"op": "Replace", "path": format!("{ENT}:manager"), "value": {"value": ""}}]), json!({ENT: {"department": "d"}}))]
#[case::whole_extension(json!({}), json!([{"op": "add", "path": ENT, "value": {"department": "d"}}]), json!({ENT: {"department": "d"}}))]
#[case::custom_urn(json!({}), json!([{"op": "Add", "path": "urn:x:2.0:User:openai_role", "value": "owner"}]), json!({"urn:x:2.0:User": {"openai_role": "owner"}}))]
#[case::in_sequence(
    json!({}),
    json!([{"op": "add", "path": "title", "value": "1"}, {"op": "replace", "path": "title", "value": "2"}]),
    json!({"title": "2"})
)]
fn users(#[case] before: Value, #[case] operations: Value, #[case] after: Value) {
    assert_eq!(run(Kind::User, &before, &operations), Ok(after));
}

#[rstest]
#[case::add(json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "3"}, {"value": "1"}]}]), &["1", "2", "3"])]
#[case::remove_by_path(json!([{"op": "remove", "path": "members[value eq \"1\"]"}]), &["2"])]
#[case::remove_by_list(json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "2"}]}]), &["1"])]
#[case::remove_by_empty_list(json!([{"op": "Remove", "path": "members", "value": []}]), &["1", "2"])]
#[case::remove_a_stranger(json!([{"op": "remove", "path": "members[value eq \"9\"]"}]), &["1", "2"])]
#[case::remove_all(json!([{"op": "remove", "path": "members"}]), &[])]
#[case::replace(json!([{"op": "replace", "path": "members", "value": [{"value": "9"}]}]), &["9"])]
#[case::replace_by_nothing(json!([{"op": "replace", "value": {"members": [], "id": "g", "displayName": "G"}}]), &[])]
#[case::replace_pathless(json!([{"op": "replace", "value": {"members": [{"value": "2"}]}}]), &["2"])]
fn members(#[case] operations: Value, #[case] expected: &[&str]) {
    let before = json!({"displayName": "G", "members": [{"value": "1"}, {"value": "2"}]});
    let after = run(Kind::Group, &before, &operations).unwrap();
    let ids = draft::read_members(&after["members"], Faults::NONE).unwrap();
    assert_eq!(ids, expected);
    assert_eq!(after["displayName"], "G");
}

#[rstest]
#[case(Kind::User, json!([{"op": "replace", "path": "id", "value": "x"}]), "mutability")]
#[case(Kind::User, json!([{"op": "replace", "path": "meta.created", "value": "x"}]), "mutability")]
#[case(Kind::User, json!([{"op": "add", "path": "groups", "value": []}]), "mutability")]
#[case(Kind::User, json!([{"op": "remove", "path": "userName"}]), "mutability")]
#[case(Kind::Group, json!([{"op": "remove", "path": "displayName"}]), "mutability")]
#[case(Kind::User, json!([{"op": "replace", "path": "emails[value co \"x\"].type", "value": "x"}]), "noTarget")]
#[case(Kind::Group, json!([{"op": "replace", "path": "members[value eq \"9\"].display", "value": "x"}]), "noTarget")]
fn refusals(#[case] kind: Kind, #[case] operations: Value, #[case] expected: &str) {
    let error = run(kind, &json!({"userName": "a"}), &operations).unwrap_err();
    assert_eq!(error.scim_type.map(ScimType::as_str), Some(expected));
}
