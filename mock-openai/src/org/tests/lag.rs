//! Reads that do not find yet what has been made.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist, id};
use crate::journal::Injected;

const LAG: u64 = 500;

fn lab() -> Lab {
    Lab::with(|settings| settings.read_lag_ms = LAG)
}

/// Makes one of each, the last one being what `path` is about, which so many reads do not find; gives the path with real
/// ids.
fn made(lab: &mut Lab, path: &str, reads: u64) -> String {
    let ann = lab.member("ann@x.org");
    let (staff, apollo) = (lab.group("Staff", &[]), lab.project("Apollo"));
    let (global, local) = (lab.role("Global", None), lab.role("Local", Some(&apollo)));
    lab.now = lab.now.plus(Duration::from_millis(LAG));
    lab.org.settings_mut().read_lag_reads = reads;
    let body = |body: Value| body.to_string();
    let made = match path {
        "users/NEW" => lab.member("bob@x.org"),
        "invites/NEW" => id(&lab.invite("cyd@x.org")),
        "groups/NEW" | "groups/NEW/users" => id(&lab.post("groups", r#"{"name":"Crew"}"#)),
        "groups/STAFF/users/ANN" => {
            lab.post(&format!("groups/{staff}/users"), &body(json!({ "user_id": ann })));
            String::new()
        }
        "users/ANN/roles/GLOBAL" => {
            lab.post(&format!("users/{ann}/roles"), &body(json!({ "role_id": global })));
            String::new()
        }
        "projects/NEW" | "/projects/NEW/roles" => id(&lab.post("projects", r#"{"name":"Gemini"}"#)),
        "roles/NEW" => lab.role("New", None),
        "/projects/APOLLO/roles/NEW" => lab.role("New", Some(&apollo)),
        "projects/APOLLO/users/ANN" => {
            let user = body(json!({ "user_id": ann, "role": "owner" }));
            lab.post(&format!("projects/{apollo}/users"), &user);
            String::new()
        }
        "projects/APOLLO/groups/STAFF" | "/projects/APOLLO/groups/STAFF/roles/LOCAL" => {
            let group = body(json!({ "group_id": staff, "role": local }));
            lab.post(&format!("projects/{apollo}/groups"), &group);
            String::new()
        }
        "projects/APOLLO/service_accounts/NEW" => {
            id(&lab.post(&format!("projects/{apollo}/service_accounts"), r#"{"name":"Robot"}"#))
        }
        "admin_api_keys/NEW" => id(&lab.post("admin_api_keys", r#"{"name":"Key"}"#)),
        _ => panic!("{path} is not made here"),
    };
    let ids = [
        ("NEW", made),
        ("ANN", ann),
        ("STAFF", staff),
        ("APOLLO", apollo),
        ("GLOBAL", global),
        ("LOCAL", local),
    ];
    ids.into_iter()
        .fold(path.to_owned(), |path, (name, id)| path.replace(name, &id))
}

#[rstest]
#[case("users/NEW", "404 user_not_found -")]
#[case("invites/NEW", "404 invite_not_found -")]
#[case("groups/NEW", "404 group_not_found -")]
#[case("groups/NEW/users", "404 group_not_found -")]
#[case("groups/STAFF/users/ANN", "404 user_not_in_group -")]
#[case("users/ANN/roles/GLOBAL", "404 role_not_assigned -")]
#[case("roles/NEW", "404 role_not_found -")]
#[case("/projects/APOLLO/roles/NEW", "404 role_not_found -")]
#[case("projects/NEW", "404 project_not_found -")]
#[case("/projects/NEW/roles", "404 project_not_found -")]
#[case("projects/APOLLO/users/ANN", "404 user_not_in_project -")]
#[case("projects/APOLLO/groups/STAFF", "404 group_not_in_project -")]
#[case("/projects/APOLLO/groups/STAFF/roles/LOCAL", "404 group_not_in_project -")]
#[case("projects/APOLLO/service_accounts/NEW", "404 service_account_not_found -")]
#[case("admin_api_keys/NEW", "404 admin_api_key_not_found -")]
fn what_is_new_is_not_found_for_a_while(#[case] path: &str, #[case] expected: &str) {
    let mut lab = lab();
    let path = made(&mut lab, path, 0);
    let list = path.rsplit_once('/').unwrap().0.to_owned();
    let count = |lab: &mut Lab| lab.get(&list).1["data"].as_array().map_or(0, Vec::len);
    assert_eq!(gist(&lab.get(&path)), expected);
    let before = count(&mut lab);
    lab.now = lab.now.plus(Duration::from_millis(LAG - 1));
    assert_eq!(gist(&lab.get(&path)), expected);
    lab.now = lab.now.plus(Duration::from_millis(1));
    assert_eq!(lab.get(&path).0, 200);
    if !path.ends_with("/users") && !path.ends_with("/roles") {
        assert_eq!(count(&mut lab), before + 1, "{list}");
    }
}

#[rstest]
#[case("users/NEW")]
#[case("invites/NEW")]
#[case("groups/NEW")]
#[case("groups/STAFF/users/ANN")]
#[case("users/ANN/roles/GLOBAL")]
#[case("roles/NEW")]
#[case("/projects/APOLLO/roles/NEW")]
#[case("projects/NEW")]
#[case("projects/APOLLO/users/ANN")]
#[case("projects/APOLLO/groups/STAFF")]
#[case("projects/APOLLO/service_accounts/NEW")]
#[case("admin_api_keys/NEW")]
fn what_is_new_is_not_found_by_so_many_reads(#[case] path: &str) {
    for is_listed in [false, true] {
        let mut lab = Lab::new();
        let path = made(&mut lab, path, 2);
        let list = path.rsplit_once('/').unwrap().0;
        let wanted = if is_listed { list } else { &path };
        let count = |answer: (u16, Value)| answer.1["data"].as_array().map_or(0, Vec::len);
        let unseen = [0; 2].map(|_| lab.get(wanted));
        let seen = lab.get(wanted);
        assert_eq!(seen.0, 200);
        for unseen in unseen {
            assert_eq!(unseen.0, if is_listed { 200 } else { 404 });
            assert_eq!(count(unseen) + usize::from(is_listed), count(seen.clone()), "{wanted}");
        }
    }
}

#[test]
fn each_thing_has_its_own_reads_and_the_longer_lag_counts() {
    let mut lab = Lab::with(|settings| {
        settings.read_lag_reads = 2;
        settings.read_lag_ms = LAG;
    });
    let crew = format!("groups/{}", id(&lab.post("groups", r#"{"name":"Crew"}"#)));
    assert_eq!(lab.get(&crew).0, 404);
    let staff = format!("groups/{}", id(&lab.post("groups", r#"{"name":"Staff"}"#)));
    lab.now = lab.now.plus(Duration::from_millis(LAG));
    // Of other things; and of both, one of which has had one before.
    lab.get("users");
    assert_eq!(column(&lab.get("groups").1, "name"), [""; 0]);
    assert_eq!((lab.get(&crew).0, lab.get(&staff).0), (200, 404));
    assert_eq!(lab.get(&staff).0, 200);
    // The reads are used up, the time is not over.
    let last = format!("groups/{}", id(&lab.post("groups", r#"{"name":"Last"}"#)));
    assert_eq!([0; 4].map(|_| lab.get(&last).0), [404; 4]);
    lab.now = lab.now.plus(Duration::from_millis(LAG));
    assert_eq!(lab.get(&last).0, 200);
}

#[test]
fn writes_find_it_at_once() {
    let mut lab = lab();
    let group = format!("groups/{}", id(&lab.post("groups", r#"{"name":"Crew"}"#)));
    assert_eq!(lab.post(&group, r#"{"name":"Staff"}"#).0, 200);
    assert_eq!(lab.delete(&group).0, 200);
}

#[test]
fn the_journal_says_which_answers_were_given_without_knowing_everything() {
    let mut lab = lab();
    lab.get("groups");
    assert_eq!(lab.last_entry().injected, None);
    lab.post("groups", r#"{"name":"Crew"}"#);
    assert_eq!(lab.last_entry().injected, None);
    assert_eq!(column(&lab.get("groups").1, "id"), [""; 0]);
    assert_eq!(lab.last_entry().injected, Some(Injected::ReadLag { hidden: 1 }));
    lab.wait(1);
    lab.get("groups");
    assert_eq!(lab.last_entry().injected, None);
}
