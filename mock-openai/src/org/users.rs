//! Users: list, retrieve, modify, delete. There is no operation that makes one: somebody has to
//! accept an invite.

use std::collections::BTreeSet;

use serde::Serialize;

use super::body::Fields;
use super::roles::Realm;
use super::{Org, page};
use crate::journal::Effect;
use crate::json::{Json, ToJson};
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{OrgRole, Principal, Role, User, fold};
use crate::refusal::{Code, Refusal};
use crate::settings::{
    DeleteKeyOwner, DeleteMissing, EmailCase, EmailsFilter, EmptyModify, LastOwner, MemberRole, Profile,
    RemovedUserRows, RoleAndRoleId, Settings, UnnamedUser,
};
use crate::store::Position;
use crate::timestamp::Timestamp;

/// What a modify-user wants a user to be.
enum Wanted {
    Role(OrgRole),
    Custom(Role),
}

impl Org {
    pub(super) fn list_users(&self, request: &Request) -> Result<Answer, Refusal> {
        let query = Query::parse(&request.query);
        let only = self.filtered(&query);
        let keep = |user: &User| self.is_settled(&[user.id()]);
        let page = page::USERS.page(&self.users, only.as_ref(), keep, &query, &self.settings)?;
        let data = page.rows.iter().map(|user| self.user_body(user));
        Ok(page::USERS.answer(&page, data, &self.settings))
    }

    pub(super) fn retrieve_user(&self, user_id: &str) -> Result<Answer, Refusal> {
        let user = self.users.get(user_id).ok_or_else(|| no_user(user_id))?;
        Ok(Answer::json(200, &self.user_body(user)))
    }

    /// A `role_id` names a predefined role, or a custom one that is assigned as well (our choice).
    pub(super) fn modify_user(&mut self, user_id: &str, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        self.person(user_id)?;
        let mut fields = self.fields(request)?;
        let wanted = self.wanted_role(&mut fields)?;
        let technical_level = fields.optional_text("technical_level")?;
        let developer_persona = fields.optional_text("developer_persona")?;
        self.finish(&fields)?;
        let is_empty = wanted.is_none() && technical_level.is_none() && developer_persona.is_none();
        if is_empty && self.settings.empty_modify == EmptyModify::Refuse {
            return Err(Refusal::plain(400, "There is nothing to modify in the request."));
        }
        match wanted {
            Some(Wanted::Role(role)) => _ = self.set_role(user_id, role)?,
            Some(Wanted::Custom(role)) => {
                let principal = Principal::User(user_id.to_owned());
                self.grant(Realm::Organization, &principal, &role, now)?;
            }
            None => {}
        }
        if let Some(user) = self.users.get_mut(user_id) {
            if let Some(text) = technical_level {
                user.set_technical_level(text);
            }
            if let Some(text) = developer_persona {
                user.set_developer_persona(text);
            }
        }
        self.retrieve_user(user_id)
    }

    pub(super) fn delete_user(&mut self, user_id: &str) -> Result<Answer, Refusal> {
        match (self.person(user_id), self.settings.delete_missing) {
            (Ok(user), _) => {
                if user.role == OrgRole::Owner {
                    self.guard_last_owner()?;
                }
                self.guard_key_owner(user_id)?;
                self.drop_user(user_id);
            }
            (Err(refusal), DeleteMissing::NotFound) => return Err(refusal),
            (Err(_), DeleteMissing::Ok) => {}
        }
        let object = "organization.user.deleted";
        Ok(Answer::json(
            200,
            &Deletion {
                object,
                id: user_id,
                deleted: true,
            },
        ))
    }

    /// The role a modify-user asks for, be it by name or by id.
    fn wanted_role(&self, fields: &mut Fields<'_>) -> Result<Option<Wanted>, Refusal> {
        let role = fields.optional_text("role")?;
        let role_id = fields.optional_text("role_id")?;
        match (role, role_id, self.settings.role_and_role_id) {
            (Some(_), Some(_), RoleAndRoleId::Refuse) => {
                let text = "Give either 'role' or 'role_id', not both.";
                Err(Refusal::invalid("role_id", text))
            }
            (_, Some(role_id), _) => {
                let unknown = |_| Refusal::invalid("role_id", format!("The role {role_id} was not found."));
                let role = self.role(Realm::Organization, &role_id).map_err(unknown)?;
                let predefined = OrgRole::named(&role.name).filter(|_| role.predefined);
                Ok(Some(
                    predefined.map_or_else(|| Wanted::Custom(role.clone()), Wanted::Role),
                ))
            }
            (Some(role), None, _) => self.parse_role(&role).map(|role| Some(Wanted::Role(role))),
            (None, None, _) => Ok(None),
        }
    }

