//! Role assignments of users and groups, in the organization and in projects.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist, pretty};
use crate::journal::Effect;
use crate::record::{OrgRole, Principal, ProjectRole};
use crate::settings::{DeleteMissing, LastOwner, Plan, PredefinedRoles, Profile, UnassignReader};

const OWNER: &str = r#"{"role_id":"role-api-organization-owner"}"#;
const READER: &str = r#"{"role_id":"role-api-organization-reader"}"#;

fn role_id(role_id: &str) -> String {
    json!({ "role_id": role_id }).to_string()
}

fn names(lab: &mut Lab, path: &str) -> Vec<String> {
    let (status, list) = lab.get(path);
    assert_eq!(status, 200, "{list}");
    column(&list, "name")
}

#[test]
fn a_role_of_a_user_on_the_wire() {
    let mut lab = Lab::new();
    let (ann, role) = (lab.member("ann@x.org"), lab.role("Auditor", None));
    let roles = format!("users/{ann}/roles");
    let (status, assigned) = lab.post(&roles, &role_id(&role));
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&assigned), @r#"
    {
      "object": "user.role",
      "user": {
        "object": "organization.user",
        "id": "user-faFHFqd2KgCZQPcHcF9GGEbq",
        "name": "Some Body",
        "email": "ann@x.org",
        "role": "reader",
        "added_at": 1700000000,
        "is_scim_managed": false
      },
      "role": {
        "object": "role",
        "id": "role_01HF7YAT3VC4BR1JK59EA0FR3Y",
        "name": "Auditor",
        "description": null,
        "permissions": [
          "api.groups.read"
        ],
        "resource_type": "api.organization",
        "predefined_role": false
      }
    }
    "#);
    let (_, list) = lab.get(&roles);
    assert_eq!(column(&list, "name"), ["reader", "Auditor"]);
    insta::assert_snapshot!(pretty(&list["data"][1]), @r#"
    {
      "id": "role_01HF7YAT3VC4BR1JK59EA0FR3Y",
      "name": "Auditor",
      "permissions": [
        "api.groups.read"
      ],
      "resource_type": "api.organization",
      "predefined_role": false,
      "description": null,
      "created_at": 1700000000,
      "updated_at": 1700000000,
      "created_by": null,
      "created_by_user_obj": null,
      "metadata": null,
      "assignment_sources": []
    }
    "#);
    assert_eq!(lab.get(&format!("{roles}/{role}")), (200, list["data"][1].clone()));
    let deleted = json!({ "object": "user.role.deleted", "deleted": true });
    assert_eq!(lab.delete(&format!("{roles}/{role}")), (200, deleted));
    assert_eq!(names(&mut lab, &roles), ["reader"]);
}

#[test]
fn a_role_of_a_group_on_the_wire() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let (staff, role) = (
        lab.group("Staff", std::slice::from_ref(&ann)),
        lab.role("Auditor", None),
    );
    let roles = format!("groups/{staff}/roles");
    let (status, assigned) = lab.post(&roles, &role_id(&role));
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&assigned), @r#"
    {
      "object": "group.role",
      "group": {
        "object": "group",
        "id": "group_01HF7YAT3VC4BR1JK59EA0FR3Y",
        "name": "Staff",
        "created_at": 1700000000,
        "scim_managed": false
      },
      "role": {
        "object": "role",
        "id": "role_01HF7YAT3VJ3QJMYEQAA8QQGRW",
        "name": "Auditor",
        "description": null,
        "permissions": [
          "api.groups.read"
        ],
        "resource_type": "api.organization",
        "predefined_role": false
      }
    }
    "#);
    let (_, of_group) = lab.get(&roles);
    assert_eq!(of_group["data"][0]["assignment_sources"], json!([]));
    assert_eq!(lab.get(&format!("{roles}/{role}")), (200, of_group["data"][0].clone()));

    let of_ann = format!("users/{ann}/roles");
    let (_, inherited) = lab.get(&format!("{of_ann}/{role}"));
    insta::assert_snapshot!(pretty(&inherited), @r#"
    {
      "id": "role_01HF7YAT3VJ3QJMYEQAA8QQGRW",
      "name": "Auditor",
      "permissions": [
        "api.groups.read"
      ],
      "resource_type": "api.organization",
      "predefined_role": false,
      "description": null,
      "created_at": 1700000000,
      "updated_at": 1700000000,
      "created_by": null,
      "created_by_user_obj": null,
      "metadata": null,
      "assignment_sources": [
        {
          "principal_id": "group_01HF7YAT3VC4BR1JK59EA0FR3Y",
          "principal_type": "group"
        }
      ]
    }
    "#);
    assert_eq!(names(&mut lab, &of_ann), ["reader", "Auditor"]);
    assert_eq!(
        gist(&lab.delete(&format!("{of_ann}/{role}"))),
        "404 role_not_assigned -"
    );

    let deleted = json!({ "object": "group.role.deleted", "deleted": true });
    assert_eq!(lab.delete(&format!("{roles}/{role}")), (200, deleted));
    assert_eq!(names(&mut lab, &of_ann), ["reader"]);
}

