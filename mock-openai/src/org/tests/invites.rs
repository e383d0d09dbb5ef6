//! list-invites, inviteUser, retrieve-invite, delete-invite.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist, id, pretty};
use crate::journal::Effect;
use crate::message::Request;
use crate::record::{OrgRole, ProjectRole};
use crate::settings::{
    ArchivedInviteProject, BadBody, DeleteAcceptedInvite, DeleteExpiredInvite, DeleteMissing, DuplicateInvite,
    EmailCase, EndedInvites, InviteAgain, InviteMember, OmittedProjects, PaymentMethod, Profile, UnknownFields,
    UnknownInviteProject,
};

const SEVEN_DAYS: u64 = 604_800;

#[test]
fn an_invite_on_the_wire() {
    let mut lab = Lab::new();
    let project = lab.org.add_project("Apollo", lab.now);
    let body = json!({ "email": " Ann@x.org ", "role": "owner", "projects": [{ "id": project, "role": "member" }] });
    let (status, invite) = lab.post("invites", &body.to_string());
    assert_eq!(status, 200);
    insta::assert_snapshot!(pretty(&invite), @r#"
    {
      "object": "organization.invite",
      "id": "invite-YJWwCklKRbUBeuH8jGukn7bs",
      "email": "Ann@x.org",
      "role": "owner",
      "status": "pending",
      "created_at": 1700000000,
      "expires_at": 1700604800,
      "accepted_at": null,
      "projects": [
        {
          "id": "proj_faFHFqd2KgCZQPcHcF9GGEbq",
          "role": "member"
        }
      ]
    }
    "#);
    let again = lab.get(&format!("invites/{}", invite["id"].as_str().unwrap()));
    assert_eq!(again, (200, invite));
    assert!(matches!(
        lab.org.journal().entries().nth(1).unwrap().effects.as_slice(),
        [Effect::InviteCreated { email, role: OrgRole::Owner, .. }] if email == "Ann@x.org"
    ));
}

#[test]
fn a_deleted_invite_is_gone() {
    let mut lab = Lab::new();
    let invite = format!("invites/{}", id(&lab.invite("ann@x.org")));
    let (status, body) = lab.delete(&invite);
    assert_eq!((status, &body["object"]), (200, &json!("organization.invite.deleted")));
    assert!(matches!(lab.last_effects(), [Effect::InviteDeleted { .. }]));
    assert_eq!(gist(&lab.get(&invite)), "404 invite_not_found -");
    assert_eq!(gist(&lab.delete(&invite)), "404 invite_not_found -");
    assert_eq!(lab.invite("ann@x.org").0, 200);
    lab.org.settings_mut().delete_missing = DeleteMissing::Ok;
    assert_eq!(lab.delete(&invite).0, 200);
}

#[rstest]
#[case(Profile::Current, 200, &["created_at", "projects"], &["created_at", "projects"])]
#[case(Profile::Minimal, 200, &["created_at", "projects"], &["created_at"])]
#[case(Profile::Legacy, 201, &["invited_at"], &["invited_at"])]
fn profiles(#[case] profile: Profile, #[case] expected_status: u16, #[case] new: &[&str], #[case] listed: &[&str]) {
    let mut lab = Lab::with(|settings| settings.profile = profile);
    let which = |body: &Value| -> Vec<String> {
        let special = ["created_at", "invited_at", "projects"];
        let keys = body.as_object().unwrap().keys();
        keys.filter(|key| special.contains(&key.as_str())).cloned().collect()
    };
    let (status, invite) = lab.invite("ann@x.org");
    assert_eq!(
        (status, which(&invite)),
        (expected_status, new.iter().map(ToString::to_string).collect())
    );
    assert_eq!(which(&lab.get("invites").1["data"][0]), listed);
}

#[rstest]
#[case(r#"{"role":"reader"}"#, "400 - email")]
#[case(r#"{"email":"ann@x.org"}"#, "400 - role")]
#[case(r#"{"email":null,"role":"reader"}"#, "400 - email")]
#[case(r#"{"email":"ann","role":"reader"}"#, "400 - email")]
#[case(r#"{"email":"@x.org","role":"reader"}"#, "400 - email")]
#[case(r#"{"email":"a b@x.org","role":"reader"}"#, "400 - email")]
#[case(r#"{"email":"","role":"reader"}"#, "400 - email")]
#[case(r#"{"email":"ann@x.org","role":"member"}"#, "400 - role")]
#[case(r#"{"email":"ann@x.org","role":"Owner"}"#, "400 - role")]
#[case(r#"{"email":"ann@x.org","role":"reader","projects":{}}"#, "400 - projects")]
#[case(r#"{"email":"ann@x.org","role":"reader","projects":[{"id":"p"}]}"#, "400 - projects")]
#[case(
    r#"{"email":"ann@x.org","role":"reader","projects":[{"id":"p","role":"viewer"}]}"#,
    "400 - projects"
)]
#[case(r#"{"email":"ann@x.org","role":"reader""#, "400 - -")]
#[case("null", "400 - -")]
#[case("", "400 - email")]
fn an_invite_that_cannot_be(#[case] body: &str, #[case] expected: &str) {
    let mut lab = Lab::new();
    assert_eq!(gist(&lab.post("invites", body)), expected);
    assert_eq!(lab.org.invites(lab.now).count(), 0);
}

