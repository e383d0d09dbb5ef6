//! list-users, retrieve-user, modify-user, delete-user.

use rstest::rstest;

use super::{Lab, column, gist, pretty};
use crate::journal::Effect;
use crate::record::OrgRole;
use crate::settings::{
    DeleteMissing, EmailCase, EmailsFilter, EmptyModify, LastOwner, MemberRole, Profile, RemovedUserRows,
    ReturningUserId, RoleAndRoleId, Settings, UnnamedUser,
};

#[test]
fn a_user_on_the_wire() {
    let mut lab = Lab::new();
    let ann = lab.member("Ann@x.org");
    let (status, body) = lab.get(&format!("users/{ann}"));
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&body), @r#"
    {
      "object": "organization.user",
      "id": "user-faFHFqd2KgCZQPcHcF9GGEbq",
      "name": "Some Body",
      "email": "Ann@x.org",
      "role": "reader",
      "added_at": 1700000000,
      "is_scim_managed": false
    }
    "#);
}

#[rstest]
#[case(Profile::Minimal)]
#[case(Profile::Legacy)]
fn older_profiles_have_the_six_fields_of_the_examples(#[case] profile: Profile) {
    let mut lab = Lab::with(|settings| settings.profile = profile);
    let ann = lab.member("ann@x.org");
    let (_, body) = lab.get(&format!("users/{ann}"));
    let keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["object", "id", "name", "email", "role", "added_at"]);
}

#[rstest]
#[case(UnnamedUser::Null, serde_json::Value::Null)]
#[case(UnnamedUser::Empty, "".into())]
fn a_user_without_a_name(#[case] switch: UnnamedUser, #[case] expected: serde_json::Value) {
    let mut lab = Lab::with(|settings| settings.unnamed_user = switch);
    let ann = lab.org.add_member("ann@x.org", None, OrgRole::Reader, lab.now);
    assert_eq!(lab.get(&format!("users/{ann}")).1["name"], expected);
}

#[rstest]
#[case("emails=ann@x.org&emails=cyd@x.org")]
#[case("emails[]=ANN@x.org&emails[]=cyd@x.org")]
#[case("emails%5B%5D=ann%40x.org&emails%5B%5D=CYD%40X.ORG")]
#[case("emails[0]=ann@x.org&emails[1]=cyd@x.org&emails[2]=nobody@x.org")]
fn the_emails_filter_in_every_encoding(#[case] query: &str) {
    let mut lab = Lab::new();
    for email in ["Ann@x.org", "bob@x.org", "cyd@x.org"] {
        lab.member(email);
    }
    let (status, list) = lab.get(&format!("users?{query}"));
    assert_eq!(status, 200);
    assert_eq!(column(&list, "email"), ["cyd@x.org", "Ann@x.org"]);
}

#[rstest]
#[case(EmailsFilter::Exact, "emails=ann@x.org", &["Ann@x.org"])]
#[case(EmailsFilter::Exact, "emails=", &[])]
#[case(EmailsFilter::Exact, "emails=ann@x.or", &[])]
#[case(EmailsFilter::CaseSensitive, "emails=ann@x.org", &[])]
#[case(EmailsFilter::CaseSensitive, "emails=Ann@x.org", &["Ann@x.org"])]
#[case(EmailsFilter::Ignored, "emails=nobody@x.org", &["bob@x.org", "Ann@x.org"])]
fn what_the_emails_filter_finds(#[case] filter: EmailsFilter, #[case] query: &str, #[case] expected: &[&str]) {
    let mut lab = Lab::with(|settings| settings.emails_filter = filter);
    lab.member("Ann@x.org");
    lab.member("bob@x.org");
    let (_, list) = lab.get(&format!("users?{query}"));
    assert_eq!(column(&list, "email"), expected);
}

#[test]
fn the_filter_is_combined_with_paging() {
    let mut lab = Lab::new();
    let ids = ["a@x", "b@x", "c@x"].map(|email| lab.member(email));
    let filter = "emails=a@x&emails=b@x&emails=c@x&limit=1";
    let (_, list) = lab.get(&format!("users?{filter}&after={}", ids[2]));
    assert_eq!(
        (column(&list, "email"), &list["has_more"]),
        (vec!["b@x".into()], &true.into())
    );
    let (_, list) = lab.get(&format!("users?{filter}&after={}", ids[1]));
    assert_eq!(
        (column(&list, "email"), &list["has_more"]),
        (vec!["a@x".into()], &false.into())
    );
}

