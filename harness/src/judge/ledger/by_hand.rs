//! What other people did at OpenAI meanwhile: what the bridge had acknowledged about it is in doubt.
//!
//! A bridge may put things right or leave them as they are, so nobody is held to them any more. That ends with a write that
//! asks for a change: a person switched on or off, another role, a member added or removed. An echo asks for none.

use std::collections::{BTreeMap, BTreeSet};

use super::{KnownPerson, Ledger};

/// Groups that other people made, and memberships that they changed; by the group's name.
#[derive(Clone, Debug, Default)]
pub(super) struct ByHand {
    made: BTreeMap<String, usize>,
    members: BTreeMap<String, BTreeSet<String>>,
}

impl ByHand {
    /// A group has another name; it may be one that was made by hand.
    pub(super) fn renamed(&mut self, from: &str, to: &str) {
        if let Some(members) = self.members.remove(from) {
            self.members.entry(to.to_owned()).or_default().extend(members);
        }
    }

    /// A write asked for just these people to be in the group, or not.
    pub(super) fn asked_for(&mut self, group: &str, addresses: &BTreeSet<String>) {
        if let Some(members) = self.members.get_mut(group) {
            members.retain(|address| !addresses.contains(address));
        }
    }
}

impl Ledger {
    /// Somebody else changed where this person stands at OpenAI.
    pub fn touched<'a>(&mut self, addresses: impl Iterator<Item = &'a str>) {
        let addresses: BTreeSet<String> = addresses.map(str::to_lowercase).collect();
        for person in self.people.iter_mut().filter(|person| person.has_one_of(&addresses)) {
            person.moved_by_hand = true;
            person.role_by_hand = true;
        }
        // Whoever leaves the organization leaves its groups.
        for group in self.groups.iter().filter(|group| !group.deleted) {
            let members = self.by_hand.members.entry(group.name.clone()).or_default();
            members.extend(addresses.iter().cloned());
        }
    }

    /// Somebody else changed this person's role.
    pub fn role_touched<'a>(&mut self, addresses: impl Iterator<Item = &'a str>) {
        let addresses: BTreeSet<String> = addresses.map(str::to_lowercase).collect();
        for person in self.people.iter_mut().filter(|person| person.has_one_of(&addresses)) {
            person.role_by_hand = true;
        }
    }

    /// Somebody else made a group of this name.
    pub fn group_made(&mut self, name: &str) {
        *self.by_hand.made.entry(name.to_owned()).or_default() += 1;
    }

    /// Somebody else deleted the groups of this name.
    pub fn group_gone(&mut self, name: &str) {
        self.by_hand.made.remove(name);
        for group in self.groups.iter_mut().filter(|group| group.name == name) {
            group.gone_by_hand = true;
            let known = group.members.iter().filter_map(|id| {
                let person = self.people.iter().find(|person| person.id.as_ref() == Some(id));
                person.map(|person| &person.addresses).or_else(|| self.seen.get(id))
            });
            let members = self.by_hand.members.entry(name.to_owned()).or_default();
            members.extend(known.flatten().cloned());
        }
    }

    /// Somebody else put this person into the groups of this name, or took them out.
    pub fn membership_touched<'a>(&mut self, group: &str, addresses: impl Iterator<Item = &'a str>) {
        let members = self.by_hand.members.entry(group.to_owned()).or_default();
        members.extend(addresses.map(str::to_lowercase));
    }

    /// How many groups of this name other people made.
    pub fn groups_made(&self, name: &str) -> usize {
        self.by_hand.made.get(name).copied().unwrap_or(0)
    }

    /// Whether other people may have decided on this person's place in the group.
    pub fn is_membership_by_hand(&self, group: &str, address: &str) -> bool {
        let members = self.by_hand.members.get(group);
        members.is_some_and(|members| members.contains(address))
    }
}

