//! list-projects, create-project, retrieve-project, modify-project, archive-project.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist, id, pretty};
use crate::journal::Effect;
use crate::message::Request;
use crate::record::ProjectRole;
use crate::settings::Profile;

#[test]
fn a_project_on_the_wire() {
    let mut lab = Lab::new();
    let body = r#"{"name":"Apollo","residency":"EU_STORAGE_PROCESSING","external_key_id":"key","geography":null}"#;
    let (status, project) = lab.post("projects", body);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&project), @r#"
    {
      "id": "proj_faFHFqd2KgCZQPcHcF9GGEbq",
      "object": "organization.project",
      "name": "Apollo",
      "created_at": 1700000000,
      "archived_at": null,
      "status": "active",
      "external_key_id": "key",
      "residency": "EU_STORAGE_PROCESSING"
    }
    "#);
    let path = format!("projects/{}", project["id"].as_str().unwrap());
    assert_eq!(lab.get(&path), (200, project.clone()));
    assert_eq!(lab.get("projects").1["data"][0], project);
    lab.wait(1);
    let (status, archived) = lab.post(&format!("{path}/archive"), "");
    assert_eq!(
        (status, &archived["status"], &archived["archived_at"]),
        (200, &json!("archived"), &json!(1_700_000_001))
    );
    assert_eq!(lab.get(&path), (200, archived));
}

