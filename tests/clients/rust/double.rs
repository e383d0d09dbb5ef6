//! A mock and async-openai's client for it.

use std::collections::BTreeSet;

use async_openai::config::OpenAIConfig;
use async_openai::error::{ApiErrorResponse, OpenAIError};
use async_openai::types::admin::groups::CreateGroupBody;
use async_openai::types::admin::projects::ProjectCreateRequest;
use async_openai::{Admin, Client};
use mock_openai::{MockOpenAi, Operation, OrgRole};

/// See the module.
pub(crate) struct Double {
    pub(crate) mock: MockOpenAi,
    client: Client<OpenAIConfig>,
}

impl Double {
    pub(crate) async fn start() -> Self {
        let mock = MockOpenAi::start().await.unwrap();
        let config = OpenAIConfig::new()
            .with_api_base(mock.openai_base_url())
            .with_api_key(mock.admin_key());
        let client = Client::with_config(config);
        Self { mock, client }
    }

    pub(crate) fn admin(&self) -> Admin<'_, OpenAIConfig> {
        self.client.admin()
    }

    /// Somebody who is in the organization already; gives the user id.
    pub(crate) fn member(&self, name: &str) -> String {
        let email = format!("{}@example.com", name.to_lowercase());
        self.mock
            .org(|org, now| org.add_member(&email, Some(name), OrgRole::Reader, now))
    }

    /// A new project; gives its id.
    pub(crate) async fn project(&self, name: &str) -> String {
        let body = ProjectCreateRequest {
            name: name.to_owned(),
            ..ProjectCreateRequest::default()
        };
        self.admin().projects().create(body).await.unwrap().id
    }

    /// A new group; gives its id.
    pub(crate) async fn group(&self, name: &str) -> String {
        let body = CreateGroupBody { name: name.to_owned() };
        self.admin().groups().create(body).await.unwrap().id
    }

    /// Adds a fault rule, in the form of the command line.
    pub(crate) fn fault(&self, rule: &str) {
        self.mock.org(|org, _| org.faults_mut().push(rule.parse().unwrap()));
    }

    /// The statuses of the answers so far, oldest first.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let journal = self.mock.journal_after(0);
        let answers = journal.iter().filter_map(|entry| entry.answer.as_ref());
        answers.map(|answer| answer.status).collect()
    }

    /// The operations that were carried out.
    pub(crate) fn driven(&self) -> BTreeSet<Operation> {
        let counts = self.mock.org(|org, _| org.journal().counts().operations.clone());
        let succeeded = counts.into_iter().filter(|(_, counts)| counts.succeeded > 0);
        succeeded.map(|(operation, _)| operation).collect()
    }
}

/// What was refused, and with which status and code.
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, OpenAIError>) -> (u16, Option<String>) {
    match outcome.unwrap_err() {
        OpenAIError::ApiError(ApiErrorResponse { status_code, api_error }) => (status_code.as_u16(), api_error.code),
        other => panic!("not an answer of the API: {other}"),
    }
}
