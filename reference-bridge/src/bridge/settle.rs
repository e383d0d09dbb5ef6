//! Walks one person from what is known upstream to what is wanted, step by step.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Bridge;
use crate::core::address;
use crate::core::error::ScimError;
use crate::core::plan::{self, Link, Step, Wanted};
use crate::core::role::Role;
use crate::fault::Fault;
use crate::store::PersonKey;
use crate::upstream::{Invite, Operation, Session, Trouble, User};

/// More steps than any walk needs: somebody else is changing the same person upstream.
const MAX_STEPS: usize = 10;

impl Bridge {
    /// Brings the person `owner` to what is `wanted`. `link` always holds what is known, also
    /// when this fails half-way, so that the next attempt goes on from there.
    pub(super) async fn settle(
        &self,
        session: &Session,
        owner: &str,
        link: &mut Link,
        mut wanted: Wanted,
    ) -> Result<(), ScimError> {
        if *link == Link::Unknown && wanted.active && self.has(Fault::CreateWithoutLook) {
            *link = Link::Absent;
        } else if wanted.active && *link == Link::Absent {
            // That was long ago: somebody may have invited the person by hand since.
            *link = Link::Unknown;
        }
        for _ in 0..MAX_STEPS {
            let Some(step) = plan::next_step(link, &wanted, self.faults()) else {
                return Ok(());
            };
            match step {
                Step::Look => *link = self.look(session, owner, &wanted.address).await?,
                Step::DropInvite => {
                    let moves = matches!(link, Link::Invite { email, .. }
                        if !address::same(email, &wanted.address));
                    self.drop_invite(session, owner, link, &wanted).await?;
                    if moves && self.has(Fault::RenameSkipsInvite) {
                        return Ok(());
                    }
                    if matches!(link, Link::Member { .. }) && wanted.active && self.has(Fault::AcceptanceHidesRole) {
                        return Ok(());
                    }
                }
                Step::Invite(role) => self.send(session, owner, link, &wanted, role).await?,
                Step::SetRole(role) => self.set_role(session, link, role).await?,
                Step::RemoveMember => self.remove_member(session, owner, link).await?,
            }
            if step != Step::Look {
                wanted.forced = false;
            }
        }
        Err(ScimError::new(503, "this person keeps changing upstream; try again"))
    }

    /// Finds out whether `address` is a member or has a pending invite.
    ///
    /// # Errors
    /// 409 when what is found already stands for somebody other than `owner`.
    pub(super) async fn look(&self, session: &Session, owner: &str, address: &str) -> Result<Link, ScimError> {
        let member = session.find_member(address).await;
        let link = match member.map_err(|trouble| self.scim(&trouble))? {
            Some(user) => member_link(&user),
            None => session
                .find_invite(address)
                .await
                .map_err(|trouble| self.scim(&trouble))?
                .map_or(Link::Absent, |invite| invite_link(&invite)),
        };
        if let Link::Member { id, .. } | Link::Invite { id, .. } = &link
            && let Some(other) = self.store.find_person(PersonKey::Upstream(id))
            && other.id != owner
            && !self.has(Fault::CreateRaces)
        {
            return Err(ScimError::taken(format!(
                "{address} already stands for {:?}",
                other.user_name()
            )));
        }
        Ok(link)
    }

    async fn drop_invite(
        &self,
        session: &Session,
        owner: &str,
        link: &mut Link,
        wanted: &Wanted,
    ) -> Result<(), ScimError> {
        let Link::Invite { id, email, .. } = link.clone() else {
            return Ok(());
        };
        if wanted.active {
            // Nothing is taken away that could not be given back at once.
            session
                .check_rest(&[Operation::InviteUser, Operation::ListUsers])
                .map_err(|trouble| self.scim(&trouble))?;
        }
        let same = address::same(&email, &wanted.address);
        if wanted.active && same && self.has(Fault::RoleChangeInvitesFirst) {
            let role = wanted.role.unwrap_or(wanted.default_role);
            if let Ok(invite) = session.invite(&wanted.address, role).await {
                *link = invite_link(&invite);
                let _ = session.delete_invite(&id).await;
                return Ok(());
            }
        }
        let foreign = self.has(Fault::HandMadeInviteKept) && !self.sent_invites.lock().contains(&id);
        if foreign && !wanted.active {
            *link = Link::Absent;
            return Ok(());
        }
        match session.delete_invite(&id).await {
            Ok(()) if wanted.active => *link = Link::Absent,
            Ok(()) => {
                // It may have been accepted a moment before.
                *link = Link::Unknown;
                let member = session.find_member(&email).await;
                let member = member.map_err(|trouble| self.scim(&trouble))?;
                *link = member.as_ref().map_or(Link::Absent, member_link);
            }
            Err(Trouble::Missing | Trouble::Refused { .. })
                if !wanted.active && self.has(Fault::AcceptanceHidesDeactivation) =>
            {
                *link = Link::Absent;
            }
            // Accepted, or deleted by somebody else: look which.
            Err(Trouble::Missing | Trouble::Refused { .. }) => {
                *link = Link::Unknown;
                *link = self.look(session, owner, &email).await?;
            }
            Err(trouble) => return Err(self.scim(&trouble)),
        }
        Ok(())
    }

