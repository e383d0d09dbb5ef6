//! The checks that a finding can name besides the invariants: what a step expects, and what a persona cannot do without.

use super::Invariant;

/// One kind of check. A finding's id may go on after it: `expect.json./active`.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// The stable id in reports, without what a step puts after it.
    pub id: &'static str,
    /// What is compared with what.
    pub what: &'static str,
}

impl Check {
    /// Every kind there is, the invariants excepted.
    pub const ALL: &'static [Self] = &[
        Self {
            id: "expect.status",
            what: "The status of the answer that decides a step is not one of those the scenario takes.",
        },
        Self {
            id: "expect.refused_with",
            what: "An attempt before the last one was refused with a status the scenario does not take.",
        },
        Self {
            id: "expect.some_status",
            what: "Of requests sent at one moment none was answered with a status that one of them must have.",
        },
        Self {
            id: "expect.same",
            what: "The answers to requests sent at one moment differ in a place where they must be the same.",
        },
        Self {
            id: "expect.headers",
            what: "A header of the answer is not what the scenario says.",
        },
        Self {
            id: "expect.json",
            what: "A place in the answer's body, named by a JSON pointer, is not what the scenario says.",
        },
        Self {
            id: "expect.lists",
            what: "Somebody is missing from the pages of an import, or stands in them twice.",
        },
        Self {
            id: "expect.listed",
            what: "What a list says about somebody is not what the scenario says.",
        },
        Self {
            id: "expect.keep",
            what: "The answer has nothing in a place whose value a later step needs.",
        },
        Self {
            id: "expect.writes",
            what: "A step changed more at OpenAI, or less, than the scenario says. Calls that OpenAI refused do not count.",
        },
        Self {
            id: "expect.calls",
            what: "A step made more changes by one of OpenAI's operations, or fewer, than the scenario says.",
        },
        Self {
            id: "expect.upstream",
            what: "Somebody, or a group, does not stand at OpenAI in the end where the scenario says.",
        },
        Self {
            id: "expect.within_ms",
            what: "The answer came later than the scenario says.",
        },
        Self {
            id: "idp.match",
            what: "The identity provider cannot use the answer to its look-up: it is no list, or it finds too many.",
        },
        Self {
            id: "idp.create",
            what: "The identity provider cannot use the answer to its create: no success, no body, or no id.",
        },
        Self {
            id: "idp.read",
            what: "The identity provider cannot read what it created.",
        },
        Self {
            id: "idp.update",
            what: "The identity provider's update was refused, so its job stays open.",
        },
        Self {
            id: "idp.delete",
            what: "The identity provider's DELETE was refused.",
        },
        Self {
            id: "idp.list",
            what: "The identity provider cannot use a page of a list.",
        },
        Self {
            id: "idp.id",
            what: "The identity provider needs an id that the bridge never gave.",
        },
    ];

    /// The kind that a finding's check id belongs to.
    pub fn of(id: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|kind| {
            id.strip_prefix(kind.id)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

impl Invariant {
    /// The invariant with this id.
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|invariant| invariant.as_str() == id)
    }

    /// Which correct bridge may look wrong here, and is not accused.
    pub fn spares(self) -> &'static str {
        match self {
            Self::OneInvite => "who deletes an invite and sends another, and has none in between",
            Self::NoReadSideEffects => "background work that catches up with something acknowledged before",
            Self::StableId => "a new id for somebody who was deleted for good and is created again",
            Self::JsonErrors => "application/json as the media type, which is a lesser finding; a 204 without a body",
            Self::NoSecrets => "names and e-mail addresses, which are no secrets",
            Self::Converges => {
                "what got no clear answer (5xx, 429, none) and may stand either way; effects a moment after the answer"
            }
            Self::AnswersInTime => "whoever is slow, up to the limit; a refusal in time is an answer",
            Self::NoGhostAccess => {
                "people whom the identity provider never switched off; a removal a moment after the answer"
            }
            Self::NoEscalation => "a lower role in between; a role raised at OpenAI by hand",
            Self::StrangersUntouched => "reading everybody; taking over somebody who is assigned later",
            Self::ObeysThrottle => "calls to other routes meanwhile",
            Self::HonestSuccess => {
                "a queue whose effect comes later, as long as it comes; looking again after a lost answer"
            }
            Self::Durable2xx => {
                "who answered with trouble; work that goes on after the restart; a target that cannot be restarted"
            }
            Self::RetryAfterValid => "no Retry-After at all",
            Self::RetryAfterInteger => "a date, which is legal: so this is a recommendation",
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("expect.json./name/givenName", Some("expect.json"))]
    #[case("expect.status", Some("expect.status"))]
    #[case("expect.statuses", None)]
    #[case("idp.create", Some("idp.create"))]
    #[case("one-invite", None)]
    fn a_check_is_of_a_kind(#[case] id: &str, #[case] kind: Option<&str>) {
        assert_eq!(Check::of(id).map(|kind| kind.id), kind);
    }
}
