//! People in memory, and how to find them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use super::PersonKey;
use super::person::Person;
use crate::core::address::normalise;

/// People by id, with an index for each thing they are looked up by.
#[derive(Debug, Default)]
pub(super) struct People {
    ids: HashMap<String, Arc<Person>>,
    order: BTreeMap<u64, Arc<Person>>,
    /// Those of them whose acceptance is waited for.
    pending: BTreeMap<u64, Arc<Person>>,
    /// The values of `order`, kept for as long as nothing changes: a list is read page after page.
    everybody: OnceLock<Arc<Vec<Arc<Person>>>>,
    user_names: HashMap<String, String>,
    addresses: HashMap<String, String>,
    external_ids: HashMap<String, String>,
    upstream: HashMap<String, String>,
}

impl People {
    pub(super) fn get(&self, id: &str) -> Option<Arc<Person>> {
        self.ids.get(id).cloned()
    }

    pub(super) fn see(&self, id: &str) -> Option<&Person> {
        self.ids.get(id).map(AsRef::as_ref)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    pub(super) fn all(&self) -> Arc<Vec<Arc<Person>>> {
        let all = self
            .everybody
            .get_or_init(|| Arc::new(self.order.values().cloned().collect()));
        Arc::clone(all)
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &Arc<Person>> {
        self.pending.values()
    }

    /// Those of `ids` whose acceptance is waited for.
    pub(super) fn pending_of(&self, ids: &[String]) -> Vec<Arc<Person>> {
        if self.pending.is_empty() {
            return Vec::new();
        }
        let people = ids.iter().filter_map(|id| self.ids.get(id));
        people.filter(|person| person.is_pending()).cloned().collect()
    }

    pub(super) fn find(&self, key: PersonKey<'_>) -> Option<Arc<Person>> {
        let id = match key {
            PersonKey::UserName(name) => self.user_names.get(&normalise(name)),
            PersonKey::Address(address) => self.addresses.get(&normalise(address)),
            PersonKey::ExternalId(id) => self.external_ids.get(id),
            PersonKey::Upstream(id) => self.upstream.get(id),
        }?;
        self.get(id)
    }

    pub(super) fn put(&mut self, person: Arc<Person>) {
        self.remove(&person.id.clone());
        self.everybody.take();
        let id = || person.id.clone();
        self.order.insert(person.seq, Arc::clone(&person));
        if person.is_pending() {
            self.pending.insert(person.seq, Arc::clone(&person));
        }
        self.user_names.insert(normalise(person.user_name()), id());
        if !person.address().is_empty() {
            self.addresses.insert(normalise(person.address()), id());
        }
        if let Some(external) = person.external_id() {
            self.external_ids.insert(external.to_owned(), id());
        }
        if let Some(upstream) = person.upstream_id() {
            self.upstream.insert(upstream.to_owned(), id());
        }
        self.ids.insert(id(), person);
    }

    pub(super) fn remove(&mut self, id: &str) {
        let Some(person) = self.ids.remove(id) else {
            return;
        };
        self.everybody.take();
        self.order.remove(&person.seq);
        self.pending.remove(&person.seq);
        forget(&mut self.user_names, &normalise(person.user_name()), id);
        forget(&mut self.addresses, &normalise(person.address()), id);
        if let Some(external) = person.external_id() {
            forget(&mut self.external_ids, external, id);
        }
        if let Some(upstream) = person.upstream_id() {
            forget(&mut self.upstream, upstream, id);
        }
    }
}

/// Takes `key` out of an index if it leads to `id`.
fn forget(index: &mut HashMap<String, String>, key: &str, id: &str) {
    if index.get(key).is_some_and(|owner| owner == id) {
        index.remove(key);
    }
}
