//! Where correct bridges differ: the choices a bridge may make, and which of them one bridge says it has made.
//!
//! A step of a scenario lists the behaviours it accepts, each under the policy it belongs to
//! (`when = "pending_member=refuse"`). The `[bridge]` table of `proofload.toml` narrows them. What that table does
//! not mention stays open: every listed behaviour is accepted.

use std::collections::BTreeMap;

use crate::error::{FileError, Place, unknown};
use crate::reading::Reading;

/// One thing on which correct bridges differ.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy {
    /// Key in the `[bridge]` table.
    pub name: &'static str,
    /// The choices, and what each means.
    pub choices: &'static [(&'static str, &'static str)],
    /// The question this answers.
    pub question: &'static str,
}

impl Policy {
    /// Every policy there is.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "pending_member",
            question: "a group update names a person whose invite is not accepted yet",
            choices: &[
                ("hold", "answered 2xx; the membership is applied after acceptance"),
                ("refuse", "answered 4xx; the identity provider must send it again later"),
            ],
        },
        Self {
            name: "returning_person",
            question: "POST /Users for somebody the bridge holds as inactive",
            choices: &[
                ("restore", "answered 2xx with the id the person always had"),
                (
                    "refuse",
                    "answered 409; the filter finds the person, who is then switched on again",
                ),
            ],
        },
        Self {
            name: "rename_member",
            question: "a member, whose address at OpenAI cannot be changed, gets another userName or e-mail",
            choices: &[
                ("alias", "answered 2xx; the new name stands for the member of before"),
                ("refuse", "answered 4xx; the person keeps the name of before"),
                (
                    "move",
                    "answered 2xx; the new address is invited, and the old membership goes",
                ),
            ],
        },
        Self {
            name: "expired_invite",
            question: "a person's invite has expired, and a profile update comes",
            choices: &[
                ("renew", "another invite is sent, with the update or by itself"),
                ("wait", "nothing is sent until the person is assigned anew"),
            ],
        },
        Self {
            name: "absent_role",
            question: "a PUT no longer names the role that the person has",
            choices: &[
                ("keep", "understood as no wish: the role stays"),
                ("default", "understood as gone: the default role is given"),
            ],
        },
        Self {
            name: "role_case",
            question: "a known role in another letter case (\"Owner\")",
            choices: &[("fold", "understood as owner"), ("refuse", "answered 400 invalidValue")],
        },
        Self {
            name: "empty_role",
            question: "the role attribute is an empty string",
            choices: &[
                ("default", "understood as no wish"),
                ("refuse", "answered 400 invalidValue"),
            ],
        },
        Self {
            name: "other_filters",
            question: "a filter on externalId",
            choices: &[
                ("support", "answered with the matches"),
                ("refuse", "answered 400 invalidFilter"),
            ],
        },
        Self {
            name: "unknown_member",
            question: "a group update names an id that is nobody's among ids of people",
            choices: &[
                ("ignore", "answered 2xx; everybody else is in the group"),
                ("refuse", "answered 4xx; nothing has changed"),
            ],
        },
        Self {
            name: "busy_group",
            question: "several updates of one group arrive at the same moment",
            choices: &[
                ("serve", "all answered 2xx"),
                (
                    "put-off",
                    "some answered 429 or 503; the identity provider sends them again",
                ),
            ],
        },
        Self {
            name: "vanished_group",
            question: "a change of a group that somebody deleted at OpenAI",
            choices: &[
                ("recreate", "answered 2xx; the group is made again with everybody in it"),
                ("gone", "answered 404; the group can be pushed anew"),
            ],
        },
        Self {
            name: "existing_group",
            question: "a group is pushed whose name a group has that was made at OpenAI by hand",
            choices: &[
                ("adopt", "that group is taken over, with the members and roles it has"),
                ("refuse", "answered 409; nothing has changed"),
                ("second", "another group of the same name is made"),
            ],
        },
        Self {
            name: "absent_member",
            question: "somebody is removed from a group they are not in",
            choices: &[
                ("ignore", "answered 2xx; nothing has changed"),
                ("refuse", "answered 400 noTarget; nothing has changed"),
            ],
        },
        Self {
            name: "member_filter",
            question: "a filter on a group's members",
            choices: &[
                ("support", "answered with the matches"),
                ("refuse", "answered 400 invalidFilter"),
            ],
        },
        Self {
            name: "mail_filters",
            question: "a filter on emails",
            choices: &[
                ("support", "answered with the matches"),
                ("refuse", "answered 400 invalidFilter"),
            ],
        },
        Self {
            name: "list_in_trouble",
            question: "a list is asked for while OpenAI refuses to give its own",
            choices: &[
                ("answer", "answered from what the bridge knows, with everybody in it"),
                ("refuse", "answered 429 or 5xx, to be asked for again"),
            ],
        },
        Self {
            name: "discovery",
            question: "/ServiceProviderConfig",
            choices: &[
                ("present", "answered truthfully"),
                ("absent", "answered 404 or 501 with a SCIM error"),
            ],
        },
        Self {
            name: "loose_create",
            question: "a create that bends the schema: emails as an object, texts for booleans, URNs of nobody",
            choices: &[
                ("take", "read with good will, answered 201 and done"),
                ("refuse", "answered 400, and nothing is left behind"),
            ],
        },
        Self {
            name: "text_boolean",
            question: "the word \"false\" where a boolean belongs, in a PUT",
            choices: &[
                ("take", "understood as the boolean"),
                ("refuse", "answered 400, and nothing is changed"),
            ],
        },
        Self {
            name: "inactive_create",
            question: "POST /Users with active false",
            choices: &[
                ("keep", "answered 201, kept switched off and not invited"),
                ("refuse", "answered 4xx"),
            ],
        },
        Self {
            name: "role_place",
            question: "where openai_role is looked for",
            choices: &[
                ("extension", "in the object that an extension's URN names"),
                ("beside", "beside userName; whoever states this is sent it there"),
            ],
        },
        Self {
            name: "roles_attribute",
            question: "the core attribute roles names a role of OpenAI's",
            choices: &[
                ("map", "understood as the role that is wished for"),
                ("ignore", "kept or dropped, without an effect"),
            ],
        },
        Self {
            name: "entitlements",
            question: "the list of roles that Okta's governance reads",
            choices: &[
                ("present", "answered with a list"),
                ("absent", "answered 404 or 501 with a SCIM error"),
            ],
        },
        Self {
            name: "old_patch",
            question: "a PATCH in the manner of SCIM 1.1",
            choices: &[("refuse", "answered 400"), ("take", "understood and done")],
        },
        Self {
            name: "resource_types",
            question: "/ResourceTypes",
            choices: &[
                ("present", "answered truthfully"),
                ("absent", "answered 404 or 501 with a SCIM error"),
            ],
        },
        Self {
            name: "schemas",
            question: "/Schemas",
            choices: &[
                ("present", "answered truthfully"),
                ("absent", "answered 404 or 501 with a SCIM error"),
            ],
        },
        Self {
            name: "etag",
            question: "ETags in /ServiceProviderConfig",
            choices: &[
                (
                    "declared",
                    "supported is true; a condition that does not hold is answered 412",
                ),
                ("undeclared", "not declared; conditions may be ignored"),
            ],
        },
        Self {
            name: "sort",
            question: "sorting in /ServiceProviderConfig",
            choices: &[
                ("declared", "supported is true; sortBy is honoured"),
                ("undeclared", "not declared; sortBy may be ignored"),
            ],
        },
    ];

    /// No policy of a bridge: which reading of a clashing requirement counts, written like one in a step's `when`.
    pub const READING: &'static Self = &Self {
        name: "reading",
        question: "the letter of the RFC and the habit of an identity provider clash",
        choices: &[
            ("rfc", "the letter of the RFC counts"),
            ("idp", "what identity providers need counts; the default"),
        ],
    };

    /// The policy with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|policy| policy.name == name)
    }

    /// The choice with this name.
    pub fn choice(&self, name: &str) -> Option<&'static str> {
        self.choices
            .iter()
            .map(|(choice, _)| *choice)
            .find(|choice| *choice == name)
    }

    fn choice_names(&self) -> Vec<&'static str> {
        self.choices.iter().map(|(choice, _)| *choice).collect()
    }
}