    pub(super) fn parse_role(&self, role: &str) -> Result<OrgRole, Refusal> {
        match (role, self.settings.member_role) {
            ("owner", _) => Ok(OrgRole::Owner),
            ("reader", _) | ("member", MemberRole::Reader) => Ok(OrgRole::Reader),
            _ => {
                let text = format!("Invalid value: '{role}'. 'role' must be 'owner' or 'reader'.");
                Err(Refusal::invalid("role", text))
            }
        }
    }

    /// The user with this id, unless it is a service account, which is managed in its project.
    pub(super) fn person(&self, user_id: &str) -> Result<&User, Refusal> {
        let user = self.users.get(user_id).ok_or_else(|| no_user(user_id))?;
        if user.is_service_account {
            let text = format!("{user_id} is a service account; manage it in its project.");
            return Err(Refusal::new(400, Code::ServiceAccountIsNoPerson, text));
        }
        Ok(user)
    }

    /// Changes a role as far as the API allows; whether that changed anything.
    pub(super) fn set_role(&mut self, user_id: &str, role: OrgRole) -> Result<bool, Refusal> {
        let from = self.person(user_id)?.role;
        if from == OrgRole::Owner && role == OrgRole::Reader {
            self.guard_last_owner()?;
        }
        self.change_role(user_id, role);
        Ok(from != role)
    }

    fn guard_last_owner(&self) -> Result<(), Refusal> {
        let text = "The last owner of an organization can be neither removed nor demoted.";
        match self.settings.last_owner {
            _ if self.owners.len() > 1 => Ok(()),
            LastOwner::Allow => Ok(()),
            LastOwner::Refuse => Err(Refusal::new(400, Code::LastOwner, text)),
            LastOwner::Forbid => Err(Refusal::new(403, Code::LastOwner, text)),
        }
    }

    /// Whether the caller may delete this user, or would pull the rug from under itself.
    fn guard_key_owner(&self, user_id: &str) -> Result<(), Refusal> {
        let owner_id = self.calling_key().map(|key| key.owner.id.as_str());
        match self.settings.delete_key_owner {
            DeleteKeyOwner::Refuse if owner_id == Some(user_id) => {
                let text = "The user who owns the API key of this request cannot be deleted with it.";
                Err(Refusal::new(400, Code::KeyOwner, text))
            }
            DeleteKeyOwner::Refuse | DeleteKeyOwner::Allow | DeleteKeyOwner::EndKeys => Ok(()),
        }
    }

    /// Positions of the users that the `emails` filter lets through; `None` if all.
    fn filtered(&self, query: &Query) -> Option<BTreeSet<Position>> {
        let is_sensitive = match self.settings.emails_filter {
            EmailsFilter::Ignored => return None,
            EmailsFilter::CaseSensitive => true,
            EmailsFilter::Exact => self.settings.email_case == EmailCase::Sensitive,
        };
        let mut emails = query.all("emails").peekable();
        emails.peek()?;
        let mut positions = BTreeSet::new();
        for email in emails {
            let same = |user: &User| !is_sensitive || user.email() == email.trim();
            let found = self.users.with_key(&fold(email));
            positions.extend(found.filter(|(_, user)| same(user)).map(|(position, _)| position));
        }
        Some(positions)
    }

    /// The user with this address, as the API compares addresses.
    pub(super) fn member_with(&self, email: &str) -> Option<&User> {
        let is_sensitive = self.settings.email_case == EmailCase::Sensitive;
        let mut users = self.users.with_key(&fold(email)).map(|(_, user)| user);
        users.find(|user| !is_sensitive || user.email() == email.trim())
    }

    /// Appends a user and writes it down.
    pub(super) fn put_user(&mut self, user: User) {
        self.effects.push(Effect::UserAdded {
            user_id: user.id().to_owned(),
            email: user.email().to_owned(),
            role: user.role,
        });
        let role = user.role;
        let position = self.users.insert(user);
        if role == OrgRole::Owner {
            self.owners.insert(position);
        }
    }

