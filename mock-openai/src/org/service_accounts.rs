//! Service accounts of projects and their keys: list, create, retrieve, update, delete; one more
//! key. A key is told once, in the answer that makes it.

use serde::Serialize;

use super::users::Deletion;
use super::{Org, page};
use crate::journal::Effect;
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{OrgRole, ServiceAccount, ServiceAccountKey, ServiceAccountRole, User};
use crate::refusal::{Code, Refusal};
use crate::settings::DeleteMissing;
use crate::store::Store;
use crate::timestamp::Timestamp;

/// What a key is called that was given no name, as in an example of the specification.
const KEY_NAME: &str = "Secret Key";

impl Org {
    pub(super) fn list_service_accounts(&self, project_id: &str, request: &Request) -> Result<Answer, Refusal> {
        let project = self.open_project(project_id)?;
        let keep = |account: &ServiceAccount| self.is_settled(&[project_id, &account.id]);
        let query = Query::parse(&request.query);
        page::PROJECTS.list(&project.service_accounts, &query, &self.settings, keep, AccountBody::of)
    }

    /// With `create_service_account_only` there is neither a key nor a role (our reading of a field
    /// of which only the name is known).
    pub(super) fn create_service_account(
        &mut self,
        project_id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        self.open_project(project_id)?;
        let mut fields = self.fields(request)?;
        let name = fields.name("name")?;
        let is_bare = fields.flag("create_service_account_only")?;
        self.finish(&fields)?;
        let role = if is_bare {
            ServiceAccountRole::None
        } else {
            ServiceAccountRole::Member
        };
        let id = self.put_service_account(project_id, &name, role, now);
        let api_key = (!is_bare).then(|| self.put_account_key(project_id, &id, KEY_NAME.to_owned(), Vec::new(), now));
        let account = AccountBody::of(self.service_account(project_id, &id)?);
        Ok(Answer::json(
            self.created_status(),
            &NewAccountBody { account, api_key },
        ))
    }

    pub(super) fn retrieve_service_account(&self, project_id: &str, id: &str) -> Result<Answer, Refusal> {
        let account = self.service_account(project_id, id)?;
        Ok(Answer::json(200, &AccountBody::of(account)))
    }

    pub(super) fn update_service_account(
        &mut self,
        project_id: &str,
        id: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        self.open_project(project_id)?;
        let account = self.service_account(project_id, id)?;
        let mut fields = self.fields(request)?;
        let name = fields.optional_name("name")?.unwrap_or_else(|| account.name.clone());
        let role = fields
            .optional_text("role")?
            .map(|role| parse_role(&role))
            .transpose()?;
        let role = role.unwrap_or(account.role);
        self.finish(&fields)?;
        if (&name, role) != (&account.name, account.role) {
            self.effects.push(Effect::ServiceAccountUpdated {
                project_id: project_id.to_owned(),
                project: self.project(project_id)?.name.clone(),
                service_account_id: id.to_owned(),
                name: name.clone(),
                role,
            });
            if let Some(user) = self.users.get_mut(id) {
                user.set_name(&name);
            }
            if let Some(account) = self.accounts_mut(project_id).and_then(|accounts| accounts.get_mut(id)) {
                (account.name, account.role) = (name, role);
            }
        }
        self.retrieve_service_account(project_id, id)
    }

    pub(super) fn delete_service_account(&mut self, project_id: &str, id: &str) -> Result<Answer, Refusal> {
        self.open_project(project_id)?;
        match (self.service_account(project_id, id), self.settings.delete_missing) {
            (Ok(_), _) => self.drop_service_account(project_id, id),
            (Err(refusal), DeleteMissing::NotFound) => return Err(refusal),
            (Err(_), DeleteMissing::Ok) => {}
        }
        let (object, deleted) = ("organization.project.service_account.deleted", true);
        Ok(Answer::json(200, &Deletion { object, id, deleted }))
    }

    pub(super) fn create_service_account_key(
        &mut self,
        project_id: &str,
        id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        self.open_project(project_id)?;
        self.service_account(project_id, id)?;
        let mut fields = self.fields(request)?;
        let name = fields.optional_name("name")?.unwrap_or_else(|| KEY_NAME.to_owned());
        let scopes = fields.optional_texts("scopes")?.unwrap_or_default();
        self.finish(&fields)?;
        let key = self.put_account_key(project_id, id, name, scopes, now);
        Ok(Answer::json(200, &key))
    }

