//! `client.admin().projects()`, with their users and groups.

use std::collections::BTreeSet;

use async_openai::error::OpenAIError;
use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::invites::ProjectMembership;
use async_openai::types::admin::project_users::{ProjectUserCreateRequestArgs, ProjectUserUpdateRequestArgs};
use async_openai::types::admin::projects::{
    InviteProjectGroupBody, ListProjectsQueryArgs, ProjectCreateRequest, ProjectUpdateRequestArgs,
    PublicProjectResidency,
};
use mock_openai::Operation;
use serde_json::Value;

use crate::double::{Double, refusal};

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let admin = double.admin();
    let projects = admin.projects();
    let request = ProjectCreateRequest {
        name: "Apollo".to_owned(),
        external_key_id: Some("ext-1".to_owned()),
        residency: Some(PublicProjectResidency::EUSTORAGEPROCESSING),
        ..ProjectCreateRequest::default()
    };
    let project = projects.create(request).await.unwrap();
    assert_eq!(
        (project.name.as_deref(), project.status.as_deref()),
        (Some("Apollo"), Some("active"))
    );
    assert_eq!(project.external_key_id.as_deref(), Some("ext-1"));
    assert_eq!(project.residency, Some(PublicProjectResidency::EUSTORAGEPROCESSING));
    assert_eq!(projects.retrieve(project.id.clone()).await.unwrap(), project);

    let change = ProjectUpdateRequestArgs::default().name("Artemis").build().unwrap();
    let renamed = projects.modify(project.id.clone(), change).await.unwrap();
    assert_eq!((&renamed.id, renamed.name.as_deref()), (&project.id, Some("Artemis")));

    users(&double, &project.id).await;
    groups(&double, &project.id).await;

    let archived = projects.archive(project.id.clone()).await.unwrap();
    assert_eq!(archived.status.as_deref(), Some("archived"));
    assert!(archived.archived_at >= Some(project.created_at));
    has_more_is_text(projects.list().await);
    let everything = ListProjectsQueryArgs::default()
        .include_archived(true)
        .limit(1u32)
        .build()
        .unwrap();
    let listed: Value = admin.projects().query(&everything).unwrap().list_byot().await.unwrap();
    assert_eq!(listed["data"][0]["id"], *project.id);
    assert_eq!(listed["has_more"], true);

    let unknown = (404, Some("project_not_found".to_owned()));
    assert_eq!(refusal(projects.retrieve("proj_nothing".to_owned()).await), unknown);
    double.driven()
}

async fn users(double: &Double, project_id: &str) {
    let (ann, admin) = (double.member("Ann"), double.admin());
    let projects = admin.projects();
    let users = projects.users(project_id);
    let request = ProjectUserCreateRequestArgs::default()
        .user_id(ann.clone())
        .role(ProjectMembership::Member)
        .build();
    let added = users.create(request.unwrap()).await.unwrap();
    assert_eq!(
        (&added.id, added.name.as_deref(), added.role),
        (&ann, Some("Ann"), ProjectMembership::Member)
    );
    assert_eq!(users.retrieve(&ann).await.unwrap(), added);

    let change = ProjectUserUpdateRequestArgs::default()
        .role(ProjectMembership::Owner)
        .build()
        .unwrap();
    assert_eq!(users.modify(&ann, change).await.unwrap().role, ProjectMembership::Owner);
    has_more_is_text(users.list().await);
    let listed: Value = users.list_byot().await.unwrap();
    assert_eq!(listed["data"][0]["id"], *ann);

    let deletion = users.delete(&ann).await.unwrap();
    assert_eq!(
        (deletion.object.as_str(), &deletion.id),
        ("organization.project.user.deleted", &ann)
    );
    assert_eq!(refusal(users.retrieve(&ann).await).0, 404);
}

async fn groups(double: &Double, project_id: &str) {
    let admin = double.admin();
    let group_id = double.group("Design").await;
    let projects = admin.projects();
    let groups = projects.groups(project_id);
    let request = InviteProjectGroupBody {
        group_id: group_id.clone(),
        role: "role-api-project-member".to_owned(),
    };
    let added = groups.add(request).await.unwrap();
    assert_eq!(
        (added.object.as_str(), added.project_id.as_str()),
        ("project.group", project_id)
    );
    assert_eq!(
        (added.group_name.as_str(), added.group_type.as_str()),
        ("Design", "group")
    );
    assert_eq!(groups.retrieve(&group_id).await.unwrap(), added);
    assert_eq!(groups.list().await.unwrap().data, [added]);
    assert_eq!(groups.remove(&group_id).await.unwrap().object, "project.group.deleted");
    assert_eq!(refusal(groups.retrieve(&group_id).await).0, 404);
}

/// async-openai 0.43.0 takes `has_more` of these two lists for text. OpenAI's schema says boolean, and so does the
/// mock: they cannot be decoded with the client's own types, only with others (its feature `byot`).
fn has_more_is_text<T: std::fmt::Debug>(outcome: Result<T, OpenAIError>) {
    let error = outcome.unwrap_err();
    let OpenAIError::JSONDeserialize(error, _) = error else {
        panic!("{error}");
    };
    assert!(error.to_string().starts_with("invalid type: boolean"), "{error}");
}
