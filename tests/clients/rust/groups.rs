//! `client.admin().groups()` and their users: all nine operations, and the roles of groups.

use std::collections::BTreeSet;

use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::groups::{
    CreateGroupBody, CreateGroupUserBody, GroupMemberUserUserType, ListGroupsOrder, ListGroupsQueryArgs,
    UpdateGroupBody,
};
use mock_openai::Operation;

use crate::double::{Double, refusal};

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let admin = double.admin();
    let named = |name: &str| CreateGroupBody { name: name.to_owned() };

    let design = admin.groups().create(named("Design")).await.unwrap();
    assert_eq!((design.name.as_str(), design.group_type.as_str()), ("Design", "group"));
    assert!(!design.is_scim_managed);
    assert_eq!(admin.groups().retrieve(&design.id).await.unwrap(), design);
    let sales = admin.groups().create(named("Sales")).await.unwrap();

    let page = ListGroupsQueryArgs::default()
        .limit(1u32)
        .order(ListGroupsOrder::Desc)
        .build();
    let page = admin.groups().query(&page.unwrap()).unwrap().list().await.unwrap();
    assert_eq!((page.data, page.has_more), (vec![sales.clone()], true));
    let page = ListGroupsQueryArgs::default()
        .order(ListGroupsOrder::Desc)
        .after(page.next.unwrap())
        .build();
    let page = admin.groups().query(&page.unwrap()).unwrap().list().await.unwrap();
    assert_eq!(
        (page.data, page.has_more, page.next),
        (vec![design.clone()], false, None)
    );

    let renamed = UpdateGroupBody { name: "Art".to_owned() };
    let renamed = admin.groups().update(&design.id, renamed).await.unwrap();
    assert_eq!(
        (renamed.id.as_str(), renamed.name.as_str()),
        (design.id.as_str(), "Art")
    );

    members(&double, &design.id).await;

    let deletion = admin.groups().delete(&sales.id).await.unwrap();
    assert_eq!((deletion.object.as_str(), deletion.id), ("group.deleted", sales.id));
    assert_eq!(admin.groups().list().await.unwrap().data.len(), 1);
    double.driven()
}

async fn members(double: &Double, group_id: &str) {
    let ann = double.member("Ann");
    let admin = double.admin();
    let groups = admin.groups();
    let body = CreateGroupUserBody { user_id: ann.clone() };

    let added = groups.users(group_id).add(body.clone()).await.unwrap();
    assert_eq!(
        (added.object.as_str(), added.user_id, added.group_id.as_str()),
        ("group.user", ann.clone(), group_id)
    );
    // 409 is not tried again by this client.
    let before = double.statuses().len();
    let again = (409, Some("user_already_in_group".to_owned()));
    assert_eq!(refusal(groups.users(group_id).add(body).await), again);
    assert_eq!(double.statuses()[before..], [409]);

    let page = groups.users(group_id).list().await.unwrap();
    assert_eq!((page.data.len(), page.next), (1, None));
    assert_eq!(
        (page.data[0].name.as_str(), page.data[0].email.as_deref()),
        ("Ann", Some("ann@example.com"))
    );
    let member = groups.users(group_id).retrieve(&ann).await.unwrap();
    assert_eq!(
        (member.id, member.user_type),
        (ann.clone(), GroupMemberUserUserType::User)
    );

    let removal = groups.users(group_id).remove(&ann).await.unwrap();
    assert_eq!((removal.object.as_str(), removal.deleted), ("group.user.deleted", true));
    let gone = (404, Some("user_not_in_group".to_owned()));
    assert_eq!(refusal(groups.users(group_id).retrieve(&ann).await), gone);
}