/// A policy and one of its choices, as a step names them: `pending_member=hold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyChoice {
    /// Which policy.
    pub policy: &'static str,
    /// Which of its choices.
    pub choice: &'static str,
}

impl PolicyChoice {
    pub(crate) fn parse(text: &str, place: &Place) -> Result<Self, FileError> {
        let Some((name, choice)) = text.split_once('=') else {
            return Err(FileError::at(
                place,
                "a policy is written `name=choice`, such as `pending_member=hold`",
            ));
        };
        let (name, choice) = (name.trim(), choice.trim());
        let policy = match name {
            "reading" => Policy::READING,
            name => policy_at(name, place)?,
        };
        Ok(Self {
            policy: policy.name,
            choice: choice_at(policy, choice, place)?,
        })
    }
}

/// The choices one bridge says it has made. Empty: nothing is said, so everything legal is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies(BTreeMap<&'static str, Vec<&'static str>>);

impl Policies {
    /// States one choice; stating another of the same policy later accepts both.
    ///
    /// # Errors
    /// When the policy or the choice does not exist; the message lists those that do.
    pub fn state(&mut self, name: &str, choice: &str, place: &Place) -> Result<(), FileError> {
        let policy = policy_at(name, place)?;
        let choice = choice_at(policy, choice, place)?;
        self.0.entry(policy.name).or_default().push(choice);
        Ok(())
    }

