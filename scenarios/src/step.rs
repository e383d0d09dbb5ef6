//! One step of a scenario: something happens, and something must hold.

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place, unknown};
use crate::expect::{Expect, RawExpect};
use crate::level::Level;
use crate::policy::PolicyChoice;
use crate::verb::Verb;
use crate::world::WorldEvent;

/// One step: an action, trouble that upstream makes during it, and what must hold afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What happens, as a sentence.
    pub name: String,
    /// Who acts and how.
    pub action: Action,
    /// Trouble upstream makes on purpose from this step on.
    pub fault_plan: Vec<FaultRule>,
    /// How many times the action is done at the same moment; 1 unless told.
    pub at_once: u32,
    /// The level of this step's expectations, when it is not the scenario's.
    pub level: Option<Level>,
    /// Whether the step means nothing without an upstream.
    pub needs_upstream: bool,
    /// What must hold in any case.
    pub expect: Expect,
    /// Behaviours of which one must hold as well, narrowed by the bridge's policies. Empty: no such choice.
    pub accept: Vec<Alternative>,
    /// Where the step begins in its file.
    pub place: Place,
}

/// Who acts in a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The persona does something in its own manner, with the attributes in `set` where the verb takes some.
    Do {
        /// What.
        verb: Verb,
        /// Attributes by SCIM name; a value that is an empty string clears the attribute.
        set: Vec<(String, String)>,
    },
    /// A request as it stands, in the persona's headers and URL encoding.
    Send(RawRequest),
    /// Something happens upstream, not through the bridge.
    World(WorldEvent),
}

/// A request written out. All its parts may hold placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRequest {
    /// Such as `PATCH`.
    pub method: String,
    /// Path under the SCIM base, and query; spaces and quotes are written plainly and encoded in the persona's manner.
    pub target: String,
    /// Exact bytes of the body after filling placeholders.
    pub body: Option<String>,
    /// Headers that replace the persona's; an empty value removes one.
    pub headers: Vec<(String, String)>,
    /// Which token is presented.
    pub token: Token,
}

/// Which bearer token a raw request presents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Token {
    /// The one the bridge was set up with.
    #[default]
    Right,
    /// Another.
    Wrong,
    /// No `Authorization` header.
    None,
}

/// One behaviour a correct bridge may show.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The policy that stands for it.
    pub when: PolicyChoice,
    /// What it looks like.
    pub expect: Expect,
}

/// Trouble upstream makes on purpose for one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// OpenAI's operation id, or `*`.
    pub operation: String,
    /// Only requests that are about this person or group.
    pub about: Option<String>,
    /// How many requests it hits; `None` is all of them until the scenario ends.
    pub times: Option<u32>,
    /// Whether the effect happens before the answer is spoilt.
    pub after_effect: bool,
    /// What is answered.
    pub trouble: Trouble,
}

/// What upstream does instead of answering well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Answers with this status.
    Status {
        /// HTTP status.
        status: u16,
        /// For 429 and 503: how the wait is told.
        retry_after: Option<RetryAfter>,
    },
    /// Never answers.
    Hang,
    /// Closes the connection.
    Reset,
}

/// In which form upstream tells how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// `Retry-After: N`.
    Integer(u32),
    /// `Retry-After: Sun, 06 Nov …`, N seconds from now.
    HttpDate(u32),
    /// No header; the message says "in N seconds".
    TextOnly(u32),
    /// No header and no word of it.
    Absent,
}

/// The step as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStep {
    name: String,
    #[serde(rename = "do")]
    verb: Option<Spanned<String>>,
    #[serde(default)]
    set: std::collections::BTreeMap<String, String>,
    send: Option<Spanned<String>>,
    body: Option<String>,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    token: Token,
    world: Option<Spanned<String>>,
    #[serde(default)]
    fault_plan: Vec<Spanned<RawFaultRule>>,
    at_once: Option<u32>,
    level: Option<Level>,
    #[serde(default)]
    needs_upstream: bool,
    #[serde(default)]
    expect: RawExpect,
    #[serde(default)]
    accept: Vec<RawAlternative>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAlternative {
    when: Spanned<String>,
    expect: RawExpect,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFaultRule {
    operation: Spanned<String>,
    about: Option<String>,
    times: Option<u32>,
    #[serde(default)]
    after_effect: bool,
    status: Option<u16>,
    retry_after: Option<Spanned<String>>,
    #[serde(default)]
    hang: bool,
    #[serde(default)]
    reset: bool,
}

/// What names mean in one scenario.
pub(crate) struct Names<'a> {
    pub(crate) is_person: &'a dyn Fn(&str) -> bool,
    pub(crate) is_group: &'a dyn Fn(&str) -> bool,
}

