//! list-project-users, create-project-user, retrieve-project-user, modify-project-user,
//! delete-project-user.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist, pretty};
use crate::journal::Effect;
use crate::org::WorldError;
use crate::record::{OrgRole, ProjectRole};
use crate::settings::{AddExistingProjectUser, DeleteMissing, Profile, RemovedUserRows};

struct Cast {
    lab: Lab,
    ann: String,
    project: String,
    /// `projects/{project_id}/users`
    users: String,
}

fn cast() -> Cast {
    let mut lab = Lab::new();
    let ann = lab.member("Ann@x.org");
    let project = lab.project("Apollo");
    let users = format!("projects/{project}/users");
    Cast {
        lab,
        ann,
        project,
        users,
    }
}

fn member(user_id: &str) -> String {
    json!({ "user_id": user_id, "role": "member" }).to_string()
}

#[test]
fn a_project_user_from_beginning_to_end() {
    let Cast {
        mut lab,
        ann,
        project,
        users,
    } = cast();
    let (status, user) = lab.post(&users, &member(&ann));
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&user), @r#"
    {
      "object": "organization.project.user",
      "id": "user-faFHFqd2KgCZQPcHcF9GGEbq",
      "name": "Some Body",
      "email": "Ann@x.org",
      "role": "member",
      "added_at": 1700000000
    }
    "#);
    let (project_id, name) = (project, "Apollo".to_owned());
    let (user_id, email) = (ann.clone(), "Ann@x.org".to_owned());
    let added = Effect::ProjectUserAdded {
        project_id: project_id.clone(),
        project: name.clone(),
        user_id: user_id.clone(),
        email: email.clone(),
        role: ProjectRole::Member,
    };
    assert_eq!(lab.last_effects(), [added]);
    let path = format!("{users}/{ann}");
    assert_eq!(lab.get(&path), (200, user.clone()));
    assert_eq!(lab.get(&users).1["data"], json!([user]));

    assert_eq!(lab.post(&path, r#"{"role":"owner"}"#).1["role"], "owner");
    let changed = Effect::ProjectUserRoleChanged {
        project_id: project_id.clone(),
        project: name.clone(),
        user_id: user_id.clone(),
        email: email.clone(),
        from: ProjectRole::Member,
        to: ProjectRole::Owner,
    };
    assert_eq!(lab.last_effects(), [changed]);
    for unchanged in [r#"{"role":"owner"}"#, r#"{"role":null}"#, "{}"] {
        assert_eq!(lab.post(&path, unchanged).0, 200);
        assert_eq!(lab.last_effects(), []);
    }

    let deleted = json!({ "object": "organization.project.user.deleted", "id": ann, "deleted": true });
    assert_eq!(lab.delete(&path), (200, deleted));
    let removed = Effect::ProjectUserRemoved {
        project_id,
        project: name,
        user_id,
        email,
        role: ProjectRole::Owner,
    };
    assert_eq!(lab.last_effects(), [removed]);
    let gone = [lab.get(&path), lab.post(&path, "{}"), lab.delete(&path)];
    assert_eq!(gone.map(|answer| gist(&answer)), ["404 user_not_in_project -"; 3]);
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(lab.delete(&path).0, 200);
    assert_eq!(lab.get(&format!("users/{ann}")).0, 200, "still in the organization");
}

#[rstest]
#[case("{}", "400 - role")]
#[case(r#"{"role":"member"}"#, "400 - user_id")]
#[case(r#"{"role":"viewer","email":"ann@x.org"}"#, "400 - role")]
#[case(r#"{"role":"reader","email":"ann@x.org"}"#, "400 - role")]
#[case(r#"{"role":"member","email":"ann@x.org","user_id":"user-1"}"#, "400 - user_id")]
#[case(r#"{"role":"member","user_id":"user-none"}"#, "404 user_not_found -")]
#[case(r#"{"role":"member","email":"none@x.org"}"#, "404 user_not_found -")]
#[case(r#"{"role":"member","email":"ANN@x.org"}"#, "200 - -")]
#[case(r#"{"role":"owner","email":"ann@x.org","user_id":null}"#, "200 - -")]
fn who_is_added(#[case] body: &str, #[case] expected: &str) {
    let Cast { mut lab, users, .. } = cast();
    assert_eq!(gist(&lab.post(&users, body)), expected);
    let added = usize::from(expected.starts_with("200"));
    assert_eq!(column(&lab.get(&users).1, "id").len(), added);
}

#[rstest]
#[case(AddExistingProjectUser::Conflict, "409 user_already_in_project -")]
#[case(AddExistingProjectUser::Refuse, "400 user_already_in_project -")]
#[case(AddExistingProjectUser::Ok, "200 - -")]
fn somebody_who_is_there_already(#[case] switch: AddExistingProjectUser, #[case] expected: &str) {
    let Cast {
        mut lab, ann, users, ..
    } = cast();
    lab.org.settings_mut().add_existing_project_user = switch;
    lab.post(&users, &member(&ann));
    let again = lab.post(&users, &json!({ "user_id": ann, "role": "owner" }).to_string());
    assert_eq!(gist(&again), expected);
    if again.0 != 200 {
        let message = again.1["error"]["message"].as_str().unwrap();
        assert!(message.contains("already exists in project"), "{message}");
    }
    assert_eq!(lab.get(&format!("{users}/{ann}")).1["role"], "member");
}

#[rstest]
#[case(Profile::Current, 200, true)]
#[case(Profile::Minimal, 200, false)]
#[case(Profile::Legacy, 201, false)]
fn the_example_of_a_new_project_user_has_no_name(
    #[case] profile: Profile,
    #[case] status: u16,
    #[case] is_named: bool,
) {
    let Cast {
        mut lab, ann, users, ..
    } = cast();
    lab.org.settings_mut().profile = profile;
    let new = lab.post(&users, &member(&ann));
    assert_eq!((new.0, new.1.get("name").is_some()), (status, is_named));
    assert_eq!(lab.get(&format!("{users}/{ann}")).1["name"], "Some Body");
}

#[test]
fn owners_of_the_organization_are_not_listed_until_they_are_added() {
    let Cast { mut lab, users, .. } = cast();
    let boss = lab.owner("boss@x.org");
    assert_eq!(column(&lab.get(&users).1, "id"), [""; 0]);
    assert_eq!(lab.post(&users, &member(&boss)).1["role"], "member");
}

#[rstest]
#[case(RemovedUserRows::Cascade, None)]
#[case(RemovedUserRows::Stale, Some("Ann@x.org"))]
fn somebody_who_left_the_organization(#[case] switch: RemovedUserRows, #[case] expected: Option<&str>) {
    let Cast {
        mut lab,
        ann,
        project,
        users,
    } = cast();
    lab.org.settings_mut().removed_user_rows = switch;
    lab.post(&users, &member(&ann));
    lab.delete(&format!("users/{ann}"));
    let (_, list) = lab.get(&users);
    let emails: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["email"].as_str())
        .collect();
    assert_eq!(emails, expected.map(Some).into_iter().collect::<Vec<_>>());
    assert_eq!(lab.org.project_users(&project).len(), 0);
    // Back with the same id: a stale row counts again.
    assert_eq!(lab.org.add_member("ann@x.org", None, OrgRole::Reader, lab.now), ann);
    assert_eq!(lab.org.project_users(&project).len(), usize::from(expected.is_some()));
}

