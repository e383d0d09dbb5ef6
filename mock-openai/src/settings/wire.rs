//! Switches about the form of answers, whatever they are about.

use serde::{Deserialize, Serialize};

/// Something that does not exist is deleted. 404 is specified; 200 would be kind (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteMissing {
    /// 404.
    #[default]
    NotFound,
    /// 200, as if it had been there.
    Ok,
}

/// Which fields answers carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Every required field of the schema of August 2026, and the `object` of groups that examples have.
    #[default]
    Current,
    /// Exactly the fields of the examples: no `is_scim_managed` on users, no `group_type` but on a
    /// project group fetched alone, `projects` only on the answer to a new invite, no
    /// `external_key_id` and `residency`, no `assignment_sources` in lists, no name of a new project user.
    Minimal,
    /// As until late 2025: `invited_at` for `created_at`, no `projects`, no `group_type` but on a
    /// project group fetched alone, no `assignment_sources` in lists, and 201 for a new invite, project,
    /// project user or service account (201 and `invited_at` are reported, the rest is inference).
    Legacy,
}

/// Fields in a request body that the reference does not have (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// They are ignored.
    #[default]
    Ignore,
    /// 400, and `param` names the first one.
    Refuse,
}

/// A body that is no JSON object, or says it is no JSON (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadBody {
    /// 400.
    #[default]
    Refuse,
    /// 415.
    UnsupportedMediaType,
}

/// The body of a 403 for a key that may not do this.
///
/// A bare string was seen live in July 2026; the envelope is specified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForbiddenBody {
    /// `{"error": {"message": …, "type": …, "param": …, "code": …}}`
    #[default]
    Object,
    /// `{"error": "…"}`, which strict clients fail to decode.
    BareString,
}

/// `x-ratelimit-*` on answers. Not seen on admin routes in May 2026 (reported).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateHeaders {
    /// None.
    #[default]
    Absent,
    /// `x-ratelimit-{limit,remaining,reset}-requests`, while a throttle is on.
    Sent,
}
