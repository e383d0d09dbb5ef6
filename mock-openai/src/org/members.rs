//! Users in groups: list, add, retrieve, remove; one user a call.

use serde::Serialize;

use super::users::no_user;
use super::{Org, page};
use crate::journal::Effect;
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Group, InviteStatus, Member, User};
use crate::refusal::{Code, Refusal};
use crate::settings::{AddExistingMember, AddUnknownUser, RemoveNonMember};
use crate::timestamp::Timestamp;

impl Org {
    pub(super) fn list_group_users(&self, group_id: &str, request: &Request) -> Result<Answer, Refusal> {
        let group = self.existing_group(group_id)?;
        self.guard_plan()?;
        let query = Query::parse(&request.query);
        let keep = |member: &Member| self.is_settled(&[group_id, &member.user_id]);
        page::MEMBERS.list(&group.members, &query, &self.settings, keep, |member| {
            self.member_body(member)
        })
    }

    pub(super) fn add_group_user(
        &mut self,
        group_id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        let group = self.editable_group(group_id)?;
        let mut fields = self.fields(request)?;
        let user_id = fields.text("user_id")?;
        self.finish(&fields)?;
        if !self.users.contains(&user_id) {
            return match self.settings.add_unknown_user {
                AddUnknownUser::NotFound => Err(no_user(&user_id)),
                AddUnknownUser::Refuse => {
                    let text = format!("The user {user_id} was not found.");
                    Err(Refusal::new(400, Code::UserNotFound, text).about("user_id"))
                }
                AddUnknownUser::Queue => self.queue_member(group_id, &user_id, now),
            };
        }
        if group.members.contains(&user_id) {
            let text = format!("The user {user_id} is already in the group {group_id}.");
            match self.settings.add_existing_member {
                AddExistingMember::Conflict => {
                    return Err(Refusal::new(409, Code::UserAlreadyInGroup, text));
                }
                AddExistingMember::Refuse => {
                    return Err(Refusal::new(400, Code::UserAlreadyInGroup, text));
                }
                AddExistingMember::Ok => {}
            }
        }
        self.put_member(group_id, &user_id);
        Ok(added(group_id, &user_id))
    }

    /// Notes on an invite that its person joins a group when they accept.
    fn queue_member(&mut self, group_id: &str, invite_id: &str, now: Timestamp) -> Result<Answer, Refusal> {
        let pending = self.invites.get_mut(invite_id);
        let pending = pending.filter(|invite| invite.status(now) == InviteStatus::Pending);
        let invite = pending.ok_or_else(|| no_user(invite_id))?;
        if !invite.group_ids.iter().any(|known| known == group_id) {
            invite.group_ids.push(group_id.to_owned());
        }
        Ok(added(group_id, invite_id))
    }

    pub(super) fn retrieve_group_user(&self, group_id: &str, user_id: &str) -> Result<Answer, Refusal> {
        let group = self.existing_group(group_id)?;
        self.guard_plan()?;
        let member = group
            .members
            .get(user_id)
            .ok_or_else(|| not_in_group(404, group, user_id))?;
        let MemberBody { id, name, email } = self.member_body(member);
        let user = self.users.get(user_id);
        let is_service_account = user.is_some_and(|user| user.is_service_account);
        let (picture, user_type) = (None, "user");
        let body = MemberDetails {
            id,
            name,
            email,
            picture,
            is_service_account,
            user_type,
        };
        Ok(Answer::json(200, &body))
    }

    pub(super) fn remove_group_user(&mut self, group_id: &str, user_id: &str) -> Result<Answer, Refusal> {
        let group = self.editable_group(group_id)?;
        if !group.members.contains(user_id) {
            match self.settings.remove_non_member {
                RemoveNonMember::NotFound => return Err(not_in_group(404, group, user_id)),
                RemoveNonMember::Conflict => return Err(not_in_group(409, group, user_id)),
                RemoveNonMember::Ok => {}
            }
        }
        self.drop_member(group_id, user_id);
        Ok(Answer::json(
            200,
            &Removed {
                object: "group.user.deleted",
                deleted: true,
            },
        ))
    }

