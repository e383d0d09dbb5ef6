//! One step of a scenario: something happens, and something must hold.

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place};
use crate::expect::{Expect, RawExpect};
use crate::fault_plan::{FaultRule, RawFaultRule};
use crate::keep::{Keep, parse_keeps};
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
    /// What is taken from the deciding answer and kept for later steps.
    pub keep: Vec<Keep>,
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
    keep: std::collections::BTreeMap<Spanned<String>, Spanned<String>>,
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
        let keep = parse_keeps(self.keep, &place)?;
        if let (Action::World(_), Some(keep)) = (&action, keep.first()) {
            return Err(FileError::at(
                &keep.place,
                "`keep` takes something from an answer; what happens without the bridge has none",
            ));
        }
        let expect = self.expect.parse(&place)?;
        Ok(Step {
            name: self.name,
            action,
            fault_plan,
            at_once: self.at_once.unwrap_or(1).max(1),
            level: self.level,
            needs_upstream: self.needs_upstream,
            keep,
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
            (None, None, Some(text)) => WorldEvent::parse(text.get_ref(), names.is_person, names.is_group)
                .map(Action::World)
                .map_err(|message| FileError::at(&place.at(text.span()), message)),
            _ => Err(FileError::at(place, "a step has one of `do`, `send` and `world`")),
        }
    }
}
