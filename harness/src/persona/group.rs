//! How personas handle groups.

use proofload_scenarios::{GroupManner, GroupUpdate};
use serde_json::Value;

use super::job::{Failure, Member};
use super::{Line, Persona, by_id, id_of, patch, resource, usable_page, usable_resource};
use crate::cast::Team;

/// The most pages of groups that are read to find a name.
const PAGES_MAX: usize = 100;

/// A persona that pushes groups.
pub(super) struct Groups<'a> {
    persona: Persona<'a>,
    manner: &'a GroupManner,
}

impl<'a> Persona<'a> {
    /// This persona's manner with groups, if it has any.
    pub(super) fn groups(&self) -> Result<Groups<'a>, Failure> {
        let manner = self.idp.group.as_ref();
        manner
            .map(|manner| Groups { persona: *self, manner })
            .ok_or_else(|| Failure::unusable("idp.groups", format!("{} pushes no groups", self.idp.title)))
    }
}

impl Groups<'_> {
    /// Look-up, then create and what follows a create; or an update of the group that was found.
    pub(super) async fn push(&self, team: &Team, members: &[Member], line: &mut impl Line) -> Result<(), Failure> {
        let found = self.find(team, line).await?;
        let created = if found.is_none() {
            let body = resource::new_group(self.manner, team, members);
            let exchange = self
                .persona
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
        match self.manner.update {
            GroupUpdate::EchoPut => return self.replace(&team, members, line).await,
            GroupUpdate::PatchAfterNamePatch => self.send_name(&team, line).await?,
            GroupUpdate::PatchAfterRead => _ = self.read(&team, line).await?,
            GroupUpdate::Patch => {}
        }
        self.patch_members_in(&team, members, line).await
    }

    /// The group of this name, by a filter, or by reading the whole list and looking for it.
    async fn find(&self, team: &Team, line: &mut impl Line) -> Result<Option<Value>, Failure> {
        let by_name = &self.manner.find;
        if !by_name.contains("{displayName}") && !by_name.contains("{externalId}") {
            return self.find_in_list(team, line).await;
        }
        let value_of = |name: &str| match name {
            "displayName" => Some(team.display_name.clone()),
            "externalId" => Some(team.external_id.clone()),
            _ => None,
        };
        let exchange = self.persona.send("match", by_name, None, line, &value_of).await?;
        self.persona.matched(&exchange)
    }

    async fn find_in_list(&self, team: &Team, line: &mut impl Line) -> Result<Option<Value>, Failure> {
        let mut text = self.manner.find.clone();
        let mut read = 0;
        for _ in 0..PAGES_MAX {
            let exchange = self.persona.send("match", &text, None, line, &|_| None).await?;
            let (total, groups) = usable_page(&exchange, "idp.match")?;
            read += groups.len();
            let is_it =
                |group: &Value| group.get("displayName").and_then(Value::as_str) == Some(team.display_name.as_str());
            let last = groups.is_empty() || u64::try_from(read).is_ok_and(|read| read >= total);
            if let Some(found) = groups.into_iter().find(is_it) {
                return Ok(Some(found));
            }
            if last {
                break;
            }
            text = format!(
                "{}?startIndex={}",
                self.manner.find.trim_end_matches(['?', '&']),
                read + 1
            );
        }
        Ok(None)
    }

    pub(super) async fn read(&self, team: &Team, line: &mut impl Line) -> Result<Value, Failure> {
        let text = format!("GET /Groups/{{id}}{}", self.manner.read_query);
        let exchange = self
            .persona
            .send("read", &text, None, line, &by_id(team.id.as_deref()))
            .await?;
        usable_resource(&exchange, &[200], "idp.read")
    }

    pub(super) async fn rename(&self, team: &Team, members: &[Member], line: &mut impl Line) -> Result<(), Failure> {
        match self.manner.update {
            GroupUpdate::EchoPut => self.replace(team, members, line).await,
            GroupUpdate::PatchAfterNamePatch | GroupUpdate::PatchAfterRead | GroupUpdate::Patch => {
                self.send_name(team, line).await
            }
        }
    }

    pub(super) async fn add_members(
        &self,
        team: &Team,
        added: &[Member],
        all: &[Member],
        line: &mut impl Line,
    ) -> Result<(), Failure> {
        match self.manner.update {
            GroupUpdate::EchoPut => self.replace(team, all, line).await,
            GroupUpdate::PatchAfterNamePatch | GroupUpdate::PatchAfterRead | GroupUpdate::Patch => {
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
        match self.manner.update {
            GroupUpdate::EchoPut => self.replace(team, all, line).await,
            GroupUpdate::PatchAfterNamePatch | GroupUpdate::PatchAfterRead | GroupUpdate::Patch => {
                for batch in self.batches(removed) {
                    let body = patch::remove_members(self.manner.patch, self.manner.member, batch);
                    self.patch(team, &body, line).await?;
                }
                Ok(())
            }
        }
    }

    pub(super) async fn delete(&self, team: &Team, line: &mut impl Line) -> Result<(), Failure> {
        self.persona.delete_by_id("/Groups", team.id.as_deref(), line).await
    }

    /// Okta's PUT client reads the group first and then sends its own list whole.
    async fn replace(&self, team: &Team, members: &[Member], line: &mut impl Line) -> Result<(), Failure> {
        self.read(team, line).await?;
        let body = resource::whole_group(team, team.id.as_deref().unwrap_or_default(), members);
        self.persona
            .write_by_id("PUT", "/Groups", team.id.as_deref(), &body, line)
            .await
    }

    async fn send_name(&self, team: &Team, line: &mut impl Line) -> Result<(), Failure> {
        let id = team.id.as_deref().unwrap_or_default();
        let body = patch::group_name(self.manner.patch, id, &team.display_name);
        self.patch(team, &body, line).await
    }

    async fn patch_members_in(&self, team: &Team, members: &[Member], line: &mut impl Line) -> Result<(), Failure> {
        for batch in self.batches(members) {
            let body = patch::add_members(self.manner.patch, self.manner.member, batch);
            self.patch(team, &body, line).await?;
        }
        Ok(())
    }

    async fn patch(&self, team: &Team, body: &Value, line: &mut impl Line) -> Result<(), Failure> {
        self.persona
            .write_by_id("PATCH", "/Groups", team.id.as_deref(), body, line)
            .await
    }

    fn batches<'m>(&self, members: &'m [Member]) -> std::slice::Chunks<'m, Member> {
        members.chunks(usize::try_from(self.manner.members_per_patch).unwrap_or(1).max(1))
    }
}
