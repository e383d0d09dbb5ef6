//! What keys may do: by a setting for all of them, or each by itself.

use std::collections::BTreeSet;
use std::fmt::Write;

use http::Method;
use rstest::rstest;
use serde_json::json;

use super::{Lab, gist};
use crate::message::Request;
use crate::operation::Operation;
use crate::org::{AdminKeys, NewAdminKey};
use crate::record::Scope;
use crate::settings::{ForbiddenBody, KeyScope};

const RESTRICTED: &str = "sk-admin-restricted";

fn with_key(scopes: Option<&[Scope]>) -> Lab {
    let mut lab = Lab::new();
    lab.org.set_keys(AdminKeys::MadeUp, lab.now);
    let new = NewAdminKey {
        name: "Restricted".to_owned(),
        secret: Some(RESTRICTED.to_owned()),
        scopes: scopes.map(|scopes| scopes.iter().copied().collect()),
        ..NewAdminKey::default()
    };
    lab.org.add_admin_key(new, lab.now).unwrap();
    lab
}

fn ask(lab: &mut Lab, verb: &str, path: &str) -> (u16, serde_json::Value) {
    let method = Method::from_bytes(verb.as_bytes()).unwrap();
    let request = Request::new(method, &format!("/v1{path}")).bearer(RESTRICTED);
    let reaction = lab.react(&request);
    let answer = reaction.answer().unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

/// Every operation against every scope: what a key with that scope alone may do. A request that is
/// let in may still be refused for what it asks.
#[test]
fn what_each_scope_opens() {
    let mut table = String::new();
    for operation in Operation::ALL {
        let (verb, path) = operation.route().split_once(' ').unwrap();
        let opened = Scope::ALL
            .iter()
            .filter(|scope| ask(&mut with_key(Some(&[**scope])), verb, path).0 != 403);
        let opened: Vec<_> = opened.map(|scope| scope.as_str()).collect();
        assert_eq!(opened.len(), 1, "{operation} needs one scope");
        let _ = writeln!(table, "{operation}: {}", opened[0]);
    }
    insta::assert_snapshot!(table);
}

#[rstest]
#[case(KeyScope::All, [200, 400, 200, 400])]
#[case(KeyScope::NoGroups, [200, 400, 403, 403])]
#[case(KeyScope::ReadOnly, [200, 403, 200, 403])]
fn a_key_that_says_nothing_follows_the_setting(#[case] setting: KeyScope, #[case] expected: [u16; 4]) {
    let requests = [
        ("GET", "/organization/users"),
        ("POST", "/organization/invites"),
        ("GET", "/organization/groups"),
        ("POST", "/organization/groups"),
    ];
    let mut lab = with_key(None);
    lab.org.settings_mut().key_scope = setting;
    assert_eq!(requests.map(|(verb, path)| ask(&mut lab, verb, path).0), expected);
    // One that says something does not.
    let mut lab = with_key(Some(Scope::ALL));
    lab.org.settings_mut().key_scope = setting;
    assert_eq!(
        requests.map(|(verb, path)| ask(&mut lab, verb, path).0),
        [200, 400, 200, 400]
    );
}

#[rstest]
#[case("GET", "/organization/groups", "api.groups.read")]
#[case("DELETE", "/organization/users/u", "api.management.write")]
fn the_missing_scope_is_named(#[case] verb: &str, #[case] path: &str, #[case] scope: &str) {
    let mut lab = with_key(Some(&[]));
    let answer = ask(&mut lab, verb, path);
    assert_eq!(gist(&answer), "403 missing_scopes -");
    let text = format!("You have insufficient permissions for this operation. Missing scopes: {scope}.");
    assert_eq!(answer.1["error"]["message"], text);
    lab.org.settings_mut().forbidden_body = ForbiddenBody::BareString;
    assert_eq!(ask(&mut lab, verb, path), (403, json!({ "error": text })));
}

#[test]
fn a_restricted_key_makes_no_key_that_may_more() {
    let scopes = [Scope::ManagementRead, Scope::ManagementWrite];
    let mut lab = with_key(Some(&scopes));
    let request = Request::post("/v1/organization/admin_api_keys", r#"{"name":"Another"}"#);
    let status = lab.react(&request.bearer(RESTRICTED)).answer().unwrap().status;
    assert_eq!(status, 200);
    let made = lab.org.admin_keys().next_back().unwrap();
    assert_eq!(made.scopes, Some(BTreeSet::from(scopes)));
}

#[test]
fn scopes_are_written_as_openai_names_them() {
    for scope in Scope::ALL {
        assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
    }
}