#[rstest]
#[case(Profile::Minimal)]
#[case(Profile::Legacy)]
fn the_examples_of_lists_have_no_sources(#[case] profile: Profile) {
    let mut lab = Lab::with(|settings| settings.profile = profile);
    let ann = lab.member("ann@x.org");
    let (_, list) = lab.get(&format!("users/{ann}/roles"));
    assert_eq!(list["data"][0].get("assignment_sources"), None);
    let (_, reader) = lab.get(&format!("users/{ann}/roles/role-api-organization-reader"));
    assert_eq!(reader["assignment_sources"], json!([]));
}

#[test]
fn a_role_held_both_ways_is_listed_once_and_stays_with_the_group() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let (staff, crew) = (
        lab.group("Staff", std::slice::from_ref(&ann)),
        lab.group("Crew", std::slice::from_ref(&ann)),
    );
    let role = lab.role("Auditor", None);
    let of_ann = format!("users/{ann}/roles");
    for roles in [
        &of_ann,
        &format!("groups/{staff}/roles"),
        &format!("groups/{crew}/roles"),
    ] {
        assert_eq!(lab.post(roles, &role_id(&role)).0, 200);
    }
    let (_, one) = lab.get(&format!("{of_ann}/{role}"));
    let sources: Vec<_> = one["assignment_sources"].as_array().unwrap().iter().collect();
    assert_eq!(sources.len(), 2);
    assert_eq!(names(&mut lab, &of_ann), ["reader", "Auditor"]);
    assert_eq!(lab.delete(&format!("{of_ann}/{role}")).0, 200);
    assert_eq!(names(&mut lab, &of_ann), ["reader", "Auditor"]);
    lab.delete(&format!("groups/{staff}/users/{ann}"));
    lab.delete(&format!("groups/{crew}/users/{ann}"));
    assert_eq!(names(&mut lab, &of_ann), ["reader"]);
}

#[test]
fn what_is_assigned_already_is_assigned_again_without_effect() {
    let mut lab = Lab::new();
    let (ann, role) = (lab.member("ann@x.org"), lab.role("Auditor", None));
    let roles = format!("users/{ann}/roles");
    let assigned = Effect::RoleAssigned {
        role_id: role.clone(),
        role: "Auditor".to_owned(),
        principal: Principal::User(ann.clone()),
        project_id: None,
    };
    lab.post(&roles, &role_id(&role));
    assert_eq!(lab.last_effects(), [assigned]);
    for again in [&*role_id(&role), READER] {
        assert_eq!(lab.post(&roles, again).0, 200);
        assert_eq!(lab.last_effects(), []);
    }
}

