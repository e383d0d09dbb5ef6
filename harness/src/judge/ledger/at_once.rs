//! Writes that were under way at the same moment and ask for different things.

use super::Ledger;
use crate::exchange::Exchange;
use crate::judge::intent::{Intent, MemberChange, UserSaid};

impl Ledger {
    /// Of writes at the same moment nobody outside can tell which came last. Where they contradict each other, the person or
    /// group is in doubt until the next acknowledgement.
    pub fn leave_contradictions_open(&mut self, exchanges: &[Exchange]) {
        let refused = |exchange: &Exchange| exchange.status().is_some_and(|status| (400..500).contains(&status));
        let together = exchanges
            .iter()
            .filter(|exchange| exchange.concurrent && !refused(exchange));
        let intents: Vec<Intent> = together.filter_map(|exchange| Intent::of(&exchange.request)).collect();
        for (index, one) in intents.iter().enumerate() {
            for other in intents[index + 1..].iter().filter(|other| contradict(one, other)) {
                self.doubt(one);
                self.doubt(other);
            }
        }
    }

    fn doubt(&mut self, intent: &Intent) {
        match intent {
            Intent::User { id, said } => {
                for person in self.people.iter_mut().filter(|person| person.id == *id) {
                    person.in_doubt = true;
                    person
                        .roles_in_doubt
                        .extend(said.role.as_deref().and_then(super::known_role));
                }
            }
            Intent::DeleteUser(id) => {
                let people = self.people.iter_mut();
                people
                    .filter(|person| person.id.as_ref() == Some(id))
                    .for_each(|person| person.in_doubt = true);
            }
            Intent::Group { id, .. } => {
                let groups = self.groups.iter_mut();
                groups
                    .filter(|group| group.id == *id)
                    .for_each(|group| group.in_doubt = true);
            }
            Intent::DeleteGroup(id) => {
                let groups = self.groups.iter_mut();
                groups
                    .filter(|group| group.id.as_ref() == Some(id))
                    .for_each(|group| group.in_doubt = true);
            }
        }
    }
}

/// Whether two writes are about the same person or group and cannot both be the last word.
fn contradict(one: &Intent, other: &Intent) -> bool {
    match (one, other) {
        (
            Intent::User { id: Some(one), said },
            Intent::User {
                id: Some(other),
                said: also,
            },
        ) => one == other && say_otherwise(said, also),
        (Intent::User { id: Some(one), .. }, Intent::DeleteUser(other))
        | (Intent::DeleteUser(one), Intent::User { id: Some(other), .. })
        | (Intent::Group { id: Some(one), .. }, Intent::DeleteGroup(other))
        | (Intent::DeleteGroup(one), Intent::Group { id: Some(other), .. }) => one == other,
        (
            Intent::Group {
                id: Some(one),
                name,
                members,
            },
            Intent::Group {
                id: Some(other),
                name: also,
                members: others,
            },
        ) => one == other && (differ(name.as_ref(), also.as_ref()) || members_differ(members, others)),
        _ => false,
    }
}

fn say_otherwise(said: &UserSaid, also: &UserSaid) -> bool {
    differ(said.active.as_ref(), also.active.as_ref())
        || differ(said.role.as_ref(), also.role.as_ref())
        || differ(said.user_name.as_ref(), also.user_name.as_ref())
        || differ(said.emails.as_ref(), also.emails.as_ref())
}

fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

fn members_differ(one: &[MemberChange], other: &[MemberChange]) -> bool {
    let shares = |some: &[String], more: &[String]| some.iter().any(|id| more.contains(id));
    one.iter().any(|one| {
        other.iter().any(|other| match (one, other) {
            (MemberChange::Set(_), _) | (_, MemberChange::Set(_)) => one != other,
            (MemberChange::Add(some), MemberChange::Remove(more) | MemberChange::RemoveInValue(more))
            | (MemberChange::Remove(some) | MemberChange::RemoveInValue(some), MemberChange::Add(more)) => {
                shares(some, more)
            }
            (MemberChange::Add(_), MemberChange::Add(_))
            | (
                MemberChange::Remove(_) | MemberChange::RemoveInValue(_),
                MemberChange::Remove(_) | MemberChange::RemoveInValue(_),
            ) => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn patch(target: &str, body: &str) -> Intent {
        let body = format!(r#"{{"Operations":[{body}]}}"#);
        Intent::of(&crate::exchange::SentRequest {
            method: "PATCH".to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Some(body.into()),
        })
        .unwrap()
    }

    const ON: &str = r#"{"op":"replace","path":"active","value":true}"#;
    const OFF: &str = r#"{"op":"replace","path":"active","value":false}"#;
    const OWNER: &str = r#"{"op":"replace","path":"openai_role","value":"owner"}"#;
    const ADD: &str = r#"{"op":"add","path":"members","value":[{"value":"a"}]}"#;
    const ADD_B: &str = r#"{"op":"add","path":"members","value":[{"value":"b"}]}"#;
    const REMOVE: &str = r#"{"op":"remove","path":"members","value":[{"value":"a"}]}"#;
    const EMPTY: &str = r#"{"op":"remove","path":"members"}"#;

    #[rstest]
    #[case("/Users/1", ON, OFF, true)]
    #[case("/Users/1", ON, ON, false)]
    #[case("/Users/1", OFF, OWNER, false)]
    #[case("/Groups/1", ADD, REMOVE, true)]
    #[case("/Groups/1", ADD, ADD_B, false)]
    #[case("/Groups/1", ADD, EMPTY, true)]
    #[case("/Groups/1", REMOVE, ADD_B, false)]
    fn only_what_cannot_both_be_last(
        #[case] target: &str,
        #[case] one: &str,
        #[case] other: &str,
        #[case] wanted: bool,
    ) {
        assert_eq!(contradict(&patch(target, one), &patch(target, other)), wanted);
        assert!(!contradict(&patch(target, one), &patch("/Users/2", other)));
    }
}
