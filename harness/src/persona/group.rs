//! How personas handle groups.

use proofload_scenarios::GroupUpdate;
use serde_json::Value;

use super::job::{Failure, Member};
use super::user::{by_id, usable_resource};
use super::{Line, Persona, id_of, patch, resource};
use crate::cast::Team;

impl Persona<'_> {
    /// Look-up, then create and what follows a create; or an update of the group that was found.
    pub(super) async fn push(&self, team: &Team, members: &[Member], line: &mut impl Line) -> Result<(), Failure> {
        let value_of = |name: &str| match name {
            "displayName" => Some(team.display_name.clone()),
            "externalId" => Some(team.external_id.clone()),
            _ => None,
        };
        let exchange = self.send("match", &self.idp.group.find, None, line, &value_of).await?;
        let found = self.matched(&exchange)?;
        let created = if found.is_none() {
            let body = resource::new_group(self.idp, team, members);
            let exchange = self
                .send("create", "POST /Groups", Some(&body), line, &|_| None)
                .await?;
            Some(usable_resource(&exchange, &[200, 201], "idp.create")?)
        } else {
            None
        };
        let Some(id) = found.as_ref().or(created.as_ref()).and_then(id_of) else {
            return Err(Failure::unusable(
                "idp.match",
                "the group that the look-up found has no id",
            ));
        };
        let team = Team {
            id: Some(id.to_owned()),
            ..team.clone()
        };
        match self.idp.group.update {
            GroupUpdate::EchoPut => self.replace_group(&team, members, line).await,
            GroupUpdate::PatchAfterNamePatch => {
                self.send_name(&team, line).await?;
                self.patch_members_in(&team, members, line).await
            }
            GroupUpdate::PatchAfterRead => {
                self.read_group(&team, line).await?;
                self.patch_members_in(&team, members, line).await
            }
        }
    }

    pub(super) async fn read_group(&self, team: &Team, line: &mut impl Line) -> Result<Value, Failure> {
        let text = format!("GET /Groups/{{id}}{}", self.idp.group.read_query);
        let exchange = self.send("read", &text, None, line, &by_id(team.id.as_deref())).await?;
        usable_resource(&exchange, &[200], "idp.read")
    }

    pub(super) async fn rename_group(
        &self,
        team: &Team,
        members: &[Member],
        line: &mut impl Line,
    ) -> Result<(), Failure> {
        match self.idp.group.update {
            GroupUpdate::EchoPut => self.replace_group(team, members, line).await,
            GroupUpdate::PatchAfterNamePatch | GroupUpdate::PatchAfterRead => self.send_name(team, line).await,
        }
    }

    pub(super) async fn add_members(
        &self,
        team: &Team,
        added: &[Member],
        all: &[Member],
        line: &mut impl Line,
    ) -> Result<(), Failure> {
        match self.idp.group.update {
            GroupUpdate::EchoPut => self.replace_group(team, all, line).await,
            GroupUpdate::PatchAfterNamePatch | GroupUpdate::PatchAfterRead => {
                self.patch_members_in(team, added, line).await
            }
        }
    }

    pub(super) async fn remove_members(
        &self,
        team: &Team,
        removed: &[Member],
        all: &[Member],
        line: &mut impl Line,
    ) -> Result<(), Failure> {
        match self.idp.group.update {
            GroupUpdate::EchoPut => self.replace_group(team, all, line).await,
            GroupUpdate::PatchAfterNamePatch | GroupUpdate::PatchAfterRead => {
                for batch in self.batches(removed) {
                    let body = patch::remove_members(self.idp.group.patch, self.idp.group.member, batch);
                    self.patch_group(team, &body, line).await?;
                }
                Ok(())
            }
        }
    }

    pub(super) async fn delete_group(&self, team: &Team, line: &mut impl Line) -> Result<(), Failure> {
        let exchange = self
            .send("delete", "DELETE /Groups/{id}", None, line, &by_id(team.id.as_deref()))
            .await?;
        match exchange.status() {
            Some(204 | 200 | 404) => Ok(()),
            _ => Err(Failure::of(&exchange, "idp.delete")),
        }
    }

    /// Okta's PUT client reads the group first and then sends its own list whole.
    async fn replace_group(&self, team: &Team, members: &[Member], line: &mut impl Line) -> Result<(), Failure> {
        self.read_group(team, line).await?;
        let body = resource::whole_group(team, team.id.as_deref().unwrap_or_default(), members);
        let exchange = self
            .send(
                "replace",
                "PUT /Groups/{id}",
                Some(&body),
                line,
                &by_id(team.id.as_deref()),
            )
            .await?;
        match exchange.status() {
            Some(200 | 204) => Ok(()),
            _ => Err(Failure::of(&exchange, "idp.update")),
        }
    }

    async fn send_name(&self, team: &Team, line: &mut impl Line) -> Result<(), Failure> {
        let id = team.id.as_deref().unwrap_or_default();
        let body = patch::group_name(self.idp.group.patch, id, &team.display_name);
        self.patch_group(team, &body, line).await
    }

    async fn patch_members_in(&self, team: &Team, members: &[Member], line: &mut impl Line) -> Result<(), Failure> {
        for batch in self.batches(members) {
            let body = patch::add_members(self.idp.group.patch, self.idp.group.member, batch);
            self.patch_group(team, &body, line).await?;
        }
        Ok(())
    }

    async fn patch_group(&self, team: &Team, body: &Value, line: &mut impl Line) -> Result<(), Failure> {
        let exchange = self
            .send(
                "patch",
                "PATCH /Groups/{id}",
                Some(body),
                line,
                &by_id(team.id.as_deref()),
            )
            .await?;
        match exchange.status() {
            Some(200 | 204) => Ok(()),
            _ => Err(Failure::of(&exchange, "idp.update")),
        }
    }

    fn batches<'m>(&self, members: &'m [Member]) -> std::slice::Chunks<'m, Member> {
        members.chunks(usize::try_from(self.idp.group.members_per_patch).unwrap_or(1).max(1))
    }
}
