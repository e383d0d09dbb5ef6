//! `client.admin().api_keys()`: list, create, retrieve, delete.

use std::collections::BTreeSet;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::api_keys::{
    CreateAdminApiKeyRequestArgs, ListAdminApiKeysOrder, ListAdminApiKeysQueryArgs,
};
use mock_openai::Operation;

use crate::double::{Double, refusal};

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let admin = double.admin();
    let keys = admin.api_keys();
    let request = CreateAdminApiKeyRequestArgs::default()
        .name("deploy")
        .expires_in_seconds(3600u32)
        .build();
    let created = keys.create(request.unwrap()).await.unwrap();
    assert_eq!(
        (created.object.as_str(), created.name.as_deref()),
        ("organization.admin_api_key", Some("deploy"))
    );
    assert_eq!(created.expires_at, Some(created.created_at + 3600));

    let config = OpenAIConfig::new()
        .with_api_base(double.mock.openai_base_url())
        .with_api_key(created.value.as_str());
    let other = Client::with_config(config);
    other.admin().users().list().await.unwrap();
    let key = keys.retrieve(&created.id).await.unwrap();
    assert_eq!(
        (&key.redacted_value, &key.owner),
        (&created.redacted_value, &created.owner)
    );
    assert!(key.last_used_at >= Some(created.created_at));

    let newest = ListAdminApiKeysQueryArgs::default()
        .order(ListAdminApiKeysOrder::Desc)
        .limit(1u32)
        .build();
    let newest = admin.api_keys().query(&newest.unwrap()).unwrap().list().await.unwrap();
    assert_eq!(newest.data, [key]);
    assert_eq!(
        (newest.first_id.as_ref(), newest.last_id.as_ref()),
        (Some(&created.id), Some(&created.id))
    );

    let deletion = keys.delete(&created.id).await.unwrap();
    assert_eq!(
        (deletion.object.as_str(), &deletion.id),
        ("organization.admin_api_key.deleted", &created.id)
    );
    assert_eq!(refusal(keys.retrieve(&created.id).await).0, 404);
    assert_eq!(refusal(other.admin().users().list().await).0, 401);
    double.driven()
}
