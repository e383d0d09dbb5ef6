//! Refusals in OpenAI's words: the error envelope and every error code, real or invented.
//!
//! One constructor for each kind of problem. Messages are ours; where a public client is known
//! to look for words in a message, those words are there.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;

use crate::message::Answer;

/// Marks answers whose `code` no source shows. The mark is for people who read traces: nothing
/// a client should build on.
pub(crate) const INVENTED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-mock-openai"),
    HeaderValue::from_static("invented-code"),
);

/// Overrides what OpenAI's Python and Node SDKs make of a status (read in their source).
pub(crate) const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Every `code` the mock sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// Observed on the live API.
    InvalidApiKey,
    /// Reported, on routes that are not of the Admin API.
    MismatchedOrganization,
    /// Observed on the live API.
    RateLimitExceeded,
    /// In an example of the specification.
    ProjectNotFound,
    /// Reported.
    PaymentMethodRequired,
    // All below are invented: the specification only says that `code` is a nullable string.
    AdminApiKeyNotFound,
    CursorNotFound,
    DefaultProject,
    GroupAlreadyExists,
    GroupAlreadyInProject,
    GroupNotEmpty,
    GroupNotFound,
    GroupNotInProject,
    GroupScimManaged,
    InjectedFault,
    InviteAlreadyAccepted,
    InviteAlreadyExists,
    InviteExpired,
    InviteNotFound,
    KeyOwner,
    LastOwner,
    MethodNotAllowed,
    MissingScopes,
    NotModelled,
    PlanUpgradeRequired,
    PredefinedRole,
    ProjectArchived,
    ReaderRequired,
    RequestTooLarge,
    RoleNotAssigned,
    RoleNotFound,
    ServiceAccountIsNoPerson,
    ServiceAccountNotFound,
    UnknownUrl,
    UserAlreadyInGroup,
    UserAlreadyInOrganization,
    UserAlreadyInProject,
    UserNotFound,
    UserNotInGroup,
    UserNotInProject,
}

impl Code {
    const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidApiKey => "invalid_api_key",
            Self::MismatchedOrganization => "mismatched_organization",
            Self::RateLimitExceeded => "rate_limit_exceeded",
            Self::ProjectNotFound => "project_not_found",
            Self::PaymentMethodRequired => "payment_method_required",
            Self::AdminApiKeyNotFound => "admin_api_key_not_found",
            Self::CursorNotFound => "cursor_not_found",
            Self::DefaultProject => "default_project",
            Self::GroupAlreadyExists => "group_already_exists",
            Self::GroupAlreadyInProject => "group_already_in_project",
            Self::GroupNotEmpty => "group_not_empty",
            Self::GroupNotFound => "group_not_found",
            Self::GroupNotInProject => "group_not_in_project",
            Self::GroupScimManaged => "group_scim_managed",
            Self::InjectedFault => "injected_fault",
            Self::InviteAlreadyAccepted => "invite_already_accepted",
            Self::InviteAlreadyExists => "invite_already_exists",
            Self::InviteExpired => "invite_expired",
            Self::InviteNotFound => "invite_not_found",
            Self::KeyOwner => "key_owner",
            Self::LastOwner => "last_owner",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::MissingScopes => "missing_scopes",
            Self::NotModelled => "not_modelled",
            Self::PlanUpgradeRequired => "plan_upgrade_required",
            Self::PredefinedRole => "predefined_role",
            Self::ProjectArchived => "project_archived",
            Self::ReaderRequired => "reader_required",
            Self::RequestTooLarge => "request_too_large",
            Self::RoleNotAssigned => "role_not_assigned",
            Self::RoleNotFound => "role_not_found",
            Self::ServiceAccountIsNoPerson => "service_account_is_no_person",
            Self::ServiceAccountNotFound => "service_account_not_found",
            Self::UnknownUrl => "unknown_url",
            Self::UserAlreadyInGroup => "user_already_in_group",
            Self::UserAlreadyInOrganization => "user_already_in_organization",
            Self::UserAlreadyInProject => "user_already_in_project",
            Self::UserNotFound => "user_not_found",
            Self::UserNotInGroup => "user_not_in_group",
            Self::UserNotInProject => "user_not_in_project",
        }
    }

    const fn is_invented(self) -> bool {
        !matches!(
            self,
            Self::InvalidApiKey
                | Self::MismatchedOrganization
                | Self::RateLimitExceeded
                | Self::ProjectNotFound
                | Self::PaymentMethodRequired
        )
    }
}

