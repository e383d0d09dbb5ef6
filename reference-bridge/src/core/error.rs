//! What a SCIM client is told when a request cannot be done (RFC 7644 §3.12).
//!
//! Pure data; the front turns it into an answer. Details are for administrators, so they name the
//! cause, and they never hold a key, a token or a password.

use std::time::Duration;

use serde_json::{Value, json};

/// Schema of every error body.
pub(crate) const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An error answer: status, optional `scimType`, a sentence, and how long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScimError {
    /// HTTP status.
    pub(crate) status: u16,
    /// Word of RFC 7644 table 9, where one fits.
    pub(crate) scim_type: Option<ScimType>,
    /// A sentence for an administrator.
    pub(crate) detail: String,
    /// Whole seconds for `Retry-After`, at least 1.
    pub(crate) retry_after: Option<u64>,
}

/// The words of RFC 7644 table 9 that this bridge uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScimType {
    /// The filter is malformed or compares what cannot be compared.
    InvalidFilter,
    /// The name or address belongs to somebody else.
    Uniqueness,
    /// The attribute cannot be changed by a client.
    Mutability,
    /// The body is not the message it should be.
    InvalidSyntax,
    /// The PATCH path is malformed.
    InvalidPath,
    /// The PATCH path names nothing that could be changed.
    NoTarget,
    /// A value is missing or not one of those allowed.
    InvalidValue,
}

impl ScimError {
    /// An error without `scimType`.
    pub(crate) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// 400 with the given word.
    pub(crate) fn bad(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self {
            scim_type: Some(scim_type),
            ..Self::new(400, detail)
        }
    }

    /// 400 `invalidValue`.
    pub(crate) fn value(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidValue, detail)
    }

    /// 400 `invalidSyntax`.
    pub(crate) fn syntax(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidSyntax, detail)
    }

    /// 409 `uniqueness`.
    pub(crate) fn taken(detail: impl Into<String>) -> Self {
        Self {
            scim_type: Some(ScimType::Uniqueness),
            ..Self::new(409, detail)
        }
    }

    /// 404 for an id nobody has.
    pub(crate) fn missing(what: &str, id: &str) -> Self {
        Self::new(404, format!("there is no {what} with the id {id:?}"))
    }

    /// 429 with the wait rounded up to whole seconds.
    pub(crate) fn throttled(wait: Duration) -> Self {
        let seconds = whole_seconds(wait);
        Self {
            retry_after: Some(seconds),
            ..Self::new(429, format!("OpenAI's rate limit is used up; try again in {seconds} s"))
        }
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "schemas": [ERROR_URN],
            "status": self.status.to_string(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = json!(scim_type.as_str());
        }
        body
    }
}

impl ScimType {
    /// The word as table 9 spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// Rounds up, and never below one second: clients read 0 as "now" or not at all.
fn whole_seconds(wait: Duration) -> u64 {
    let up = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(up).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(0, 1)]
    #[case(1_000, 1)]
    #[case(1_001, 2)]
    #[case(6_937, 7)]
    fn waits_are_positive_whole_seconds(#[case] millis: u64, #[case] seconds: u64) {
        let error = ScimError::throttled(Duration::from_millis(millis));
        assert_eq!(error.retry_after, Some(seconds));
    }

    #[test]
    fn status_is_a_string() {
        insta::assert_snapshot!(
            ScimError::taken("no").body(),
            @r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","detail":"no","scimType":"uniqueness"}"#
        );
    }
}
