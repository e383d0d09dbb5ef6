//! Service accounts of projects and their keys; and what they look like as users.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist, id, pretty};
use crate::journal::Effect;
use crate::record::ServiceAccountRole;
use crate::settings::{DeleteMissing, Profile};

fn accounts(lab: &mut Lab) -> (String, String) {
    let project = lab.project("Apollo");
    let accounts = format!("projects/{project}/service_accounts");
    (project, accounts)
}

#[test]
fn a_service_account_from_beginning_to_end() {
    let mut lab = Lab::new();
    let (project_id, accounts) = accounts(&mut lab);
    let (status, new) = lab.post(&accounts, r#"{"name":"Robot"}"#);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&new), @r#"
    {
      "object": "organization.project.service_account",
      "id": "svc_acct_YJWwCklKRbUBeuH8jGukn7bs",
      "name": "Robot",
      "role": "member",
      "created_at": 1700000000,
      "api_key": {
        "object": "organization.project.service_account.api_key",
        "value": "sk-svcacct-FqquLtQou0ZaBXly1Fy3FaR86D81r7Qo26wizyos",
        "name": "Secret Key",
        "created_at": 1700000000,
        "id": "key_pRhyMKxOG772e1Mp"
      }
    }
    "#);
    assert!(matches!(
        lab.last_effects(),
        [Effect::ServiceAccountCreated { .. }, Effect::ServiceAccountKeyCreated { name, .. }] if name == "Secret Key"
    ));
    let account_id = new["id"].as_str().unwrap().to_owned();
    let path = format!("{accounts}/{account_id}");
    let (_, account) = lab.get(&path);
    insta::assert_snapshot!(pretty(&account), @r#"
    {
      "object": "organization.project.service_account",
      "id": "svc_acct_YJWwCklKRbUBeuH8jGukn7bs",
      "name": "Robot",
      "role": "member",
      "created_at": 1700000000
    }
    "#);
    assert_eq!(lab.get(&accounts).1["data"], json!([account]));

    let (status, updated) = lab.post(&path, r#"{"role":"owner"}"#);
    assert_eq!(
        (status, &updated["role"], &updated["name"]),
        (200, &json!("owner"), &json!("Robot"))
    );
    let changed = Effect::ServiceAccountUpdated {
        project_id,
        project: "Apollo".to_owned(),
        service_account_id: account_id.clone(),
        name: "Robot".to_owned(),
        role: ServiceAccountRole::Owner,
    };
    assert_eq!(lab.last_effects(), [changed]);
    assert_eq!(lab.post(&path, "{}").0, 200);
    assert_eq!(lab.last_effects(), []);

    let object = "organization.project.service_account.deleted";
    let deleted = json!({ "object": object, "id": account_id, "deleted": true });
    assert_eq!(lab.delete(&path), (200, deleted));
    assert!(matches!(lab.last_effects(), [Effect::ServiceAccountDeleted { name, .. }] if name == "Robot"));
    let keys = format!("{path}/api_keys");
    let gone = [
        lab.get(&path),
        lab.post(&path, "{}"),
        lab.delete(&path),
        lab.post(&keys, "{}"),
    ];
    assert_eq!(gone.map(|answer| gist(&answer)), ["404 service_account_not_found -"; 4]);
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(lab.delete(&path).0, 200);
}

#[test]
fn another_key_is_told_once_and_kept_nowhere() {
    let mut lab = Lab::new();
    let (project, accounts) = accounts(&mut lab);
    let account = id(&lab.post(&accounts, r#"{"name":"Robot","create_service_account_only":true}"#));
    let keys = format!("{accounts}/{account}/api_keys");
    let (status, key) = lab.post(&keys, r#"{"name":"Night","scopes":["api.model.request"]}"#);
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&key), @r#"
    {
      "object": "organization.project.service_account.api_key",
      "value": "sk-svcacct-FqquLtQou0ZaBXly1Fy3FaR86D81r7Qo26wizyos",
      "name": "Night",
      "created_at": 1700000000,
      "id": "key_pRhyMKxOG772e1Mp"
    }
    "#);
    let secret = key["value"].as_str().unwrap();
    assert_eq!(lab.post(&keys, "{}").1["name"], "Secret Key");
    assert_eq!(gist(&lab.post(&keys, r#"{"scopes":"all"}"#)), "400 - scopes");
    let journal: Vec<_> = lab.org.journal().entries().map(AsRef::as_ref).collect();
    let seen = serde_json::to_string(&(journal, lab.org.state())).unwrap();
    assert!(!seen.contains(secret));
    let account = lab.org.service_accounts(&project).next().unwrap();
    let names: Vec<_> = account.keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["Night", "Secret Key"]);
}

#[rstest]
#[case(r#"{"name":"R"}"#, "member", true)]
#[case(r#"{"name":"R","create_service_account_only":false}"#, "member", true)]
#[case(r#"{"name":"R","create_service_account_only":null}"#, "member", true)]
#[case(r#"{"name":"R","create_service_account_only":true}"#, "none", false)]
fn a_key_comes_with_it_unless_it_is_not_wanted(#[case] body: &str, #[case] role: &str, #[case] has_key: bool) {
    let mut lab = Lab::new();
    let (_, accounts) = accounts(&mut lab);
    let (_, new) = lab.post(&accounts, body);
    assert_eq!((&new["role"], new["api_key"].is_object()), (&json!(role), has_key));
    assert_eq!(new["api_key"].is_null(), !has_key);
}

#[rstest]
#[case("{}", "400 - name")]
#[case(r#"{"name":""}"#, "400 - name")]
#[case(
    r#"{"name":"R","create_service_account_only":"yes"}"#,
    "400 - create_service_account_only"
)]
fn a_service_account_that_cannot_be(#[case] body: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    let (_, accounts) = accounts(&mut lab);
    assert_eq!(gist(&lab.post(&accounts, body)), expected);
    let account = id(&lab.post(&accounts, r#"{"name":"R"}"#));
    assert_eq!(
        gist(&lab.post(&format!("{accounts}/{account}"), r#"{"role":"none"}"#)),
        "400 - role"
    );
}

#[test]
fn it_was_201_once() {
    let mut lab = Lab::with(|settings| settings.profile = Profile::Legacy);
    let (_, accounts) = accounts(&mut lab);
    let new = lab.post(&accounts, r#"{"name":"R"}"#);
    assert_eq!(new.0, 201);
    // Reported for the account, not for a further key.
    assert_eq!(lab.post(&format!("{accounts}/{}/api_keys", id(&new)), "{}").0, 200);
}

#[test]
fn service_accounts_are_users_without_an_address_if_asked() {
    let mut lab = Lab::with(|settings| settings.service_accounts_in_users = true);
    let (_, accounts) = accounts(&mut lab);
    let ann = lab.member("ann@x.org");
    let robot = id(&lab.post(&accounts, r#"{"name":"Robot"}"#));
    let (_, list) = lab.get("users");
    insta::assert_snapshot!(pretty(&list["data"][0]), @r#"
    {
      "object": "organization.user",
      "id": "svc_acct_UURtugv3nbXogpZRWr5EB5n4",
      "name": "Robot",
      "email": null,
      "role": "reader",
      "added_at": 1700000000,
      "is_scim_managed": false,
      "is_service_account": true
    }
    "#);
    assert_eq!(column(&list, "id"), [robot.clone(), ann]);
    assert_eq!(column(&lab.get("users?emails=").1, "id"), [""; 0]);

    let path = format!("users/{robot}");
    let refused = [
        lab.post(&path, r#"{"role":"owner"}"#),
        lab.delete(&path),
        lab.get(&format!("{path}/roles")),
    ];
    assert_eq!(
        refused.map(|answer| gist(&answer)),
        ["400 service_account_is_no_person -"; 3]
    );

    let staff = lab.group("Staff", std::slice::from_ref(&robot));
    let (_, member) = lab.get(&format!("groups/{staff}/users/{robot}"));
    assert_eq!(
        (&member["email"], &member["is_service_account"]),
        (&Value::Null, &json!(true))
    );
    lab.post(&format!("{accounts}/{robot}"), r#"{"name":"Android"}"#);
    assert_eq!(lab.get(&path).1["name"], "Android");

    lab.delete(&format!("{accounts}/{robot}"));
    assert_eq!(gist(&lab.get(&path)), "404 user_not_found -");
    assert_eq!(lab.org.group_members(&staff).len(), 0);
}

#[test]
fn service_accounts_are_not_users_unless_asked() {
    let mut lab = Lab::new();
    let (_, accounts) = accounts(&mut lab);
    lab.post(&accounts, r#"{"name":"Robot"}"#);
    assert_eq!(column(&lab.get("users").1, "id"), [""; 0]);
}

#[test]
fn service_accounts_are_paged_newest_first() {
    let mut lab = Lab::new();
    let (_, accounts) = accounts(&mut lab);
    let all: Vec<_> = (0..3).map(|_| id(&lab.post(&accounts, r#"{"name":"R"}"#))).collect();
    let (_, page) = lab.get(&format!("{accounts}?limit=2"));
    assert_eq!(column(&page, "id"), [all[2].clone(), all[1].clone()]);
    let (_, page) = lab.get(&format!("{accounts}?limit=2&after={}", all[1]));
    assert_eq!(
        (column(&page, "id"), &page["has_more"]),
        (vec![all[0].clone()], &json!(false))
    );
}
