//! Trouble that upstream makes on purpose: the rules of a step's `fault_plan`.

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place, unknown};
use crate::names::Names;
use crate::world::WorldEvent;

/// Trouble upstream makes on purpose for one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// OpenAI's operation id, or `*`.
    pub operation: String,
    /// Only requests that are about this person or group.
    pub about: Option<String>,
    /// Which of the matching requests it hits.
    pub hits: RuleHits,
    /// Whether the effect happens before the answer is spoilt.
    pub after_effect: bool,
    /// What is answered.
    pub trouble: Trouble,
}

/// Which of the requests that match a rule are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleHits {
    /// All of them until the scenario ends.
    All,
    /// The first so many.
    First(u32),
    /// Only this one, the first being 1.
    Nth(u32),
}

/// What upstream does instead of answering well.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The call is answered as it must be, but this happens just before it is carried out: a race, decided.
    Meanwhile(WorldEvent),
    /// The bridge is killed when the call comes in, and then started again.
    Kill,
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

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFaultRule {
    operation: Spanned<String>,
    about: Option<String>,
    times: Option<Spanned<u32>>,
    nth: Option<u32>,
    #[serde(default)]
    after_effect: bool,
    status: Option<u16>,
    retry_after: Option<Spanned<String>>,
    #[serde(default)]
    hang: bool,
    #[serde(default)]
    reset: bool,
    meanwhile: Option<Spanned<String>>,
    #[serde(default)]
    kill: bool,
}

impl RawFaultRule {
    pub(crate) fn parse(self, place: &Place, names: &Names<'_>) -> Result<FaultRule, FileError> {
        let operation = self.operation.get_ref();
        if operation != "*" && !OPERATIONS.contains(&operation.as_str()) {
            return Err(FileError::at(
                &place.at(self.operation.span()),
                unknown("operation", operation, OPERATIONS),
            ));
        }
        let hits = match (&self.times, self.nth) {
            (Some(times), Some(_)) => {
                let message = "a rule hits the first few calls (`times`) or one of them (`nth`), not both";
                return Err(FileError::at(&place.at(times.span()), message));
            }
            (Some(times), None) => RuleHits::First(*times.get_ref()),
            (None, Some(nth)) => RuleHits::Nth(nth),
            (None, None) => RuleHits::All,
        };
        Ok(FaultRule {
            trouble: self.trouble(place, names)?,
            operation: self.operation.into_inner(),
            about: self.about,
            hits,
            after_effect: self.after_effect,
        })
    }

    fn trouble(&self, place: &Place, names: &Names<'_>) -> Result<Trouble, FileError> {
        let retry_after = match &self.retry_after {
            Some(text) => Some(parse_retry_after(text.get_ref(), &place.at(text.span()))?),
            None => None,
        };
        let switched = [
            (self.hang, Trouble::Hang),
            (self.reset, Trouble::Reset),
            (self.kill, Trouble::Kill),
        ];
        let mut said: Vec<Trouble> = switched
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, trouble)| trouble)
            .collect();
        said.extend(self.status.map(|status| Trouble::Status { status, retry_after }));
        if let Some(text) = &self.meanwhile {
            let at = place.at(text.span());
            let event = WorldEvent::parse(text.get_ref(), names.is_person, names.is_group)
                .map_err(|message| FileError::at(&at, message))?;
            if matches!(event, WorldEvent::TroubleEnds | WorldEvent::BridgeKilled) {
                return Err(FileError::at(
                    &at,
                    "`meanwhile` is something that happens at OpenAI; for a sudden end write `kill = true`",
                ));
            }
            if self.operation.get_ref() == "*" {
                return Err(FileError::at(&at, "`meanwhile` needs to know before which `operation`"));
            }
            said.push(Trouble::Meanwhile(event));
        }
        match said.pop() {
            Some(trouble) if said.is_empty() => Ok(trouble),
            _ => Err(FileError::at(
                place,
                "a fault rule has one of `status = 503`, `hang = true`, `reset = true`, `meanwhile = \"alice accepts\"` and `kill = true`",
            )),
        }
    }
}

/// The operations a bridge needs, by OpenAI's operation ids.
pub(crate) const OPERATIONS: &[&str] = &[
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
    "list-group-role-assignments",
    "assign-group-role",
    "retrieve-group-role",
    "unassign-group-role",
    "list-roles",
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
