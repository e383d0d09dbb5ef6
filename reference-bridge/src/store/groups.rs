//! Groups in memory, and how to find them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::group::GroupRecord;
use crate::core::address::normalise;

/// Groups by id, with indexes by name, upstream id and member.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_id: HashMap<String, Arc<GroupRecord>>,
    by_seq: BTreeMap<u64, String>,
    by_name: HashMap<String, BTreeSet<u64>>,
    by_upstream: HashMap<String, u64>,
    by_member: HashMap<String, BTreeSet<u64>>,
}

impl Groups {
    pub(super) fn get(&self, id: &str) -> Option<Arc<GroupRecord>> {
        self.by_id.get(id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<GroupRecord>> {
        self.by_seq.values().filter_map(|id| self.get(id)).collect()
    }

    pub(super) fn named(&self, name: &str) -> Vec<Arc<GroupRecord>> {
        self.at(self.by_name.get(&normalise(name)))
    }

    pub(super) fn of_person(&self, person: &str) -> Vec<Arc<GroupRecord>> {
        self.at(self.by_member.get(person))
    }

    pub(super) fn of_upstream(&self, upstream_id: &str) -> Option<Arc<GroupRecord>> {
        self.get(self.by_seq.get(self.by_upstream.get(upstream_id)?)?)
    }

    pub(super) fn put(&mut self, group: Arc<GroupRecord>) {
        self.remove(&group.id.clone());
        let seq = group.seq;
        self.by_seq.insert(seq, group.id.clone());
        let name = normalise(group.name());
        self.by_name.entry(name).or_default().insert(seq);
        if let Some(upstream) = &group.upstream_id {
            self.by_upstream.insert(upstream.clone(), seq);
        }
        for member in &group.members {
            let groups = self.by_member.entry(member.clone()).or_default();
            groups.insert(seq);
        }
        self.by_id.insert(group.id.clone(), group);
    }

    pub(super) fn remove(&mut self, id: &str) {
        let Some(group) = self.by_id.remove(id) else {
            return;
        };
        let seq = group.seq;
        self.by_seq.remove(&seq);
        forget(&mut self.by_name, &normalise(group.name()), seq);
        if let Some(upstream) = &group.upstream_id
            && self.by_upstream.get(upstream) == Some(&seq)
        {
            self.by_upstream.remove(upstream);
        }
        for member in &group.members {
            forget(&mut self.by_member, member, seq);
        }
    }

    fn at(&self, numbers: Option<&BTreeSet<u64>>) -> Vec<Arc<GroupRecord>> {
        numbers
            .into_iter()
            .flatten()
            .filter_map(|seq| self.get(self.by_seq.get(seq)?))
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
