//! People who are there upstream without the identity provider: found on lookup, given a stable
//! id, and remembered. Reading never writes upstream.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Bridge;
use super::settle::{invite_link, member_link};
use crate::core::address::{self, normalise};
use crate::core::error::ScimError;
use crate::core::json::Object;
use crate::core::plan::Link;
use crate::fault::Fault;
use crate::store::{self, Person, PersonKey, lock_keys};
use crate::upstream::{Invite, Session, User};

/// Later pages of a listing may use what its first page read, for this long.
const CENSUS_AGE: Duration = Duration::from_secs(60);

/// A member or invitee who may have to be adopted.
struct Stranger {
    email: String,
    name: Option<String>,
    link: Link,
}

impl Bridge {
    /// Adopts the member or pending invitee with this address, unless the person is known.
    pub(super) async fn adopt_address(&self, session: &Session, address: &str) -> Result<(), ScimError> {
        if self.knows(address) {
            return Ok(());
        }
        let keys = lock_keys(address, address, None);
        let _guard = self.locks.acquire(keys, session.deadline()).await?;
        if self.knows(address) {
            return Ok(());
        }
        let member = session.find_member(address).await;
        let member = member.map_err(|trouble| self.scim(&trouble))?;
        let stranger = match member.as_ref().and_then(Stranger::of_user) {
            Some(member) => Some(member),
            None => session
                .find_invite(address)
                .await
                .map_err(|trouble| self.scim(&trouble))?
                .map(|invite| Stranger::of_invite(&invite)),
        };
        match stranger {
            Some(stranger) if self.is_new(&stranger) => {
                self.store.put_person(self.adopted(stranger)).await?;
            }
            None if self.has(Fault::LookupSendsInvite) => {
                let role = self.settings.default_role;
                // The defect does not care what becomes of it.
                let _ = session.invite(address, role).await;
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    /// Adopts everybody upstream, and forgets adopted people who are gone. The first page of a
    /// listing always reads; later pages use that for a while.
    pub(super) async fn adopt_everybody(&self, session: &Session, first_page: bool) -> Result<(), ScimError> {
        let mut census = self.census.lock().await;
        if !first_page && census.is_some_and(|taken| taken.elapsed() < CENSUS_AGE) {
            return Ok(());
        }
        let before: Vec<Arc<Person>> = self
            .store
            .people()
            .iter()
            .filter(|person| !person.claimed)
            .cloned()
            .collect();
        // Invites first: whoever accepts in between is then seen twice rather than never.
        let invites = session.list_invites().await.map_err(|trouble| self.scim(&trouble))?;
        let users = session.list_users().await.map_err(|trouble| self.scim(&trouble))?;
        let strangers = strangers(&users, &invites);
        self.refresh_adopted(session, before, &strangers).await?;
        let fresh: Vec<Stranger> = strangers
            .into_iter()
            .filter(|stranger| !self.knows(&stranger.email) && self.is_new(stranger))
            .collect();
        let keys = fresh
            .iter()
            .flat_map(|stranger| lock_keys(&stranger.email, &stranger.email, None))
            .collect();
        let _guard = self.locks.acquire(keys, session.deadline()).await?;
        let people: Vec<Person> = fresh
            .into_iter()
            .filter(|stranger| !self.knows(&stranger.email) && self.is_new(stranger))
            .map(|stranger| self.adopted(stranger))
            .collect();
        if !people.is_empty() {
            self.store.put_people(people).await?;
        }
        *census = Some(Instant::now());
        Ok(())
    }

    /// A defect: only people on the first pages upstream are listed.
    pub(super) async fn keep_first_page(
        &self,
        session: &Session,
        people: &mut Arc<Vec<Arc<Person>>>,
    ) -> Result<(), ScimError> {
        if !self.has(Fault::FirstUpstreamPageOnly) {
            return Ok(());
        }
        let trouble = |trouble| self.scim(&trouble);
        let invites = session.list_invites().await.map_err(trouble)?;
        let users = session.list_users().await.map_err(trouble)?;
        let invites = invites.iter().map(|invite| invite.id.as_str());
        let shown: HashSet<&str> = users.iter().map(|user| user.id.as_str()).chain(invites).collect();
        Arc::make_mut(people).retain(|person| person.upstream_id().is_some_and(|id| shown.contains(id)));
        Ok(())
    }

    /// Brings adopted people up to date with what was just read. Those that an identity provider
    /// wrote are left to it and to the poller.
    async fn refresh_adopted(
        &self,
        session: &Session,
        people: Vec<Arc<Person>>,
        strangers: &[Stranger],
    ) -> Result<(), ScimError> {
        let by_email: std::collections::HashMap<String, &Stranger> = strangers
            .iter()
            .map(|stranger| (normalise(&stranger.email), stranger))
            .collect();
        for person in people {
            let now = by_email.get(&normalise(person.address()));
            if now.is_some_and(|stranger| stranger.link == person.link) {
                continue;
            }
            let _guard = self.locks.acquire(person.lock_keys(), session.deadline()).await?;
            if !self.is_current(&person) {
                continue;
            }
            if let Some(stranger) = now {
                let mut next = Person::clone(&person);
                next.link = stranger.link.clone();
                self.store.put_person(next).await?;
            } else {
                self.store.remove_person(&person.id).await?;
                self.leave_groups(session, &person.id, true).await?;
            }
        }
        Ok(())
    }

    /// Whether somebody here has this address or user name.
    fn knows(&self, address: &str) -> bool {
        [PersonKey::UserName(address), PersonKey::Address(address)]
            .into_iter()
            .filter_map(|key| self.store.find_person(key))
            .any(|person| {
                !self.has(Fault::MatchIsCaseSensitive) || person.user_name() == address || person.address() == address
            })
    }

    /// Whether the stranger does not stand for somebody who was renamed here.
    fn is_new(&self, stranger: &Stranger) -> bool {
        match &stranger.link {
            Link::Invite { id, .. } | Link::Member { id, .. } => {
                self.store.find_person(PersonKey::Upstream(id)).is_none()
            }
            Link::Unknown | Link::Absent => false,
        }
    }

    fn adopted(&self, stranger: Stranger) -> Person {
        let now = store::now();
        Person {
            id: self.new_person_id(&stranger.email, &stranger.email),
            seq: self.store.next_seq(),
            attributes: attributes(&stranger.email, stranger.name.as_deref()),
            active: true,
            claimed: false,
            wish: None,
            link: stranger.link,
            created: now.clone(),
            modified: now,
        }
    }
}

impl Stranger {
    fn of_user(user: &User) -> Option<Self> {
        let email = user.email.clone().filter(|email| address::is_address(email))?;
        (user.is_service_account != Some(true)).then(|| Self {
            email,
            name: user.name.clone().filter(|name| !name.trim().is_empty()),
            link: member_link(user),
        })
    }

    fn of_invite(invite: &Invite) -> Self {
        Self {
            email: invite.email.clone(),
            name: None,
            link: invite_link(invite),
        }
    }
}

/// Members, and invitees who are not members, each address once.
fn strangers(users: &[User], invites: &[Invite]) -> Vec<Stranger> {
    let mut seen = HashSet::new();
    let members = users.iter().filter_map(Stranger::of_user);
    let pending = invites
        .iter()
        .filter(|invite| invite.is_pending())
        .map(Stranger::of_invite);
    members
        .chain(pending)
        .filter(|stranger| seen.insert(normalise(&stranger.email)))
        .collect()
}

/// The attributes of somebody of whom upstream knows an address and perhaps a name. Okta's
/// connection test wants both parts of a name, so one is made of what there is.
fn attributes(email: &str, name: Option<&str>) -> Object {
    let local = email.split('@').next().unwrap_or(email);
    let formatted = name.unwrap_or(local).trim();
    let (given, family) = formatted
        .split_once(char::is_whitespace)
        .unwrap_or((formatted, formatted));
    let value = json!({
        "userName": email,
        "name": {"formatted": formatted, "givenName": given, "familyName": family.trim()},
        "displayName": formatted,
        "emails": [{"value": email, "type": "work", "primary": true}],
    });
    match value {
        serde_json::Value::Object(attributes) => attributes,
        _ => Object::new(),
    }
}
