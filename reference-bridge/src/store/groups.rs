//! Groups in memory, and how to find them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::group::GroupRecord;
use crate::core::address::normalise;

/// Groups by id, with indexes by name, upstream id and member.
#[derive(Debug, Default)]
pub(super) struct Groups {
    ids: HashMap<String, Arc<GroupRecord>>,
    order: BTreeMap<u64, String>,
    names: HashMap<String, BTreeSet<u64>>,
    upstream: HashMap<String, u64>,
    members: HashMap<String, BTreeSet<u64>>,
}

impl Groups {
    pub(super) fn get(&self, id: &str) -> Option<Arc<GroupRecord>> {
        self.ids.get(id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<GroupRecord>> {
        self.order.values().filter_map(|id| self.get(id)).collect()
    }

    pub(super) fn named(&self, name: &str) -> Vec<Arc<GroupRecord>> {
        self.at(self.names.get(&normalise(name)))
    }

    pub(super) fn of_person(&self, person: &str) -> Vec<Arc<GroupRecord>> {
        self.at(self.members.get(person))
    }

    pub(super) fn of_upstream(&self, upstream_id: &str) -> Option<Arc<GroupRecord>> {
        self.get(self.order.get(self.upstream.get(upstream_id)?)?)
    }

    pub(super) fn has_member(&self, person: &str) -> bool {
        self.members.contains_key(person)
    }

    pub(super) fn put(&mut self, group: Arc<GroupRecord>) {
        let seq = group.seq;
        let old = self.take(&group.id);
        let before: &[String] = old.as_ref().map_or(&[], |old| &old.members);
        // Most changes add a few at the end: those in front stay in the index.
        let same = before
            .iter()
            .zip(&group.members)
            .take_while(|(old, new)| old == new)
            .count();
        for member in &before[same..] {
            forget(&mut self.members, member, seq);
        }
        for member in &group.members[same..] {
            self.members.entry(member.clone()).or_default().insert(seq);
        }
        self.order.insert(seq, group.id.clone());
        let name = normalise(group.name());
        self.names.entry(name).or_default().insert(seq);
        if let Some(upstream) = &group.upstream_id {
            self.upstream.insert(upstream.clone(), seq);
        }
        self.ids.insert(group.id.clone(), group);
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(group) = self.take(id) {
            for member in &group.members {
                forget(&mut self.members, member, group.seq);
            }
        }
    }

    /// Takes a group out of everything but the index of members.
    fn take(&mut self, id: &str) -> Option<Arc<GroupRecord>> {
        let group = self.ids.remove(id)?;
        let seq = group.seq;
        self.order.remove(&seq);
        forget(&mut self.names, &normalise(group.name()), seq);
        if let Some(upstream) = &group.upstream_id
            && self.upstream.get(upstream) == Some(&seq)
        {
            self.upstream.remove(upstream);
        }
        Some(group)
    }

    fn at(&self, numbers: Option<&BTreeSet<u64>>) -> Vec<Arc<GroupRecord>> {
        numbers
            .into_iter()
            .flatten()
            .filter_map(|seq| self.get(self.order.get(seq)?))
            .collect()
    }
}

fn forget(index: &mut HashMap<String, BTreeSet<u64>>, key: &str, seq: u64) {
    if let Some(numbers) = index.get_mut(key) {
        numbers.remove(&seq);
        if numbers.is_empty() {
            index.remove(key);
        }
    }
}
