//! The audit log: which events there are, who did them, and how they are found.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist, id, pretty};
use crate::message::Request;
use crate::org::{AdminKeys, NewAdminKey};
use crate::settings::{AuditLogging, EmptyCursors, UnknownCursor};

/// The key of Ann, who owns the organization.
const ANNS: &str = "sk-admin-of-ann-0123";

/// Ann, her key, and an invite, a group and its renaming that she makes, a minute apart.
fn busy() -> Lab {
    let mut lab = Lab::new();
    lab.org.set_keys(AdminKeys::Any, lab.now);
    let ann = lab.owner("Ann@x.org");
    let new = NewAdminKey {
        name: "Ann's".to_owned(),
        secret: Some(ANNS.to_owned()),
        owner_user_id: Some(ann),
        ..NewAdminKey::default()
    };
    lab.org.add_admin_key(new, lab.now).unwrap();
    lab.wait(60);
    lab.invite("bob@x.org");
    lab.wait(60);
    let path = "/v1/organization/groups";
    let group = ask(&mut lab, &Request::post(path, r#"{"name":"Staff"}"#).bearer(ANNS));
    let group_id = group["id"].as_str().unwrap();
    lab.wait(60);
    ask(
        &mut lab,
        &Request::post(&format!("{path}/{group_id}"), r#"{"name":"Everybody"}"#).bearer(ANNS),
    );
    lab
}

fn ask(lab: &mut Lab, request: &Request) -> Value {
    let reaction = lab.react(request);
    serde_json::from_slice(&reaction.answer().unwrap().body).unwrap()
}

fn types(lab: &mut Lab, query: &str) -> Vec<String> {
    let (status, list) = lab.get(&format!("audit_logs?{query}"));
    assert_eq!(status, 200, "{list}");
    column(&list, "type")
}

#[test]
fn what_is_done_is_told_newest_first() {
    let (_, list) = busy().get("audit_logs");
    insta::assert_snapshot!(pretty(&list));
}

#[rstest]
#[case("", "group.updated group.created invite.sent api_key.created user.added")]
#[case("limit=2", "group.updated group.created")]
#[case("event_types[]=user.added&event_types[]=group.created", "group.created user.added")]
#[case("event_types[]=group.none", "")]
#[case("effective_at[gt]=1700000060", "group.updated group.created")]
#[case("effective_at[gte]=1700000060", "group.updated group.created invite.sent")]
#[case("effective_at%5Blt%5D=1700000060", "api_key.created user.added")]
#[case("effective_at%5Blte%5D=1700000060", "invite.sent api_key.created user.added")]
#[case(
    "effective_at[gt]=1700000000&effective_at[lt]=1700000180",
    "group.created invite.sent"
)]
#[case(
    "actor_emails[]=ANN@x.org&effective_at[gt]=1700000000",
    "group.updated group.created"
)]
#[case("actor_emails[]=nobody@x.org", "")]
#[case("event_types[]=group.created&actor_emails[]=nobody@x.org", "")]
#[case("resource_ids[]=none", "")]
#[case("tenant_only=false&limit=1", "group.updated")]
#[case("tenant_only=true", "")]
fn filters(#[case] query: &str, #[case] expected: &str) {
    assert_eq!(types(&mut busy(), query).join(" "), expected);
}

#[test]
fn events_are_found_by_the_ids_of_who_and_what() {
    let mut lab = busy();
    let key = lab.org.admin_keys().next_back().unwrap().clone();
    let group_id = lab.org.groups_named("Everybody")[0].id.clone();
    let of_key = types(&mut lab, &format!("actor_ids[]={}", key.id));
    assert_eq!(of_key, ["group.updated", "group.created"]);
    let of_ann = types(&mut lab, &format!("actor_ids[]={}", key.owner.id));
    assert_eq!(
        of_ann,
        ["group.updated", "group.created", "api_key.created", "user.added"]
    );
    let of_group = types(
        &mut lab,
        &format!("resource_ids[]={group_id}&resource_ids[]={}", key.id),
    );
    assert_eq!(of_group, ["group.updated", "group.created", "api_key.created"]);
}

