//! One step of a scenario: something happens, and something must hold.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place};
use crate::expect::{Expect, RawExpect};
use crate::fault_plan::{FaultRule, RawFaultRule};
use crate::keep::{Keep, parse_keeps};
use crate::level::Level;
use crate::names::Names;
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
    /// For a request: how many times it is sent at the same moment. For a verb: how many of its jobs or requests are under
    /// way at a time. The order on the wire is then chosen by the seed.
    pub at_once: Option<NonZeroU32>,
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
        /// Which token is presented.
        token: Token,
    },
    /// A request as it stands, in the persona's headers and URL encoding.
    Send {
        /// The request.
        request: RawRequest,
        /// Others, at the same moment.
        with: Vec<RawRequest>,
        /// After so long without an answer the identity provider closes the connection.
        hang_up_after: Option<Duration>,
    },
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
    #[serde(default)]
    with: Vec<Spanned<RawSend>>,
    hang_up_after: Option<Spanned<u32>>,
    world: Option<Spanned<String>>,
    #[serde(default)]
    fault_plan: Vec<Spanned<RawFaultRule>>,
    at_once: Option<Spanned<NonZeroU32>>,
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

/// One of the requests in `with`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSend {
    send: Spanned<String>,
    body: Option<String>,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    token: Token,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAlternative {
    when: Spanned<String>,
    expect: RawExpect,
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
            raw.into_inner().parse(&at, names)
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
            at_once: self.at_once.map(Spanned::into_inner),
            level: self.level,
            needs_upstream: self.needs_upstream,
            keep,
            expect,
            accept,
            place,
        })
    }

    fn action(&self, place: &Place, names: &Names<'_>) -> Result<Action, FileError> {
        self.check_companions(place)?;
        match (&self.verb, &self.send, &self.world) {
            (Some(text), None, None) => {
                let verb = Verb::parse(text.get_ref(), names.is_person, names.is_group)
                    .map_err(|message| FileError::at(&place.at(text.span()), message))?;
                Ok(Action::Do {
                    verb,
                    set: self.set.clone().into_iter().collect(),
                    token: self.token,
                })
            }
            (None, Some(text), None) => {
                let first = RawSend {
                    send: text.clone(),
                    body: self.body.clone(),
                    headers: self.headers.clone(),
                    token: self.token,
                };
                let with = self.with.iter().map(|other| other.get_ref().clone().parse(place));
                Ok(Action::Send {
                    request: first.parse(place)?,
                    with: with.collect::<Result<_, FileError>>()?,
                    hang_up_after: self
                        .hang_up_after
                        .as_ref()
                        .map(|after| Duration::from_millis((*after.get_ref()).into())),
                })
            }
            (None, None, Some(text)) => WorldEvent::parse(text.get_ref(), names.is_person, names.is_group)
                .map(Action::World)
                .map_err(|message| FileError::at(&place.at(text.span()), message)),
            _ => Err(FileError::at(place, "a step has one of `do`, `send` and `world`")),
        }
    }

    /// What goes with a request only, or with nothing that happens without the bridge.
    fn check_companions(&self, place: &Place) -> Result<(), FileError> {
        let wrong = |span, message: &str| Err(FileError::at(&place.at(span), message));
        if let (Some(other), None) = (self.with.first(), &self.send) {
            return wrong(
                other.span(),
                "`with` goes with `send`: other requests at the same moment",
            );
        }
        if let (Some(after), None) = (&self.hang_up_after, &self.send) {
            return wrong(after.span(), "`hang_up_after` goes with `send`");
        }
        if let (Some(after), true) = (&self.hang_up_after, self.expect.has_status()) {
            return wrong(
                after.span(),
                "who hangs up sees no answer: leave out `status`, or `hang_up_after`",
            );
        }
        match (&self.at_once, &self.world) {
            (Some(at_once), Some(_)) => wrong(at_once.span(), "`at_once` goes with `do` and `send`"),
            (Some(_) | None, _) => Ok(()),
        }
    }
}

impl RawSend {
    fn parse(self, place: &Place) -> Result<RawRequest, FileError> {
        let line = self.send.get_ref().split_once(' ');
        let Some((method, target)) = line.filter(|(_, target)| target.starts_with('/')) else {
            return Err(FileError::at(
                &place.at(self.send.span()),
                "a request line is a method, a space, and a path that begins with `/`, such as `GET /Users/{alice.id}`",
            ));
        };
        Ok(RawRequest {
            method: method.to_owned(),
            target: target.trim().to_owned(),
            body: self.body,
            headers: self.headers.into_iter().collect(),
            token: self.token,
        })
    }
}