impl KnownPerson {
    fn has_one_of(&self, addresses: &BTreeSet<String>) -> bool {
        self.addresses
            .iter()
            .chain(&self.former)
            .any(|address| addresses.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::judge::ledger::Ledger;
    use crate::judge::ledger::heard::hear;
    use crate::judge::owed::gaps;
    use crate::judge::upstream::{Upstream, UpstreamGroup};

    /// Ann is acknowledged, and in the group Eng.
    fn told() -> Ledger {
        let mut ledger = Ledger::default();
        let (ann, eng) = (
            r#"{"userName":"ann@x.org","urn:ietf:params:scim:schemas:extension:openai:2.0:User":{"openai_role":"reader"}}"#,
            r#"{"displayName":"Eng","members":[{"value":"1"}]}"#,
        );
        hear(
            &mut ledger,
            "POST /Users",
            ann,
            201,
            r#"{"id":"1","userName":"ann@x.org"}"#,
        );
        hear(
            &mut ledger,
            "POST /Groups",
            eng,
            201,
            r#"{"id":"g","displayName":"Eng"}"#,
        );
        ledger
    }

    fn upstream(role: Option<&str>, groups: &[&[&str]]) -> Upstream {
        let group = |members: &&[&str]| UpstreamGroup {
            id: String::new(),
            name: "Eng".to_owned(),
            members: members.iter().map(|member| (*member).to_owned()).collect(),
        };
        Upstream {
            members: role
                .map(|role| ("ann@x.org".to_owned(), role.to_owned()))
                .into_iter()
                .collect(),
            groups: groups.iter().map(group).collect(),
            ..Upstream::default()
        }
    }

    fn missing(ledger: &Ledger, upstream: &Upstream) -> Vec<&'static str> {
        gaps(ledger, upstream)
            .iter()
            .map(|gap| gap.invariant.as_str())
            .collect()
    }

    const ANN: &str = "ann@x.org";
    const ECHO: &str = r#"{"userName":"ann@x.org","urn:ietf:params:scim:schemas:extension:openai:2.0:User":{"openai_role":"reader"},"active":true}"#;
    const OFF: &str = r#"{"userName":"ann@x.org","active":false}"#;
    const OWNER: &str =
        r#"{"userName":"ann@x.org","urn:ietf:params:scim:schemas:extension:openai:2.0:User":{"openai_role":"owner"}}"#;

    #[rstest]
    #[case::nothing_since(None, &[])]
    #[case::an_echo(Some(ECHO), &[])]
    #[case::on_and_off_and_on(Some(OFF), &["honest-success"])]
    fn whoever_was_removed_by_hand_is_owed_from_the_next_wish(#[case] put: Option<&str>, #[case] wanted: &[&str]) {
        let mut ledger = told();
        assert_eq!(missing(&ledger, &upstream(None, &[&[]])), ["honest-success"]);
        ledger.touched([ANN].into_iter());
        if let Some(body) = put {
            hear(&mut ledger, "PUT /Users/1", body, 200, "{}");
            hear(&mut ledger, "PUT /Users/1", ECHO, 200, "{}");
        }
        assert_eq!(missing(&ledger, &upstream(None, &[&[]])), wanted);
    }

    #[rstest]
    #[case::nothing_since(None, &[])]
    #[case::an_echo(Some(ECHO), &[])]
    #[case::another_role(Some(OWNER), &["honest-success"])]
    fn a_role_given_by_hand_is_judged_from_the_next_role(#[case] put: Option<&str>, #[case] wanted: &[&str]) {
        let mut ledger = told();
        assert_eq!(missing(&ledger, &upstream(Some("owner"), &[&[ANN]])), ["no-escalation"]);
        ledger.role_touched([ANN].into_iter());
        let mut role = "owner";
        if let Some(body) = put {
            hear(&mut ledger, "PUT /Users/1", body, 200, "{}");
            role = if wanted.is_empty() { "owner" } else { "reader" };
        }
        assert_eq!(missing(&ledger, &upstream(Some(role), &[&[ANN]])), wanted);
    }

    #[test]
    fn a_membership_by_hand_is_judged_from_the_next_time_it_is_named() {
        let mut ledger = told();
        let out = upstream(Some("reader"), &[&[]]);
        assert_eq!(missing(&ledger, &out), ["honest-success"]);
        ledger.membership_touched("Eng", [ANN].into_iter());
        assert_eq!(missing(&ledger, &out), [""; 0]);
        let all = r#"{"displayName":"Eng","members":[{"value":"1"}]}"#;
        hear(&mut ledger, "PUT /Groups/g", all, 200, "{}");
        assert_eq!(missing(&ledger, &out), [""; 0]);
        let add = r#"{"Operations":[{"op":"add","path":"members","value":[{"value":"1"}]}]}"#;
        hear(&mut ledger, "PATCH /Groups/g", add, 204, "");
        assert_eq!(missing(&ledger, &out), ["honest-success"]);
    }

    #[test]
    fn groups_made_by_hand_may_share_the_name() {
        let mut ledger = told();
        let two = upstream(Some("reader"), &[&["stranger@x.org"], &[ANN]]);
        assert_eq!(missing(&ledger, &two), ["converges"]);
        ledger.group_made("Eng");
        assert_eq!(missing(&ledger, &two), [""; 0]);
        ledger.group_gone("Eng");
        assert_eq!(missing(&ledger, &upstream(Some("reader"), &[])), [""; 0]);
        let rename = r#"{"Operations":[{"op":"replace","path":"displayName","value":"Eng 2"}]}"#;
        hear(&mut ledger, "PATCH /Groups/g", rename, 200, "{}");
        assert_eq!(missing(&ledger, &upstream(Some("reader"), &[])), ["honest-success"]);
    }

    #[test]
    fn what_was_acknowledged_before_a_kill_is_owed_as_such() {
        let mut ledger = told();
        ledger.killed();
        let lost = upstream(Some("reader"), &[]);
        assert!(gaps(&ledger, &lost).iter().all(|gap| gap.before_kill));
        let all = r#"{"displayName":"Eng","members":[{"value":"1"}]}"#;
        hear(&mut ledger, "PUT /Groups/g", all, 200, "{}");
        assert!(!gaps(&ledger, &lost)[0].before_kill);
    }
}