#[test]
fn predefined_roles_and_the_role_of_a_user_are_the_same_thing() {
    let mut lab = Lab::new();
    lab.owner("boss@x.org");
    let ann = lab.member("ann@x.org");
    let (user, roles) = (format!("users/{ann}"), format!("users/{ann}/roles"));
    let (_, assigned) = lab.post(&roles, OWNER);
    assert_eq!(assigned["user"]["role"], "owner");
    assert!(matches!(
        lab.last_effects(),
        [Effect::UserRoleChanged { to: OrgRole::Owner, .. }, Effect::RoleAssigned { role, .. }] if role == "owner"
    ));
    assert_eq!(names(&mut lab, &roles), ["owner"]);
    lab.post(&user, r#"{"role":"reader"}"#);
    assert_eq!(names(&mut lab, &roles), ["reader"]);
    lab.post(&user, r#"{"role":"owner"}"#);
    assert_eq!(lab.delete(&format!("{roles}/role-api-organization-owner")).0, 200);
    assert_eq!(lab.get(&user).1["role"], "reader");
    let gone = lab.delete(&format!("{roles}/role-api-organization-owner"));
    assert_eq!(gist(&gone), "404 role_not_assigned -");
    lab.post(&roles, OWNER);
    lab.post(&roles, READER);
    assert_eq!(lab.get(&user).1["role"], "reader");
}

#[test]
fn predefined_roles_can_be_made_roles_like_any_other() {
    let mut lab = Lab::with(|settings| settings.predefined_roles = PredefinedRoles::Independent);
    let ann = lab.member("ann@x.org");
    let roles = format!("users/{ann}/roles");
    assert_eq!(names(&mut lab, &roles), [""; 0]);
    let (_, assigned) = lab.post(&roles, OWNER);
    assert_eq!(assigned["user"]["role"], "reader");
    assert!(matches!(lab.last_effects(), [Effect::RoleAssigned { .. }]));
    lab.post(&roles, READER);
    assert_eq!(names(&mut lab, &roles), ["owner", "reader"]);
    assert_eq!(lab.delete(&format!("{roles}/role-api-organization-owner")).0, 200);
    assert_eq!(names(&mut lab, &roles), ["reader"]);
}

#[rstest]
#[case(PredefinedRoles::InStep, UnassignReader::Refuse, "400 reader_required -")]
#[case(PredefinedRoles::InStep, UnassignReader::Ok, "200 - -")]
#[case(PredefinedRoles::Independent, UnassignReader::Refuse, "400 reader_required -")]
#[case(PredefinedRoles::Independent, UnassignReader::Ok, "404 role_not_assigned -")]
fn reader_is_the_floor(#[case] roles: PredefinedRoles, #[case] switch: UnassignReader, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| {
        settings.predefined_roles = roles;
        settings.unassign_reader = switch;
    });
    let ann = lab.member("ann@x.org");
    let answer = lab.delete(&format!("users/{ann}/roles/role-api-organization-reader"));
    assert_eq!(gist(&answer), expected);
    assert_eq!(lab.get(&format!("users/{ann}")).1["role"], "reader");
    assert_eq!(lab.last_effects(), []);
}

#[rstest]
#[case(LastOwner::Refuse, "400 last_owner -")]
#[case(LastOwner::Allow, "200 - -")]
fn the_last_owner_is_guarded_here_too(#[case] switch: LastOwner, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.last_owner = switch);
    let boss = lab.owner("boss@x.org");
    let roles = format!("users/{boss}/roles");
    assert_eq!(
        gist(&lab.delete(&format!("{roles}/role-api-organization-owner"))),
        expected
    );
    lab.org.set_member_role(&boss, OrgRole::Owner, lab.now).unwrap();
    assert_eq!(gist(&lab.post(&roles, READER)), expected);
}

#[test]
fn modify_user_assigns_a_custom_role() {
    let mut lab = Lab::new();
    let (ann, role) = (lab.member("ann@x.org"), lab.role("Auditor", None));
    assert_eq!(lab.post(&format!("users/{ann}"), &role_id(&role)).1["role"], "reader");
    assert_eq!(names(&mut lab, &format!("users/{ann}/roles")), ["reader", "Auditor"]);
}

