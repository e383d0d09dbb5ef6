//! How personas handle people.

use proofload_scenarios::UserUpdate;
use serde_json::{Value, json};

use super::job::{Change, Failure};
use super::{Line, Persona, by_id, id_of, patch, resource, usable_page, usable_resource};
use crate::cast::Actor;

impl Persona<'_> {
    /// Look-up, then create, or take over whom the look-up found.
    pub(super) async fn assign(&self, actor: &Actor, line: &mut impl Line) -> Result<(), Failure> {
        match self.find_user(actor, line).await? {
            None => self.create_user(actor, line).await,
            Some(found) => self.take_over(actor, &found, line).await,
        }
    }

    pub(super) async fn find_user(&self, actor: &Actor, line: &mut impl Line) -> Result<Option<Value>, Failure> {
        let value_of = |name: &str| actor.get(name).map(str::to_owned);
        let exchange = self.send("match", &self.idp.user.find, None, line, &value_of).await?;
        self.matched(&exchange)
    }

    pub(super) async fn read_user(&self, actor: &Actor, line: &mut impl Line) -> Result<Value, Failure> {
        let text = format!("GET /Users/{{id}}{}", self.idp.user.read_query);
        let exchange = self
            .send("read", &text, None, line, &by_id(actor.id.as_deref()))
            .await?;
        usable_resource(&exchange, &[200], "idp.read")
    }

    async fn create_user(&self, actor: &Actor, line: &mut impl Line) -> Result<(), Failure> {
        let body = resource::new_user(self.idp, actor, self.role_urn);
        let exchange = self.send("create", "POST /Users", Some(&body), line, &|_| None).await?;
        usable_resource(&exchange, &[200, 201], "idp.create").map(|_| ())
    }

    /// Somebody is there already: bring the bridge's copy in line with the directory.
    async fn take_over(&self, actor: &Actor, found: &Value, line: &mut impl Line) -> Result<(), Failure> {
        let Some(id) = id_of(found) else {
            return Err(Failure::unusable(
                "idp.match",
                "the resource that the look-up found has no id",
            ));
        };
        let actor = Actor {
            id: Some(id.to_owned()),
            ..actor.clone()
        };
        let inactive = found.get("active") == Some(&json!(false));
        match self.idp.user.update {
            UserUpdate::EchoPut => {
                let mut echo = self.read_user(&actor, line).await?;
                if inactive && self.idp.user.switch == UserUpdate::Patch {
                    self.switch_user(&actor, true, line).await?;
                }
                let changes = resource::difference(&echo, &actor, self.role_urn);
                resource::lay_over(&mut echo, &changes, actor.role_at, self.role_urn);
                echo["active"] = json!(true);
                self.replace_user(&actor, &echo, line).await
            }
            UserUpdate::TemplatePut => self.render_user(&actor, true, line).await,
            UserUpdate::Patch => {
                let changes = resource::difference(found, &actor, self.role_urn);
                if inactive {
                    self.switch_user(&actor, true, line).await?;
                }
                if changes.is_empty() {
                    Ok(())
                } else {
                    self.patch_user(&actor, &changes, line).await
                }
            }
        }
    }

    pub(super) async fn update_user(
        &self,
        actor: &Actor,
        changes: &[Change],
        line: &mut impl Line,
    ) -> Result<(), Failure> {
        match self.idp.user.update {
            UserUpdate::EchoPut => {
                let mut echo = self.read_user(actor, line).await?;
                resource::lay_over(&mut echo, changes, actor.role_at, self.role_urn);
                self.replace_user(actor, &echo, line).await
            }
            UserUpdate::TemplatePut => self.render_user(actor, actor.is_assigned(), line).await,
            UserUpdate::Patch if changes.is_empty() => Ok(()),
            UserUpdate::Patch => self.patch_user(actor, changes, line).await,
        }
    }

    pub(super) async fn switch_user(&self, actor: &Actor, on: bool, line: &mut impl Line) -> Result<(), Failure> {
        match self.idp.user.switch {
            UserUpdate::EchoPut => {
                let mut echo = self.read_user(actor, line).await?;
                echo["active"] = json!(on);
                self.replace_user(actor, &echo, line).await
            }
            UserUpdate::TemplatePut => self.render_user(actor, on, line).await,
            UserUpdate::Patch => {
                self.send_patch(actor, &patch::switch(self.idp.user.patch, on), line)
                    .await
            }
        }
    }

    /// Only some identity providers ever delete a person; for the others this sends nothing.
    pub(super) async fn delete_user(&self, actor: &Actor, line: &mut impl Line) -> Result<(), Failure> {
        if !self.idp.user.delete {
            return Ok(());
        }
        self.delete_by_id("/Users", actor.id.as_deref(), line).await
    }

    /// Page after page, each beginning where a full page would have ended, until `totalResults` is covered.
    pub(super) async fn import_users(&self, line: &mut impl Line) -> Result<(), Failure> {
        let size = self.idp.connection.import_page;
        let pages = line.pages_max();
        for page in 0..pages {
            let start = u64::from(page) * u64::from(size) + 1;
            let text = format!("GET /Users?startIndex={start}&count={size}");
            let exchange = self.send("list", &text, None, line, &|_| None).await?;
            let (total, _) = usable_page(&exchange, "idp.list")?;
            if start + u64::from(size) > total {
                return Ok(());
            }
        }
        Err(Failure::unusable(
            "idp.list",
            format!("after {pages} pages totalResults was still not covered"),
        ))
    }

    async fn patch_user(&self, actor: &Actor, changes: &[Change], line: &mut impl Line) -> Result<(), Failure> {
        let body = patch::attributes(self.idp.user.patch, changes, actor.role_at, self.role_urn);
        self.send_patch(actor, &body, line).await
    }

    async fn send_patch(&self, actor: &Actor, body: &Value, line: &mut impl Line) -> Result<(), Failure> {
        self.write_by_id("PATCH", "/Users", actor.id.as_deref(), body, line)
            .await
    }

    async fn replace_user(&self, actor: &Actor, body: &Value, line: &mut impl Line) -> Result<(), Failure> {
        self.write_by_id("PUT", "/Users", actor.id.as_deref(), body, line).await
    }

    /// The whole person as the directory has it, switched on or off.
    async fn render_user(&self, actor: &Actor, on: bool, line: &mut impl Line) -> Result<(), Failure> {
        let mut body = resource::new_user(self.idp, actor, self.role_urn);
        body["active"] = json!(on);
        self.replace_user(actor, &body, line).await
    }
}
