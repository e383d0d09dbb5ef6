//! `client.admin().audit_logs()`: one operation, and a strict type for every event.

use std::collections::BTreeSet;

use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::audit_logs::{AuditLogEventType, ListAuditLogsQueryArgs};
use async_openai::types::admin::invites::InviteRequest;
use async_openai::types::admin::roles::OrganizationRole;
use mock_openai::Operation;

use crate::double::Double;

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let admin = double.admin();
    let request = InviteRequest {
        email: "ann@example.com".to_owned(),
        role: OrganizationRole::Reader,
        projects: Some(Vec::new()),
    };
    let invite = admin.invites().create(request).await.unwrap();
    let ann = double
        .mock
        .org(|org, now| org.accept_invite(&invite.id, None, now))
        .unwrap()
        .id()
        .to_owned();
    admin.users().delete(&ann).await.unwrap();

    let logs = admin.audit_logs().get().await.unwrap();
    let [deleted, added, accepted, sent] = logs.data.as_slice() else {
        panic!("{:#?}", logs.data);
    };
    assert!(matches!(deleted.r#type, AuditLogEventType::UserDeleted));
    assert_eq!(deleted.user_deleted.as_ref().unwrap().id, ann);
    assert!(matches!(added.r#type, AuditLogEventType::UserAdded));
    assert_eq!(added.user_added.as_ref().unwrap().id, ann);
    assert!(matches!(accepted.r#type, AuditLogEventType::InviteAccepted));
    assert_eq!(accepted.invite_accepted.as_ref().unwrap().id, invite.id);
    assert!(matches!(sent.r#type, AuditLogEventType::InviteSent));
    let details = sent.invite_sent.as_ref().unwrap().data.as_ref().unwrap();
    assert_eq!(
        (details.email.as_str(), details.role.as_str()),
        ("ann@example.com", "reader")
    );
    assert_eq!(sent.actor.as_ref().unwrap().r#type, "api_key");

    // Its typed query cannot say lists, plain pairs can.
    let typed = ListAuditLogsQueryArgs::default()
        .event_types(["user.added".to_owned()])
        .build()
        .unwrap();
    assert!(admin.audit_logs().query(&typed).is_err());
    let since = accepted.effective_at.to_string();
    let pairs = [
        ("event_types[]", "user.added"),
        ("event_types[]", "invite.sent"),
        ("effective_at[lte]", since.as_str()),
    ];
    let found = admin.audit_logs().query(&pairs).unwrap().get().await.unwrap();
    assert_eq!(found.last_id.as_ref(), Some(&sent.id));
    double.driven()
}
