//! The mock as a fixture of rstest, as the README shows it: a fresh one for every test.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use mock_openai::{MockOpenAi, OrgRole};
use rstest::{fixture, rstest};

#[fixture]
async fn openai() -> MockOpenAi {
    MockOpenAi::start().await.unwrap()
}

#[rstest]
#[case::one(&["ann@example.com"])]
#[case::two(&["ann@example.com", "bob@example.com"])]
#[tokio::test]
async fn every_case_has_a_mock_of_its_own(
    #[future(awt)]
    #[from(openai)]
    openai: MockOpenAi,
    #[case] people: &[&str],
) {
    for email in people {
        openai.org(|org, now| org.add_member(email, None, OrgRole::Reader, now));
    }
    let url = format!("{}/organization/users", openai.openai_base_url());
    let request = reqwest::Client::new().get(url).bearer_auth(openai.admin_key());
    let users: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(users["data"].as_array().unwrap().len(), people.len());
}