#[rstest]
#[case(UnknownFields::Ignore, "200 - -")]
#[case(UnknownFields::Refuse, "400 - emial")]
fn unknown_fields(#[case] switch: UnknownFields, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.unknown_fields = switch);
    let body = r#"{"emial":1,"email":"ann@x.org","role":"reader"}"#;
    assert_eq!(gist(&lab.post("invites", body)), expected);
}

#[rstest]
#[case(Some("text/plain"), BadBody::Refuse, 400)]
#[case(Some("application/x-www-form-urlencoded"), BadBody::UnsupportedMediaType, 415)]
#[case(Some("application/json; charset=utf-8"), BadBody::Refuse, 200)]
#[case(Some("application/merge-patch+json"), BadBody::Refuse, 200)]
#[case(None, BadBody::Refuse, 200)]
fn content_types(#[case] media_type: Option<&str>, #[case] switch: BadBody, #[case] expected: u16) {
    let mut lab = Lab::with(|settings| settings.bad_body = switch);
    let body = r#"{"email":"ann@x.org","role":"reader"}"#;
    let mut request = Request::post("/v1/organization/invites", body);
    request.headers.remove("content-type");
    if let Some(media_type) = media_type {
        request.headers.insert("content-type", media_type.parse().unwrap());
    }
    assert_eq!(lab.send(request).0, expected);
}

#[rstest]
#[case(DuplicateInvite::Refuse, "400 invite_already_exists -", 1)]
#[case(DuplicateInvite::Conflict, "409 invite_already_exists -", 1)]
#[case(DuplicateInvite::SameInvite, "200 - -", 1)]
#[case(DuplicateInvite::SecondInvite, "200 - -", 2)]
fn a_second_invite_while_one_is_pending(
    #[case] switch: DuplicateInvite,
    #[case] expected: &str,
    #[case] pending: usize,
) {
    let mut lab = Lab::with(|settings| settings.duplicate_invite = switch);
    let first = lab.invite("ann@x.org");
    let second = lab.invite("ANN@x.org");
    assert_eq!(gist(&second), expected);
    assert_eq!(lab.org.pending_invites_for("ann@x.org", lab.now).len(), pending);
    assert_eq!(second.1 == first.1, switch == DuplicateInvite::SameInvite);
    assert_eq!(lab.last_effects().len(), pending - 1);
}

#[rstest]
#[case(InviteMember::Refuse, "400 user_already_in_organization -")]
#[case(InviteMember::Conflict, "409 user_already_in_organization -")]
#[case(InviteMember::PendingInvite, "200 - -")]
fn a_member_is_invited(#[case] switch: InviteMember, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.invite_member = switch);
    lab.member("ann@x.org");
    assert_eq!(gist(&lab.invite("Ann@x.org")), expected);
}

#[test]
fn case_can_tell_people_apart() {
    let mut lab = Lab::with(|settings| settings.email_case = EmailCase::Sensitive);
    assert_eq!(lab.invite("ann@x.org").0, 200);
    assert_eq!(lab.invite("Ann@x.org").0, 200);
    assert_eq!(lab.invite("ann@x.org").0, 400);
}