/// Why an operation is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: u16,
    code: Option<Code>,
    param: Option<Cow<'static, str>>,
    message: String,
    bare: bool,
    headers: Vec<(HeaderName, String)>,
}

impl Refusal {
    /// A refusal with a code.
    pub(crate) fn new(status: u16, code: Code, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::plain(status, message)
        }
    }

    /// A refusal whose `code` is null.
    pub(crate) fn plain(status: u16, message: impl Into<String>) -> Self {
        let (code, param, headers) = (None, None, Vec::new());
        Self {
            status,
            code,
            param,
            message: message.into(),
            bare: false,
            headers,
        }
    }

    /// 400 about one field of a body or query.
    pub(crate) fn invalid(param: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::plain(400, message).about(param)
    }

    /// 404 for an id that nobody has.
    pub(crate) fn not_found(code: Code, what: &str, id: &str) -> Self {
        Self::new(404, code, format!("The {what} {id} was not found."))
    }

    /// 501 for a part of the Admin API that the mock does not have.
    pub(crate) fn not_modelled(method: &Method, path: &str) -> Self {
        let text = format!(
            "mock-openai does not model {method} {path}: it knows users, invites, groups, roles, projects, admin API \
             keys and audit logs."
        );
        Self::new(501, Code::NotModelled, text)
    }

    /// Names the field it is about.
    #[must_use]
    pub(crate) fn about(mut self, param: impl Into<Cow<'static, str>>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Uses the second body shape, `{"error": "…"}`.
    #[must_use]
    pub(crate) fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The answer that says so.
    pub(crate) fn into_answer(self) -> Answer {
        let mut answer = if self.bare {
            Answer::json(self.status, &BareString { error: &self.message })
        } else {
            Answer::json(self.status, &Envelope { error: self.error() })
        };
        if !self.bare && self.code.is_some_and(Code::is_invented) {
            answer = answer.with(INVENTED.0, INVENTED.1);
        }
        for (name, value) in self.headers {
            answer = answer.with(name, value);
        }
        answer
    }

    fn error(&self) -> ErrorObject<'_> {
        // What OpenAI's servers say when they are the ones at fault (public API, well known).
        let kind = if self.status >= 500 {
            "server_error"
        } else {
            "invalid_request_error"
        };
        let code = self.code.map(Code::as_str);
        ErrorObject {
            message: &self.message,
            kind,
            param: self.param.as_deref(),
            code,
        }
    }
}

/// The envelope of the specification; all four keys are required, two may be null.
#[derive(Serialize)]
struct Envelope<'a> {
    error: ErrorObject<'a>,
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'a str>,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct BareString<'a> {
    error: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_has_all_four_keys() {
        let answer = Refusal::invalid("role", "No such role.").into_answer();
        insta::assert_snapshot!(String::from_utf8_lossy(&answer.body), @r#"{"error":{"message":"No such role.","type":"invalid_request_error","param":"role","code":null}}"#);
        assert!(!answer.headers.contains_key(INVENTED.0));
    }

    #[test]
    fn an_invented_code_is_marked_and_an_observed_one_is_not() {
        let invented = Refusal::not_found(Code::UserNotFound, "user", "user-1").into_answer();
        assert_eq!(invented.headers[INVENTED.0], INVENTED.1);
        insta::assert_snapshot!(String::from_utf8_lossy(&invented.body), @r#"{"error":{"message":"The user user-1 was not found.","type":"invalid_request_error","param":null,"code":"user_not_found"}}"#);
        let observed = Refusal::new(401, Code::InvalidApiKey, "No.").into_answer();
        assert!(!observed.headers.contains_key(INVENTED.0));
    }

    #[test]
    fn the_bare_string_has_no_code_to_mark() {
        let answer = Refusal::new(403, Code::MissingScopes, "No.").bare().into_answer();
        assert_eq!(answer.body, r#"{"error":"No."}"#);
        assert!(!answer.headers.contains_key(INVENTED.0));
    }
}