#[test]
fn a_role_id_in_its_long_form() {
    let mut lab = Lab::new();
    let user = format!("users/{}", lab.member("ann@x.org"));
    let role_id = |org: &str| format!(r#"{{"role_id":"role-api-organization-owner__api-organization__{org}"}}"#);
    assert_eq!(gist(&lab.post(&user, &role_id("org-other"))), "400 - role_id");
    let ours = role_id(lab.org.id());
    assert_eq!(lab.post(&user, &ours).1["role"], "owner");
}

#[rstest]
#[case(r#"{"role":"owner"}"#, "owner")]
#[case(r#"{"role":"reader"}"#, "reader")]
#[case(r#"{"role":null}"#, "reader")]
#[case(r#"{"role_id":"role-api-organization-owner","role":null}"#, "owner")]
#[case("", "reader")]
#[case("{}", "reader")]
#[case(r#"{"surprise":1}"#, "reader")]
fn a_role_is_changed(#[case] body: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let (status, user) = lab.post(&format!("users/{ann}"), body);
    assert_eq!((status, user["role"].as_str()), (200, Some(expected)));
    let effects = lab.last_effects().to_vec();
    if expected == "owner" {
        let (from, to) = (OrgRole::Reader, OrgRole::Owner);
        let email = "ann@x.org".to_owned();
        assert_eq!(
            effects,
            [Effect::UserRoleChanged {
                user_id: ann,
                email,
                from,
                to
            }]
        );
    } else {
        assert_eq!(effects, []);
    }
}

#[rstest]
#[case(r#"{"role":"admin"}"#, "400 - role")]
#[case(r#"{"role":"member"}"#, "400 - role")]
#[case(r#"{"role":7}"#, "400 - role")]
#[case(r#"{"role":"owner","role_id":"role-api-organization-owner"}"#, "400 - role_id")]
#[case(r#"{"role_id":"role_01J"}"#, "400 - role_id")]
#[case(r#"{"role":"owner""#, "400 - -")]
#[case("[]", "400 - -")]
fn a_role_that_cannot_be(#[case] body: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let answer = lab.post(&format!("users/{ann}"), body);
    assert_eq!(gist(&answer), expected);
    assert_eq!(lab.org.user(&ann).unwrap().role, OrgRole::Reader);
    assert_eq!(lab.last_effects(), []);
}

#[test]
fn other_switches_of_modify_user() {
    let mut lab = Lab::with(|settings| {
        settings.member_role = MemberRole::Reader;
        settings.role_and_role_id = RoleAndRoleId::RoleIdWins;
        settings.empty_modify = EmptyModify::Refuse;
    });
    let ann = format!("users/{}", lab.member("ann@x.org"));
    lab.owner("boss@x.org");
    let both = r#"{"role":"reader","role_id":"role-api-organization-owner"}"#;
    assert_eq!(lab.post(&ann, both).1["role"], "owner");
    assert_eq!(lab.post(&ann, r#"{"role":"member"}"#).1["role"], "reader");
    assert_eq!(gist(&lab.post(&ann, r#"{"role":null}"#)), "400 - -");
    let (_, user) = lab.post(&ann, r#"{"technical_level":"high","developer_persona":"x"}"#);
    assert_eq!(
        (&user["technical_level"], &user["developer_persona"]),
        (&"high".into(), &"x".into())
    );
}

#[rstest]
#[case(LastOwner::Refuse, "400 last_owner -")]
#[case(LastOwner::Forbid, "403 last_owner -")]
#[case(LastOwner::Allow, "200 - -")]
fn the_last_owner(#[case] switch: LastOwner, #[case] expected: &str) {
    for action in ["demote", "delete"] {
        let mut lab = Lab::with(|settings| settings.last_owner = switch);
        let boss = lab.owner("boss@x.org");
        lab.member("ann@x.org");
        let path = format!("users/{boss}");
        let answer = match action {
            "demote" => lab.post(&path, r#"{"role":"reader"}"#),
            _ => lab.delete(&path),
        };
        assert_eq!(gist(&answer), expected, "{action}");
    }
}

#[test]
fn an_owner_who_is_not_the_last_may_go() {
    let mut lab = Lab::new();
    let (first, second) = (lab.owner("a@x.org"), lab.owner("b@x.org"));
    assert_eq!(lab.post(&format!("users/{first}"), r#"{"role":"reader"}"#).0, 200);
    assert_eq!(lab.delete(&format!("users/{second}")).0, 400);
    assert_eq!(lab.post(&format!("users/{first}"), r#"{"role":"owner"}"#).0, 200);
    assert_eq!(lab.delete(&format!("users/{second}")).0, 200);
}

#[test]
fn a_deleted_user_leaves_every_group() {
    let mut lab = Lab::new();
    let ann = lab.member("ann@x.org");
    let staff = lab.group("Staff", std::slice::from_ref(&ann));
    let (status, body) = lab.delete(&format!("users/{ann}"));
    assert_eq!(status, 200);
    assert_eq!(body["object"], "organization.user.deleted");
    assert_eq!((&body["id"], &body["deleted"]), (&ann.clone().into(), &true.into()));
    let email = "ann@x.org".to_owned();
    let (group_id, group) = (staff.clone(), "Staff".to_owned());
    let removed = Effect::MemberRemoved {
        group_id,
        group,
        user_id: ann.clone(),
        email: email.clone(),
    };
    let role = OrgRole::Reader;
    assert_eq!(
        lab.last_effects(),
        [
            removed,
            Effect::UserRemoved {
                user_id: ann.clone(),
                email,
                role
            }
        ]
    );
    assert_eq!(column(&lab.get(&format!("groups/{staff}/users")).1, "id"), [""; 0]);
    assert_eq!(gist(&lab.get(&format!("users/{ann}"))), "404 user_not_found -");
    assert_eq!(gist(&lab.delete(&format!("users/{ann}"))), "404 user_not_found -");
}

#[test]
fn stale_rows_count_again_when_the_person_returns() {
    let mut lab = Lab::with(|settings| settings.removed_user_rows = RemovedUserRows::Stale);
    let ann = lab.member("ann@x.org");
    let staff = lab.group("Staff", std::slice::from_ref(&ann));
    lab.delete(&format!("users/{ann}"));
    assert_eq!(lab.org.group_members(&staff), Vec::<&crate::User>::new());
    assert_eq!(
        column(&lab.get(&format!("groups/{staff}/users")).1, "email"),
        ["ann@x.org"]
    );
    assert_eq!(lab.member("ann@x.org"), ann);
    assert_eq!(lab.org.group_members(&staff).len(), 1);
}

#[rstest]
#[case(ReturningUserId::Same, true)]
#[case(ReturningUserId::New, false)]
fn somebody_returns(#[case] switch: ReturningUserId, #[case] is_same: bool) {
    let mut lab = Lab::with(|settings| settings.returning_user_id = switch);
    let ann = lab.member("ann@x.org");
    lab.delete(&format!("users/{ann}"));
    let invite = super::id(&lab.invite("Ann@x.org"));
    let again = lab.org.accept_invite(&invite, None, lab.now).unwrap();
    assert_eq!(again.id() == ann, is_same);
}

#[test]
fn deleting_nobody_can_be_made_to_succeed() {
    let mut lab = Lab::with(|settings| settings.delete_missing = DeleteMissing::Ok);
    let (status, body) = lab.delete("users/user-nobody");
    assert_eq!((status, &body["deleted"]), (200, &true.into()));
    assert_eq!(lab.last_effects(), []);
}

#[rstest]
#[case(EmailCase::AsSent, "Ann@X.org", 1)]
#[case(EmailCase::Lowercase, "ann@x.org", 1)]
#[case(EmailCase::Sensitive, "Ann@X.org", 2)]
fn the_case_of_addresses(#[case] switch: EmailCase, #[case] shown: &str, #[case] people: usize) {
    let mut lab = Lab::with(|settings: &mut Settings| settings.email_case = switch);
    let first = lab.member("Ann@X.org");
    lab.member("ann@x.org");
    assert_eq!(lab.org.user(&first).unwrap().email(), shown);
    assert_eq!(lab.org.users().count(), people);
}