    /// The service accounts of a project, in the order in which they were made; empty if there is no
    /// such project.
    pub fn service_accounts(&self, project_id: &str) -> impl Iterator<Item = &ServiceAccount> {
        let project = self.projects.get(project_id).into_iter();
        project.flat_map(|project| project.service_accounts.iter())
    }

    fn service_account(&self, project_id: &str, id: &str) -> Result<&ServiceAccount, Refusal> {
        let account = self.project(project_id)?.service_accounts.get(id);
        account.ok_or_else(|| Refusal::not_found(Code::ServiceAccountNotFound, "service account", id))
    }

    fn accounts_mut(&mut self, project_id: &str) -> Option<&mut Store<ServiceAccount>> {
        Some(&mut self.projects.get_mut(project_id)?.service_accounts)
    }

    fn put_service_account(
        &mut self,
        project_id: &str,
        name: &str,
        role: ServiceAccountRole,
        now: Timestamp,
    ) -> String {
        let id = self.ids.service_account();
        let Some(project) = self.projects.get_mut(project_id) else {
            return id;
        };
        project.service_accounts.insert(ServiceAccount {
            id: id.clone(),
            name: name.to_owned(),
            role,
            created_at: now,
            keys: Vec::new(),
        });
        self.effects.push(Effect::ServiceAccountCreated {
            project_id: project.id.clone(),
            project: project.name.clone(),
            service_account_id: id.clone(),
            name: name.to_owned(),
            role,
        });
        if self.settings.service_accounts_in_users {
            let mut user = User::new(&id, "", Some(name), OrgRole::Reader, now);
            user.is_service_account = true;
            self.users.insert(user);
        }
        id
    }

    fn put_account_key(
        &mut self,
        project_id: &str,
        account_id: &str,
        name: String,
        scopes: Vec<String>,
        now: Timestamp,
    ) -> KeyBody {
        let (id, value) = (self.ids.key(), self.ids.service_account_secret());
        if let Some(project) = self.projects.get_mut(project_id)
            && let Some(account) = project.service_accounts.get_mut(account_id)
        {
            account.keys.push(ServiceAccountKey {
                id: id.clone(),
                name: name.clone(),
                created_at: now,
                scopes: scopes.clone(),
            });
            self.effects.push(Effect::ServiceAccountKeyCreated {
                project_id: project.id.clone(),
                project: project.name.clone(),
                service_account_id: account.id.clone(),
                key_id: id.clone(),
                name: name.clone(),
                scopes,
            });
        }
        KeyBody {
            object: "organization.project.service_account.api_key",
            value,
            name,
            created_at: now.as_secs(),
            id,
        }
    }

    fn drop_service_account(&mut self, project_id: &str, id: &str) {
        if let Some(shadow) = self.users.get(id).cloned() {
            self.drop_memberships(&shadow);
            self.users.remove(id);
        }
        let Some(project) = self.projects.get_mut(project_id) else {
            return;
        };
        if let Some(account) = project.service_accounts.remove(id) {
            self.effects.push(Effect::ServiceAccountDeleted {
                project_id: project.id.clone(),
                project: project.name.clone(),
                service_account_id: account.id,
                name: account.name,
            });
        }
    }
}

fn parse_role(role: &str) -> Result<ServiceAccountRole, Refusal> {
    match role {
        "member" => Ok(ServiceAccountRole::Member),
        "owner" => Ok(ServiceAccountRole::Owner),
        _ => {
            let text = format!("Invalid value: '{role}'. 'role' must be 'member' or 'owner'.");
            Err(Refusal::invalid("role", text))
        }
    }
}

/// A service account on the wire.
#[derive(Serialize)]
struct AccountBody<'a> {
    object: &'static str,
    id: &'a str,
    name: &'a str,
    role: &'static str,
    created_at: u64,
}

impl<'a> AccountBody<'a> {
    fn of(account: &'a ServiceAccount) -> Self {
        Self {
            object: "organization.project.service_account",
            id: &account.id,
            name: &account.name,
            role: account.role.as_str(),
            created_at: account.created_at.as_secs(),
        }
    }
}

/// What making a service account answers.
#[derive(Serialize)]
struct NewAccountBody<'a> {
    #[serde(flatten)]
    account: AccountBody<'a>,
    api_key: Option<KeyBody>,
}

/// A key with its secret.
#[derive(Serialize)]
struct KeyBody {
    object: &'static str,
    value: String,
    name: String,
    created_at: u64,
    id: String,
}