    /// Says which reading counts where the RFC and an identity provider clash; [`Reading::Idp`] unless told.
    pub fn read(&mut self, reading: Reading) {
        self.0.insert(Policy::READING.name, vec![reading.as_str()]);
    }

    /// Which reading counts.
    pub fn reading(&self) -> Reading {
        let stated = self.0.get(Policy::READING.name);
        let is_stated = |reading: &Reading| stated.is_some_and(|stated| stated.contains(&reading.as_str()));
        Reading::ALL.into_iter().find(is_stated).unwrap_or_default()
    }

    /// Whether roles may be sent in an extension: the bridge does not say that it looks beside userName only.
    pub fn allow_role_in_extension(&self) -> bool {
        self.allows(PolicyChoice {
            policy: "role_place",
            choice: "extension",
        })
    }

    /// Narrows a policy to one choice, because the bridge has just shown it.
    pub fn settle(&mut self, shown: PolicyChoice) {
        self.0.insert(shown.policy, vec![shown.choice]);
    }

    /// Whether this bridge may behave so: its policy is not stated, or is stated as this.
    pub fn allows(&self, choice: PolicyChoice) -> bool {
        match self.0.get(choice.policy) {
            Some(stated) => stated.contains(&choice.choice),
            None if choice.policy == Policy::READING.name => choice.choice == Reading::default().as_str(),
            None => true,
        }
    }
}

fn policy_at(name: &str, place: &Place) -> Result<&'static Policy, FileError> {
    Policy::named(name).ok_or_else(|| {
        let names: Vec<&str> = Policy::ALL.iter().map(|policy| policy.name).collect();
        FileError::at(place, unknown("policy", name, &names))
    })
}

fn choice_at(policy: &Policy, choice: &str, place: &Place) -> Result<&'static str, FileError> {
    policy.choice(choice).ok_or_else(|| {
        FileError::at(
            place,
            unknown(&format!("choice for {}", policy.name), choice, &policy.choice_names()),
        )
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::unsaid(None, "idp", "rfc")]
    #[case::idp(Some(Reading::Idp), "idp", "rfc")]
    #[case::rfc(Some(Reading::Rfc), "rfc", "idp")]
    fn one_reading_counts(#[case] said: Option<Reading>, #[case] counts: &str, #[case] other: &str) {
        let mut policies = Policies::default();
        if let Some(reading) = said {
            policies.read(reading);
        }
        let nowhere = Place::new("".into(), "".into(), 0..0);
        let allows =
            |choice: &str| policies.allows(PolicyChoice::parse(&format!("reading={choice}"), &nowhere).unwrap());
        assert!(allows(counts) && !allows(other));
        assert!(policies.clone().state("reading", "rfc", &nowhere).is_err());
    }
}
