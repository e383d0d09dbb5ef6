//! What this client makes of refusals: which it tries again, and of which it loses the status.

use std::time::{Duration, Instant};

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::admin::groups::CreateGroupBody;
use async_openai::types::admin::roles::OrganizationRole;
use async_openai::{Client, types::admin::invites::InviteRequest};
use mock_openai::settings::{DuplicateInvite, ForbiddenBody, KeyScope};
use rstest::rstest;
use tokio::time::timeout;

use crate::double::{Double, refusal};

/// Tries of one call: the first, and three more.
const TRIES: usize = 4;

#[rstest]
#[case("list-users=429+retry(1):next(1)", Duration::from_secs(1))]
// Only whole seconds are understood; else it waits a tenth of a second.
#[case("list-users=429+date(30):next(1)", Duration::from_millis(100))]
#[case("list-users=429+absent:next(1)", Duration::from_millis(100))]
#[case("list-users=429+text(30):next(1)", Duration::from_millis(100))]
#[tokio::test]
async fn a_429_is_tried_again(#[case] fault: &str, #[case] wait: Duration) {
    let double = Double::start().await;
    double.fault(fault);

    let began = Instant::now();
    double.admin().users().list().await.unwrap();

    assert_eq!(double.statuses(), [429, 200]);
    let took = began.elapsed();
    assert!(wait <= took && took < wait + Duration::from_secs(20), "{took:?}");
}

#[tokio::test]
async fn an_hour_is_not_too_long_to_wait() {
    let double = Double::start().await;
    double.fault("list-users=429+retry(3600)");

    let (admin, second) = (double.admin(), Duration::from_secs(1));
    timeout(second, admin.users().list()).await.unwrap_err();

    assert_eq!(double.statuses(), [429]);
}

#[rstest]
#[case("*=429", 429, &[429; TRIES])]
#[case("*=500", 500, &[500; TRIES])]
#[case("*=409", 409, &[409])]
#[tokio::test]
async fn it_gives_up(#[case] fault: &str, #[case] status: u16, #[case] statuses: &[u16]) {
    let double = Double::start().await;
    double.fault(fault);

    assert_eq!(refusal(double.admin().groups().list().await).0, status);

    assert_eq!(double.statuses(), statuses);
}

#[rstest]
#[case("list-users=reset:next(1):after")]
#[case("list-users=half_body:next(1):after")]
#[tokio::test]
async fn a_broken_connection_is_not_tried_again(#[case] fault: &str) {
    let double = Double::start().await;
    double.fault(fault);

    let broken = double.admin().users().list().await.unwrap_err();

    assert!(matches!(broken, OpenAIError::Reqwest(_)), "{broken}");
    assert_eq!(double.mock.last_seq(), 1);
}

#[tokio::test]
async fn the_server_has_no_last_word() {
    let double = Double::start().await;
    double.fault("list-users=500+should_not_retry:next(1)");

    double.admin().users().list().await.unwrap();

    assert_eq!(double.statuses(), [500, 200]);
}

#[tokio::test]
async fn a_lost_answer_invites_twice() {
    let double = Double::start().await;
    double
        .mock
        .org(|org, _| org.settings_mut().duplicate_invite = DuplicateInvite::SecondInvite);
    double.fault("inviteUser=500:next(1):after");
    let request = InviteRequest {
        email: "ann@example.com".to_owned(),
        role: OrganizationRole::Reader,
        projects: None,
    };

    double.admin().invites().create(request).await.unwrap();

    let invites = double.admin().invites().list().await.unwrap().data;
    let emails: Vec<_> = invites.iter().map(|invite| invite.email.as_str()).collect();
    assert_eq!(emails, ["ann@example.com"; 2]);
    assert_ne!(invites[0].id, invites[1].id);
}

#[tokio::test]
async fn a_wrong_key_and_a_key_without_a_scope() {
    let double = Double::start().await;
    let config = OpenAIConfig::new()
        .with_api_base(double.mock.openai_base_url())
        .with_api_key("sk-admin-wrong");
    let stranger = Client::with_config(config);
    let wrong = (401, Some("invalid_api_key".to_owned()));
    assert_eq!(refusal(stranger.admin().users().list().await), wrong);

    double
        .mock
        .org(|org, _| org.settings_mut().key_scope = KeyScope::NoGroups);
    let scopeless = (403, Some("missing_scopes".to_owned()));
    let body = CreateGroupBody {
        name: "Design".to_owned(),
    };
    assert_eq!(refusal(double.admin().groups().create(body).await), scopeless);
}

#[tokio::test]
async fn a_bare_string_costs_the_status() {
    let double = Double::start().await;
    double.mock.org(|org, _| {
        org.settings_mut().key_scope = KeyScope::NoGroups;
        org.settings_mut().forbidden_body = ForbiddenBody::BareString;
    });

    let lost = double.admin().groups().list().await.unwrap_err();

    let OpenAIError::JSONDeserialize(_, text) = lost else {
        panic!("{lost}");
    };
    assert!(text.contains("Missing scopes: api.groups.read"), "{text}");
    assert_eq!(double.statuses(), [403]);
}

#[tokio::test]
async fn a_code_that_is_a_number_costs_the_status() {
    let double = Double::start().await;
    double.fault("retrieve-user=404+numeric");

    let lost = double.admin().users().retrieve("user-nobody").await.unwrap_err();

    assert!(matches!(lost, OpenAIError::JSONDeserialize(..)), "{lost}");
    assert_eq!(double.statuses(), [404]);
}

#[tokio::test]
async fn a_page_of_a_proxy_is_the_message() {
    let double = Double::start().await;
    double.fault("list-users=502+html");

    let refused = double.admin().users().list().await.unwrap_err();

    let OpenAIError::ApiError(refused) = refused else {
        panic!("{refused}");
    };
    assert_eq!((refused.status_code.as_u16(), refused.api_error.code), (502, None));
    assert!(
        refused.api_error.message.contains("<html"),
        "{}",
        refused.api_error.message
    );
    assert_eq!(double.statuses(), [502; TRIES]);
}