    async fn send(
        &self,
        session: &Session,
        owner: &str,
        link: &mut Link,
        wanted: &Wanted,
        role: Role,
    ) -> Result<(), ScimError> {
        if self.has(Fault::CreateRaces) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if self.has(Fault::OneRefusalStopsAll) && self.refused_one.load(Ordering::Acquire) {
            return Err(ScimError::new(
                503,
                "the connection to OpenAI is stopped after an error",
            ));
        }
        let again = self.has(Fault::ReinviteForgetsRole) && self.store.person(owner).is_some();
        let role = if again { wanted.default_role } else { role };
        let refused = match session.invite(&wanted.address, role).await {
            Ok(invite) => {
                if self.has(Fault::HandMadeInviteKept) {
                    self.sent_invites.lock().insert(invite.id.clone());
                }
                *link = invite_link(&invite);
                return Ok(());
            }
            Err(refused @ Trouble::Refused { .. }) => refused,
            Err(trouble) => return Err(self.scim(&trouble)),
        };
        self.refused_one.store(true, Ordering::Release);
        let careless = self.has(Fault::MemberNotLookedUp) || self.has(Fault::LostAnswerInvitesAgain);
        if !careless {
            // The usual reason is that the person is there already.
            let found = self.look(session, owner, &wanted.address).await?;
            if found != Link::Absent {
                *link = found;
                return Ok(());
            }
        }
        Err(refused.to_scim_value(self.faults()))
    }

    async fn set_role(&self, session: &Session, link: &mut Link, role: Role) -> Result<(), ScimError> {
        let Link::Member { id, role: given, .. } = link else {
            return Ok(());
        };
        match session.set_role(id, role).await {
            Ok(()) => *given = role,
            Err(Trouble::Missing) => *link = Link::Unknown,
            Err(trouble) => return Err(self.scim(&trouble)),
        }
        Ok(())
    }

    async fn remove_member(&self, session: &Session, owner: &str, link: &mut Link) -> Result<(), ScimError> {
        let Link::Member { id, email, .. } = link.clone() else {
            return Ok(());
        };
        match session.remove_user(&id).await {
            // Who joined without the invite may still have it.
            Ok(()) => {
                *link = Link::Unknown;
                *link = session
                    .find_invite(&email)
                    .await
                    .map_err(|trouble| self.scim(&trouble))?
                    .map_or(Link::Absent, |invite| invite_link(&invite));
            }
            Err(Trouble::Refused { .. }) if self.has(Fault::RemovalRefusalSwallowed) => *link = Link::Absent,
            Err(Trouble::Missing) if self.has(Fault::GoneMemberFails) => {
                return Err(ScimError::new(503, "OpenAI did not remove the member"));
            }
            // Removed by hand; perhaps invited again by hand, too.
            Err(Trouble::Missing) => {
                *link = Link::Unknown;
                *link = self.look(session, owner, &email).await?;
            }
            Err(trouble) => return Err(self.scim(&trouble)),
        }
        Ok(())
    }
}

/// What a member looks like to the plan.
pub(super) fn member_link(user: &User) -> Link {
    Link::Member {
        id: user.id.clone(),
        email: user.email.clone().unwrap_or_default(),
        role: Role::of_upstream(user.role.as_deref()),
    }
}

/// What a pending invite looks like to the plan.
pub(super) fn invite_link(invite: &Invite) -> Link {
    Link::Invite {
        id: invite.id.clone(),
        email: invite.email.clone(),
        role: Role::of_upstream(invite.role.as_deref()),
    }
}
