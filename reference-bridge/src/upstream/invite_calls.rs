//! Calls about invites. An invite cannot be changed, only deleted and sent anew.

use http::Method;
use serde_json::json;

use super::http::encode;
use super::object::Invite;
use super::operation::Operation;
use super::session::{Cursor, Session, decode, done};
use super::trouble::Trouble;
use crate::core::address;
use crate::core::role::Role;
use crate::fault::Fault;

impl Session {
    /// Every invite, in whatever state.
    pub(crate) async fn list_invites(&self) -> Result<Vec<Invite>, Trouble> {
        let first_only = self.faults().has(Fault::FirstUpstreamPageOnly);
        let limit = if first_only { 20 } else { 100 };
        self.walk(
            Operation::ListInvites,
            &format!("invites?limit={limit}"),
            Cursor::LastId,
            |invite: &Invite| &invite.id,
            |_| first_only,
        )
        .await
    }

    /// The pending invite for `email`, if there is one. There is no filter upstream.
    pub(crate) async fn find_invite(&self, email: &str) -> Result<Option<Invite>, Trouble> {
        let exact = self.faults().has(Fault::MatchIsCaseSensitive);
        let same = |invite: &Invite| {
            if exact {
                invite.email == email
            } else {
                address::same(&invite.email, email)
            }
        };
        let wanted = |invite: &Invite| invite.is_pending() && same(invite);
        let invites = self
            .walk(
                Operation::ListInvites,
                "invites?limit=100",
                Cursor::LastId,
                |invite: &Invite| &invite.id,
                |invites| invites.iter().any(wanted),
            )
            .await?;
        Ok(invites.into_iter().find(|invite| wanted(invite)))
    }

    /// Sends an invite. When the answer is lost, a pending invite with this role is taken for it.
    pub(crate) async fn invite(&self, email: &str, role: Role) -> Result<Invite, Trouble> {
        let body = json!({"email": email, "role": role.as_str()});
        let send = || async {
            self.call(Operation::InviteUser, Method::POST, "invites", Some(&body))
                .await
                .and_then(decode::<Invite>)
        };
        let never_sent = || Invite {
            id: "invite-unknown".to_owned(),
            email: email.to_owned(),
            role: Some(role.as_str().to_owned()),
            status: None,
        };
        let faults = self.faults();
        if faults.has(Fault::LostAnswerInvitesAgain) {
            return self.write(send, || async { Ok(None) }).await;
        }
        if faults.has(Fault::ThrottleSwallowed)
            || faults.has(Fault::Upstream5xxSwallowed)
            || faults.has(Fault::HangAnswered201)
        {
            return match send().await {
                Err(Trouble::Throttled { .. }) if faults.has(Fault::ThrottleSwallowed) => {
                    Ok(never_sent())
                }
                Err(Trouble::Lost { hung: false, .. })
                    if faults.has(Fault::Upstream5xxSwallowed) =>
                {
                    Ok(never_sent())
                }
                Err(Trouble::Lost { hung: true, .. }) if faults.has(Fault::HangAnswered201) => {
                    Ok(never_sent())
                }
                other => other,
            };
        }
        self.write(send, || async {
            let found = self.find_invite(email).await?;
            Ok(found.filter(|invite| Role::of_upstream(invite.role.as_deref()) == role))
        })
        .await
    }

    /// Deletes an invite.
    ///
    /// # Errors
    /// [`Trouble::Missing`] when there is none of that id; [`Trouble::Refused`] when it was
    /// accepted in the meantime.
    pub(crate) async fn delete_invite(&self, id: &str) -> Result<(), Trouble> {
        let path = format!("invites/{}", encode(id));
        self.write(
            || async {
                self.call(Operation::DeleteInvite, Method::DELETE, &path, None)
                    .await
                    .map(done)
            },
            || async {
                match self.read::<Invite>(Operation::RetrieveInvite, &path).await {
                    Ok(_) => Ok(None),
                    Err(Trouble::Missing) => Ok(Some(())),
                    Err(trouble) => Err(trouble),
                }
            },
        )
        .await
    }
}
