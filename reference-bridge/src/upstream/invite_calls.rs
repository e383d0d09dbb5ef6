//! Calls about invites. An invite cannot be changed, only deleted and sent anew.

use std::time::Instant;

use http::Method;
use serde_json::json;

use super::http::encode;
use super::invite_book::{InviteBook, Reading};
use super::object::Invite;
use super::operation::Operation;
use super::session::{Cursor, Session, decode, done};
use super::trouble::Trouble;
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

    /// The pending invite for `email`, if there is one. There is no filter upstream: the list is
    /// read as far as it can hold something new.
    pub(crate) async fn find_invite(&self, email: &str) -> Result<Option<Invite>, Trouble> {
        if self.faults().has(Fault::InviteByHandNotSeen) {
            return Ok(None);
        }
        let exact = self.faults().has(Fault::MatchIsCaseSensitive);
        let asked = Instant::now();
        let mut book = tokio::time::timeout_at(self.deadline().into(), self.upstream.invites.lock())
            .await
            .map_err(|_| Trouble::OutOfTime)?;
        // Who waited for the book need not read what was read meanwhile.
        if !book.is_read_since(asked) {
            self.turn_is_near(Operation::ListInvites).await?;
            let reading = self.read_invites(&book).await?;
            if self.faults().has(Fault::ExpiredInviteCountsAsOpen)
                && let Some(expired) = reading.expired_for(email)
            {
                return Ok(Some(expired));
            }
            book.note(reading);
        }
        for invite in book.pending_for(email) {
            if exact && invite.email != email {
                continue;
            }
            if book.was_shown(&invite) {
                return Ok(Some(invite));
            }
            let path = format!("invites/{}", encode(&invite.id));
            match self.read::<Invite>(Operation::RetrieveInvite, &path).await {
                Ok(now) if now.is_pending() => return Ok(Some(now)),
                Ok(_) | Err(Trouble::Missing) => book.forget(&invite),
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(None)
    }

    async fn read_invites(&self, book: &InviteBook) -> Result<Reading, Trouble> {
        let mut reading = Reading::new();
        let mut pages = self.pages(Operation::ListInvites, "invites?limit=100", Cursor::LastId);
        while let Some(page) = pages.next(|invite: &Invite| &invite.id).await? {
            reading.add(page);
            if book.is_enough(&reading) {
                return Ok(reading);
            }
        }
        reading.end();
        Ok(reading)
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
            created_at: None,
        };
        let faults = self.faults();
        if faults.has(Fault::LostAnswerInvitesAgain) {
            return self.write(send, || async { Ok(None) }).await;
        }
        if faults.has(Fault::ThrottleSwallowed)
            || faults.has(Fault::Upstream5xxSwallowed)
            || faults.has(Fault::HangAnswered201)
            || faults.has(Fault::AddressRefusalSwallowed)
        {
            return match send().await {
                Err(Trouble::Throttled { .. }) if faults.has(Fault::ThrottleSwallowed) => Ok(never_sent()),
                Err(Trouble::Refused { .. }) if faults.has(Fault::AddressRefusalSwallowed) => Ok(never_sent()),
                Err(Trouble::Lost { hung: false, .. }) if faults.has(Fault::Upstream5xxSwallowed) => Ok(never_sent()),
                Err(Trouble::Lost { hung: true, .. }) if faults.has(Fault::HangAnswered201) => Ok(never_sent()),
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