impl RawStep {
    pub(crate) fn parse(self, place: Place, names: &Names<'_>) -> Result<Step, FileError> {
        let action = self.action(&place, names)?;
        let accept = self
            .accept
            .into_iter()
            .map(|raw| {
                let when = PolicyChoice::parse(raw.when.get_ref(), &place.at(raw.when.span()))?;
                Ok(Alternative {
                    when,
                    expect: raw.expect.parse(&place)?,
                })
            })
            .collect::<Result<Vec<_>, FileError>>()?;
        let fault_plan = self.fault_plan.into_iter().map(|raw| {
            let at = place.at(raw.span());
            raw.into_inner().parse(&at)
        });
        let fault_plan = fault_plan.collect::<Result<Vec<_>, FileError>>()?;
        let expect = self.expect.parse(&place)?;
        Ok(Step {
            name: self.name,
            action,
            fault_plan,
            at_once: self.at_once.unwrap_or(1).max(1),
            level: self.level,
            needs_upstream: self.needs_upstream,
            expect,
            accept,
            place,
        })
    }

    fn action(&self, place: &Place, names: &Names<'_>) -> Result<Action, FileError> {
        match (&self.verb, &self.send, &self.world) {
            (Some(text), None, None) => {
                let verb = Verb::parse(text.get_ref(), names.is_person, names.is_group)
                    .map_err(|message| FileError::at(&place.at(text.span()), message))?;
                Ok(Action::Do {
                    verb,
                    set: self.set.clone().into_iter().collect(),
                })
            }
            (None, Some(text), None) => {
                let Some((method, target)) = text
                    .get_ref()
                    .split_once(' ')
                    .filter(|(_, target)| target.starts_with('/'))
                else {
                    return Err(FileError::at(
                        &place.at(text.span()),
                        "a request line is a method, a space, and a path that begins with `/`, such as `GET /Users/{alice.id}`",
                    ));
                };
                Ok(Action::Send(RawRequest {
                    method: method.to_owned(),
                    target: target.trim().to_owned(),
                    body: self.body.clone(),
                    headers: self.headers.clone().into_iter().collect(),
                    token: self.token,
                }))
            }
            (None, None, Some(text)) => WorldEvent::parse(text.get_ref(), names.is_person)
                .map(Action::World)
                .map_err(|message| FileError::at(&place.at(text.span()), message)),
            _ => Err(FileError::at(place, "a step has one of `do`, `send` and `world`")),
        }
    }
}

impl RawFaultRule {
    fn parse(self, place: &Place) -> Result<FaultRule, FileError> {
        let operation = self.operation.get_ref();
        if operation != "*" && !OPERATIONS.contains(&operation.as_str()) {
            return Err(FileError::at(
                &place.at(self.operation.span()),
                unknown("operation", operation, OPERATIONS),
            ));
        }
        let retry_after = match &self.retry_after {
            Some(text) => Some(parse_retry_after(text.get_ref(), &place.at(text.span()))?),
            None => None,
        };
        let trouble = match (self.status, self.hang, self.reset) {
            (Some(status), false, false) => Trouble::Status { status, retry_after },
            (None, true, false) => Trouble::Hang,
            (None, false, true) => Trouble::Reset,
            _ => {
                return Err(FileError::at(
                    place,
                    "a fault rule has one of `status = 503`, `hang = true` and `reset = true`",
                ));
            }
        };
        Ok(FaultRule {
            operation: self.operation.into_inner(),
            about: self.about,
            times: self.times,
            after_effect: self.after_effect,
            trouble,
        })
    }
}

/// The operations a bridge needs, by OpenAI's operation ids.
const OPERATIONS: &[&str] = &[
    "list-users",
    "retrieve-user",
    "modify-user",
    "delete-user",
    "list-invites",
    "inviteUser",
    "retrieve-invite",
    "delete-invite",
    "list-groups",
    "create-group",
    "retrieve-group",
    "update-group",
    "delete-group",
    "list-group-users",
    "add-group-user",
    "retrieve-group-user",
    "remove-group-user",
];

fn parse_retry_after(text: &str, place: &Place) -> Result<RetryAfter, FileError> {
    let wrong = || {
        FileError::at(
            place,
            "`retry_after` is `integer:N`, `http-date:N` or `text:N` with N in seconds, or `absent`",
        )
    };
    if text == "absent" {
        return Ok(RetryAfter::Absent);
    }
    let (form, seconds) = text.split_once(':').ok_or_else(wrong)?;
    let seconds = seconds.parse().map_err(|_| wrong())?;
    match form {
        "integer" => Ok(RetryAfter::Integer(seconds)),
        "http-date" => Ok(RetryAfter::HttpDate(seconds)),
        "text" => Ok(RetryAfter::TextOnly(seconds)),
        _ => Err(wrong()),
    }
}