#[test]
fn a_stale_project_user_can_be_removed() {
    let Cast {
        mut lab, ann, users, ..
    } = cast();
    lab.org.settings_mut().removed_user_rows = RemovedUserRows::Stale;
    lab.post(&users, &member(&ann));
    lab.delete(&format!("users/{ann}"));
    assert_eq!(lab.delete(&format!("{users}/{ann}")).0, 200);
    assert!(matches!(lab.last_effects(), [Effect::ProjectUserRemoved { email, .. }] if email == "Ann@x.org"));
    assert_eq!(column(&lab.get(&users).1, "id"), [""; 0]);
}

#[test]
fn by_hand_anybody_can_be_given_any_role() {
    let Cast {
        mut lab,
        ann,
        project,
        users,
    } = cast();
    for (role, word) in [(ProjectRole::Viewer, "viewer"), (ProjectRole::Owner, "owner")] {
        lab.org.add_project_user(&project, &ann, role, lab.now).unwrap();
        assert_eq!(lab.get(&format!("{users}/{ann}")).1["role"], word);
    }
    let mut add = |project: &str, user: &str| lab.org.add_project_user(project, user, ProjectRole::Member, lab.now);
    assert_eq!(
        add("proj_none", &ann),
        Err(WorldError::NoProject("proj_none".to_owned()))
    );
    assert_eq!(
        add(&project, "user-none"),
        Err(WorldError::NoUser("user-none".to_owned()))
    );
}

#[test]
fn project_users_are_paged_newest_first() {
    let Cast { mut lab, users, .. } = cast();
    let people: Vec<_> = (0..3).map(|number| lab.member(&format!("u{number}@x.org"))).collect();
    for user_id in &people {
        lab.post(&users, &member(user_id));
    }
    let (_, page) = lab.get(&format!("{users}?limit=2"));
    assert_eq!(column(&page, "id"), [people[2].clone(), people[1].clone()]);
    assert_eq!((&page["last_id"], &page["has_more"]), (&json!(people[1]), &json!(true)));
    let (_, page) = lab.get(&format!("{users}?limit=2&after={}", people[1]));
    assert_eq!(
        (column(&page, "id"), &page["has_more"]),
        (vec![people[0].clone()], &Value::Bool(false))
    );
}
