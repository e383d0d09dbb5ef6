//! What must hold of every bridge at all times, whatever the scenario.

use proofload_scenarios::Level;

/// A rule that is checked after every step of every scenario.
///
/// Each is worded so that no legal design breaks it: background pollers, lists that show upstream truth or only what
/// was pushed, 409 or hold for a pending member, restore or refuse for a returning person, waiting or not on a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// At most one pending invite an address; none for a member.
    OneInvite,
    /// A GET writes nothing upstream.
    NoReadSideEffects,
    /// A person's SCIM id never changes.
    StableId,
    /// Every body is SCIM JSON, errors included.
    JsonErrors,
    /// No key, token or password in any answer.
    NoSecrets,
    /// The end state upstream follows from what was acknowledged.
    Converges,
    /// Every request is answered in time and completely.
    AnswersInTime,
    /// Nobody deprovisioned keeps a membership or a pending invite.
    NoGhostAccess,
    /// Nobody holds a role above the one last requested.
    NoEscalation,
    /// Upstream objects that the identity provider never mentioned stay as they were.
    StrangersUntouched,
    /// After a 429, no call to that route before its time.
    ObeysThrottle,
    /// No 2xx whose effect never comes.
    HonestSuccess,
    /// What was acknowledged survives a sudden end of the bridge.
    Durable2xx,
    /// `Retry-After` is one of the two forms that HTTP knows.
    RetryAfterValid,
    /// `Retry-After` on a 429 is a positive integer, the only form Okta waits for.
    RetryAfterInteger,
}

impl Invariant {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::OneInvite,
        Self::NoReadSideEffects,
        Self::StableId,
        Self::JsonErrors,
        Self::NoSecrets,
        Self::Converges,
        Self::AnswersInTime,
        Self::NoGhostAccess,
        Self::NoEscalation,
        Self::StrangersUntouched,
        Self::ObeysThrottle,
        Self::HonestSuccess,
        Self::Durable2xx,
        Self::RetryAfterValid,
        Self::RetryAfterInteger,
    ];

    /// The stable id used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneInvite => "one-invite",
            Self::NoReadSideEffects => "no-read-side-effects",
            Self::StableId => "stable-id",
            Self::JsonErrors => "json-errors",
            Self::NoSecrets => "no-secrets",
            Self::Converges => "converges",
            Self::AnswersInTime => "answers-in-time",
            Self::NoGhostAccess => "no-ghost-access",
            Self::NoEscalation => "no-escalation",
            Self::StrangersUntouched => "strangers-untouched",
            Self::ObeysThrottle => "obeys-throttle",
            Self::HonestSuccess => "honest-success",
            Self::Durable2xx => "durable-2xx",
            Self::RetryAfterValid => "retry-after-valid",
            Self::RetryAfterInteger => "retry-after-integer",
        }
    }

    /// How binding it is.
    pub fn level(self) -> Level {
        match self {
            Self::RetryAfterInteger => Level::Should,
            _ => Level::Must,
        }
    }

    /// Whether it can only be judged with an upstream to look at.
    pub fn needs_upstream(self) -> bool {
        match self {
            Self::OneInvite
            | Self::NoReadSideEffects
            | Self::Converges
            | Self::NoGhostAccess
            | Self::NoEscalation
            | Self::StrangersUntouched
            | Self::ObeysThrottle
            | Self::Durable2xx
            | Self::HonestSuccess => true,
            Self::StableId
            | Self::JsonErrors
            | Self::NoSecrets
            | Self::AnswersInTime
            | Self::RetryAfterValid
            | Self::RetryAfterInteger => false,
        }
    }

    /// Why it matters, and to whom.
    pub fn why(self) -> &'static str {
        match self {
            Self::OneInvite => {
                "Each invite is a mail to a person. A second one confuses, and an invite that nobody tracks stays open \
                 after the person has left."
            }
            Self::NoReadSideEffects => {
                "Identity providers read all day: probes, imports, look-ups of people who will never be assigned. A read \
                 that writes sends invites nobody asked for. Background work that catches up with what was asked \
                 before is no side effect."
            }
            Self::StableId => {
                "The identity provider keeps the id as its only link to the person. If the id changes when the invite \
                 is accepted or the person comes back, every later update goes nowhere."
            }
            Self::JsonErrors => {
                "Identity providers parse every body, errors too. A web page or plain text hides the real error, and \
                 Okta calls a create without a body a failure."
            }
            Self::NoSecrets => {
                "What is in an answer ends up in the identity provider's logs, where many people read it."
            }
            Self::Converges => {
                "Nobody looks at both sides in production. What the identity provider was told is done must be what \
                 OpenAI shows."
            }
            Self::AnswersInTime => {
                "Okta closes the socket after 60 seconds and calls the job failed, whatever happens afterwards."
            }
            Self::NoGhostAccess => {
                "The company believes that this person is out. Whoever still has a membership or an open invite is in."
            }
            Self::NoEscalation => "An owner of the organization can read, change and delete everything in it.",
            Self::StrangersUntouched => {
                "People and groups made by hand belong to somebody. A bridge that cleans up what it does not know takes \
                 access away from people who were never managed by it."
            }
            Self::ObeysThrottle => {
                "OpenAI's limits are a few calls a minute. A bridge that calls again before the time it was told keeps \
                 itself locked out."
            }
            Self::HonestSuccess => {
                "After a 2xx the identity provider never sends this again. If the effect does not come, it is lost, and \
                 nobody will ever know."
            }
            Self::Durable2xx => {
                "Machines lose power and programs are restarted at any moment. What was answered 2xx is never sent again, \
                 so a bridge that had it only in its memory has lost it for good."
            }
            Self::RetryAfterValid => {
                "A value that is neither a number of seconds nor a date tells no client how long to wait."
            }
            Self::RetryAfterInteger => {
                "Okta waits exactly an integer Retry-After; for anything else it waits five minutes and doubles that, \
                 and gives up after ten attempts."
            }
        }
    }

    /// Where the requirement stands.
    pub fn spec(self) -> &'static [&'static str] {
        match self {
            Self::OneInvite => &["OpenAI Admin API, inviteUser"],
            Self::NoReadSideEffects => &["RFC 9110 §9.2.1 (safe methods)"],
            Self::StableId => &["RFC 7643 §3.1 (id)"],
            Self::JsonErrors => &["RFC 7644 §3.1", "RFC 7644 §3.12"],
            Self::NoSecrets => &["RFC 7643 §7 (password)", "RFC 7643 §9.2"],
            Self::Converges | Self::HonestSuccess => {
                &["RFC 7644 §3.1 (state as the provider understands it)", "RFC 9110 §15.3"]
            }
            Self::Durable2xx => &["RFC 9110 §15.3.1, §15.3.2 (what a success says)"],
            Self::AnswersInTime => &["Okta SCIM FAQ (60 s socket limit)"],
            Self::NoGhostAccess => &["OpenAI Admin API, delete-user and delete-invite"],
            Self::NoEscalation => &["OpenAI Admin API, modify-user and inviteUser"],
            Self::StrangersUntouched => &["RFC 7644 §3.5, §3.6 (a request changes the resource it names)"],
            Self::ObeysThrottle => &["RFC 6585 §4", "RFC 9110 §10.2.3"],
            Self::RetryAfterValid => &["RFC 9110 §10.2.3"],
            Self::RetryAfterInteger => &["Okta, SCIM concepts (rate limits)"],
        }
    }
}
