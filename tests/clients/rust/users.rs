//! `client.admin().users()`: list, retrieve, modify, delete, and their roles.

use std::collections::BTreeSet;

use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::users::{ListUsersQueryArgs, UserRoleUpdateRequestArgs};
use mock_openai::Operation;

use crate::double::{Double, refusal};

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let (ann, bob) = (double.member("Ann"), double.member("Bob"));
    let admin = double.admin();

    let everybody = admin.users().list().await.unwrap();
    let ids: Vec<_> = everybody.data.iter().map(|user| &user.id).collect();
    assert_eq!((ids, everybody.has_more), (vec![&bob, &ann], false));
    assert_eq!(
        (everybody.first_id, everybody.last_id),
        (Some(bob.clone()), Some(ann.clone()))
    );

    // One call, one page: this client does not page by itself.
    let first = ListUsersQueryArgs::default().limit(1u32).build().unwrap();
    let first = admin.users().query(&first).unwrap().list().await.unwrap();
    assert_eq!((first.has_more, first.last_id), (true, Some(bob.clone())));
    let second = ListUsersQueryArgs::default().limit(1u32).after(&bob).build().unwrap();
    let second = admin.users().query(&second).unwrap().list().await.unwrap();
    assert_eq!((second.has_more, second.last_id), (false, Some(ann.clone())));

    // Its typed query cannot say `emails`, plain pairs can.
    let typed = ListUsersQueryArgs::default()
        .emails(["ann@example.com".to_owned()])
        .build()
        .unwrap();
    assert!(admin.users().query(&typed).is_err());
    let emails = [("emails[]", "ANN@example.com"), ("emails[]", "no@example.com")];
    let found = admin.users().query(&emails).unwrap().list().await.unwrap();
    assert_eq!(found.data.len(), 1);
    assert_eq!(found.data[0].id, ann);

    let change = UserRoleUpdateRequestArgs::default()
        .role("owner")
        .technical_level("expert")
        .developer_persona("backend")
        .build()
        .unwrap();
    let changed = admin.users().modify(&ann, change).await.unwrap();
    assert_eq!(changed.role.as_deref(), Some("owner"));
    let user = admin.users().retrieve(&ann).await.unwrap();
    assert_eq!(user, changed);
    assert_eq!(
        (user.object.as_str(), user.email.as_deref()),
        ("organization.user", Some("ann@example.com"))
    );
    assert_eq!((user.name.as_deref(), user.is_scim_managed), (Some("Ann"), Some(false)));
    assert_eq!(user.technical_level.as_deref(), Some("expert"));
    assert_eq!(user.developer_persona.as_deref(), Some("backend"));

    let deletion = admin.users().delete(&bob).await.unwrap();
    assert_eq!(
        (deletion.object.as_str(), deletion.deleted),
        ("organization.user.deleted", true)
    );
    let gone = (404, Some("user_not_found".to_owned()));
    assert_eq!(refusal(admin.users().retrieve(&bob).await), gone);
    double.driven()
}
