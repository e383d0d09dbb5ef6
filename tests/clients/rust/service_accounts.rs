//! The service accounts of a project and their keys.

use std::collections::BTreeSet;

use async_openai::types::admin::project_service_accounts::{
    CreateProjectServiceAccountApiKeyBody, ProjectServiceAccountCreateRequest, UpdateProjectServiceAccountBody,
    UpdateProjectServiceAccountBodyRole,
};
use mock_openai::Operation;

use crate::double::{Double, refusal};

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let admin = double.admin();
    let projects = admin.projects();
    let project_id = double.project("Apollo").await;
    let accounts = projects.service_accounts(&project_id);
    let named = |name: &str| ProjectServiceAccountCreateRequest {
        name: name.to_owned(),
        ..ProjectServiceAccountCreateRequest::default()
    };

    let robot = accounts.create(named("robot")).await.unwrap();
    let first = robot.api_key.unwrap();
    assert_eq!(
        (robot.name.as_str(), first.object.as_str()),
        ("robot", "organization.project.service_account.api_key")
    );
    assert!(first.value.starts_with("sk-"), "{}", first.value);
    let bare = ProjectServiceAccountCreateRequest {
        create_service_account_only: Some(true),
        ..named("bare")
    };
    assert!(accounts.create(bare).await.unwrap().api_key.is_none());

    let change = UpdateProjectServiceAccountBody {
        name: Some("android".to_owned()),
        role: Some(UpdateProjectServiceAccountBodyRole::Owner),
    };
    accounts.update(&robot.id, change).await.unwrap();
    let changed = accounts.retrieve(&robot.id).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.created_at),
        ("android", robot.created_at)
    );

    let second = CreateProjectServiceAccountApiKeyBody {
        name: Some("second".to_owned()),
        ..CreateProjectServiceAccountApiKeyBody::default()
    };
    let second = accounts.create_api_key(&robot.id, second).await.unwrap();
    assert_eq!(second.name, "second");
    assert_ne!((second.id, second.value), (first.id, first.value));

    let listed = accounts.list().await.unwrap();
    let newest_first: Vec<_> = listed.data.iter().map(|account| account.name.as_str()).collect();
    assert_eq!((newest_first, listed.has_more), (vec!["bare", "android"], false));

    let deletion = accounts.delete(&robot.id).await.unwrap();
    assert_eq!(
        (deletion.object.as_str(), &deletion.id),
        ("organization.project.service_account.deleted", &robot.id)
    );
    assert_eq!(refusal(accounts.retrieve(&robot.id).await).0, 404);
    double.driven()
}