#[test]
fn what_a_key_does_counts_for_the_default_project() {
    let mut lab = busy();
    let (_, projects) = lab.get("projects");
    let project = &projects["data"][0];
    let project_id = project["id"].as_str().unwrap();
    let (_, list) = lab.get(&format!(
        "audit_logs?project_ids[]=proj_none&project_ids[]={project_id}"
    ));
    assert_eq!(column(&list, "type"), ["group.updated", "group.created", "invite.sent"]);
    let expected = json!({ "id": project_id, "name": project["name"] });
    assert_eq!(list["data"][0]["project"], expected);
    assert_eq!(types(&mut lab, "project_ids[]=proj_none"), [""; 0]);
}

#[rstest]
#[case("limit=0", "400 - limit")]
#[case("limit=101", "400 - limit")]
#[case("effective_at[gt]=yesterday", "400 - effective_at[gt]")]
#[case("effective_at[lte]=-1", "400 - effective_at[lte]")]
#[case("tenant_only=yes", "400 - tenant_only")]
#[case("after=audit_log-none", "404 cursor_not_found after")]
#[case("before=audit_log-000000000000000000000000_20231114", "404 cursor_not_found before")]
fn what_is_refused(#[case] query: &str, #[case] expected: &str) {
    assert_eq!(gist(&busy().get(&format!("audit_logs?{query}"))), expected);
}

#[test]
fn pages_forth_and_back_are_the_whole_log() {
    let mut lab = busy();
    let (_, whole) = lab.get("audit_logs");
    let ids = column(&whole, "id");
    assert_eq!(
        (&whole["first_id"], &whole["last_id"]),
        (&json!(ids[0]), &json!(ids[4]))
    );
    let page = |lab: &mut Lab, cursor: &str| {
        let (_, list) = lab.get(&format!("audit_logs?limit=2&{cursor}"));
        (column(&list, "id"), list["has_more"] == true)
    };
    assert_eq!(page(&mut lab, ""), (ids[..2].to_vec(), true));
    assert_eq!(page(&mut lab, &format!("after={}", ids[1])), (ids[2..4].to_vec(), true));
    assert_eq!(page(&mut lab, &format!("after={}", ids[3])), (ids[4..].to_vec(), false));
    assert_eq!(page(&mut lab, &format!("after={}", ids[4])), (Vec::new(), false));
    // The page in front of the fourth is the two nearest, still newest first.
    assert_eq!(
        page(&mut lab, &format!("before={}", ids[3])),
        (ids[1..3].to_vec(), true)
    );
    assert_eq!(
        page(&mut lab, &format!("before={}", ids[2])),
        (ids[..2].to_vec(), false)
    );
    assert_eq!(page(&mut lab, &format!("before={}", ids[0])), (Vec::new(), false));
    let both = format!("after={}&before={}", ids[0], ids[4]);
    assert_eq!(page(&mut lab, &both), (ids[1..3].to_vec(), true));
}

#[test]
fn an_unknown_cursor_can_be_an_empty_page() {
    let mut lab = busy();
    lab.org.settings_mut().unknown_cursor = UnknownCursor::EmptyPage;
    lab.org.settings_mut().empty_cursors = EmptyCursors::Omitted;
    let (_, list) = lab.get("audit_logs?after=x");
    assert_eq!(list, json!({ "object": "list", "data": [], "has_more": false }));
}

