//! list-groups, create-group, retrieve-group, update-group, delete-group.

use rstest::rstest;
use serde_json::json;

use super::{Lab, column, gist, id, pretty};
use crate::journal::Effect;
use crate::settings::{BadGroupName, DeleteFullGroup, DeleteMissing, DuplicateGroupName, Profile, ScimManagedGroup};

#[test]
fn a_group_on_the_wire() {
    let mut lab = Lab::new();
    let (status, group) = lab.post("groups", r#"{"name":"Staff"}"#);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&group), @r#"
    {
      "object": "group",
      "id": "group_01HF7YAT3VGD242NFW5G1D88E3",
      "name": "Staff",
      "created_at": 1700000000,
      "is_scim_managed": false,
      "group_type": "group"
    }
    "#);
    let path = format!("groups/{}", group["id"].as_str().unwrap());
    assert_eq!(lab.get(&path), (200, group.clone()));
    assert_eq!(lab.get("groups").1["data"], json!([group]));
    let (status, renamed) = lab.post(&path, r#"{"name":"Crew"}"#);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&renamed), @r#"
    {
      "id": "group_01HF7YAT3VGD242NFW5G1D88E3",
      "name": "Crew",
      "created_at": 1700000000,
      "is_scim_managed": false
    }
    "#);
    assert_eq!(lab.get(&path).1["name"], "Crew");
}

#[rstest]
#[case(Profile::Minimal)]
#[case(Profile::Legacy)]
fn older_profiles_have_no_group_type(#[case] profile: Profile) {
    let mut lab = Lab::with(|settings| settings.profile = profile);
    let (_, group) = lab.post("groups", r#"{"name":"Staff"}"#);
    let keys: Vec<_> = group.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["object", "id", "name", "created_at", "is_scim_managed"]);
}

#[test]
fn a_rename_and_a_deletion_are_journalled() {
    let mut lab = Lab::new();
    let path = format!("groups/{}", id(&lab.post("groups", r#"{"name":"A"}"#)));
    let group_id = path["groups/".len()..].to_owned();
    lab.post(&path, r#"{"name":"A"}"#);
    assert_eq!(lab.last_effects(), []);
    lab.post(&path, r#"{"name":"B"}"#);
    let (from, to) = ("A".to_owned(), "B".to_owned());
    let renamed = Effect::GroupRenamed {
        group_id: group_id.clone(),
        from,
        to: to.clone(),
    };
    assert_eq!(lab.last_effects(), [renamed]);
    assert_eq!(lab.org.groups_named("A").len(), 0);
    assert_eq!(lab.org.groups_named("B").len(), 1);
    let (status, body) = lab.delete(&path);
    assert_eq!((status, &body["object"]), (200, &json!("group.deleted")));
    assert_eq!(lab.last_effects(), [Effect::GroupDeleted { group_id, name: to }]);
    for answer in [lab.get(&path), lab.delete(&path), lab.post(&path, r#"{"name":"C"}"#)] {
        assert_eq!(gist(&answer), "404 group_not_found -");
    }
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(lab.delete(&path).0, 200);
}

#[rstest]
#[case(DuplicateGroupName::Allow, "200 - -")]
#[case(DuplicateGroupName::Refuse, "400 group_already_exists name")]
#[case(DuplicateGroupName::Conflict, "409 group_already_exists name")]
#[case(DuplicateGroupName::Unprocessable, "422 group_already_exists name")]
fn a_name_that_is_taken(#[case] switch: DuplicateGroupName, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.duplicate_group_name = switch);
    lab.group("Staff", &[]);
    let crew = format!("groups/{}", lab.group("Crew", &[]));
    assert_eq!(gist(&lab.post("groups", r#"{"name":"Staff"}"#)), expected);
    assert_eq!(gist(&lab.post(&crew, r#"{"name":"Staff"}"#)), expected);
    assert_eq!(lab.post("groups", r#"{"name":"staff"}"#).0, 200);
}

#[test]
fn a_group_may_keep_its_name_where_names_are_unique() {
    let mut lab = Lab::with(|settings| {
        settings.duplicate_group_name = DuplicateGroupName::Conflict;
    });
    let staff = format!("groups/{}", lab.group("Staff", &[]));
    assert_eq!(lab.post(&staff, r#"{"name":"Staff"}"#).0, 200);
}

#[rstest]
#[case(0, 400)]
#[case(1, 200)]
#[case(255, 200)]
#[case(256, 400)]
fn the_length_of_a_name_is_counted_in_characters(#[case] length: usize, #[case] expected: u16) {
    let mut lab = Lab::new();
    let body = json!({ "name": "ü".repeat(length) }).to_string();
    assert_eq!(lab.post("groups", &body).0, expected);
}

#[rstest]
#[case(BadGroupName::Refuse, r#"{"name":""}"#, "400 - name")]
#[case(BadGroupName::Unprocessable, r#"{"name":""}"#, "422 - name")]
#[case(BadGroupName::Unprocessable, r#"{"name":null}"#, "400 - name")]
#[case(BadGroupName::Unprocessable, "{}", "400 - name")]
fn a_name_that_cannot_be(#[case] switch: BadGroupName, #[case] body: &str, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.bad_group_name = switch);
    assert_eq!(gist(&lab.post("groups", body)), expected);
}

#[rstest]
#[case(ScimManagedGroup::Forbid, "403 group_scim_managed -")]
#[case(ScimManagedGroup::Conflict, "409 group_scim_managed -")]
#[case(ScimManagedGroup::Allow, "200 - -")]
fn a_group_that_a_directory_manages(#[case] switch: ScimManagedGroup, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.scim_managed_group = switch);
    let (ann, bob) = (lab.member("ann@x.org"), lab.member("bob@x.org"));
    let group_id = lab.org.add_group("Staff", std::slice::from_ref(&ann), true, lab.now);
    let group = format!("groups/{group_id}");
    assert_eq!(lab.get(&group).1["is_scim_managed"], true);
    let add = format!(r#"{{"user_id":"{bob}"}}"#);
    let answers = [
        lab.post(&group, r#"{"name":"X"}"#),
        lab.post(&format!("{group}/users"), &add),
        lab.delete(&format!("{group}/users/{ann}")),
        lab.delete(&group),
    ];
    assert_eq!(answers.map(|answer| gist(&answer)), [expected; 4]);
}

#[test]
fn a_group_with_members_goes_with_them() {
    let mut lab = Lab::with(|settings| settings.delete_full_group = DeleteFullGroup::Refuse);
    let ann = lab.member("ann@x.org");
    let staff = format!("groups/{}", lab.group("Staff", std::slice::from_ref(&ann)));
    assert_eq!(gist(&lab.delete(&staff)), "400 group_not_empty -");
    lab.org.settings_mut().delete_full_group = DeleteFullGroup::Cascade;
    assert_eq!(lab.delete(&staff).0, 200);
    assert_eq!(lab.org.groups_of(&ann).len(), 0);
    assert_eq!(lab.delete(&format!("users/{ann}")).0, 200);
    assert_eq!(column(&lab.get("groups").1, "id"), [""; 0]);
}

#[test]
fn requests_that_race_do_not_see_each_other() {
    let mut lab = Lab::with(|settings| {
        settings.duplicate_group_name = DuplicateGroupName::Conflict;
        settings.duplicate_window_ms = 2_000;
    });
    let staff = r#"{"name":"Staff"}"#;
    assert_eq!((lab.post("groups", staff).0, lab.post("groups", staff).0), (200, 200));
    lab.wait(2);
    assert_eq!(lab.post("groups", staff).0, 409);
}
