//! What happens outside the API: people answer their mail, other admins use the dashboard.
//!
//! None of the API's rules hold here (an owner may be the last one, a name may be taken), and
//! everything is journalled with cause [`World`](crate::journal::Cause::World).

use super::Org;
use super::roles::Realm;
use crate::journal::{Actor, Effect};
use crate::record::{Invite, InviteProject, InviteStatus, OrgRole, Principal, ProjectRole, Residency, User, fold};
use crate::settings::ReturningUserId;
use crate::timestamp::Timestamp;

/// Why something cannot happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// No invite has this id.
    #[error("there is no invite {0}")]
    NoInvite(String),
    /// The invite does not wait for an answer any more.
    #[error("the invite {0} is not pending, it is {status}", status = .1.as_str())]
    NotPending(String, InviteStatus),
    /// No user has this id.
    #[error("there is no user {0}")]
    NoUser(String),
    /// No group has this id.
    #[error("there is no group {0}")]
    NoGroup(String),
    /// There is a key that is sent as this one would be.
    #[error("there is a key with this secret already")]
    KeyTaken,
    /// No project has this id.
    #[error("there is no project {0}")]
    NoProject(String),
}

impl Org {
    /// Makes somebody a member without any invite; gives the user id. Somebody who is a member
    /// already stays as they are.
    pub fn add_member(&mut self, email: &str, name: Option<&str>, role: OrgRole, now: Timestamp) -> String {
        self.tick(now);
        let user_id = self.join(email, name, role, now);
        self.record_world("add member", now);
        user_id
    }

    /// Sends an invite by hand; gives its id. There may be others for the same address.
    pub fn add_invite(&mut self, email: &str, role: OrgRole, now: Timestamp) -> String {
        self.tick(now);
        let invite = self.new_invite(email.to_owned(), role, None, now);
        let invite_id = invite.id.clone();
        self.put_invite(invite);
        self.record_world("add invite", now);
        self.tick(now);
        invite_id
    }

    /// Makes a group; gives its id. Ids that are no user's are left out.
    pub fn add_group(&mut self, name: &str, member_user_ids: &[String], scim_managed: bool, now: Timestamp) -> String {
        self.tick(now);
        let group_id = self.put_group(name, scim_managed, now);
        for user_id in member_user_ids {
            self.put_member(&group_id, user_id);
        }
        self.record_world("add group", now);
        group_id
    }

    /// Makes a project; gives its id.
    pub fn add_project(&mut self, name: &str, now: Timestamp) -> String {
        self.tick(now);
        let project_id = self.put_project(name.to_owned(), None, Residency::default(), now);
        self.record_world("add project", now);
        project_id
    }

    /// Makes a role, in the organization or in a project; gives its id.
    pub fn add_role(
        &mut self,
        name: &str,
        permissions: &[String],
        project_id: Option<&str>,
        now: Timestamp,
    ) -> Result<String, WorldError> {
        self.tick(now);
        let realm = project_id.map_or(Realm::Organization, Realm::Project);
        if let Some(project_id) = project_id.filter(|id| !self.projects.contains(id)) {
            return Err(WorldError::NoProject(project_id.to_owned()));
        }
        let role_id = self.put_role(realm, name.to_owned(), permissions.to_vec(), None, now);
        self.record_world("add role", now);
        Ok(role_id)
    }

    /// Adds a member of the organization to a project, or changes the role they have there.
    pub fn add_project_user(
        &mut self,
        project_id: &str,
        user_id: &str,
        role: ProjectRole,
        now: Timestamp,
    ) -> Result<(), WorldError> {
        self.tick(now);
        if !self.projects.contains(project_id) {
            return Err(WorldError::NoProject(project_id.to_owned()));
        }
        if !self.is_person(user_id) {
            return Err(WorldError::NoUser(user_id.to_owned()));
        }
        if !self.put_project_user(project_id, user_id, role, now) {
            self.change_project_role(project_id, user_id, role);
        }
        self.record_world("add project user", now);
        Ok(())
    }

