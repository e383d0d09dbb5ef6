//! Calls about groups and their members. Members are added and removed one at a time, by user id.

use http::Method;
use serde_json::json;

use super::http::encode;
use super::object::{Group, GroupMember};
use super::operation::Operation;
use super::session::{Cursor, Session, decode, done};
use super::trouble::Trouble;
use crate::fault::Fault;

impl Session {
    /// Every group.
    pub(crate) async fn list_groups(&self) -> Result<Vec<Group>, Trouble> {
        self.walk(
            Operation::ListGroups,
            "groups?limit=1000",
            Cursor::Next,
            |group: &Group| &group.id,
            |_| false,
        )
        .await
    }

    /// One group.
    pub(crate) async fn group(&self, id: &str) -> Result<Group, Trouble> {
        self.read(Operation::RetrieveGroup, &format!("groups/{}", encode(id)))
            .await
    }

    /// Creates a group. When the answer is lost, a group of that name that is not `known` is
    /// taken for the new one.
    pub(crate) async fn create_group(&self, name: &str, known: impl Fn(&str) -> bool) -> Result<Group, Trouble> {
        let body = json!({ "name": name });
        let known = &known;
        self.write(
            || async {
                self.call(Operation::CreateGroup, Method::POST, "groups", Some(&body))
                    .await
                    .and_then(decode::<Group>)
            },
            || async {
                if self.faults().has(Fault::GroupMadeAgainAfterLostAnswer) {
                    return Ok(None);
                }
                let groups = self.list_groups().await?;
                Ok(groups.into_iter().find(|group| group.name == name && !known(&group.id)))
            },
        )
        .await
    }

    /// Renames a group.
    pub(crate) async fn rename_group(&self, id: &str, name: &str) -> Result<(), Trouble> {
        let path = format!("groups/{}", encode(id));
        let body = json!({ "name": name });
        self.write(
            || async {
                self.call(Operation::UpdateGroup, Method::POST, &path, Some(&body))
                    .await
                    .map(done)
            },
            || async { Ok((self.group(id).await?.name == name).then_some(())) },
        )
        .await
    }

    /// Deletes a group; one that is gone already counts as deleted.
    pub(crate) async fn delete_group(&self, id: &str) -> Result<(), Trouble> {
        let path = format!("groups/{}", encode(id));
        let deleted = self
            .write(
                || async {
                    self.call(Operation::DeleteGroup, Method::DELETE, &path, None)
                        .await
                        .map(done)
                },
                || async {
                    match self.group(id).await {
                        Ok(_) => Ok(None),
                        Err(Trouble::Missing) => Ok(Some(())),
                        Err(trouble) => Err(trouble),
                    }
                },
            )
            .await;
        match deleted {
            Err(Trouble::Missing) if !self.faults().has(Fault::DeleteVanishedFails) => Ok(()),
            Err(Trouble::Missing) => Err(Trouble::Lost {
                reason: "not found".to_owned(),
                hung: false,
            }),
            other => other,
        }
    }

    /// Everybody in a group.
    pub(crate) async fn list_group_members(&self, id: &str) -> Result<Vec<GroupMember>, Trouble> {
        self.members_by(id, 1000).await
    }

    /// Everybody in a group, so many a page.
    async fn members_by(&self, id: &str, limit: u32) -> Result<Vec<GroupMember>, Trouble> {
        self.walk(
            Operation::ListGroupUsers,
            &format!("groups/{}/users?limit={limit}", encode(id)),
            Cursor::Next,
            |member: &GroupMember| &member.id,
            |_| false,
        )
        .await
    }

    /// Adds a user to a group. Being in it already (409) is as good.
    ///
    /// # Errors
    /// [`Trouble::Missing`] when there is no such group or user.
    pub(crate) async fn add_group_member(&self, group: &str, user: &str) -> Result<(), Trouble> {
        let path = format!("groups/{}/users", encode(group));
        let body = json!({ "user_id": user });
        if self.faults().has(Fault::AdditionReadsGroup) {
            self.members_by(group, 20).await?;
        }
        let added = self
            .write(
                || async {
                    self.call(Operation::AddGroupUser, Method::POST, &path, Some(&body))
                        .await
                        .map(done)
                },
                || async { Ok(self.is_group_member(group, user).await?.then_some(())) },
            )
            .await;
        match added {
            Err(Trouble::Refused { status: 409, .. }) => Ok(()),
            other => other,
        }
    }

    /// Takes a user out of a group. Not being in it (404) is as good.
    pub(crate) async fn remove_group_member(&self, group: &str, user: &str) -> Result<(), Trouble> {
        let path = format!("groups/{}/users/{}", encode(group), encode(user));
        let removed = self
            .write(
                || async {
                    self.call(Operation::RemoveGroupUser, Method::DELETE, &path, None)
                        .await
                        .map(done)
                },
                || async { Ok((!self.is_group_member(group, user).await?).then_some(())) },
            )
            .await;
        match removed {
            Err(Trouble::Missing) => Ok(()),
            other => other,
        }
    }

    async fn is_group_member(&self, group: &str, user: &str) -> Result<bool, Trouble> {
        let path = format!("groups/{}/users/{}", encode(group), encode(user));
        match self.read::<GroupMember>(Operation::RetrieveGroupUser, &path).await {
            Ok(_) => Ok(true),
            Err(Trouble::Missing) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }
}
