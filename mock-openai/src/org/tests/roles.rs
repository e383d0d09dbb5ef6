//! list-roles, create-role, retrieve-role, update-role, delete-role; and the same in projects.

use rstest::rstest;
use serde_json::json;

use super::{Lab, column, gist, id, pretty};
use crate::journal::Effect;
use crate::record::Principal;
use crate::settings::DeleteMissing;

#[test]
fn a_role_on_the_wire() {
    let mut lab = Lab::new();
    let body = r#"{"role_name":"Auditor","permissions":["api.groups.read"],"description":"Looks."}"#;
    let (status, role) = lab.post("roles", body);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&role), @r#"
    {
      "object": "role",
      "id": "role_01HF7YAT3VGD242NFW5G1D88E3",
      "name": "Auditor",
      "description": "Looks.",
      "permissions": [
        "api.groups.read"
      ],
      "resource_type": "api.organization",
      "predefined_role": false
    }
    "#);
    let path = format!("roles/{}", role["id"].as_str().unwrap());
    assert_eq!(lab.get(&path), (200, role.clone()));
    assert_eq!(lab.get("roles").1["data"][2], role);
    let deleted = json!({ "object": "role.deleted", "id": role["id"], "deleted": true });
    assert_eq!(lab.delete(&path), (200, deleted));
    assert_eq!(gist(&lab.get(&path)), "404 role_not_found -");
}