    /// Somebody follows the link in the mail and becomes a member. If they are one already,
    /// only the invite changes.
    pub fn accept_invite(&mut self, invite_id: &str, name: Option<&str>, now: Timestamp) -> Result<User, WorldError> {
        self.tick(now);
        let user = self.accept(invite_id, name, now)?;
        self.record_world("accept invite", now);
        Ok(user)
    }

    /// An invite ends now instead of later.
    pub fn expire_invite(&mut self, invite_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.tick(now);
        let Invite { id, email, role, .. } = self.pending(invite_id, now)?.clone();
        if let Some(invite) = self.invites.get_mut(invite_id) {
            invite.expires_at = Some(now);
        }
        self.effects.push(Effect::InviteExpired {
            invite_id: id,
            email,
            role,
        });
        self.record_world("expire invite", now);
        Ok(())
    }

    /// Somebody declines. The API has no word for that state, so the invite is gone (our
    /// choice).
    pub fn decline_invite(&mut self, invite_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.tick(now);
        let Invite { id, email, role, .. } = self.pending(invite_id, now)?.clone();
        self.invites.remove(invite_id);
        self.effects.push(Effect::InviteDeclined {
            invite_id: id,
            email,
            role,
        });
        self.record_world("decline invite", now);
        Ok(())
    }

    /// Another admin takes a pending invite back.
    pub fn withdraw_invite(&mut self, invite_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.tick(now);
        self.pending(invite_id, now)?;
        self.withdraw(invite_id);
        self.record_world("withdraw invite", now);
        Ok(())
    }

    /// Another admin removes a member.
    pub fn remove_member(&mut self, user_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.tick(now);
        if !self.is_person(user_id) {
            return Err(WorldError::NoUser(user_id.to_owned()));
        }
        self.drop_user(user_id);
        self.record_world("remove member", now);
        Ok(())
    }

    /// Another admin changes a member's role.
    pub fn set_member_role(&mut self, user_id: &str, role: OrgRole, now: Timestamp) -> Result<(), WorldError> {
        self.tick(now);
        if !self.is_person(user_id) {
            return Err(WorldError::NoUser(user_id.to_owned()));
        }
        self.change_role(user_id, role);
        self.record_world("set member role", now);
        Ok(())
    }

    /// Another admin deletes a group.
    pub fn remove_group(&mut self, group_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.tick(now);
        if !self.groups.contains(group_id) {
            return Err(WorldError::NoGroup(group_id.to_owned()));
        }
        self.drop_group(group_id);
        self.record_world("remove group", now);
        Ok(())
    }

    /// Another admin puts a member of the organization into a group; one who is in it stays.
    pub fn put_into_group(&mut self, group_id: &str, user_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.guard_group_and_person(group_id, user_id, now)?;
        self.put_member(group_id, user_id);
        self.record_world("put into group", now);
        Ok(())
    }

    /// Another admin takes somebody out of a group; one who is not in it stays out.
    pub fn take_out_of_group(&mut self, group_id: &str, user_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.guard_group_and_person(group_id, user_id, now)?;
        self.drop_member(group_id, user_id);
        self.record_world("take out of group", now);
        Ok(())
    }

    /// Another admin makes a role of the organization and gives it to a group; gives the role's id.
    pub fn give_group_role(
        &mut self,
        group_id: &str,
        name: &str,
        permissions: &[String],
        now: Timestamp,
    ) -> Result<String, WorldError> {
        self.tick(now);
        let Some(group) = self.groups.get(group_id) else {
            return Err(WorldError::NoGroup(group_id.to_owned()));
        };
        let principal = Principal::Group(group.id.clone());
        let realm = Realm::Organization;
        let role_id = self.put_role(realm, name.to_owned(), permissions.to_vec(), None, now);
        if let Some(role) = self.roles.get(&role_id).cloned() {
            // Only what the API guards against can be refused, and a group may have any role here.
            let _ = self.grant(realm, &principal, &role, now);
        }
        self.record_world("give group role", now);
        Ok(role_id)
    }

