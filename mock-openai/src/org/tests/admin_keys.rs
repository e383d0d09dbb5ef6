//! Admin API keys, through the API and by hand.

use rstest::rstest;
use serde_json::json;

use super::{Lab, column, gist, id, pretty};
use crate::journal::Effect;
use crate::message::Request;
use crate::org::{AdminKeys, NewAdminKey, WorldError};
use crate::record::AdminKey;
use crate::settings::{DeleteKeyOwner, DeleteMissing};

const FIRST: &str = "sk-admin-0123456789abcdef";
const KEYS: &str = "/v1/organization/admin_api_keys";

/// An organization that one key opens, and a function to ask with another.
fn locked() -> Lab {
    let mut lab = Lab::new();
    lab.org.set_keys(AdminKeys::Only(FIRST.to_owned()), lab.now);
    lab
}

fn ask(lab: &mut Lab, key: &str, request: Request) -> (u16, serde_json::Value) {
    let reaction = lab.react(&request.bearer(key));
    let answer = reaction.answer().unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn make(lab: &mut Lab, body: &str) -> (u16, serde_json::Value) {
    ask(lab, FIRST, Request::post(KEYS, body.to_owned()))
}

fn secret(made: &(u16, serde_json::Value)) -> String {
    made.1["value"].as_str().expect("a new key is told").to_owned()
}

/// Whether a key opens the organization.
fn opens(lab: &mut Lab, key: &str) -> u16 {
    ask(lab, key, Request::get("/v1/organization/users")).0
}

#[test]
fn a_new_key_is_told_once() {
    let mut lab = locked();
    let made = make(&mut lab, r#"{"name":"Sync","expires_in_seconds":3600}"#);
    let key_id = id(&made);
    insta::assert_snapshot!("a_new_key", pretty(&made.1));
    assert_eq!(
        lab.last_effects(),
        [Effect::AdminKeyCreated {
            key_id: key_id.clone(),
            name: "Sync".to_owned(),
            scopes: Vec::new()
        }]
    );
    let again = ask(&mut lab, FIRST, Request::get(&format!("{KEYS}/{key_id}")));
    let mut told = made.1.clone();
    told.as_object_mut().unwrap().remove("value");
    assert_eq!(again, (200, told.clone()));
    let list = ask(&mut lab, FIRST, Request::get(KEYS)).1;
    assert_eq!(list["data"][1], told);
}

#[test]
fn the_journal_has_no_new_key() {
    let mut lab = locked();
    let made = secret(&make(&mut lab, r#"{"name":"Sync"}"#));
    let journal = serde_json::to_string(lab.last_entry()).unwrap();
    assert!(!journal.contains(&made[..30]), "{journal}");
    assert!(
        journal.contains(&format!("****{}", &made[made.len() - 4..])),
        "{journal}"
    );
    // Where there is no body to look into, there is no harm.
    lab.org
        .faults_mut()
        .push("admin-api-keys-create=502:next(1):after".parse().unwrap());
    assert_eq!(make(&mut lab, r#"{"name":"Sync"}"#).0, 502);
}

#[test]
fn a_list_of_keys_starts_with_the_oldest_unless_told_otherwise() {
    let mut lab = locked();
    for name in ["a", "b", "c"] {
        make(&mut lab, &json!({ "name": name }).to_string());
    }
    let mut names = |query: &str| {
        let list = ask(&mut lab, FIRST, Request::get(&format!("{KEYS}?{query}")));
        (column(&list.1, "name"), list.1["has_more"] == true)
    };
    assert_eq!(names("limit=2"), (vec!["First key".into(), "a".into()], true));
    assert_eq!(names("limit=2&order=desc"), (vec!["c".into(), "b".into()], true));
    assert_eq!(names("order=asc&limit=1000").0.len(), 4);
    let list = ask(&mut lab, FIRST, Request::get(KEYS)).1;
    assert_eq!(list["first_id"], list["data"][0]["id"]);
    let after = format!("{KEYS}?after={}&limit=1", list["first_id"].as_str().unwrap());
    assert_eq!(column(&ask(&mut lab, FIRST, Request::get(&after)).1, "name"), ["a"]);
}

#[test]
fn a_key_opens_from_its_making_to_its_end() {
    let mut lab = locked();
    let brief = make(&mut lab, r#"{"name":"Brief","expires_in_seconds":60}"#);
    let lasting = make(&mut lab, r#"{"name":"Lasting","expires_in_seconds":null}"#);
    assert_eq!(lasting.1["expires_at"], json!(null));
    let (brief, lasting_secret) = (secret(&brief), secret(&lasting));
    assert_eq!((opens(&mut lab, &brief), opens(&mut lab, &lasting_secret)), (200, 200));
    lab.wait(59);
    assert_eq!(opens(&mut lab, &brief), 200);
    lab.wait(1);
    let expired = ask(&mut lab, &brief, Request::get(KEYS));
    assert_eq!(gist(&expired), "401 invalid_api_key -");
    let path = format!("{KEYS}/{}", id(&lasting));
    let used = ask(&mut lab, FIRST, Request::get(&path));
    assert_eq!(used.1["last_used_at"], lab.now.as_secs() - 60);
    let deleted = ask(&mut lab, FIRST, Request::delete(&path));
    insta::assert_snapshot!("a_deleted_key", pretty(&deleted.1));
    assert!(matches!(lab.last_effects(), [Effect::AdminKeyDeleted { name, .. }] if name == "Lasting"));
    assert_eq!(opens(&mut lab, &lasting_secret), 401);
    let gone = ask(&mut lab, FIRST, Request::delete(&path));
    assert_eq!(gist(&gone), "404 admin_api_key_not_found -");
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(ask(&mut lab, FIRST, Request::delete(&path)), deleted);
}

#[test]
fn a_key_can_delete_itself() {
    let mut lab = locked();
    let own = lab.org.admin_keys().next().unwrap().id.clone();
    let path = format!("{KEYS}/{own}");
    assert_eq!(ask(&mut lab, FIRST, Request::delete(&path)).0, 200);
    assert_eq!((opens(&mut lab, FIRST), lab.org.admin_key()), (401, None));
    lab.org.reset();
    assert_eq!((opens(&mut lab, FIRST), lab.org.admin_key()), (200, Some(FIRST)));
}

#[rstest]
#[case("{}", "400 - name")]
#[case(r#"{"name":1}"#, "400 - name")]
#[case(r#"{"name":"a","expires_in_seconds":0}"#, "400 - expires_in_seconds")]
#[case(r#"{"name":"a","expires_in_seconds":31536001}"#, "400 - expires_in_seconds")]
#[case(r#"{"name":"a","expires_in_seconds":1.5}"#, "400 - expires_in_seconds")]
#[case(r#"{"name":"a","expires_in_seconds":"60"}"#, "400 - expires_in_seconds")]
#[case(r#"{"name":"a","expires_in_seconds":31536000}"#, "200 - -")]
fn what_a_new_key_needs(#[case] body: &str, #[case] expected: &str) {
    assert_eq!(gist(&make(&mut locked(), body)), expected);
}

#[rstest]
#[case("limit=0", "400 - limit")]
#[case("order=up", "400 - order")]
#[case("after=key_none", "404 cursor_not_found after")]
fn what_a_list_of_keys_refuses(#[case] query: &str, #[case] expected: &str) {
    let answer = ask(&mut locked(), FIRST, Request::get(&format!("{KEYS}?{query}")));
    assert_eq!(gist(&answer), expected);
}

#[test]
fn a_key_made_by_hand_has_an_owner_who_is_known() {
    let mut lab = locked();
    let ann = lab.owner("ann@x.org");
    let new = NewAdminKey {
        name: "Ann's".to_owned(),
        secret: Some("short".to_owned()),
        owner_user_id: Some(ann.clone()),
        ..NewAdminKey::default()
    };
    let AdminKey { id: key_id, .. } = lab.org.add_admin_key(new.clone(), lab.now).unwrap();
    let shown = ask(&mut lab, "short", Request::get(&format!("{KEYS}/{key_id}")));
    insta::assert_snapshot!("a_key_of_a_person", pretty(&shown.1));
    // What it makes belongs to her as well.
    let made = ask(&mut lab, "short", Request::post(KEYS, r#"{"name":"Second"}"#));
    assert_eq!(made.1["owner"], shown.1["owner"]);
    assert_eq!(lab.org.add_admin_key(new.clone(), lab.now), Err(WorldError::KeyTaken));
    let nobodys = NewAdminKey {
        owner_user_id: Some("user-none".to_owned()),
        ..new
    };
    assert_eq!(
        lab.org.add_admin_key(nobodys, lab.now),
        Err(WorldError::NoUser("user-none".to_owned()))
    );
}

#[test]
fn keys_come_and_go_with_the_state() {
    let mut lab = locked();
    let made = secret(&make(&mut lab, r#"{"name":"Sync"}"#));
    let state = lab.org.state();
    let mut copy = Lab::new();
    copy.org
        .set_keys(AdminKeys::Only("sk-admin-of-the-copy".to_owned()), copy.now);
    copy.org.set_state(state.clone(), copy.now).unwrap();
    for key in [FIRST, &made, "sk-admin-of-the-copy"] {
        assert_eq!(opens(&mut copy, key), 200, "{key}");
    }
    lab.org.reset();
    assert_eq!((opens(&mut lab, FIRST), opens(&mut lab, &made)), (200, 401));
    lab.org.set_state(state.clone(), lab.now).unwrap();
    assert_eq!(lab.org.state(), state);
    // A new key does not meet those that came along.
    assert_ne!(secret(&make(&mut lab, r#"{"name":"Sync"}"#)), made);
    let before = lab.org.state();
    let mut twins = state;
    twins.admin_keys.as_mut().unwrap()[1].secret = FIRST.to_owned();
    let error = lab.org.set_state(twins, lab.now).unwrap_err().to_string();
    assert!(error.ends_with("have the same secret"), "{error}");
    assert_eq!(lab.org.state(), before);
}

#[test]
fn a_key_that_anybody_may_have_counts_as_the_first_one() {
    let mut lab = Lab::new();
    lab.org.set_keys(AdminKeys::Any, lab.now);
    assert_eq!(opens(&mut lab, "whatever"), 200);
    let list = ask(&mut lab, "else", Request::get(KEYS)).1;
    assert_eq!(list["data"][0]["last_used_at"], lab.now.as_secs());
    let first = lab.org.admin_key().unwrap().to_owned();
    lab.org.reset();
    assert_eq!(lab.org.admin_key(), Some(first.as_str()));
}

#[rstest]
#[case(None, 200)]
#[case(Some("org-other"), 401)]
fn a_client_must_mean_the_organization_of_its_key(#[case] named: Option<&str>, #[case] expected: u16) {
    let mut lab = locked();
    let own = lab.org.id().to_owned();
    for (named, expected) in [(named.unwrap_or(&own), expected), (own.as_str(), 200)] {
        let mut request = Request::get("/v1/organization/users");
        request.headers.insert("openai-organization", named.parse().unwrap());
        let answer = ask(&mut lab, FIRST, request);
        assert_eq!(answer.0, expected);
        if expected == 401 {
            assert_eq!(gist(&answer), "401 mismatched_organization -");
        }
    }
}

#[rstest]
#[case(DeleteKeyOwner::Allow, "200 - -", 200)]
#[case(DeleteKeyOwner::EndKeys, "200 - -", 401)]
#[case(DeleteKeyOwner::Refuse, "400 key_owner -", 200)]
fn a_client_deletes_the_owner_of_its_key(
    #[case] setting: DeleteKeyOwner,
    #[case] expected: &str,
    #[case] afterwards: u16,
) {
    let mut lab = locked();
    lab.org.settings_mut().delete_key_owner = setting;
    lab.owner("boss@x.org");
    let (ann, bob) = (lab.owner("ann@x.org"), lab.member("bob@x.org"));
    let new = NewAdminKey {
        secret: Some("sk-admin-anns".to_owned()),
        owner_user_id: Some(ann.clone()),
        ..NewAdminKey::default()
    };
    lab.org.add_admin_key(new, lab.now).unwrap();
    let mut delete = |user_id: &str| {
        let path = format!("/v1/organization/users/{user_id}");
        ask(&mut lab, "sk-admin-anns", Request::delete(&path))
    };
    assert_eq!(delete(&bob).0, 200, "somebody else can always be deleted");
    assert_eq!(gist(&delete(&ann)), expected);
    assert_eq!(opens(&mut lab, "sk-admin-anns"), afterwards);
}