#[test]
fn who_joins_and_leaves_a_group_is_for_tenants() {
    let mut lab = busy();
    let bob = lab.member("bob@x.org");
    let group_id = lab.org.groups().next().unwrap().id.clone();
    lab.post(
        &format!("groups/{group_id}/users"),
        &format!(r#"{{"user_id":"{bob}"}}"#),
    );
    lab.delete(&format!("groups/{group_id}/users/{bob}"));
    assert_eq!(types(&mut lab, "limit=1"), ["user.added"]);
    let (_, list) = lab.get("audit_logs?tenant_only=true");
    assert_eq!(
        column(&list, "type"),
        ["tenant.group.member.removed", "tenant.group.member.added"]
    );
    let of_bob = format!("tenant_only=true&resource_ids[]={bob}");
    assert_eq!(types(&mut lab, &of_bob).len(), 2);
}

#[test]
fn who_comes_to_the_organization_and_to_a_project_is_told_once_each() {
    let mut lab = busy();
    let bob = lab.member("bob@x.org");
    let project = id(&lab.post("projects", r#"{"name":"Sync"}"#));
    lab.post(
        &format!("projects/{project}/users"),
        &format!(r#"{{"user_id":"{bob}","role":"owner"}}"#),
    );
    lab.delete(&format!("users/{bob}"));
    let (_, list) = lab.get(&format!("audit_logs?resource_ids[]={bob}"));
    assert_eq!(column(&list, "type"), ["user.deleted", "user.added", "user.added"]);
    let roles = [1, 2].map(|row: usize| list["data"][row]["user.added"]["data"]["role"].clone());
    assert_eq!(roles, ["owner", "reader"]);
}

#[test]
fn somebody_who_accepts_did_it_themselves() {
    let mut lab = busy();
    let invite_id = lab.org.invites(lab.now).next().unwrap().0.id.clone();
    let bob = lab.org.accept_invite(&invite_id, None, lab.now).unwrap();
    let (_, list) = lab.get("audit_logs?limit=2");
    assert_eq!(column(&list, "type"), ["user.added", "invite.accepted"]);
    for event in list["data"].as_array().unwrap() {
        let user = json!({ "id": bob.id(), "email": "bob@x.org" });
        assert_eq!(event["actor"]["session"]["user"], user);
    }
}

#[test]
fn nobody_is_named_where_nobody_is_known() {
    let mut lab = Lab::new();
    lab.member("bob@x.org");
    lab.invite("cyd@x.org");
    let (_, list) = lab.get("audit_logs");
    assert_eq!(column(&list, "type"), ["invite.sent", "user.added"]);
    assert_eq!(
        (&list["data"][0]["actor"], &list["data"][1]["actor"]),
        (&json!(null), &json!(null))
    );
}

#[test]
fn a_key_that_is_gone_is_still_named() {
    let mut lab = busy();
    let key_id = lab.org.admin_keys().next_back().unwrap().id.clone();
    let path = format!("/v1/organization/admin_api_keys/{key_id}");
    ask(&mut lab, &Request::delete(&path).bearer(ANNS));
    let (_, list) = lab.get("audit_logs?limit=1");
    assert_eq!(list["data"][0]["type"], "api_key.deleted");
    assert_eq!(list["data"][0]["actor"]["api_key"]["id"], key_id);
}

#[test]
fn what_changes_nothing_is_not_told_and_what_is_lost_is() {
    let mut lab = busy();
    let before = types(&mut lab, "");
    lab.get("users");
    lab.invite("bob@x.org");
    lab.delete("users/user-none");
    assert_eq!(types(&mut lab, ""), before);
    lab.org
        .faults_mut()
        .push("inviteUser=500:next(1):after".parse().unwrap());
    assert_eq!(lab.invite("cyd@x.org").0, 500);
    assert_eq!(types(&mut lab, "limit=1"), ["invite.sent"]);
}

#[test]
fn the_log_can_be_off() {
    let mut lab = Lab::with(|settings| settings.audit_log = AuditLogging::Disabled);
    lab.invite("bob@x.org");
    let (status, list) = lab.get("audit_logs");
    assert_eq!((status, &list["data"]), (200, &json!([])));
    assert_eq!(lab.org.journal().last_seq(), 2);
}

#[test]
fn a_reset_organization_has_no_past() {
    let mut lab = busy();
    lab.org.reset();
    assert_eq!(types(&mut lab, ""), [""; 0]);
    let invite_id = id(&lab.invite("bob@x.org"));
    let (_, list) = lab.get("audit_logs");
    assert_eq!(list["data"][0]["invite.sent"]["id"], invite_id);
}

#[test]
fn nor_has_one_whose_state_was_set() {
    let mut lab = busy();
    let state = lab.org.state();
    lab.org.set_state(state, lab.now).unwrap();
    assert_eq!(types(&mut lab, ""), [""; 0]);
}
