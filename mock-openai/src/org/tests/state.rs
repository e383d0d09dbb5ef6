//! The whole organization as data.

use rstest::rstest;
use serde_json::json;

use super::{Lab, column, id};
use crate::org::State;
use crate::record::OrgRole;

fn busy() -> Lab {
    let mut lab = Lab::new();
    let (ann, bob) = (lab.owner("Ann@x.org"), lab.member("bob@x.org"));
    lab.group("Empty", &[]);
    lab.group("Staff", &[bob.clone(), ann]);
    let accepted = id(&lab.invite("cyd@x.org"));
    lab.org.accept_invite(&accepted, None, lab.now).unwrap();
    lab.invite("dan@x.org");
    let gone = lab.member("gone@x.org");
    lab.delete(&format!("users/{gone}"));
    busy_projects(&mut lab);
    lab
}

/// One of each: an archived project, people, groups, roles, service accounts.
fn busy_projects(lab: &mut Lab) {
    let ann = lab.org.user_by_email("ann@x.org").unwrap().id().to_owned();
    let staff = lab.org.groups_named("Staff")[0].id.clone();
    let (apollo, old) = (lab.project("Apollo"), lab.project("Old"));
    let (global, local) = (lab.role("Global", None), lab.role("Local", Some(&apollo)));
    let role = |role_id: &str| json!({ "role_id": role_id }).to_string();
    lab.post(&format!("users/{ann}/roles"), &role(&global));
    lab.post(&format!("groups/{staff}/roles"), &role(&global));
    lab.post(&format!("projects/{old}/archive"), "");
    let bodies = [
        ("users", json!({ "user_id": ann, "role": "owner" })),
        ("groups", json!({ "group_id": staff, "role": local })),
        ("service_accounts", json!({ "name": "Robot" })),
    ];
    for (path, body) in bodies {
        let (status, _) = lab.post(&format!("projects/{apollo}/{path}"), &body.to_string());
        assert_eq!(status, 200);
    }
    lab.post(&format!("/projects/{apollo}/users/{ann}/roles"), &role(&local));
    lab.post(
        "invites",
        &json!({ "email": "eve@x.org", "role": "owner", "projects": [] }).to_string(),
    );
}

#[test]
fn a_state_goes_round() {
    let mut original = busy();
    let json = serde_json::to_string(&original.org.state()).unwrap();
    let mut copy = Lab::new();
    copy.org
        .set_state(serde_json::from_str(&json).unwrap(), copy.now)
        .unwrap();
    assert_eq!(copy.org.state(), original.org.state());
    let staff = original.org.groups_named("Staff")[0].id.clone();
    let boss = original.org.user_by_email("ann@x.org").unwrap().id().to_owned();
    let apollo = original.org.projects().nth(1).unwrap().id.clone();
    for path in [
        "users",
        "invites",
        "groups",
        &format!("groups/{staff}/users"),
        "users?emails=ann@x.org",
        "roles",
        &format!("users/{boss}/roles"),
        &format!("groups/{staff}/roles"),
        "projects?include_archived=true",
        &format!("projects/{apollo}/users"),
        &format!("projects/{apollo}/groups"),
        &format!("projects/{apollo}/service_accounts"),
        &format!("/projects/{apollo}/roles"),
        &format!("/projects/{apollo}/users/{boss}/roles"),
    ] {
        assert_eq!(copy.get(path), original.get(path), "{path}");
    }
    // The indexes and counters behind the state have come along.
    let ann = copy.org.user_by_email("ann@x.org").unwrap().id().to_owned();
    assert_eq!(copy.delete(&format!("users/{ann}")).0, 400, "the last owner");
    assert_eq!(copy.org.groups_of(&ann).len(), 1);
    copy.org.remove_member(&ann, copy.now).unwrap();
    assert_eq!(copy.org.project_users(&apollo).len(), 0);
    assert_eq!(copy.org.project_groups(&apollo).len(), 1);
    let gone = copy.org.add_member("GONE@x.org", None, OrgRole::Reader, copy.now);
    assert_eq!(
        gone,
        original
            .org
            .add_member("gone@x.org", None, OrgRole::Reader, original.now)
    );
}