#[rstest]
#[case("users/user-none/roles", "404 user_not_found -")]
#[case("groups/group_none/roles", "404 group_not_found -")]
#[case("users/ANN/roles", "404 role_not_found -")]
#[case("groups/STAFF/roles", "404 role_not_found -")]
#[case("/projects/proj_none/users/ANN/roles", "404 project_not_found -")]
#[case("/projects/PROJECT/users/user-none/roles", "404 user_not_found -")]
#[case("/projects/PROJECT/groups/group_none/roles", "404 group_not_found -")]
#[case("/projects/PROJECT/users/ANN/roles", "404 role_not_found -")]
fn what_is_not_there_is_not_found(#[case] path: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    let (ann, staff) = (lab.member("ann@x.org"), lab.group("Staff", &[]));
    let project = lab.default_project();
    let path = path
        .replace("ANN", &ann)
        .replace("STAFF", &staff)
        .replace("PROJECT", &project);
    assert_eq!(gist(&lab.post(&path, &role_id("role_none"))), expected);
    assert_eq!(gist(&lab.delete(&format!("{path}/role_none"))), expected);
    assert_eq!(gist(&lab.get(&format!("{path}/role_none"))), expected);
    if !expected.contains("role_not_found") {
        assert_eq!(gist(&lab.get(&path)), expected);
        return;
    }
    assert_eq!(lab.get(&path).0, 200);
    assert_eq!(gist(&lab.post(&path, "{}")), "400 - role_id");
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(lab.delete(&format!("{path}/role_none")).0, 200);
}

#[test]
fn a_custom_role_in_a_project_needs_membership_and_a_predefined_one_makes_it() {
    let mut lab = Lab::new();
    let (ann, apollo) = (lab.member("ann@x.org"), lab.project("Apollo"));
    let role = lab.role("Auditor", Some(&apollo));
    let roles = format!("/projects/{apollo}/users/{ann}/roles");
    assert_eq!(names(&mut lab, &roles), [""; 0]);
    assert_eq!(gist(&lab.post(&roles, &role_id(&role))), "400 user_not_in_project -");
    let (status, _) = lab.post(&roles, &role_id("role-api-project-viewer"));
    assert_eq!(status, 200);
    assert!(matches!(
        lab.last_effects(),
        [
            Effect::ProjectUserAdded {
                role: ProjectRole::Viewer,
                ..
            },
            Effect::RoleAssigned { .. }
        ]
    ));
    assert_eq!(lab.post(&roles, &role_id(&role)).0, 200);
    assert_eq!(names(&mut lab, &roles), ["viewer", "Auditor"]);
    let user = format!("projects/{apollo}/users/{ann}");
    assert_eq!(lab.get(&user).1["role"], "viewer");
    lab.post(&roles, &role_id("role-api-project-owner"));
    assert_eq!(lab.get(&user).1["role"], "owner");
    assert_eq!(names(&mut lab, &roles), ["owner", "Auditor"]);

    assert_eq!(lab.delete(&format!("{roles}/role-api-project-owner")).0, 200);
    assert!(matches!(
        lab.last_effects(),
        [
            Effect::RoleUnassigned { role: custom, .. },
            Effect::ProjectUserRemoved { .. },
            Effect::RoleUnassigned { role: predefined, .. }
        ] if custom == "Auditor" && predefined == "owner"
    ));
    assert_eq!(names(&mut lab, &roles), [""; 0]);
}

#[test]
fn a_group_is_in_a_project_by_its_roles() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let (staff, apollo) = (lab.group("Staff", std::slice::from_ref(&ann)), lab.project("Apollo"));
    let role = lab.role("Auditor", Some(&apollo));
    let roles = format!("/projects/{apollo}/groups/{staff}/roles");
    assert_eq!(gist(&lab.post(&roles, &role_id(&role))), "400 group_not_in_project -");
    assert_eq!(lab.post(&roles, &role_id("role-api-project-member")).0, 200);
    assert_eq!(lab.post(&roles, &role_id(&role)).0, 200);
    assert_eq!(names(&mut lab, &roles), ["member", "Auditor"]);
    let of_ann = format!("/projects/{apollo}/users/{ann}/roles");
    assert_eq!(names(&mut lab, &of_ann), ["member", "Auditor"]);
    assert_eq!(
        lab.org.project_users(&apollo).len(),
        0,
        "a group makes no project users"
    );

    lab.delete(&format!("{roles}/role-api-project-member"));
    assert_eq!(lab.org.project_groups(&apollo).len(), 1);
    lab.delete(&format!("{roles}/{role}"));
    assert!(matches!(
        lab.last_effects(),
        [Effect::RoleUnassigned { .. }, Effect::ProjectGroupRemoved { .. }]
    ));
    assert_eq!(lab.org.project_groups(&apollo).len(), 0);
    assert_eq!(names(&mut lab, &of_ann), [""; 0]);
}

