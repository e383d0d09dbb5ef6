//! The preset `hostile` over real sockets: resets, half bodies and late answers included.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use mock_openai::{FaultPreset, MockOpenAi};
use reqwest::{Client, Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

/// Sends reads again whatever went wrong, and writes that were told to slow down. It does not wait:
/// this trouble comes by chance, not by time.
struct Patient {
    mock: MockOpenAi,
    client: Client,
}

impl Patient {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/organization/{path}", self.mock.openai_base_url());
        for _ in 0..10 {
            let mut request = self
                .client
                .request(method.clone(), &url)
                .bearer_auth(self.mock.admin_key());
            if let Some(body) = &body {
                request = request.json(body);
            }
            let answer = match request.send().await {
                Ok(answer) if answer.status() == StatusCode::OK => answer.json().await,
                Ok(answer) => {
                    let is_known = answer.status() == StatusCode::TOO_MANY_REQUESTS
                        || (method == Method::GET && answer.status().is_server_error());
                    assert!(is_known, "{} to {method} {path}", answer.status());
                    continue;
                }
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => return answer,
                Err(error) => assert_eq!(method, Method::GET, "a write breaks off: {error}"),
            }
        }
        panic!("ten times without success: {method} {path}");
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, Some(body)).await
    }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[rstest]
#[tokio::test]
async fn a_patient_client_gets_there(#[values(1, 2, 3, 4)] seed: u64) {
    let mock = MockOpenAi::builder().seed(seed).start().await.unwrap();
    mock.org(|org, _| org.apply(FaultPreset::Hostile));
    let client = Client::new();
    let patient = Patient { mock, client };
    let group = patient.post("groups", json!({ "name": "Staff" })).await;
    let members = format!("groups/{}/users", id(&group));
    let mut people = Vec::new();
    for number in 0..8 {
        let email = format!("u{number}@x.org");
        let invite = patient
            .post("invites", json!({ "email": email, "role": "reader" }))
            .await;
        let accept = |org: &mut mock_openai::Org, now| org.accept_invite(id(&invite), None, now);
        patient.mock.org(accept).unwrap();
        let found = patient
            .call(Method::GET, &format!("users?emails[]={email}"), None)
            .await;
        assert_eq!(found["data"].as_array().unwrap().len(), 1);
        let user_id = id(&found["data"][0]).to_owned();
        patient.post(&members, json!({ "user_id": user_id })).await;
        people.push(user_id);
    }
    let there = patient.call(Method::GET, &members, None).await;
    assert_eq!(there["data"].as_array().unwrap().len(), people.len());
    for user_id in &people {
        patient.call(Method::DELETE, &format!("users/{user_id}"), None).await;
    }
    assert_eq!(patient.call(Method::GET, &members, None).await["data"], json!([]));
    assert_eq!(patient.mock.org(|org, _| org.users().count()), 0);
    let journal = patient.mock.journal_after(0);
    assert!(
        journal.iter().any(|entry| entry.injected.is_some()),
        "nothing was hostile"
    );
}