    /// Changes a role, if it is another one, and writes it down.
    pub(super) fn change_role(&mut self, user_id: &str, role: OrgRole) {
        let Some(position) = self.users.position(user_id) else {
            return;
        };
        let Some(user) = self.users.at_mut(position).filter(|user| user.role != role) else {
            return;
        };
        let from = std::mem::replace(&mut user.role, role);
        match role {
            OrgRole::Owner => _ = self.owners.insert(position),
            OrgRole::Reader => _ = self.owners.remove(&position),
        }
        let (user_id, email) = (user.id().to_owned(), user.email().to_owned());
        self.effects.push(Effect::UserRoleChanged {
            user_id,
            email,
            from,
            to: role,
        });
    }

    /// Removes a user with their memberships and roles and writes it down.
    pub(super) fn drop_user(&mut self, user_id: &str) {
        let Some(position) = self.users.position(user_id) else {
            return;
        };
        let Some(user) = self.users.at(position).cloned() else {
            return;
        };
        match self.settings.removed_user_rows {
            RemovedUserRows::Cascade => self.drop_memberships(&user),
            RemovedUserRows::Stale => self.make_memberships_stale(&user),
        }
        self.leave_projects(&user);
        self.drop_grants(Realm::Organization, &Principal::User(user.id().to_owned()));
        self.users.remove(user_id);
        self.owners.remove(&position);
        self.departed
            .insert(fold(user.email()).into_owned(), user.id().to_owned());
        if self.settings.delete_key_owner == DeleteKeyOwner::EndKeys {
            self.drop_keys_of(user_id);
        }
        self.effects.push(Effect::UserRemoved {
            user_id: user.id().to_owned(),
            email: user.email().to_owned(),
            role: user.role,
        });
    }

    pub(super) fn user_body<'a>(&self, user: &'a User) -> UserBody<'a> {
        let is_scim_managed = match self.settings.profile {
            Profile::Current => Some(false),
            Profile::Minimal | Profile::Legacy => None,
        };
        UserBody {
            id: user.id(),
            name: shown_name(user.name(), &self.settings),
            email: user.address(),
            role: user.role.as_str(),
            added_at: user.added_at.as_secs(),
            is_scim_managed,
            is_service_account: user.is_service_account,
            technical_level: user.technical_level(),
            developer_persona: user.developer_persona(),
        }
    }
}

pub(super) fn no_user(user_id: &str) -> Refusal {
    Refusal::not_found(Code::UserNotFound, "user", user_id)
}

pub(super) fn shown_name<'a>(name: Option<&'a str>, settings: &Settings) -> Option<&'a str> {
    match settings.unnamed_user {
        UnnamedUser::Null => name,
        UnnamedUser::Empty => Some(name.unwrap_or_default()),
    }
}

/// A user on the wire. The examples of the specification have the first six fields.
pub(super) struct UserBody<'a> {
    id: &'a str,
    name: Option<&'a str>,
    email: Option<&'a str>,
    role: &'static str,
    added_at: u64,
    is_scim_managed: Option<bool>,
    /// Said only where it is true.
    is_service_account: bool,
    technical_level: Option<&'a str>,
    developer_persona: Option<&'a str>,
}

impl ToJson for UserBody<'_> {
    fn write(&self, json: &mut Json) {
        json.paste(r#"{"object":"organization.user","id":"#).text(self.id);
        json.paste(r#","name":"#).text_or_null(self.name);
        json.paste(r#","email":"#).text_or_null(self.email);
        json.paste(r#","role":"#).text(self.role);
        json.paste(r#","added_at":"#).value(&self.added_at);
        match self.is_scim_managed {
            Some(true) => _ = json.paste(r#","is_scim_managed":true"#),
            Some(false) => _ = json.paste(r#","is_scim_managed":false"#),
            None => {}
        }
        if self.is_service_account {
            json.paste(r#","is_service_account":true"#);
        }
        json.text_if_any(r#","technical_level":"#, self.technical_level);
        json.text_if_any(r#","developer_persona":"#, self.developer_persona);
        json.paste("}");
    }
}

/// What a deletion answers.
#[derive(Serialize)]
pub(super) struct Deletion<'a> {
    pub(super) object: &'static str,
    pub(super) id: &'a str,
    pub(super) deleted: bool,
}
