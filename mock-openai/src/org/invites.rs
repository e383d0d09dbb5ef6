//! Invites: list, send, retrieve, withdraw. Nobody accepts one here: that is the world's part.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::projects::{archived, no_project};
use super::users::Deletion;
use super::{Org, page};
use crate::id::chance_of;
use crate::journal::Effect;
use crate::json::{Json, ToJson};
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{Invite, InviteProject, InviteStatus, OrgRole, ProjectRole, fold};
use crate::refusal::{Code, Refusal};
use crate::scan::every;
use crate::settings::{
    ArchivedInviteProject, DeleteAcceptedInvite, DeleteExpiredInvite, DeleteMissing, DuplicateInvite, EmailCase,
    EndedInvites, InviteAgain, InviteMember, OmittedProjects, PaymentMethod, Profile, UnknownInviteProject,
};
use crate::timestamp::Timestamp;

/// The longest address that mail can have (RFC 5321 §4.5.3.1: 64 + 1 + 255).
const MAX_EMAIL: usize = 320;

/// Which fields the answer has: examples show `projects` on a new invite only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    New,
    Again,
}

impl Org {
    pub(super) fn list_invites(&self, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        let query = Query::parse(&request.query);
        let keep = |invite: &Invite| self.is_visible(invite, now) && self.is_settled(&[&invite.id]);
        let body = |invite| self.invite_body(invite, Shown::Again, now);
        page::INVITES.list(&self.invites, &query, &self.settings, keep, body)
    }

