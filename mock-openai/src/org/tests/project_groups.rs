//! list-project-groups, add-project-group, retrieve-project-group, remove-project-group.

use rstest::rstest;
use serde_json::json;

use super::{Lab, column, gist, pretty};
use crate::journal::Effect;
use crate::settings::{DeleteFullGroup, DeleteMissing, Profile};

struct Cast {
    lab: Lab,
    staff: String,
    project: String,
    /// `projects/{project_id}/groups`
    groups: String,
}

fn cast() -> Cast {
    let mut lab = Lab::new();
    let staff = lab.group("Staff", &[]);
    let project = lab.project("Apollo");
    let groups = format!("projects/{project}/groups");
    Cast {
        lab,
        staff,
        project,
        groups,
    }
}

fn member(group_id: &str) -> String {
    json!({ "group_id": group_id, "role": "role-api-project-member" }).to_string()
}

#[test]
fn a_project_group_from_beginning_to_end() {
    let Cast {
        mut lab,
        staff,
        project,
        groups,
    } = cast();
    let (status, group) = lab.post(&groups, &member(&staff));
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&group), @r#"
    {
      "object": "project.group",
      "project_id": "proj_cF9GGEbqYJWwCklKRbUBeuH8",
      "group_id": "group_01HF7YAT3VGD242NFW5G1D88E3",
      "group_name": "Staff",
      "group_type": "group",
      "created_at": 1700000000
    }
    "#);
    let added = Effect::ProjectGroupAdded {
        project_id: project.clone(),
        project: "Apollo".to_owned(),
        group_id: staff.clone(),
        group: "Staff".to_owned(),
    };
    assert_eq!(lab.last_effects()[0], added);
    let path = format!("{groups}/{staff}");
    assert_eq!(lab.get(&path), (200, group.clone()));
    assert_eq!(lab.get(&format!("{path}?group_type=group")), (200, group.clone()));
    assert_eq!(lab.get(&groups).1["data"], json!([group]));
    let (_, roles) = lab.get(&format!("/projects/{project}/groups/{staff}/roles"));
    assert_eq!(column(&roles, "name"), ["member"]);

    let deleted = json!({ "object": "project.group.deleted", "deleted": true });
    assert_eq!(lab.delete(&path), (200, deleted));
    assert!(matches!(
        lab.last_effects(),
        [Effect::RoleUnassigned { .. }, Effect::ProjectGroupRemoved { group, .. }] if group == "Staff"
    ));
    let gone = [lab.get(&path), lab.delete(&path)];
    assert_eq!(gone.map(|answer| gist(&answer)), ["404 group_not_in_project -"; 2]);
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(lab.delete(&path).0, 200);
}

#[rstest]
#[case(r#"{"group_id":"STAFF"}"#, "400 - role")]
#[case(r#"{"role":"role-api-project-member"}"#, "400 - group_id")]
#[case(
    r#"{"group_id":"group_none","role":"role-api-project-member"}"#,
    "404 group_not_found -"
)]
#[case(r#"{"group_id":"STAFF","role":"member"}"#, "404 role_not_found -")]
#[case(
    r#"{"group_id":"STAFF","role":"role-api-organization-reader"}"#,
    "404 role_not_found -"
)]
fn a_group_that_cannot_be_added(#[case] body: &str, #[case] expected: &str) {
    let Cast {
        mut lab,
        staff,
        project,
        groups,
    } = cast();
    assert_eq!(gist(&lab.post(&groups, &body.replace("STAFF", &staff))), expected);
    assert_eq!(lab.org.project_groups(&project).len(), 0);
}

#[test]
fn a_group_that_is_there_already() {
    let Cast {
        mut lab, staff, groups, ..
    } = cast();
    lab.post(&groups, &member(&staff));
    let again = lab.post(&groups, &member(&staff));
    assert_eq!(gist(&again), "400 group_already_in_project -");
    let message = again.1["error"]["message"].as_str().unwrap();
    assert!(message.contains("already exists in project"), "{message}");
}

#[rstest]
#[case("tenant_group", "404 group_not_in_project -")]
#[case("team", "400 - group_type")]
fn other_types_of_groups(#[case] group_type: &str, #[case] expected: &str) {
    let Cast {
        mut lab, staff, groups, ..
    } = cast();
    lab.post(&groups, &member(&staff));
    let answer = lab.get(&format!("{groups}/{staff}?group_type={group_type}"));
    assert_eq!(gist(&answer), expected);
}

#[test]
fn the_examples_show_the_type_of_a_group_alone() {
    let Cast {
        mut lab, staff, groups, ..
    } = cast();
    lab.org.settings_mut().profile = Profile::Minimal;
    assert_eq!(lab.post(&groups, &member(&staff)).1.get("group_type"), None);
    assert_eq!(lab.get(&groups).1["data"][0].get("group_type"), None);
    assert_eq!(lab.get(&format!("{groups}/{staff}")).1["group_type"], "group");
}

#[test]
fn a_renamed_group_is_shown_by_its_new_name() {
    let Cast {
        mut lab, staff, groups, ..
    } = cast();
    lab.post(&groups, &member(&staff));
    lab.post(&format!("groups/{staff}"), r#"{"name":"Crew"}"#);
    assert_eq!(lab.get(&format!("{groups}/{staff}")).1["group_name"], "Crew");
}

#[test]
fn a_group_in_a_project_is_in_use() {
    let Cast {
        mut lab, staff, groups, ..
    } = cast();
    lab.org.settings_mut().delete_full_group = DeleteFullGroup::Refuse;
    lab.post(&groups, &member(&staff));
    let group = format!("groups/{staff}");
    assert_eq!(gist(&lab.delete(&group)), "400 group_not_empty -");
    lab.delete(&format!("{groups}/{staff}"));
    assert_eq!(lab.delete(&group).0, 200);
}

#[test]
fn project_groups_are_paged_oldest_first() {
    let Cast { mut lab, groups, .. } = cast();
    let teams: Vec<_> = (0..25).map(|number| lab.group(&format!("g{number}"), &[])).collect();
    for group_id in &teams {
        lab.post(&groups, &member(group_id));
    }
    let (_, page) = lab.get(&groups);
    assert_eq!(column(&page, "group_id"), teams[..20]);
    assert_eq!((&page["has_more"], &page["next"]), (&json!(true), &json!(teams[19])));
    let (_, page) = lab.get(&format!("{groups}?after={}", teams[19]));
    assert_eq!((column(&page, "group_id").len(), &page["next"]), (5, &json!(null)));
    let (_, page) = lab.get(&format!("{groups}?order=desc&limit=1"));
    assert_eq!(column(&page, "group_id"), teams[24..]);
    assert_eq!(gist(&lab.get(&format!("{groups}?limit=101"))), "400 - limit");
    assert_eq!(lab.get(&format!("{groups}?limit=0")).1["has_more"], true);
}