#[test]
fn time_expires_an_invite_and_nothing_else_does() {
    let mut lab = Lab::new();
    let (_, invite) = lab.invite("ann@x.org");
    let created_at = invite["created_at"].as_u64().unwrap();
    assert_eq!(invite["expires_at"], created_at + SEVEN_DAYS);
    lab.wait(SEVEN_DAYS - 1);
    assert_eq!(lab.get("invites").1["data"][0]["status"], "pending");
    assert_eq!(lab.invite("ann@x.org").0, 400);
    lab.wait(1);
    assert_eq!(lab.get("invites").1["data"][0]["status"], "expired");
    assert_eq!(lab.invite("ann@x.org").0, 200);
    assert_eq!(column(&lab.get("invites").1, "status"), ["pending", "expired"]);
}

#[test]
fn invites_need_not_expire() {
    let mut lab = Lab::with(|settings| settings.invite_ttl_seconds = None);
    let (_, invite) = lab.invite("ann@x.org");
    assert_eq!(invite["expires_at"], Value::Null);
    lab.wait(1000 * SEVEN_DAYS);
    assert_eq!(lab.get("invites").1["data"][0]["status"], "pending");
}

#[test]
fn what_can_be_switched_about_an_expired_invite() {
    let mut lab = Lab::new();
    let invite = format!("invites/{}", id(&lab.invite("ann@x.org")));
    lab.wait(SEVEN_DAYS);
    lab.org.settings_mut().invite_again = InviteAgain::Refuse;
    assert_eq!(gist(&lab.invite("ann@x.org")), "400 invite_already_exists -");
    lab.org.settings_mut().delete_expired_invite = DeleteExpiredInvite::Refuse;
    assert_eq!(gist(&lab.delete(&invite)), "400 invite_expired -");
    lab.org.settings_mut().expired_invites = EndedInvites::Dropped;
    assert_eq!(lab.get(&invite).0, 404);
    assert_eq!(column(&lab.get("invites").1, "id"), [""; 0]);
    lab.org.settings_mut().expired_invites = EndedInvites::Listed;
    lab.org.settings_mut().delete_expired_invite = DeleteExpiredInvite::Ok;
    assert_eq!(lab.delete(&invite).0, 200);
}

#[rstest]
#[case(DeleteAcceptedInvite::Refuse, "400 invite_already_accepted -")]
#[case(DeleteAcceptedInvite::NotFound, "404 invite_not_found -")]
#[case(DeleteAcceptedInvite::Ok, "200 - -")]
fn an_accepted_invite(#[case] switch: DeleteAcceptedInvite, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.delete_accepted_invite = switch);
    let invite_id = id(&lab.invite("ann@x.org"));
    let invite = format!("invites/{invite_id}");
    lab.wait(60);
    lab.org.accept_invite(&invite_id, Some("Ann"), lab.now).unwrap();
    lab.wait(SEVEN_DAYS);
    let (_, body) = lab.get(&invite);
    assert_eq!(
        (&body["status"], &body["accepted_at"]),
        (&json!("accepted"), &json!(1_700_000_060))
    );
    let answer = lab.delete(&invite);
    assert_eq!(gist(&answer), expected);
    assert_eq!(lab.org.users().count(), 1);
    if switch == DeleteAcceptedInvite::Refuse {
        let message = answer.1["error"]["message"].as_str().unwrap();
        assert!(message.contains("already accepted"), "{message}");
    }
    lab.org.settings_mut().accepted_invites = EndedInvites::Dropped;
    assert_eq!(lab.get(&invite).0, 404);
}

#[test]
fn requests_that_race_do_not_see_each_other() {
    let mut lab = Lab::with(|settings| settings.duplicate_window_ms = 2_000);
    let (first, second) = (id(&lab.invite("ann@x.org")), id(&lab.invite("ann@x.org")));
    assert_ne!(first, second);
    lab.wait(1);
    assert_eq!(lab.invite("ann@x.org").0, 200);
    lab.wait(1);
    assert_eq!(gist(&lab.invite("ann@x.org")), "400 invite_already_exists -");
}

fn invited_to(projects: &Value) -> String {
    json!({ "email": "ann@x.org", "role": "reader", "projects": projects }).to_string()
}

#[rstest]
#[case(UnknownInviteProject::Refuse, "400 project_not_found projects")]
#[case(UnknownInviteProject::NotFound, "404 project_not_found projects")]
#[case(UnknownInviteProject::Accept, "200 - -")]
fn an_invite_to_an_unknown_project(#[case] switch: UnknownInviteProject, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.unknown_invite_project = switch);
    let apollo = lab.project("Apollo");
    let projects = json!([{ "id": "proj_none", "role": "owner" }, { "id": apollo, "role": "owner" }]);
    let answer = lab.post("invites", &invited_to(&projects));
    assert_eq!(gist(&answer), expected);
    if answer.0 == 200 {
        assert_eq!(answer.1["projects"], projects);
        lab.org.accept_invite(&id(&answer), None, lab.now).unwrap();
        assert_eq!(lab.org.project_users(&apollo).len(), 1);
    }
}