    pub(super) fn invite_user(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Refusal> {
        self.guard_payment()?;
        let mut fields = self.fields(request)?;
        let email = parse_email(fields.text("email")?)?;
        let role = fields.text("role")?;
        let role = self.parse_role(&role)?;
        let projects = parse_projects(fields.value("projects"))?;
        self.finish(&fields)?;
        let projects = projects.map(|named| self.joinable(named)).transpose()?;
        let (invite, is_new) = match self.objection(&email, now)? {
            Some(same) => (same, false),
            None => (self.new_invite(email, role, projects, now), true),
        };
        let body = self.invite_body(&invite, Shown::New, now);
        let answer = Answer::json(self.created_status(), &body);
        if is_new {
            self.put_invite(invite);
        }
        Ok(answer)
    }

    pub(super) fn retrieve_invite(&self, invite_id: &str, now: Timestamp) -> Result<Answer, Refusal> {
        let invite = self
            .visible_invite(invite_id, now)
            .ok_or_else(|| no_invite(invite_id))?;
        Ok(Answer::json(200, &self.invite_body(invite, Shown::Again, now)))
    }

    pub(super) fn delete_invite(&mut self, invite_id: &str, now: Timestamp) -> Result<Answer, Refusal> {
        let status = self.visible_invite(invite_id, now).map(|invite| invite.status(now));
        match status {
            None => match self.settings.delete_missing {
                DeleteMissing::NotFound => return Err(no_invite(invite_id)),
                DeleteMissing::Ok => {}
            },
            Some(InviteStatus::Pending) => self.withdraw(invite_id),
            Some(InviteStatus::Expired) => match self.settings.delete_expired_invite {
                DeleteExpiredInvite::Ok => self.withdraw(invite_id),
                DeleteExpiredInvite::Refuse => {
                    let text = format!("The invite {invite_id} has expired.");
                    return Err(Refusal::new(400, Code::InviteExpired, text));
                }
            },
            Some(InviteStatus::Accepted) => match self.settings.delete_accepted_invite {
                DeleteAcceptedInvite::Ok => {}
                DeleteAcceptedInvite::NotFound => return Err(no_invite(invite_id)),
                DeleteAcceptedInvite::Refuse => {
                    let text = format!("The invite {invite_id} was already accepted.");
                    return Err(Refusal::new(400, Code::InviteAlreadyAccepted, text));
                }
            },
        }
        let object = "organization.invite.deleted";
        Ok(Answer::json(
            200,
            &Deletion {
                object,
                id: invite_id,
                deleted: true,
            },
        ))
    }

    fn guard_payment(&self) -> Result<(), Refusal> {
        let status = match self.settings.payment_method {
            PaymentMethod::OnFile => return Ok(()),
            PaymentMethod::MissingRefuse => 400,
            PaymentMethod::MissingForbid => 403,
        };
        let text = "A payment method is required before anybody can be invited.";
        Err(Refusal::new(status, Code::PaymentMethodRequired, text))
    }

    /// The named projects, without those that are left out silently.
    fn joinable(&self, named: Vec<InviteProject>) -> Result<Vec<InviteProject>, Refusal> {
        let mut joinable = Vec::with_capacity(named.len());
        for invited in named {
            match self.projects.get(&invited.id) {
                None => match self.settings.unknown_invite_project {
                    UnknownInviteProject::Accept => {}
                    UnknownInviteProject::Refuse => return Err(no_project(400, &invited.id).about("projects")),
                    UnknownInviteProject::NotFound => return Err(no_project(404, &invited.id).about("projects")),
                },
                Some(project) if project.archived_at.is_some() => match self.settings.archived_invite_project {
                    ArchivedInviteProject::Ignore => continue,
                    ArchivedInviteProject::Refuse => return Err(archived(project).about("projects")),
                },
                Some(_) => {}
            }
            joinable.push(invited);
        }
        Ok(joinable)
    }

    /// What speaks against inviting this address: nothing, the invite that is there already and
    /// will do, or a refusal.
    fn objection(&self, email: &str, now: Timestamp) -> Result<Option<Invite>, Refusal> {
        if self.member_with(email).is_some() {
            let text = format!("The user {email} is already a member of this organization.");
            let code = Code::UserAlreadyInOrganization;
            match self.settings.invite_member {
                InviteMember::Refuse => return Err(Refusal::new(400, code, text)),
                InviteMember::Conflict => return Err(Refusal::new(409, code, text)),
                InviteMember::PendingInvite => {}
            }
        }
        let text = || format!("An invite for {email} already exists.");
        let code = Code::InviteAlreadyExists;
        if let Some(pending) = self.invite_with(email, InviteStatus::Pending, now) {
            return match self.settings.duplicate_invite {
                DuplicateInvite::Refuse => Err(Refusal::new(400, code, text())),
                DuplicateInvite::Conflict => Err(Refusal::new(409, code, text())),
                DuplicateInvite::SameInvite => Ok(Some(pending.clone())),
                DuplicateInvite::SecondInvite => Ok(None),
            };
        }
        match self.settings.invite_again {
            InviteAgain::Refuse if self.invite_with(email, InviteStatus::Expired, now).is_some() => {
                Err(Refusal::new(400, code, text()))
            }
            InviteAgain::Refuse | InviteAgain::Allow => Ok(None),
        }
    }

    /// The newest invite of this address in this state, as the API compares addresses.
    fn invite_with(&self, email: &str, status: InviteStatus, now: Timestamp) -> Option<&Invite> {
        let is_sensitive = self.settings.email_case == EmailCase::Sensitive;
        let mut invites = self.invites.with_key(&fold(email)).rev().map(|(_, invite)| invite);
        invites.find(|invite| {
            invite.status(now) == status
                && (!is_sensitive || invite.email == email)
                && !self.is_unseen(invite.created_at, now)
        })
    }

    /// An invite that is not sent yet.
    pub(super) fn new_invite(
        &mut self,
        email: String,
        role: OrgRole,
        projects: Option<Vec<InviteProject>>,
        now: Timestamp,
    ) -> Invite {
        let ttl = self.settings.invite_ttl_seconds.map(Duration::from_secs);
        Invite {
            id: self.ids.invite(),
            email: self.shown_email(email),
            role,
            created_at: now,
            expires_at: ttl.map(|ttl| now.plus(ttl)),
            accepted_at: None,
            projects,
            group_ids: Vec::new(),
        }
    }

    /// Sends an invite and writes it down.
    pub(super) fn put_invite(&mut self, invite: Invite) {
        self.effects.push(Effect::InviteCreated {
            invite_id: invite.id.clone(),
            email: invite.email.clone(),
            role: invite.role,
        });
        self.schedule(&invite);
        self.invites.append(invite);
    }

    /// Sees to it that the invite accepts itself, if that is what people do here.
    pub(super) fn schedule(&mut self, invite: &Invite) {
        let chance = || chance_of(self.seed, &invite.id);
        if let Some(wait) = self.settings.auto_accept.wait(chance) {
            self.acceptances
                .insert((invite.created_at.plus(wait), invite.id.clone()));
        }
    }

    /// An address as it is stored and shown.
    pub(super) fn shown_email(&self, email: String) -> String {
        match self.settings.email_case {
            EmailCase::AsSent | EmailCase::Sensitive => trimmed(email),
            EmailCase::Lowercase => fold(&email).into_owned(),
        }
    }

    pub(super) fn withdraw(&mut self, invite_id: &str) {
        if let Some(Invite { id, email, role, .. }) = self.invites.remove(invite_id) {
            self.effects.push(Effect::InviteDeleted {
                invite_id: id,
                email,
                role,
            });
        }
    }

    fn visible_invite(&self, invite_id: &str, now: Timestamp) -> Option<&Invite> {
        self.invites
            .get(invite_id)
            .filter(|invite| self.is_visible(invite, now))
    }

    fn is_visible(&self, invite: &Invite, now: Timestamp) -> bool {
        match invite.status(now) {
            InviteStatus::Pending => true,
            InviteStatus::Accepted => self.settings.accepted_invites == EndedInvites::Listed,
            InviteStatus::Expired => self.settings.expired_invites == EndedInvites::Listed,
        }
    }

    fn invite_body<'a>(&'a self, invite: &'a Invite, shown: Shown, now: Timestamp) -> InviteBody<'a> {
        let has_projects = match self.settings.profile {
            Profile::Current => true,
            Profile::Minimal => shown == Shown::New,
            Profile::Legacy => false,
        };
        InviteBody {
            id: &invite.id,
            email: &invite.email,
            role: invite.role.as_str(),
            status: invite.status(now).as_str(),
            created_at: invite.created_at.as_secs(),
            is_legacy: self.settings.profile == Profile::Legacy,
            expires_at: invite.expires_at.map(Timestamp::as_secs),
            accepted_at: invite.accepted_at.map(Timestamp::as_secs),
            projects: has_projects.then(|| self.shown_projects(invite)),
        }
    }

    fn shown_projects<'a>(&'a self, invite: &'a Invite) -> Vec<ShownProject<'a>> {
        let shown = |id, role| ShownProject { id, role };
        match (&invite.projects, self.settings.omitted_projects) {
            (Some(named), _) => named.iter().map(|project| shown(&*project.id, project.role)).collect(),
            (None, OmittedProjects::Empty) => Vec::new(),
            (None, OmittedProjects::DefaultListed) => {
                let default = self.projects.iter().find(|project| project.is_default);
                default
                    .into_iter()
                    .map(|project| shown(&*project.id, ProjectRole::Member))
                    .collect()
            }
        }
    }
}

fn no_invite(invite_id: &str) -> Refusal {
    Refusal::not_found(Code::InviteNotFound, "invite", invite_id)
}

/// The specification asks for a string only; that it must be an address is our choice.
fn parse_email(text: String) -> Result<String, Refusal> {
    let email = trimmed(text);
    let has_blanks = || email.contains(|sign: char| sign.is_whitespace() || sign.is_control());
    let is_address = email.len() <= MAX_EMAIL
        && (every(email.as_bytes(), |byte| byte.is_ascii_graphic()) || !has_blanks())
        && email
            .rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if is_address {
        return Ok(email);
    }
    Err(Refusal::invalid(
        "email",
        format!("'{}' is not an email address.", clipped(&email)),
    ))
}

/// The text without what surrounds it, which mostly is nothing.
fn trimmed(text: String) -> String {
    match text.trim() {
        inner if inner.len() == text.len() => text,
        inner => inner.to_owned(),
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(MAX_EMAIL).collect()
}

/// The projects as they were named; `None` if nothing was said.
fn parse_projects(value: Option<Value>) -> Result<Option<Vec<InviteProject>>, Refusal> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let projects: Option<Vec<InviteProject>> = value.as_array().and_then(|items| {
        let project = |item: &Value| {
            let role = match item.get("role")?.as_str()? {
                "member" => ProjectRole::Member,
                "owner" => ProjectRole::Owner,
                _ => return None,
            };
            Some(InviteProject {
                id: item.get("id")?.as_str()?.to_owned(),
                role,
            })
        };
        items.iter().map(project).collect()
    });
    projects.map(Some).ok_or_else(|| {
        let text = "'projects' must be an array of objects with 'id' and 'role', the role being \
                    'member' or 'owner'.";
        Refusal::invalid("projects", text)
    })
}

/// An invite on the wire.
struct InviteBody<'a> {
    id: &'a str,
    email: &'a str,
    role: &'static str,
    status: &'static str,
    /// The key is `invited_at` if this is a legacy answer.
    created_at: u64,
    is_legacy: bool,
    expires_at: Option<u64>,
    accepted_at: Option<u64>,
    projects: Option<Vec<ShownProject<'a>>>,
}

impl ToJson for InviteBody<'_> {
    fn write(&self, json: &mut Json) {
        json.paste(r#"{"object":"organization.invite","id":"#).text(self.id);
        json.paste(r#","email":"#).text(self.email);
        json.paste(r#","role":"#).text(self.role);
        json.paste(r#","status":"#).text(self.status);
        let sent = if self.is_legacy {
            r#","invited_at":"#
        } else {
            r#","created_at":"#
        };
        json.paste(sent).value(&self.created_at);
        json.paste(r#","expires_at":"#).value(&self.expires_at);
        json.paste(r#","accepted_at":"#).value(&self.accepted_at);
        if let Some(projects) = &self.projects {
            json.paste(r#","projects":"#).array(projects.iter());
        }
        json.paste("}");
    }
}

#[derive(Serialize)]
struct ShownProject<'a> {
    id: &'a str,
    role: ProjectRole,
}
