use std::net::SocketAddr;

use mock_openai::{Builder, MockOpenAi};
use reqwest::{Client, Method};
use serde_json::Value;

/// A mock with its management API, and somebody who uses both.
pub(crate) struct Desk {
    pub(crate) mock: MockOpenAi,
    pub(crate) client: Client,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::with(MockOpenAi::builder().seed(3)).await
    }

    pub(crate) async fn with(builder: Builder) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let mock = builder.manage(free).start().await.unwrap();
        Self {
            mock,
            client: Client::new(),
        }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.mock.manage_url().unwrap());
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/json");
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    /// A call to the Admin API.
    pub(crate) async fn admin(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/organization/{path}", self.mock.openai_base_url());
        let request = self.client.get(url).bearer_auth(self.mock.admin_key());
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// What the invites of the Admin API's first page are, newest first.
    pub(crate) async fn invite_statuses(&self) -> Vec<String> {
        let (_, list) = self.admin("invites").await;
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|row| row["status"].as_str().unwrap().to_owned()).collect()
    }
}
