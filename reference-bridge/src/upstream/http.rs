//! One HTTP exchange with the Admin API: request out, answer sorted into value or [`Trouble`].

use std::time::{Duration, Instant, SystemTime};

use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::sync::Mutex as AsyncMutex;

use super::cooldown::Cooldowns;
use super::invite_book::InviteBook;
use super::looks::Looks;
use super::operation::Operation;
use super::trouble::Trouble;
use super::wait;
use crate::fault::{Fault, Faults};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::variant::Variant;

/// The largest answer that is read.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// The longest reason that is passed on.
const MAX_REASON: usize = 300;
/// How long a defect waits after any 429.
const IMPATIENT_WAIT: Duration = Duration::from_millis(100);
/// How long a patient bridge waits on rate limits inside one SCIM request.
const LONG_WAIT: Duration = Duration::from_secs(2);
/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The Admin API and what is known about its limits.
#[derive(Debug)]
pub(crate) struct Upstream {
    client: reqwest::Client,
    base_url: String,
    admin_key: Secret,
    /// The longest wait for one answer.
    pub(crate) timeout: Duration,
    /// The longest wait on rate limits inside one SCIM request.
    pub(crate) throttle_wait: Duration,
    /// Who has to rest.
    pub(crate) cooldowns: Cooldowns,
    /// Who is being looked up.
    pub(super) looks: Looks,
    /// What is known of the list of invites; held while it is read.
    pub(super) invites: AsyncMutex<InviteBook>,
    /// Switched-on defects.
    pub(crate) faults: Faults,
}

impl Upstream {
    /// A client for the API at `settings.openai_base_url`.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub(crate) fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        // Somebody else may have chosen already, which is as good.
        #[cfg(feature = "tls")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(settings.upstream_timeout)
            .user_agent(concat!("reference-bridge/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            base_url: settings.openai_base_url.trim_end_matches('/').to_owned(),
            admin_key: settings.openai_admin_key.clone(),
            timeout: settings.upstream_timeout,
            throttle_wait: if settings.variants.has(Variant::ThrottleWaited) {
                LONG_WAIT.max(settings.throttle_wait)
            } else {
                settings.throttle_wait
            },
            cooldowns: Cooldowns::default(),
            looks: Looks::default(),
            invites: AsyncMutex::default(),
            faults: settings.faults,
        })
    }

    /// Sends one request and reads its answer, all within `timeout`. A 429 is noted for everybody.
    pub(crate) async fn exchange(
        &self,
        operation: Operation,
        method: Method,
        path: &str,
        body: Option<&Value>,
        timeout: Duration,
    ) -> Result<Value, Trouble> {
        let mut request = self
            .client
            .request(method, format!("{}/organization/{path}", self.base_url))
            .bearer_auth(self.admin_key.expose())
            .timeout(timeout);
        if let Some(body) = body {
            request = request
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let lost = |error: &reqwest::Error| Trouble::Lost {
            reason: if error.is_timeout() {
                format!("no answer within {timeout:?}")
            } else {
                "the connection failed".to_owned()
            },
            hung: error.is_timeout(),
        };
        let mut response = request.send().await.map_err(|error| lost(&error))?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(http::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
            if bytes.len() + chunk.len() > MAX_BODY {
                return Err(Trouble::Lost {
                    reason: "the answer is too large".to_owned(),
                    hung: false,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        if status != StatusCode::TOO_MANY_REQUESTS {
            self.cooldowns.passed(operation);
        }
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|_| Trouble::Lost {
                reason: "the answer is not JSON".to_owned(),
                hung: false,
            });
        }
        Err(self.sort(operation, status, retry_after.as_deref(), &bytes))
    }

    /// Sorts an answer that is not a success.
    fn sort(&self, operation: Operation, status: StatusCode, retry_after: Option<&str>, body: &[u8]) -> Trouble {
        let reason = self.scrub(&message(body));
        match status.as_u16() {
            429 => {
                let wait = if self.faults.has(Fault::RetryAfterIgnored) {
                    IMPATIENT_WAIT
                } else {
                    wait::wait(retry_after, &reason, SystemTime::now())
                };
                self.cooldowns.rest(operation, Instant::now(), wait);
                Trouble::Throttled { wait }
            }
            404 => Trouble::Missing,
            status @ (401 | 403) => Trouble::Denied { status, reason },
            status @ 400..=499 if status != 408 => Trouble::Refused { status, reason },
            status => Trouble::Lost {
                reason: format!("status {status}"),
                hung: false,
            },
        }
    }

    /// Makes a text of upstream fit to be shown: one line, short, and without keys.
    fn scrub(&self, text: &str) -> String {
        text.split_whitespace()
            .map(|word| {
                let is_ours = !self.admin_key.is_empty() && word.contains(self.admin_key.expose());
                if is_ours || word.contains("sk-") { "[key]" } else { word }
            })
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_REASON)
            .collect()
    }
}

/// `text` as one piece of a path or query.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The sentence in an error body: `{"error":{"message":…}}`, `{"error":"…"}`, or none.
fn message(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return "no reason given".to_owned();
    };
    let error = &body["error"];
    error["message"]
        .as_str()
        .or_else(|| error.as_str())
        .unwrap_or("no reason given")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        br#"{"error":{"message":"Incorrect API key provided: sk-admin-abc."}}"#,
        "Incorrect API key provided: [key]"
    )]
    #[case(br#"{"error":"Missing scopes"}"#, "Missing scopes")]
    #[case(b"<html>bad gateway</html>", "no reason given")]
    fn reasons(#[case] body: &[u8], #[case] expected: &str) {
        let upstream = Upstream::new(&Settings::default()).unwrap();
        assert_eq!(upstream.scrub(&message(body)), expected);
    }

    #[test]
    fn addresses_are_encoded_whole() {
        assert_eq!(encode("o'b+x%ü@y.z"), "o%27b%2Bx%25%C3%BC%40y.z");
    }
}