#[test]
fn a_role_of_a_project_on_the_wire() {
    let mut lab = Lab::new();
    let (apollo, gemini) = (lab.project("Apollo"), lab.project("Gemini"));
    let roles = format!("/projects/{apollo}/roles");
    let (status, role) = lab.post(&roles, r#"{"role_name":"Auditor","permissions":[]}"#);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&role), @r#"
    {
      "object": "role",
      "id": "role_01HF7YAT3VAA8QQGRWMECMGND9",
      "name": "Auditor",
      "description": null,
      "permissions": [],
      "resource_type": "api.project",
      "predefined_role": false
    }
    "#);
    let role_id = role["id"].as_str().unwrap();
    assert_eq!(lab.get(&format!("{roles}/{role_id}")), (200, role.clone()));
    for elsewhere in [
        format!("roles/{role_id}"),
        format!("/projects/{gemini}/roles/{role_id}"),
    ] {
        assert_eq!(gist(&lab.get(&elsewhere)), "404 role_not_found -");
    }
    assert_eq!(gist(&lab.get("/projects/proj_none/roles")), "404 project_not_found -");
}

#[test]
fn an_organization_begins_with_two_roles_and_a_project_with_three() {
    let mut lab = Lab::new();
    insta::assert_snapshot!(pretty(&lab.get("roles").1), @r#"
    {
      "object": "list",
      "data": [
        {
          "object": "role",
          "id": "role-api-organization-owner__api-organization__org-ohOwAwv0lKDJA1GZigipmv15",
          "name": "owner",
          "description": null,
          "permissions": [
            "api.organization.read",
            "api.organization.write"
          ],
          "resource_type": "api.organization",
          "predefined_role": true
        },
        {
          "object": "role",
          "id": "role-api-organization-reader__api-organization__org-ohOwAwv0lKDJA1GZigipmv15",
          "name": "reader",
          "description": null,
          "permissions": [
            "api.organization.read"
          ],
          "resource_type": "api.organization",
          "predefined_role": true
        }
      ],
      "has_more": false,
      "next": null
    }
    "#);
    let apollo = lab.project("Apollo");
    let (_, list) = lab.get(&format!("/projects/{apollo}/roles"));
    assert_eq!(column(&list, "name"), ["owner", "member", "viewer"]);
    insta::assert_snapshot!(list["data"][1]["id"].as_str().unwrap(), @r#"role-api-project-member__api-project__proj_faFHFqd2KgCZQPcHcF9GGEbq"#);
}

#[rstest]
#[case("roles", "role-api-organization-reader")]
#[case("/projects/PROJECT/roles", "role-api-project-viewer")]
fn predefined_roles_answer_to_their_short_id_and_cannot_be_changed(#[case] roles: &str, #[case] short: &str) {
    let mut lab = Lab::new();
    let roles = roles.replace("PROJECT", &lab.default_project());
    let path = format!("{roles}/{short}");
    let (status, role) = lab.get(&path);
    assert_eq!((status, &role["predefined_role"]), (200, &json!(true)));
    let long = role["id"].as_str().unwrap().to_owned();
    assert!(long.starts_with(&format!("{short}__")), "{long}");
    assert_eq!(lab.get(&format!("{roles}/{long}")), (200, role));
    for id in [short, &long] {
        let path = format!("{roles}/{id}");
        assert_eq!(gist(&lab.post(&path, r#"{"role_name":"x"}"#)), "400 predefined_role -");
        assert_eq!(gist(&lab.delete(&path)), "400 predefined_role -");
    }
}

#[rstest]
#[case("{}", "400 - role_name")]
#[case(r#"{"role_name":"","permissions":[]}"#, "400 - role_name")]
#[case(r#"{"role_name":null,"permissions":[]}"#, "400 - role_name")]
#[case(r#"{"role_name":"x"}"#, "400 - permissions")]
#[case(r#"{"role_name":"x","permissions":null}"#, "400 - permissions")]
#[case(r#"{"role_name":"x","permissions":"all"}"#, "400 - permissions")]
#[case(r#"{"role_name":"x","permissions":[1]}"#, "400 - permissions")]
#[case(r#"{"role_name":"x","permissions":[],"description":1}"#, "400 - description")]
#[case(r#"{"role_name":"x","permissions":[],"description":null}"#, "200 - -")]
fn a_new_role(#[case] body: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    assert_eq!(gist(&lab.post("roles", body)), expected);
    let made = if expected.starts_with("200") { 3 } else { 2 };
    assert_eq!(column(&lab.get("roles").1, "id").len(), made);
}

#[test]
fn names_of_roles_are_not_unique() {
    let mut lab = Lab::new();
    let body = r#"{"role_name":"owner","permissions":[]}"#;
    assert_ne!(id(&lab.post("roles", body)), id(&lab.post("roles", body)));
}

#[test]
fn an_update_changes_what_it_names() {
    let mut lab = Lab::new();
    let body = r#"{"role_name":"A","permissions":["a","b"],"description":"One."}"#;
    let role_id = id(&lab.post("roles", body));
    let path = format!("roles/{role_id}");
    lab.wait(60);
    let (status, role) = lab.post(&path, r#"{"permissions":["c","b"],"role_name":null}"#);
    assert_eq!(status, 200);
    assert_eq!(
        (&role["name"], &role["description"], &role["permissions"]),
        (&json!("A"), &json!("One."), &json!(["c", "b"]))
    );
    let changed = |name: Option<&str>, description: Option<&str>, added: &[&str], removed: &[&str]| {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Effect::RoleUpdated {
            role_id: role_id.clone(),
            name: name.map(str::to_owned),
            description: description.map(str::to_owned),
            permissions_added: texts(added),
            permissions_removed: texts(removed),
            project_id: None,
        }
    };
    assert_eq!(lab.last_effects(), [changed(None, None, &["c"], &["a"])]);
    lab.post(&path, r#"{"role_name":"B","description":"Two."}"#);
    assert_eq!(lab.last_effects(), [changed(Some("B"), Some("Two."), &[], &[])]);
    lab.post(
        &path,
        r#"{"role_name":"B","description":"Two.","permissions":["b","c"]}"#,
    );
    assert_eq!(lab.last_effects(), []);
    assert_eq!(gist(&lab.post(&path, r#"{"role_name":""}"#)), "400 - role_name");
    assert_eq!(gist(&lab.post("roles/role_none", "{}")), "404 role_not_found -");
}

#[test]
fn whoever_holds_a_deleted_role_loses_it() {
    let mut lab = Lab::new();
    let (ann, staff) = (lab.member("ann@x.org"), lab.group("Staff", &[]));
    let apollo = lab.project("Apollo");
    let role_id = lab.role("Auditor", Some(&apollo));
    let add = json!({ "group_id": staff, "role": role_id }).to_string();
    assert_eq!(lab.post(&format!("projects/{apollo}/groups"), &add).0, 200);
    lab.post(
        &format!("projects/{apollo}/users"),
        &json!({ "user_id": ann, "role": "member" }).to_string(),
    );
    let of_ann = format!("/projects/{apollo}/users/{ann}/roles");
    lab.post(&of_ann, &json!({ "role_id": role_id }).to_string());
    assert_eq!(column(&lab.get(&of_ann).1, "name"), ["member", "Auditor"]);

    assert_eq!(lab.delete(&format!("/projects/{apollo}/roles/{role_id}")).0, 200);
    assert!(matches!(
        lab.last_effects(),
        [Effect::ProjectGroupRemoved { .. }, Effect::RoleDeleted { name, project_id: Some(_), .. }] if name == "Auditor"
    ));
    assert_eq!(column(&lab.get(&of_ann).1, "name"), ["member"]);
    assert_eq!(lab.org.project_groups(&apollo).len(), 0);
    let again = lab.delete(&format!("/projects/{apollo}/roles/{role_id}"));
    assert_eq!(gist(&again), "404 role_not_found -");
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(lab.delete(&format!("/projects/{apollo}/roles/{role_id}")).0, 200);
}

#[test]
fn making_a_role_is_journalled() {
    let mut lab = Lab::new();
    let apollo = lab.project("Apollo");
    let role_id = id(&lab.post(
        &format!("/projects/{apollo}/roles"),
        r#"{"role_name":"A","permissions":["p"]}"#,
    ));
    let (name, permissions) = ("A".to_owned(), vec!["p".to_owned()]);
    let created = Effect::RoleCreated {
        role_id: role_id.clone(),
        name: name.clone(),
        permissions,
        project_id: Some(apollo.clone()),
    };
    assert_eq!(lab.last_effects(), [created]);
    let staff = lab.group("Staff", &[]);
    let add = json!({ "group_id": staff, "role": role_id }).to_string();
    lab.post(&format!("projects/{apollo}/groups"), &add);
    let assigned = Effect::RoleAssigned {
        role_id,
        role: name,
        principal: Principal::Group(staff),
        project_id: Some(apollo),
    };
    assert_eq!(lab.last_effects()[1..], [assigned]);
}
