//! `client.admin().invites()`: list, create, retrieve, delete.

use std::collections::BTreeSet;

use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::invites::{InviteRequest, InviteStatus, ListInvitesQueryArgs};
use async_openai::types::admin::roles::OrganizationRole;
use mock_openai::Operation;

use crate::double::{Double, refusal};

const SEVEN_DAYS: u64 = 7 * 24 * 60 * 60;

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let admin = double.admin();
    let request = |email: &str| InviteRequest {
        email: email.to_owned(),
        role: OrganizationRole::Reader,
        projects: None,
    };

    let ann = admin.invites().create(request("ann@example.com")).await.unwrap();
    assert_eq!(
        (ann.email.as_str(), ann.role),
        ("ann@example.com", OrganizationRole::Reader)
    );
    assert_eq!((ann.status, ann.accepted_at), (InviteStatus::Pending, None));
    assert_eq!(ann.expires_at, Some(ann.created_at + SEVEN_DAYS));
    assert_eq!(ann.projects, []);
    assert_eq!(admin.invites().retrieve(&ann.id).await.unwrap(), ann);
    let duplicate = (400, Some("invite_already_exists".to_owned()));
    assert_eq!(
        refusal(admin.invites().create(request("ann@example.com")).await),
        duplicate
    );

    let bob = admin.invites().create(request("bob@example.com")).await.unwrap();
    let page = ListInvitesQueryArgs::default().limit(1u32).build().unwrap();
    let page = admin.invites().query(&page).unwrap().list().await.unwrap();
    assert_eq!((page.data, page.has_more), (vec![bob.clone()], Some(true)));
    let page = ListInvitesQueryArgs::default()
        .limit(1u32)
        .after(page.last_id.unwrap())
        .build();
    let page = admin.invites().query(&page.unwrap()).unwrap().list().await.unwrap();
    assert_eq!((page.data, page.has_more), (vec![ann.clone()], Some(false)));

    double
        .mock
        .org(|org, now| org.accept_invite(&ann.id, Some("Ann"), now))
        .unwrap();
    let accepted = admin.invites().retrieve(&ann.id).await.unwrap();
    assert_eq!(accepted.status, InviteStatus::Accepted);
    assert!(accepted.accepted_at >= Some(ann.created_at));

    let deletion = admin.invites().delete(&bob.id).await.unwrap();
    assert_eq!(
        (deletion.object.as_str(), deletion.id),
        ("organization.invite.deleted", bob.id)
    );
    assert_eq!(admin.invites().list().await.unwrap().data, [accepted]);
    double.driven()
}
