//! Calls about users. A bridge cannot create one; it can look, set the role and remove.

use http::Method;
use serde_json::json;

use super::http::encode;
use super::object::User;
use super::operation::Operation;
use super::session::{Cursor, Session, done};
use super::trouble::Trouble;
use crate::core::address;
use crate::core::role::Role;
use crate::fault::Fault;

impl Session {
    /// The members with one of `emails`. The filter may be ignored upstream, so every address is
    /// compared and all pages are read until everybody is found.
    pub(crate) async fn find_members(&self, emails: &[&str]) -> Result<Vec<User>, Trouble> {
        if self.faults().has(Fault::MemberNotLookedUp) {
            return Ok(Vec::new());
        }
        let exact = self.matches_exactly();
        let wanted = |user: &User| {
            user.email.as_deref().is_some_and(|email| {
                emails.iter().any(|one| {
                    if exact {
                        *one == email
                    } else {
                        address::same(one, email)
                    }
                })
            })
        };
        let mut path = "users?limit=100".to_owned();
        for email in emails {
            path.push_str("&emails%5B%5D=");
            path.push_str(&encode(email));
        }
        let mut users = self
            .walk(
                Operation::ListUsers,
                &path,
                Cursor::LastId,
                |user: &User| &user.id,
                |users| users.iter().filter(|user| wanted(user)).count() >= emails.len(),
            )
            .await?;
        users.retain(wanted);
        Ok(users)
    }

    /// Members from the beginning of the list, where new ones usually stand, for as long as a
    /// page holds somebody `wanted`. No order is promised upstream: this may find nobody.
    pub(crate) async fn newest_members(&self, wanted: impl Fn(&User) -> bool) -> Result<Vec<User>, Trouble> {
        let mut found = Vec::new();
        let mut pages = self.pages(Operation::ListUsers, "users?limit=100", Cursor::LastId);
        while let Some(mut page) = pages.next(|user: &User| &user.id).await? {
            page.retain(&wanted);
            if page.is_empty() {
                break;
            }
            found.append(&mut page);
        }
        Ok(found)
    }

    /// Every member.
    pub(crate) async fn list_users(&self) -> Result<Vec<User>, Trouble> {
        let first_only = self.faults().has(Fault::FirstUpstreamPageOnly);
        let limit = if first_only { 20 } else { 100 };
        self.walk(
            Operation::ListUsers,
            &format!("users?limit={limit}"),
            Cursor::LastId,
            |user: &User| &user.id,
            |_| first_only,
        )
        .await
    }

    /// Gives a member a role.
    pub(crate) async fn set_role(&self, id: &str, role: Role) -> Result<(), Trouble> {
        let path = format!("users/{}", encode(id));
        let body = json!({"role": role.as_str()});
        self.write(
            || async {
                self.call(Operation::ModifyUser, Method::POST, &path, Some(&body))
                    .await
                    .map(done)
            },
            || async {
                let user: User = self.read(Operation::RetrieveUser, &path).await?;
                Ok((user.role.as_deref() == Some(role.as_str())).then_some(()))
            },
        )
        .await
    }

    /// Removes a member from the organization.
    ///
    /// # Errors
    /// [`Trouble::Missing`] when there was no such member.
    pub(crate) async fn remove_user(&self, id: &str) -> Result<(), Trouble> {
        let path = format!("users/{}", encode(id));
        self.write(
            || async {
                self.call(Operation::DeleteUser, Method::DELETE, &path, None)
                    .await
                    .map(done)
            },
            || async {
                match self.read::<User>(Operation::RetrieveUser, &path).await {
                    Ok(_) => Ok(None),
                    Err(Trouble::Missing) => Ok(Some(())),
                    Err(trouble) => Err(trouble),
                }
            },
        )
        .await
    }
}
