//! A person and a group as the bridge has acknowledged them.

use std::collections::BTreeSet;

use crate::judge::intent::{MemberChange, UserSaid};

/// A person as acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownPerson {
    /// The SCIM id, if the bridge ever gave one.
    pub id: Option<String>,
    /// Lower case.
    pub user_name: String,
    /// Addresses the person can be reached at, lower case: the userName if it is one, and the e-mails.
    pub addresses: BTreeSet<String>,
    /// The e-mails among them that were said to be such, even when one is the userName as well.
    pub emails: BTreeSet<String>,
    /// Addresses the person had before.
    pub former: BTreeSet<String>,
    /// Whether the person is to have access.
    pub active: bool,
    /// Whether the person was deleted.
    pub deleted: bool,
    /// The role last asked for and acknowledged: `owner` or `reader`.
    pub role: Option<String>,
    /// Roles asked for by requests whose outcome is not known, or left out by a later PUT.
    pub roles_in_doubt: BTreeSet<String>,
    /// Words that the core attribute `roles` held when it was last sent; a bridge may have taken one for a wish.
    pub roles_perhaps: BTreeSet<String>,
    /// Whether the outcome of the last write is not known.
    pub in_doubt: bool,
    /// Whether somebody else changed where the person stands at OpenAI since the last write that asked for a change.
    pub moved_by_hand: bool,
    /// The same for the role.
    pub role_by_hand: bool,
    /// What was acknowledged when the step began; work in the background may still be about that.
    pub before: Option<Before>,
    /// Whether OpenAI refused for good to invite the person since the last write was acknowledged.
    pub refused_upstream: bool,
    /// Whether the bridge was killed since this was acknowledged.
    pub before_kill: bool,
    /// `PATCH /Users/17 was answered 204`.
    pub acknowledged_by: String,
}

/// What was acknowledged of a person a step earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Whether the person was to have access.
    pub active: bool,
    /// The role.
    pub role: Option<String>,
}

/// A group as acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownGroup {
    /// The SCIM id, if the bridge ever gave one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Names it had before.
    pub former: BTreeSet<String>,
    /// SCIM ids of its members.
    pub members: BTreeSet<String>,
    /// SCIM ids of people who may or may not be in it.
    pub optional: BTreeSet<String>,
    /// Whether the group was deleted.
    pub deleted: bool,
    /// Whether the outcome of the last write is not known.
    pub in_doubt: bool,
    /// Whether somebody else deleted the group at OpenAI since the last write that asked for it to be there.
    pub gone_by_hand: bool,
    /// Whether the bridge was killed since this was acknowledged.
    pub before_kill: bool,
    /// `PUT /Groups/3 was answered 200`.
    pub acknowledged_by: String,
}

impl KnownPerson {
    /// Takes over the names that were said; the old ones become former ones.
    pub(super) fn be_called(&mut self, said: &UserSaid) {
        if said.user_name.is_none() && said.emails.is_none() {
            return;
        }
        let mut addresses = BTreeSet::new();
        let user_name = said
            .user_name
            .as_deref()
            .map_or_else(|| self.user_name.clone(), str::to_lowercase);
        addresses.extend(user_name.contains('@').then(|| user_name.clone()));
        match &said.emails {
            Some(emails) => self.emails = emails.iter().map(|address| address.to_lowercase()).collect(),
            // Only the userName changed: an e-mail stays, and so does an address that was not the userName.
            None => addresses.extend(
                self.addresses
                    .iter()
                    .filter(|address| **address != self.user_name)
                    .cloned(),
            ),
        }
        addresses.extend(self.emails.iter().cloned());
        self.former.extend(self.addresses.difference(&addresses).cloned());
        self.former.retain(|address| !addresses.contains(address));
        self.user_name = user_name;
        self.addresses = addresses;
    }
}

impl KnownGroup {
    /// Takes over a change. `by_the_letter`: the RFC's letter counts where identity providers mean something else.
    pub(super) fn apply(&mut self, change: MemberChange, by_the_letter: bool) {
        if by_the_letter && matches!(change, MemberChange::RemoveInValue(_)) {
            self.optional.append(&mut self.members);
        }
        match change {
            MemberChange::Add(ids) => {
                for id in ids {
                    self.optional.remove(&id);
                    self.members.insert(id);
                }
            }
            MemberChange::Remove(ids) | MemberChange::RemoveInValue(ids) => {
                for id in ids {
                    self.optional.remove(&id);
                    self.members.remove(&id);
                }
            }
            MemberChange::Set(ids) => {
                self.optional.clear();
                self.members = ids.into_iter().collect();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_email_that_was_said_outlives_a_new_user_name() {
        let mut person = KnownPerson::default();
        let said = |user_name: &str, emails: Option<&str>| UserSaid {
            user_name: Some(user_name.to_owned()),
            emails: emails.map(|email| vec![email.to_owned()]),
            ..UserSaid::default()
        };
        person.be_called(&said("a@x.org", Some("A@x.org")));
        person.be_called(&said("b@x.org", None));
        assert_eq!(person.addresses, set(&["a@x.org", "b@x.org"]));
        person.be_called(&said("b@x.org", Some("b@x.org")));
        assert_eq!(
            (person.addresses, person.former),
            (set(&["b@x.org"]), set(&["a@x.org"]))
        );
    }

    #[test]
    fn a_user_name_that_was_never_an_email_goes_with_the_rename() {
        let mut person = KnownPerson::default();
        for user_name in ["a@x.org", "b@x.org"] {
            person.be_called(&UserSaid {
                user_name: Some(user_name.to_owned()),
                ..UserSaid::default()
            });
        }
        assert_eq!(
            (person.addresses, person.former),
            (set(&["b@x.org"]), set(&["a@x.org"]))
        );
    }
}