#[test]
fn new_ids_do_not_meet_those_that_came_with_a_state() {
    let mut lab = busy();
    let state = lab.org.state();
    lab.org.reset();
    lab.org.set_state(state.clone(), lab.now).unwrap();
    let new = lab.member("new@x.org");
    assert!(state.users.iter().all(|user| user.id() != new));
    assert_eq!(lab.org.users().count(), state.users.len() + 1);
}

#[test]
fn a_state_in_full() {
    let json = serde_json::to_string_pretty(&busy().org.state()).unwrap();
    insta::assert_snapshot!(json);
}

#[rstest]
#[case(
    r#"{"users":[{"id":"u","email":"a@x","role":"owner","added_at_ms":1},
                    {"id":"u","email":"b@x","role":"owner","added_at_ms":1}]}"#,
    "the id u occurs twice"
)]
#[case(r#"{"groups":[{"id":"","name":"G","created_at_ms":1}]}"#, "there is an empty id")]
#[case(
    r#"{"groups":[{"id":"g","name":"G","created_at_ms":1,"members":["u"]}]}"#,
    "the group g has a member u who is not among the users"
)]
#[case(
    r#"{"role_assignments":[{"role_id":"r","principal":{"user":"u"}}],"organization_id":"org-1"}"#,
    "org-1 names u, which is not there"
)]
#[case(
    r#"{"users":[{"id":"u","email":"a@x","role":"owner","added_at_ms":1}],"organization_id":"org-1",
        "role_assignments":[{"role_id":"r","principal":{"user":"u"}}]}"#,
    "org-1 names r, which is not there"
)]
#[case(
    r#"{"projects":[{"id":"p","name":"P","created_at_ms":1,
        "users":[{"user_id":"u","role":"viewer","added_at_ms":1}]}]}"#,
    "p names u, which is not there"
)]
#[case(
    r#"{"projects":[{"id":"p","name":"P","created_at_ms":1,"is_default":true},
                    {"id":"q","name":"Q","created_at_ms":1,"is_default":true}]}"#,
    "the projects p and q are both the default project"
)]
#[case(
    r#"{"roles":[{"id":"role-api-organization-owner__api-organization__org-1","name":"x",
        "created_at_ms":1,"updated_at_ms":1}],"organization_id":"org-1"}"#,
    "the id role-api-organization-owner__api-organization__org-1 occurs twice"
)]
fn a_state_that_cannot_be_changes_nothing(#[case] json: &str, #[case] expected: &str) {
    let mut lab = busy();
    let before = lab.org.state();
    let state: State = serde_json::from_str(json).unwrap();
    let error = lab.org.set_state(state, lab.now).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(lab.org.state(), before);
}

#[test]
fn a_small_state_is_enough() {
    let mut lab = busy();
    let organization = lab.org.id().to_owned();
    lab.org.set_state(serde_json::from_str("{}").unwrap(), lab.now).unwrap();
    assert_eq!(lab.org.id(), organization);
    assert_eq!(column(&lab.get("users").1, "id"), [""; 0]);
    assert_eq!(column(&lab.get("projects").1, "name"), ["Default project"]);
    assert_eq!(column(&lab.get("roles").1, "name"), ["owner", "reader"]);
}

#[test]
fn predefined_roles_follow_the_id_that_comes_with_a_state() {
    let mut lab = Lab::new();
    let state = r#"{"organization_id":"org-1","projects":[{"id":"p","name":"P","created_at_ms":1}]}"#;
    lab.org
        .set_state(serde_json::from_str(state).unwrap(), lab.now)
        .unwrap();
    let (_, owner) = lab.get("roles/role-api-organization-owner");
    assert_eq!(owner["id"], "role-api-organization-owner__api-organization__org-1");
    let (_, viewer) = lab.get("/projects/p/roles/role-api-project-viewer");
    assert_eq!(viewer["id"], "role-api-project-viewer__api-project__p");
    assert_eq!(column(&lab.get("projects").1, "name"), ["P", "Default project"]);
}