#[rstest]
#[case(ArchivedInviteProject::Refuse, "400 project_archived projects")]
#[case(ArchivedInviteProject::Ignore, "200 - -")]
fn an_invite_to_an_archived_project(#[case] switch: ArchivedInviteProject, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.archived_invite_project = switch);
    let apollo = lab.project("Apollo");
    lab.post(&format!("projects/{apollo}/archive"), "");
    let answer = lab.post("invites", &invited_to(&json!([{ "id": apollo, "role": "member" }])));
    assert_eq!(gist(&answer), expected);
    if answer.0 == 200 {
        assert_eq!(answer.1["projects"], json!([]));
        lab.org.accept_invite(&id(&answer), None, lab.now).unwrap();
        assert_eq!(
            lab.org.project_users(&lab.default_project()).len(),
            0,
            "no project, not the default one"
        );
    }
}

#[test]
fn whoever_accepts_joins_the_projects_that_are_still_open() {
    let mut lab = Lab::new();
    let (apollo, gemini) = (lab.project("Apollo"), lab.project("Gemini"));
    let projects = json!([
        { "id": apollo, "role": "owner" },
        { "id": gemini, "role": "member" },
        { "id": apollo, "role": "member" },
    ]);
    let invite = id(&lab.post("invites", &invited_to(&projects)));
    lab.post(&format!("projects/{gemini}/archive"), "");
    let ann = lab.org.accept_invite(&invite, None, lab.now).unwrap();
    let joined: Vec<_> = lab.last_effects().iter().map(std::mem::discriminant).collect();
    assert_eq!(joined.len(), 3, "accepted, in the organization, in one project");
    let of = |project: &str| -> Vec<_> {
        let users = lab.org.project_users(project).into_iter();
        users.map(|(user, role)| (user.id().to_owned(), role)).collect()
    };
    assert_eq!(of(&apollo), [(ann.id().to_owned(), ProjectRole::Owner)]);
    assert_eq!(of(&gemini), []);
    assert_eq!(of(&lab.default_project()), []);
}

#[rstest]
#[case(json!(null), OmittedProjects::Empty, false, 1)]
#[case(json!(null), OmittedProjects::DefaultListed, true, 1)]
#[case(json!([]), OmittedProjects::Empty, false, 0)]
#[case(json!([]), OmittedProjects::DefaultListed, false, 0)]
fn no_projects_named_and_none_wanted(
    #[case] projects: Value,
    #[case] switch: OmittedProjects,
    #[case] is_listed: bool,
    #[case] joined: usize,
) {
    let mut lab = Lab::with(|settings| settings.omitted_projects = switch);
    let default = lab.default_project();
    let answer = lab.post("invites", &invited_to(&projects));
    let expected = if is_listed {
        json!([{ "id": default, "role": "member" }])
    } else {
        json!([])
    };
    assert_eq!(answer.1["projects"], expected);
    lab.org.accept_invite(&id(&answer), None, lab.now).unwrap();
    assert_eq!(lab.org.project_users(&default).len(), joined);
}

#[test]
fn a_member_joins_the_projects_of_a_second_invite() {
    let mut lab = Lab::with(|settings| settings.invite_member = InviteMember::PendingInvite);
    let ann = lab.member("ann@x.org");
    let apollo = lab.project("Apollo");
    let invite = lab.post("invites", &invited_to(&json!([{ "id": apollo, "role": "member" }])));
    lab.org.accept_invite(&id(&invite), None, lab.now).unwrap();
    assert_eq!(lab.org.project_users(&apollo)[0].0.id(), ann);
}

#[rstest]
#[case(PaymentMethod::OnFile, "200 - -")]
#[case(PaymentMethod::MissingRefuse, "400 payment_method_required -")]
#[case(PaymentMethod::MissingForbid, "403 payment_method_required -")]
fn an_organization_that_cannot_pay_invites_nobody(#[case] switch: PaymentMethod, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.payment_method = switch);
    assert_eq!(gist(&lab.invite("ann@x.org")), expected);
}
