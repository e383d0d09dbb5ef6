//! Trouble that upstream makes on purpose: the rules of a step's `fault_plan`.

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place, unknown};

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

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFaultRule {
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

impl RawFaultRule {
    pub(crate) fn parse(self, place: &Place) -> Result<FaultRule, FileError> {
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