#[test]
fn a_lesser_plan_sees_nothing_of_groups() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let (staff, role) = (
        lab.group("Staff", std::slice::from_ref(&ann)),
        lab.role("Auditor", None),
    );
    lab.post(&format!("groups/{staff}/roles"), &role_id(&role));
    lab.org.settings_mut().plan = Plan::Free;
    for path in [
        "roles".to_owned(),
        format!("roles/{role}"),
        "users".to_owned(),
        format!("users/{ann}"),
    ] {
        let answer = lab.get(&format!("groups/{staff}/{path}"));
        assert_eq!(gist(&answer), "403 plan_upgrade_required -", "{path}");
    }
    assert_eq!(names(&mut lab, &format!("users/{ann}/roles")), ["reader"]);
    assert_eq!(lab.get("groups").0, 200);
}

#[test]
fn roles_go_with_their_holders() {
    let mut lab = Lab::new();
    lab.owner("boss@x.org");
    let ann = lab.member("ann@x.org");
    let (staff, apollo) = (lab.group("Staff", &[]), lab.project("Apollo"));
    let (global, local) = (lab.role("Global", None), lab.role("Local", Some(&apollo)));
    lab.org
        .add_project_user(&apollo, &ann, ProjectRole::Member, lab.now)
        .unwrap();
    lab.post(&format!("users/{ann}/roles"), &role_id(&global));
    lab.post(&format!("/projects/{apollo}/users/{ann}/roles"), &role_id(&local));
    lab.post(&format!("groups/{staff}/roles"), &role_id(&global));
    let add = json!({ "group_id": staff, "role": local }).to_string();
    lab.post(&format!("projects/{apollo}/groups"), &add);

    lab.delete(&format!("users/{ann}"));
    assert!(matches!(
        lab.last_effects(),
        [
            Effect::RoleUnassigned { role: local, project_id: Some(_), .. },
            Effect::ProjectUserRemoved { .. },
            Effect::RoleUnassigned { role: global, project_id: None, .. },
            Effect::UserRemoved { .. },
        ] if local == "Local" && global == "Global"
    ));
    lab.delete(&format!("groups/{staff}"));
    assert!(matches!(
        lab.last_effects(),
        [
            Effect::RoleUnassigned {
                project_id: Some(_),
                ..
            },
            Effect::ProjectGroupRemoved { .. },
            Effect::RoleUnassigned { project_id: None, .. },
            Effect::GroupDeleted { .. },
        ]
    ));
    let state = lab.org.state();
    assert_eq!(
        (state.role_assignments, state.projects[1].role_assignments.len()),
        (Vec::new(), 0)
    );
}

#[test]
fn a_list_of_roles_is_paged_by_role() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let roles = format!("users/{ann}/roles");
    let custom: Vec<_> = ["A", "B", "C"].map(|name| lab.role(name, None)).into();
    for role in custom.iter().rev() {
        lab.post(&roles, &role_id(role));
    }
    let (_, page) = lab.get(&format!("{roles}?limit=2"));
    assert_eq!(column(&page, "name"), ["reader", "A"]);
    assert_eq!((&page["has_more"], &page["next"]), (&json!(true), &json!(custom[0])));
    // The cursor has been taken away meanwhile; the list goes on behind it.
    lab.delete(&format!("{roles}/{}", custom[0]));
    let (_, page) = lab.get(&format!("{roles}?limit=2&after={}", custom[0]));
    assert_eq!(column(&page, "name"), ["B", "C"]);
    assert_eq!((&page["has_more"], &page["next"]), (&json!(false), &Value::Null));
    assert_eq!(names(&mut lab, &format!("{roles}?order=desc")), ["C", "B", "reader"]);
    assert_eq!(gist(&lab.get(&format!("{roles}?limit=1001"))), "400 - limit");
    assert_eq!(
        gist(&lab.get(&format!("{roles}?after=role_none"))),
        "404 cursor_not_found after"
    );
}
