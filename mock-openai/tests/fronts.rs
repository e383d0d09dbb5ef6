//! One table of requests through both fronts: they must behave as the same organization.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use mock_openai::wiremock::{OrgResponder, respond};
use mock_openai::{AdminKeys, MockOpenAi, Org, OrgRole, Settings, Timestamp};
use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

const KEY: &str = "sk-admin-fronts-0123456789";

enum Front {
    Own(MockOpenAi),
    Wiremock(MockServer, OrgResponder),
}

#[derive(Clone, Copy)]
enum Kind {
    Own,
    Wiremock,
}

impl Front {
    async fn start(kind: Kind) -> Self {
        match kind {
            Kind::Own => Self::Own(MockOpenAi::builder().admin_key(KEY).seed(5).start().await.unwrap()),
            Kind::Wiremock => {
                let (server, openai) = (MockServer::start().await, respond(Org::new(Settings::default(), 5)));
                openai.org(|org, now| org.set_keys(AdminKeys::Only(KEY.to_owned()), now));
                Mock::given(any()).respond_with(openai.clone()).mount(&server).await;
                Self::Wiremock(server, openai)
            }
        }
    }

    fn url(&self, path: &str) -> String {
        match self {
            Self::Own(mock) => format!("{}/organization/{path}", mock.openai_base_url()),
            Self::Wiremock(server, _) => format!("{}/v1/organization/{path}", server.uri()),
        }
    }

    fn org<R>(&self, work: impl FnOnce(&mut Org, Timestamp) -> R) -> R {
        match self {
            Self::Own(mock) => mock.org(work),
            Self::Wiremock(_, openai) => openai.org(work),
        }
    }

    async fn get(&self, path: &str) -> Response {
        Client::new().get(self.url(path)).bearer_auth(KEY).send().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        Client::new()
            .post(self.url(path))
            .bearer_auth(KEY)
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    async fn delete(&self, path: &str) -> Response {
        Client::new()
            .delete(self.url(path))
            .bearer_auth(KEY)
            .send()
            .await
            .unwrap()
    }
}

async fn json(response: Response) -> Value {
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

#[rstest]
#[case::own(Kind::Own)]
#[case::wiremock(Kind::Wiremock)]
#[tokio::test]
async fn a_person_from_invite_to_removal(#[case] kind: Kind) {
    let front = Front::start(kind).await;
    front.org(|org, now| org.add_member("boss@x.org", None, OrgRole::Owner, now));
    let invite = json!({ "email": "ann@x.org", "role": "reader" });
    let invite = json(front.post("invites", invite).await).await;
    let invite_id = invite["id"].as_str().unwrap();
    assert_eq!(json(front.get(&format!("invites/{invite_id}")).await).await, invite);

    front
        .org(|org, now| org.accept_invite(invite_id, Some("Ann"), now))
        .unwrap();
    let found = json(front.get("users?emails%5B%5D=ANN%40x.org").await).await;
    let ann = found["data"][0]["id"].as_str().unwrap().to_owned();
    let owner = json!({ "role": "owner" });
    assert_eq!(
        json(front.post(&format!("users/{ann}"), owner).await).await["role"],
        "owner"
    );

    let group = json(front.post("groups", json!({ "name": "Staff" })).await).await;
    let members = format!("groups/{}/users", group["id"].as_str().unwrap());
    let member = json!({ "user_id": ann });
    json(front.post(&members, member.clone()).await).await;
    assert_eq!(front.post(&members, member).await.status(), StatusCode::CONFLICT);
    assert_eq!(json(front.get(&members).await).await["data"][0]["email"], "ann@x.org");

    json(front.delete(&format!("users/{ann}")).await).await;
    assert_eq!(json(front.get(&members).await).await["data"], json!([]));
    assert_eq!(front.get(&format!("users/{ann}")).await.status(), StatusCode::NOT_FOUND);
}

#[rstest]
#[case::own(Kind::Own)]
#[case::wiremock(Kind::Wiremock)]
#[tokio::test]
async fn headers_and_errors_come_through(#[case] kind: Kind) {
    let front = Front::start(kind).await;
    let wrong = Client::new().get(front.url("users")).bearer_auth("sk-admin-wrong");
    let wrong = wrong.send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.headers()["content-type"], "application/json");
    assert!(wrong.headers().contains_key("x-request-id"));
    let body: Value = wrong.json().await.unwrap();
    assert_eq!(body["error"]["code"], "invalid_api_key");

    let missing = front.get("users/user-nobody").await;
    assert_eq!(missing.headers()["x-mock-openai"], "invented-code");

    front.org(|org, _| org.faults_mut().push("*=503:next(1)".parse().unwrap()));
    assert_eq!(front.get("users").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(front.get("users").await.status(), StatusCode::OK);
}

#[rstest]
#[case::own(Kind::Own)]
#[case::wiremock(Kind::Wiremock)]
#[tokio::test]
async fn a_delay_is_waited_for(#[case] kind: Kind) {
    let front = Front::start(kind).await;
    front.org(|org, _| org.faults_mut().push("*=delay(120ms)".parse().unwrap()));
    let start = std::time::Instant::now();
    assert_eq!(front.get("users").await.status(), StatusCode::OK);
    assert!(start.elapsed().as_millis() >= 120);
}

#[rstest]
#[case("*=reset", "cannot reset a connection through wiremock")]
#[case("*=half_body", "cannot cut an answer in half through wiremock")]
#[tokio::test]
async fn what_wiremock_cannot_do_it_says(#[case] rule: &str, #[case] expected: &str) {
    let front = Front::start(Kind::Wiremock).await;
    front.org(|org, _| org.faults_mut().push(rule.parse().unwrap()));
    let response = front.get("users").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let text = response.text().await.unwrap();
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn the_clock_behind_wiremock_can_be_put_forward() {
    let openai = respond(Org::new(Settings::default(), 0));
    let invite_id = openai.org(|org, now| org.add_invite("a@x.org", OrgRole::Reader, now));
    openai.advance_clock(std::time::Duration::from_secs(8 * 24 * 3600));
    let error = openai
        .org(|org, now| org.accept_invite(&invite_id, None, now))
        .unwrap_err();
    assert!(error.to_string().ends_with("is not pending, it is expired"), "{error}");
}
