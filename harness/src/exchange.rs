//! One request to the bridge and what came back.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

/// A request as it goes onto the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct SentRequest {
    /// HTTP method, as written in the scenario or by the persona.
    pub method: String,
    /// Path under the SCIM base and query, encoded: `/Users?filter=userName+eq+%22a%22`.
    pub target: String,
    /// Headers in the order given. Holds the bearer token: reports redact it.
    pub headers: Vec<(String, String)>,
    /// The body, exact bytes.
    pub body: Option<Bytes>,
}

impl fmt::Debug for SentRequest {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): &(String, String)| {
            let is_secret = name.eq_ignore_ascii_case("authorization");
            (name.clone(), if is_secret { "****".to_owned() } else { value.clone() })
        };
        f.debug_struct("SentRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.headers.iter().map(shown).collect::<Vec<_>>())
            .field("body", &self.body)
            .finish()
    }
}

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An HTTP response that was read to its end.
    Answered(Answer),
    /// No complete response.
    Failed(WireTrouble),
}

/// A complete HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Headers in the order received; values that are not text are shown escaped.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Bytes,
}

/// Why there is no complete response. Always the target's doing; trouble of our own is an `Err` of the runner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireTrouble {
    /// Nobody accepts connections there.
    #[error("connection refused")]
    Refused,
    /// The connection was closed or reset before the response was complete.
    #[error("the connection was closed before the answer was complete ({0})")]
    Closed(String),
    /// Nothing complete within the limit.
    #[error("no complete answer within {}", seconds(.0))]
    TimedOut(Duration),
    /// More bytes than a SCIM answer can need.
    #[error("the answer is larger than {} MiB; reading stopped there", .0 / (1024 * 1024))]
    TooLarge(u64),
    /// We closed the connection ourselves, as the scenario has it.
    #[error("the identity provider hung up after {}", seconds(.0))]
    HungUp(Duration),
    /// We killed the bridge meanwhile, as the scenario has it.
    #[error("the bridge was killed before it had answered")]
    Killed,
    /// What came is not HTTP, or not in the encoding it claims.
    #[error("what came back is not HTTP: {0}")]
    NotHttp(String),
}

/// A request and its outcome, with the part of the upstream journal that was written meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What the persona calls this request: `match`, `create`, `read`, `replace`, `patch`, `delete`, `list`, `send`.
    pub label: &'static str,
    /// What was sent.
    pub request: SentRequest,
    /// What came back.
    pub outcome: Outcome,
    /// From the first byte sent to the last received.
    pub elapsed: Duration,
    /// Highest journal sequence number before the request was sent; 0 without an upstream.
    pub seq_before: u64,
    /// Highest journal sequence number after the answer was read.
    pub seq_after: u64,
    /// Whether other requests to the bridge were under way at the same time.
    pub concurrent: bool,
}

impl WireTrouble {
    /// Whether we saw to it ourselves that there is no answer; then it says nothing about the bridge.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::HungUp(_) | Self::Killed => true,
            Self::Refused | Self::Closed(_) | Self::TimedOut(_) | Self::TooLarge(_) | Self::NotHttp(_) => false,
        }
    }
}

impl Answer {
    /// The first header of this name, case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Exchange {
    /// The response, if there is a complete one.
    pub fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Answered(answer) => Some(answer),
            Outcome::Failed(_) => None,
        }
    }

    /// The status code, if there is one.
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status)
    }

    /// Whether the bridge owed an answer and gave none; not so if we saw to that ourselves.
    pub fn is_unanswered(&self) -> bool {
        matches!(&self.outcome, Outcome::Failed(trouble) if !trouble.is_ours())
    }

    /// Whether the bridge acknowledged: a complete 2xx.
    pub fn is_success(&self) -> bool {
        self.answer().is_some_and(Answer::is_success)
    }

    /// The body of the answer as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        self.answer().and_then(Answer::json)
    }

    /// Whether the request may change something.
    pub fn is_write(&self) -> bool {
        !matches!(self.request.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// `PATCH /Users/17`, for people.
    pub fn request_line(&self) -> String {
        format!("{} {}", self.request.method, self.request.target)
    }
}

fn seconds(duration: &Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
