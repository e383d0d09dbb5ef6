//! What a fault rule does to an answer.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MAX_DELAY;
use crate::delay::Delay;

/// What a client gets instead of the proper answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// Another answer.
    Status(FaultStatus),
    /// None, and the connection stays open.
    Hang,
    /// None, and the connection is reset.
    Reset,
    /// The proper answer, later (JSON: `{"delay_ms": 250}` or `{"delay_ms": {"uniform": [5, 50]}}`
    /// or `{"delay_ms": {"exponential": 50}}`), by ten minutes at most. The operation is carried
    /// out on arrival in both phases. Real time passes, whatever the organization's clock does.
    #[serde(rename = "delay_ms", with = "delay")]
    Delay(Delay),
    /// Half of the proper answer's body, then the end. In phase `before` there is no proper
    /// answer: it is half of a 500.
    HalfBody,
    /// The answer to a `GET` as it was before the last changes (JSON: `{"stale_ms": 500}`): if the
    /// organization has changed since the same key last asked for the same path and query, and
    /// the first such change is less than this long ago, then the earlier answer comes again.
    /// Without an earlier answer, or a change since, or with an older one, the answer is fresh;
    /// the rule has not struck then and the journal does not mention it. So a client that looks,
    /// writes and looks again does not see its own write until the time is over. The earlier
    /// answers are kept from when the rule is set: the last 1000 of up to 64 MiB. For things that
    /// nobody looked for before they were made there is the setting
    /// [`read_lag_ms`](crate::Settings::read_lag_ms).
    #[serde(rename = "stale_ms", with = "lag")]
    Stale(Duration),
}

/// An answer that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultStatus {
    /// Its status, 200 to 599.
    #[serde(deserialize_with = "final_status")]
    pub status: u16,
    /// How long the client is told to wait, if at all.
    #[serde(default)]
    pub retry_after: Option<RetryAfter>,
    /// Its body.
    #[serde(default)]
    pub body: FaultBody,
    /// `x-should-retry: true` or `false`, which OpenAI's Python and Node SDKs obey whatever the
    /// status is; none if absent.
    #[serde(default)]
    pub should_retry: Option<bool>,
}

/// How long a client is told to wait, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A header with so many seconds.
    Integer(u32),
    /// A header with the date so many seconds from now.
    HttpDate(u32),
    /// Nothing.
    Absent,
    /// No header; so many seconds in the message.
    TextOnly(u32),
}

/// The body of an answer that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultBody {
    /// OpenAI's error envelope.
    #[default]
    Object,
    /// `{"error": "…"}`
    BareString,
    /// `{"code": 404, "message": "…"}`: a number, no envelope, as old examples of the
    /// specification have it.
    NumericCode,
    /// A page as proxies make them.
    Html,
    /// Nothing.
    Empty,
}

impl FaultStatus {
    /// An answer with OpenAI's envelope and nothing beside it.
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            retry_after: None,
            body: FaultBody::Object,
            should_retry: None,
        }
    }
}

/// Serde needs modules for `with`.
mod delay {
    use super::{Delay, Deserializer, MAX_DELAY};
    pub(super) use crate::delay::millis::serialize;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Delay, D::Error> {
        let delay = crate::delay::millis::deserialize(from)?;
        if delay.named() <= MAX_DELAY {
            return Ok(delay);
        }
        Err(serde::de::Error::custom("a delay is ten minutes at most"))
    }
}

mod lag {
    use super::{Deserialize, Deserializer, Duration, MAX_DELAY, Serializer};

    pub(super) fn serialize<S: Serializer>(lag: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(lag.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let lag = u64::deserialize(from).map(Duration::from_millis)?;
        if lag <= MAX_DELAY {
            return Ok(lag);
        }
        Err(serde::de::Error::custom("a lag is ten minutes at most"))
    }
}

fn final_status<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(from)?;
    if (200..=599).contains(&status) {
        return Ok(status);
    }
    Err(serde::de::Error::custom(format!(
        "status {status} is not one of 200 to 599"
    )))
}