    /// Adds a user to a group, unless they are in it, and writes it down. Both must exist.
    pub(super) fn put_member(&mut self, group_id: &str, user_id: &str) {
        let Some(user) = self.users.get(user_id) else {
            return;
        };
        let Some(place) = self.groups.position(group_id) else {
            return;
        };
        let Some(group) = self
            .groups
            .at_mut(place)
            .filter(|group| !group.members.contains(user_id))
        else {
            return;
        };
        group.members.insert(Member {
            user_id: user.id().to_owned(),
            last_known: None,
        });
        self.memberships.insert((user.id().to_owned(), place));
        self.effects.push(Effect::MemberAdded {
            group_id: group.id.clone(),
            group: group.name.clone(),
            user_id: user.id().to_owned(),
            email: user.email().to_owned(),
        });
    }

    /// Removes a user from a group, if they are in it, and writes it down.
    pub(super) fn drop_member(&mut self, group_id: &str, user_id: &str) {
        let Some(place) = self.groups.position(group_id) else {
            return;
        };
        let Some(group) = self.groups.at_mut(place) else {
            return;
        };
        let Some(member) = group.members.remove(user_id) else {
            return;
        };
        self.memberships.remove(&(member.user_id.clone(), place));
        let email = match (self.users.get(user_id), member.last_known) {
            (Some(user), _) => user.email().to_owned(),
            (None, Some(known)) => known.1,
            (None, None) => String::new(),
        };
        self.effects.push(Effect::MemberRemoved {
            group_id: group.id.clone(),
            group: group.name.clone(),
            user_id: member.user_id,
            email,
        });
    }

    /// Takes a user who is about to go out of every group.
    pub(super) fn drop_memberships(&mut self, user: &User) {
        for place in self.places_of(user.id()) {
            if let Some(group_id) = self.groups.at(place).map(|group| group.id.clone()) {
                self.drop_member(&group_id, user.id());
            }
        }
    }

    /// Leaves a user who is about to go in their groups, by the name they had.
    pub(super) fn make_memberships_stale(&mut self, user: &User) {
        for place in self.places_of(user.id()) {
            let group = self.groups.at_mut(place);
            if let Some(member) = group.and_then(|group| group.members.get_mut(user.id())) {
                member.last_known = Some(Box::new((user.name().map(str::to_owned), user.email().to_owned())));
            }
        }
    }

    fn member_body<'a>(&'a self, member: &'a Member) -> MemberBody<'a> {
        let user = self
            .users
            .get(&member.user_id)
            .map(|user| (user.name(), user.address()));
        let known = member
            .last_known
            .as_deref()
            .map(|(name, email)| (name.as_deref(), Some(email.as_str())));
        let (name, email) = user.or(known).unzip();
        MemberBody {
            id: &member.user_id,
            // The schema has no null here, other than for users.
            name: name.flatten().unwrap_or_default(),
            email: email.flatten(),
        }
    }
}

fn added(group_id: &str, user_id: &str) -> Answer {
    let object = "group.user";
    let body = Added {
        object,
        user_id,
        group_id,
    };
    Answer::json(200, &body)
}

fn not_in_group(status: u16, group: &Group, user_id: &str) -> Refusal {
    let text = format!("The user {user_id} is not in the group {}.", group.id);
    Refusal::new(status, Code::UserNotInGroup, text)
}

/// A member in a list; no `object` (specified).
#[derive(Serialize)]
struct MemberBody<'a> {
    id: &'a str,
    name: &'a str,
    email: Option<&'a str>,
}

/// A member fetched alone.
#[derive(Serialize)]
struct MemberDetails<'a> {
    id: &'a str,
    name: &'a str,
    email: Option<&'a str>,
    picture: Option<&'a str>,
    is_service_account: bool,
    user_type: &'static str,
}

/// What adding a member answers.
#[derive(Serialize)]
struct Added<'a> {
    object: &'static str,
    user_id: &'a str,
    group_id: &'a str,
}

/// What removing a member, or a role from somebody, answers: no id (specified).
#[derive(Serialize)]
pub(super) struct Removed {
    pub(super) object: &'static str,
    pub(super) deleted: bool,
}
