//! People in memory, and how to find them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::PersonKey;
use super::person::Person;
use crate::core::address::normalise;

/// People by id, with an index for each thing they are looked up by.
#[derive(Debug, Default)]
pub(super) struct People {
    by_id: HashMap<String, Arc<Person>>,
    by_seq: BTreeMap<u64, String>,
    by_user_name: HashMap<String, String>,
    by_address: HashMap<String, String>,
    by_external_id: HashMap<String, String>,
    by_upstream: HashMap<String, String>,
}

impl People {
    pub(super) fn get(&self, id: &str) -> Option<Arc<Person>> {
        self.by_id.get(id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Person>> {
        self.by_seq.values().filter_map(|id| self.get(id)).collect()
    }

    pub(super) fn find(&self, key: PersonKey<'_>) -> Option<Arc<Person>> {
        let id = match key {
            PersonKey::UserName(name) => self.by_user_name.get(&normalise(name)),
            PersonKey::Address(address) => self.by_address.get(&normalise(address)),
            PersonKey::ExternalId(id) => self.by_external_id.get(id),
            PersonKey::Upstream(id) => self.by_upstream.get(id),
        }?;
        self.get(id)
    }

    pub(super) fn put(&mut self, person: Arc<Person>) {
        self.remove(&person.id.clone());
        let id = || person.id.clone();
        self.by_seq.insert(person.seq, id());
        self.by_user_name
            .insert(normalise(person.user_name()), id());
        if !person.address().is_empty() {
            self.by_address.insert(normalise(person.address()), id());
        }
        if let Some(external) = person.external_id() {
            self.by_external_id.insert(external.to_owned(), id());
        }
        if let Some(upstream) = person.upstream_id() {
            self.by_upstream.insert(upstream.to_owned(), id());
        }
        self.by_id.insert(id(), person);
    }

    pub(super) fn remove(&mut self, id: &str) {
        let Some(person) = self.by_id.remove(id) else {
            return;
        };
        self.by_seq.remove(&person.seq);
        forget(&mut self.by_user_name, &normalise(person.user_name()), id);
        forget(&mut self.by_address, &normalise(person.address()), id);
        if let Some(external) = person.external_id() {
            forget(&mut self.by_external_id, external, id);
        }
        if let Some(upstream) = person.upstream_id() {
            forget(&mut self.by_upstream, upstream, id);
        }
    }
}

/// Takes `key` out of an index if it leads to `id`.
fn forget(index: &mut HashMap<String, String>, key: &str, id: &str) {
    if index.get(key).is_some_and(|owner| owner == id) {
        index.remove(key);
    }
}