#[rstest]
#[case(Profile::Current, 200, &["id", "object", "name", "created_at", "archived_at", "status", "external_key_id", "residency"])]
#[case(Profile::Minimal, 200, &["id", "object", "name", "created_at", "archived_at", "status"])]
#[case(Profile::Legacy, 201, &["id", "object", "name", "created_at", "archived_at", "status"])]
fn profiles(#[case] profile: Profile, #[case] expected_status: u16, #[case] expected: &[&str]) {
    let mut lab = Lab::with(|settings| settings.profile = profile);
    let (status, project) = lab.post("projects", r#"{"name":"Apollo"}"#);
    let keys: Vec<_> = project.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((status, &*keys), (expected_status, expected));
}

#[rstest]
#[case("{}", "400 - name")]
#[case(r#"{"name":""}"#, "400 - name")]
#[case(r#"{"name":1}"#, "400 - name")]
#[case(r#"{"name":"A","residency":"MARS"}"#, "400 - residency")]
#[case(r#"{"name":"A","residency":"global"}"#, "400 - residency")]
#[case(r#"{"name":"A","external_key_id":1}"#, "400 - external_key_id")]
#[case(r#"{"name":"A","residency":null}"#, "200 - -")]
#[case(r#"{"name":"Default project"}"#, "200 - -")]
fn a_new_project(#[case] body: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    assert_eq!(gist(&lab.post("projects", body)), expected);
    let made = if expected.starts_with("200") { 2 } else { 1 };
    assert_eq!(lab.org.projects().count(), made);
}

#[test]
fn there_is_a_default_project_that_stays_as_it_is() {
    let mut lab = Lab::new();
    let (_, list) = lab.get("projects");
    assert_eq!(column(&list, "name"), ["Default project"]);
    let path = format!("projects/{}", lab.default_project());
    assert_eq!(gist(&lab.post(&path, r#"{"name":"x"}"#)), "400 default_project -");
    assert_eq!(gist(&lab.post(&format!("{path}/archive"), "")), "400 default_project -");
    assert_eq!(lab.get(&path).1["name"], "Default project");
}

#[test]
fn a_project_is_modified() {
    let mut lab = Lab::new();
    let apollo = lab.project("Apollo");
    let path = format!("projects/{apollo}");
    let updated = |to: Option<&str>, external_key_id: Option<&str>| Effect::ProjectUpdated {
        project_id: apollo.clone(),
        from: "Apollo".to_owned(),
        to: to.map(str::to_owned),
        external_key_id: external_key_id.map(str::to_owned),
    };
    assert_eq!(lab.post(&path, r#"{"external_key_id":"k"}"#).1["external_key_id"], "k");
    assert_eq!(lab.last_effects(), [updated(None, Some("k"))]);
    lab.post(&path, r#"{"name":"Apollo","external_key_id":null}"#);
    assert_eq!(lab.last_effects(), []);
    let (_, project) = lab.post(&path, r#"{"name":"Gemini"}"#);
    assert_eq!(
        (&project["name"], &project["external_key_id"]),
        (&json!("Gemini"), &json!("k"))
    );
    assert_eq!(lab.last_effects(), [updated(Some("Gemini"), None)]);
    assert_eq!(gist(&lab.post(&path, r#"{"name":""}"#)), "400 - name");
}

#[test]
fn archived_projects_are_listed_on_request() {
    let mut lab = Lab::new();
    let (apollo, _) = (lab.project("Apollo"), lab.project("Gemini"));
    lab.post(&format!("projects/{apollo}/archive"), "");
    let mut names = |query: &str| column(&lab.get(&format!("projects{query}")).1, "name");
    assert_eq!(names(""), ["Gemini", "Default project"]);
    assert_eq!(names("?include_archived=false"), ["Gemini", "Default project"]);
    assert_eq!(names("?include_archived=true"), ["Gemini", "Apollo", "Default project"]);
    assert_eq!(names(&format!("?after={apollo}")), ["Default project"]);
    assert_eq!(gist(&lab.get("projects?include_archived=1")), "400 - include_archived");
}

#[test]
fn an_unknown_project_is_refused_in_the_words_of_the_specification() {
    let mut lab = Lab::new();
    let request = Request::get("/v1/organization/projects/proj_abc").bearer("k");
    let reaction = lab.react(&request);
    let answer = reaction.answer().unwrap();
    assert_eq!(answer.status, 404);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        body,
        json!({ "error": {
            "message": "The project proj_abc was not found",
            "type": "invalid_request_error",
            "param": null,
            "code": "project_not_found"
        } })
    );
    assert!(!answer.headers.contains_key("x-mock-openai"), "this code is real");
}

#[test]
fn an_archived_project_keeps_what_is_in_it_and_refuses_every_change() {
    let mut lab = Lab::new();
    let (ann, bob) = (lab.member("ann@x.org"), lab.member("bob@x.org"));
    let (staff, apollo) = (lab.group("Staff", &[]), lab.project("Apollo"));
    let (project, rbac) = (format!("projects/{apollo}"), format!("/projects/{apollo}"));
    let role = lab.role("Auditor", Some(&apollo));
    lab.org
        .add_project_user(&apollo, &ann, ProjectRole::Member, lab.now)
        .unwrap();
    let add_group = json!({ "group_id": staff, "role": role }).to_string();
    lab.post(&format!("{project}/groups"), &add_group);
    let account = id(&lab.post(&format!("{project}/service_accounts"), r#"{"name":"Robot"}"#));
    assert_eq!(lab.post(&format!("{project}/archive"), "").0, 200);
    let archived = [Effect::ProjectArchived {
        project_id: apollo,
        name: "Apollo".to_owned(),
    }];
    assert_eq!(lab.last_effects(), archived);

    let add_bob = json!({ "user_id": bob, "role": "member" }).to_string();
    let assign = json!({ "role_id": role }).to_string();
    let refused = [
        lab.post(&project, r#"{"name":"x"}"#),
        lab.post(&format!("{project}/archive"), ""),
        lab.get(&format!("{project}/users")),
        lab.post(&format!("{project}/users"), &add_bob),
        lab.post(&format!("{project}/users/{ann}"), r#"{"role":"owner"}"#),
        lab.delete(&format!("{project}/users/{ann}")),
        lab.post(&format!("{project}/groups"), &add_group),
        lab.delete(&format!("{project}/groups/{staff}")),
        lab.get(&format!("{project}/service_accounts")),
        lab.post(&format!("{project}/service_accounts"), r#"{"name":"x"}"#),
        lab.post(&format!("{project}/service_accounts/{account}"), r#"{"name":"x"}"#),
        lab.delete(&format!("{project}/service_accounts/{account}")),
        lab.post(&format!("{project}/service_accounts/{account}/api_keys"), "{}"),
        lab.post(&format!("{rbac}/roles"), r#"{"role_name":"x","permissions":[]}"#),
        lab.post(&format!("{rbac}/roles/{role}"), r#"{"role_name":"x"}"#),
        lab.delete(&format!("{rbac}/roles/{role}")),
        lab.post(&format!("{rbac}/users/{ann}/roles"), &assign),
        lab.delete(&format!("{rbac}/groups/{staff}/roles/{role}")),
    ];
    for answer in refused {
        assert_eq!(gist(&answer), "400 project_archived -");
        assert_eq!(answer.1["error"]["message"], "Project Apollo is archived");
    }
    let kept = [
        format!("{project}/users/{ann}"),
        format!("{project}/groups"),
        format!("{project}/groups/{staff}"),
        format!("{project}/service_accounts/{account}"),
        format!("{rbac}/roles/{role}"),
        format!("{rbac}/users/{ann}/roles"),
        format!("{rbac}/groups/{staff}/roles/{role}"),
    ];
    for path in kept {
        assert_eq!(lab.get(&path).0, 200, "{path}");
    }
    // People go all the same when they leave the organization.
    assert_eq!(lab.delete(&format!("users/{ann}")).0, 200);
    assert_eq!(
        gist(&lab.get(&format!("{project}/users/{ann}"))),
        "404 user_not_in_project -"
    );
}

#[test]
fn projects_are_paged_as_users_are() {
    let mut lab = Lab::new();
    let projects: Vec<_> = (0..25).map(|number| lab.project(&format!("p{number}"))).collect();
    let (_, page) = lab.get("projects");
    assert_eq!(column(&page, "id").len(), 20);
    assert_eq!(
        (&page["first_id"], &page["has_more"]),
        (&json!(projects[24]), &json!(true))
    );
    let last_id = page["last_id"].as_str().unwrap().to_owned();
    let (_, page) = lab.get(&format!("projects?after={last_id}"));
    assert_eq!((column(&page, "id").len(), &page["has_more"]), (6, &json!(false)));
    assert_eq!(gist(&lab.get("projects?limit=101")), "400 - limit");
    assert_eq!(gist(&lab.get("projects?after=proj_none")), "404 cursor_not_found after");
}
