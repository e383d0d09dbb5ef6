//! Defects that do more than was asked: to people and groups the bridge does not know, or twice.
//! None of it happens unless a fault is on.

use std::sync::Arc;

use super::Bridge;
use crate::core::address;
use crate::core::role::Role;
use crate::fault::Fault;
use crate::store::{Person, PersonKey};
use crate::upstream::Session;

impl Bridge {
    /// After a change of a person was done.
    pub(super) async fn overreach(&self, session: &Session, before: Option<&Person>, after: &Person) {
        let was_active = before.is_some_and(|person| person.active);
        if was_active && !after.active {
            self.remove_unknown(session).await;
        }
        if after.active && after.wish == Some(Role::Owner) && self.has(Fault::OtherOwnersDemoted) {
            self.demote_unknown(session).await;
        }
        if after.wish == Some(Role::Owner) && self.has(Fault::RestoredAsOwner) {
            self.once_owners.lock().insert(after.id.clone());
        }
        let again = before.is_some_and(|before| {
            let returned = !before.active && after.active && self.has(Fault::ReactivateInvitesTwice);
            let changed = before.is_pending()
                && before.attributes != after.attributes
                && before.address() == after.address()
                && self.has(Fault::ProfileChangeReminds);
            returned || changed
        });
        if again && after.is_pending() {
            let role = after.wish.unwrap_or(self.settings.default_role);
            let _ = session.invite(after.address(), role).await;
        }
    }

    async fn remove_unknown(&self, session: &Session) {
        if self.has(Fault::UnknownInvitesDeleted) {
            for invite in session.list_invites().await.unwrap_or_default() {
                if invite.is_pending() && self.is_unknown(&invite.id) {
                    let _ = session.delete_invite(&invite.id).await;
                }
            }
        }
        if self.has(Fault::UnknownMembersRemoved) {
            for user in session.list_users().await.unwrap_or_default() {
                if self.is_unknown(&user.id) {
                    let _ = session.remove_user(&user.id).await;
                }
            }
        }
    }

    /// Gives the members whom no identity provider wrote the lower role.
    pub(super) async fn demote_unknown(&self, session: &Session) {
        for user in session.list_users().await.unwrap_or_default() {
            if self.is_unknown(&user.id) && Role::of_upstream(user.role.as_deref()) == Role::Owner {
                let _ = session.set_role(&user.id, Role::Reader).await;
            }
        }
    }

    /// After a group was deleted.
    pub(super) async fn delete_unknown_groups(&self, session: &Session) {
        if !self.has(Fault::UnknownGroupsDeleted) {
            return;
        }
        for group in session.list_groups().await.unwrap_or_default() {
            let known = self.store.group_of_upstream(&group.id);
            if known.is_none_or(|group| !group.claimed) {
                let _ = session.delete_group(&group.id).await;
            }
        }
    }

    /// Before a pending person is read.
    pub(super) async fn renew_invite(&self, session: &Session, id: &str) {
        let Some(person) = self.store.person(id).filter(|person| person.is_pending()) else {
            return;
        };
        let Some(invite) = person.upstream_id().filter(|_| self.has(Fault::ReadRenewsInvite)) else {
            return;
        };
        let role = person.wish.unwrap_or(self.settings.default_role);
        let _ = session.delete_invite(invite).await;
        if let Ok(invite) = session.invite(person.address(), role).await {
            let mut next = Person::clone(&person);
            next.link = super::settle::invite_link(&invite);
            let _ = self.store.put_person(next).await;
        }
    }

    /// A defect: whoever has an e-mail other than the user name is invited a second time.
    pub(super) async fn invite_user_name(&self, session: &Session, person: &Person) {
        let name = person.user_name();
        if address::is_address(name) && !address::same(name, person.address()) {
            let role = person.wish.unwrap_or(self.settings.default_role);
            // The defect does not care what becomes of it.
            let _ = session.invite(name, role).await;
        }
    }

    /// Whether no identity provider wrote the person behind this invite or user.
    fn is_unknown(&self, upstream_id: &str) -> bool {
        let known: Option<Arc<Person>> = self.store.find_person(PersonKey::Upstream(upstream_id));
        known.is_none_or(|person| !person.claimed)
    }
}