    fn guard_group_and_person(&mut self, group_id: &str, user_id: &str, now: Timestamp) -> Result<(), WorldError> {
        self.tick(now);
        if !self.groups.contains(group_id) {
            return Err(WorldError::NoGroup(group_id.to_owned()));
        }
        if !self.is_person(user_id) {
            return Err(WorldError::NoUser(user_id.to_owned()));
        }
        Ok(())
    }

    pub(super) fn accept(&mut self, invite_id: &str, name: Option<&str>, now: Timestamp) -> Result<User, WorldError> {
        let Invite {
            id,
            email,
            role,
            projects,
            group_ids,
            ..
        } = self.pending(invite_id, now)?.clone();
        if let Some(invite) = self.invites.get_mut(invite_id) {
            invite.accepted_at = Some(now);
        }
        let is_new = self.member_with(&email).is_none();
        // The invite's part is told first: it is the cause.
        let place = self.effects.len();
        let user_id = self.join(&email, name, role, now);
        let user = self.users.get(&user_id).cloned();
        let user = user.ok_or_else(|| WorldError::NoUser(user_id.clone()))?;
        match projects {
            Some(named) => {
                for InviteProject { id, role } in named {
                    self.put_project_user(&id, &user_id, role, now);
                }
            }
            None if is_new => self.join_default_project(&user_id, now),
            None => {}
        }
        for group_id in group_ids {
            self.put_member(&group_id, &user_id);
        }
        self.effects.insert(
            place,
            Effect::InviteAccepted {
                invite_id: id,
                email,
                user_id,
                role,
            },
        );
        Ok(user)
    }

    /// Who did something outside the API: the person who accepted, else the owner who has been there
    /// longest (our choice: nobody is asked who uses the dashboard).
    pub(super) fn world_actor(&self, effects: &[Effect]) -> Option<Actor> {
        if let Some(Effect::InviteAccepted { user_id, email, .. }) = effects.first() {
            let (user_id, email) = (user_id.clone(), email.clone());
            return Some(Actor::Session { user_id, email });
        }
        let owner = self.users.at(*self.owners.first()?)?;
        let (user_id, email) = (owner.id().to_owned(), owner.email().to_owned());
        Some(Actor::Session { user_id, email })
    }

    /// Adds somebody new to the default project.
    fn join_default_project(&mut self, user_id: &str, now: Timestamp) {
        let default = self.projects.iter().find(|project| project.is_default);
        if let Some(project_id) = default.map(|project| project.id.clone()) {
            self.put_project_user(&project_id, user_id, ProjectRole::Member, now);
        }
    }

    fn is_person(&self, user_id: &str) -> bool {
        self.users.get(user_id).is_some_and(|user| !user.is_service_account)
    }

    /// The id of the member with this address, who is made if there is none.
    pub(super) fn join(&mut self, email: &str, name: Option<&str>, role: OrgRole, now: Timestamp) -> String {
        if let Some(user) = self.member_with(email) {
            return user.id().to_owned();
        }
        let before = match self.settings.returning_user_id {
            ReturningUserId::Same => self.departed.remove(fold(email).as_ref()),
            ReturningUserId::New => None,
        };
        let id = before.unwrap_or_else(|| self.ids.user());
        let email = self.shown_email(email.to_owned());
        self.put_user(User::new(&id, &email, name, role, now));
        id
    }

    fn pending(&self, invite_id: &str, now: Timestamp) -> Result<&Invite, WorldError> {
        let invite = self.invites.get(invite_id);
        let invite = invite.ok_or_else(|| WorldError::NoInvite(invite_id.to_owned()))?;
        match invite.status(now) {
            InviteStatus::Pending => Ok(invite),
            status @ (InviteStatus::Accepted | InviteStatus::Expired) => {
                Err(WorldError::NotPending(invite_id.to_owned(), status))
            }
        }
    }
}
