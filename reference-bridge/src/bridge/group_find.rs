//! Finding groups, and adopting those that are there upstream already.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::group_settle::group_lock;
use super::{Bridge, Place};
use crate::core::address;
use crate::core::error::ScimError;
use crate::core::evaluate::Evaluator;
use crate::core::filter::Filter;
use crate::core::json::Object;
use crate::core::reach;
use crate::core::schema::Kind;
use crate::fault::Fault;
use crate::store::{self, GroupRecord, PersonKey};
use crate::upstream::{Group, Session};
use crate::variant::Variant;

/// Later pages of a listing may use what its first page read, for this long.
const CENSUS_AGE: Duration = Duration::from_secs(60);

impl Bridge {
    /// The groups that match `filter`, or all, in order of creation. Members are read in from
    /// upstream only when they are shown or asked about.
    pub(crate) async fn find_groups(
        &self,
        filter: Option<&Filter>,
        first_page: bool,
        with_members: bool,
    ) -> Result<Vec<Arc<GroupRecord>>, ScimError> {
        let filter = match filter {
            Some(Filter::And(first, second)) if self.has(Fault::MembersClauseIgnored) => {
                let about_id = |clause: &Filter| reach::pinned(clause, "id").is_some();
                [first, second]
                    .into_iter()
                    .map(Box::as_ref)
                    .find(|clause| about_id(clause))
            }
            filter => filter,
        };
        let session = self.session();
        let name = filter.and_then(|filter| reach::pinned(filter, "displayName"));
        let known = filter.is_some_and(|filter| {
            ["id", "externalId"]
                .into_iter()
                .any(|key| reach::pinned(filter, key).is_some())
        });
        let claimed = name.is_some_and(|name| {
            let groups = self.store.groups_named(name);
            groups.iter().any(|group| group.claimed)
        });
        let left = self.is(Variant::HandMadeGroupsLeft);
        if !known && !claimed && !left {
            self.adopt_groups(&session, name, first_page).await?;
        }
        if let Some(name) = name
            && self.has(Fault::GroupLookupCreates)
            && self.store.groups_named(name).is_empty()
        {
            let _ = session.create_group(name, |_| true).await;
        }
        let mut groups = match name {
            Some(name) => self.store.groups_named(name),
            None => self.store.groups(),
        };
        groups.retain(|group| group.claimed || !left);
        let asks_members =
            filter.is_some_and(|filter| !reach::is_only_about(filter, &["id", "externalId", "displayName"]));
        if with_members || asks_members {
            for group in &mut groups {
                *group = self.group_with_members(&session, &group.id).await?;
            }
        }
        if let Some(filter) = filter {
            let evaluator = Evaluator {
                kind: Kind::Group,
                faults: self.faults(),
            };
            let place = Place::nowhere();
            groups.retain(|group| evaluator.matches(filter, &self.render_group(group, asks_members, &place)));
        }
        if name.is_some() {
            // Clients that match by name cannot do anything with two of them.
            groups.sort_by_key(|group| (!group.claimed, group.seq));
            if self.has(Fault::DoubleNameInAnyOrder) && self.store.next_seq().is_multiple_of(2) {
                groups.reverse();
            }
            groups.truncate(1);
        }
        Ok(groups)
    }

    /// The group with this id, its members read in.
    pub(crate) async fn group_with_members(&self, session: &Session, id: &str) -> Result<Arc<GroupRecord>, ScimError> {
        let missing = || ScimError::missing("group", id);
        let group = self.store.group(id).ok_or_else(missing)?;
        if group.imported {
            return Ok(group);
        }
        let Some(upstream) = &group.upstream_id else {
            return Ok(group);
        };
        let members = session
            .list_group_members(upstream)
            .await
            .map_err(|trouble| self.scim(&trouble))?;
        let of_user = |user: &str| self.store.find_person(PersonKey::Upstream(user));
        if members.iter().any(|member| of_user(&member.id).is_none()) {
            self.adopt_everybody(session, true).await?;
        }
        let _guard = self.locks.acquire(vec![group_lock(id)], session.deadline()).await?;
        let group = self.store.group(id).ok_or_else(missing)?;
        if group.imported {
            return Ok(group);
        }
        let mut next = GroupRecord::clone(&group);
        for member in members {
            if let Some(person) = of_user(&member.id) {
                next.members.push(person.id.clone());
                next.applied.insert(person.id.clone(), member.id);
            }
        }
        next.imported = true;
        Ok(self.store.put_group(next).await?)
    }

    /// The group with this id, for a client.
    pub(crate) async fn visible_group(&self, id: &str, with_members: bool) -> Result<Arc<GroupRecord>, ScimError> {
        if with_members {
            self.group_with_members(&self.session(), id).await
        } else {
            self.store.group(id).ok_or_else(|| ScimError::missing("group", id))
        }
    }

    /// Adopts the groups upstream that have this name, or all, and forgets adopted ones that are
    /// gone.
    pub(super) async fn adopt_groups(
        &self,
        session: &Session,
        name: Option<&str>,
        first_page: bool,
    ) -> Result<(), ScimError> {
        let mut census = self.group_census.lock().await;
        let fresh = census.is_some_and(|taken| taken.elapsed() < CENSUS_AGE);
        if !first_page && fresh {
            return Ok(());
        }
        let upstream = session.list_groups().await.map_err(|trouble| self.scim(&trouble))?;
        let by_id: HashMap<&str, &Group> = upstream.iter().map(|group| (group.id.as_str(), group)).collect();
        for group in self.store.groups().iter().filter(|group| !group.claimed) {
            let now = group.upstream_id.as_deref().and_then(|id| by_id.get(id));
            match now {
                Some(now) if now.name == group.upstream_name => {}
                Some(now) => {
                    let mut next = GroupRecord::clone(group);
                    next.attributes = attributes(&now.name);
                    next.upstream_name.clone_from(&now.name);
                    next.modified = store::now();
                    self.store.put_group(next).await?;
                }
                None => self.store.remove_group(&group.id).await?,
            }
        }
        for group in &upstream {
            let wanted = name.is_none_or(|name| address::same(name, &group.name));
            if wanted && self.store.group_of_upstream(&group.id).is_none() {
                self.store.put_group(self.adopted_group(group)).await?;
            }
        }
        if name.is_none() {
            *census = Some(Instant::now());
        }
        Ok(())
    }

    fn adopted_group(&self, group: &Group) -> GroupRecord {
        let now = store::now();
        GroupRecord {
            id: self.new_id(),
            seq: self.store.next_seq(),
            attributes: attributes(&group.name),
            members: Vec::new(),
            applied: HashMap::new(),
            upstream_id: Some(group.id.clone()),
            upstream_name: group.name.clone(),
            claimed: false,
            imported: false,
            created: now.clone(),
            modified: now,
        }
    }
}

fn attributes(name: &str) -> Object {
    Object::from_iter([("displayName".to_owned(), json!(name))])
}
