//! What stands before every operation: the key, its scope, the throttle.

use std::time::Duration;

use http::{HeaderName, header};

use super::Org;
use crate::journal::Injected;
use crate::journal::redacted;
use crate::message::{Answer, Request};
use crate::operation::{Area, Operation};
use crate::refusal::{Code, Refusal};
use crate::settings::{ForbiddenBody, KeyScope, RateHeaders};
use crate::throttle::{RetryAfterForm, Throttle, Verdict};
use crate::timestamp::Timestamp;

/// Which keys open the organization. Keys of projects (`sk-proj-…`) never do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminKeys {
    /// Every other key.
    Any,
    /// This one only.
    Only(String),
}

/// Leave to carry an operation out, with what is to be said about the throttle.
pub(super) struct Pass(Option<Verdict>);

/// No leave.
pub(super) struct TurnedAway {
    refusal: Refusal,
    injected: Option<Injected>,
    pass: Pass,
}

impl Org {
    pub(super) fn admit(
        &mut self,
        operation: Operation,
        request: &Request,
        now: Timestamp,
    ) -> Result<Pass, Box<TurnedAway>> {
        let allowed = self.authenticate(request).and_then(|key| {
            self.authorize(operation)?;
            Ok(key.to_owned())
        });
        let key = match allowed {
            Ok(key) => key,
            Err(refusal) => {
                return Err(Box::new(TurnedAway {
                    refusal,
                    injected: None,
                    pass: Pass(None),
                }));
            }
        };
        let verdict = self.buckets.take(&self.settings.throttle, &key, operation, now);
        let pass = match self.settings.rate_headers {
            RateHeaders::Absent => Pass(None),
            RateHeaders::Sent => Pass(verdict),
        };
        match verdict {
            Some(verdict) if !verdict.wait.is_zero() => {
                let (refusal, told) = throttled(verdict.wait, self.retry_after_form(), now);
                let injected = Some(Injected::Throttled {
                    retry_after_seconds: told,
                });
                Err(Box::new(TurnedAway {
                    refusal,
                    injected,
                    pass,
                }))
            }
            Some(_) | None => Ok(pass),
        }
    }

    /// The key of a request that has a good one.
    pub(super) fn authenticate<'a>(&self, request: &'a Request) -> Result<&'a str, Refusal> {
        let Some(key) = request.header(&header::AUTHORIZATION).and_then(bearer) else {
            let text = "No API key was given. Send it in a header: Authorization: Bearer KEY.";
            return Err(Refusal::plain(401, text));
        };
        if key.starts_with("sk-proj-") {
            let text = "You have insufficient permissions for this operation: a project key does \
                        not open admin routes.";
            return Err(self.forbidden(text));
        }
        match &self.keys {
            AdminKeys::Only(expected) if expected != key => {
                let text = format!("Incorrect API key provided: {}.", redacted(key));
                Err(Refusal::new(401, Code::InvalidApiKey, text))
            }
            AdminKeys::Only(_) | AdminKeys::Any => Ok(key),
        }
    }

    fn authorize(&self, operation: Operation) -> Result<(), Refusal> {
        let is_allowed = match self.settings.key_scope {
            KeyScope::All => true,
            KeyScope::NoGroups => operation.area() != Area::Groups,
            KeyScope::ReadOnly => !operation.is_write(),
        };
        if is_allowed {
            return Ok(());
        }
        // Of the scopes, these names are the ones seen in practice or in examples.
        let scope = match (operation.area() == Area::Groups, operation.is_write()) {
            (true, true) => "api.groups.write",
            (true, false) => "api.groups.read",
            (false, true) => "api.management.write",
            (false, false) => "api.management.read",
        };
        let text = format!("You have insufficient permissions for this operation. Missing scopes: {scope}.");
        Err(self.forbidden(&text))
    }

    fn forbidden(&self, text: &str) -> Refusal {
        let refusal = Refusal::new(403, Code::MissingScopes, text);
        match self.settings.forbidden_body {
            ForbiddenBody::Object => refusal,
            ForbiddenBody::BareString => refusal.bare(),
        }
    }

    fn retry_after_form(&self) -> RetryAfterForm {
        match &self.settings.throttle {
            Throttle::Off => RetryAfterForm::default(),
            Throttle::Bucket(bucket) => bucket.form,
        }
    }
}

impl Pass {
    /// Puts the rate headers on an answer, if they are wanted.
    pub(super) fn stamp(&self, answer: Answer) -> Answer {
        let Some(verdict) = self.0 else {
            return answer;
        };
        let name = HeaderName::from_static;
        answer
            .with(name("x-ratelimit-limit-requests"), verdict.limit)
            .with(name("x-ratelimit-remaining-requests"), verdict.remaining)
            .with(
                name("x-ratelimit-reset-requests"),
                format!("{}ms", verdict.reset.as_millis()),
            )
    }
}

impl TurnedAway {
    pub(super) fn into_answer(self) -> (Answer, Option<Injected>) {
        (self.pass.stamp(self.refusal.into_answer()), self.injected)
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// The 429 and the wait it tells. The words "try again after N seconds" are what one public
/// client looks for.
fn throttled(wait: Duration, form: RetryAfterForm, now: Timestamp) -> (Refusal, Option<f64>) {
    // Whole seconds, upwards: a client that waits as told must pass.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let exact = format!("{:.3}", (wait.as_secs_f64() * 1000.0).ceil() / 1000.0);
    let hint = match form {
        RetryAfterForm::Absent => "later".to_owned(),
        RetryAfterForm::Integer | RetryAfterForm::HttpDate => format!("after {seconds} seconds"),
        RetryAfterForm::TextOnly => format!("after {exact} seconds"),
    };
    let text = format!("Rate limit reached for this endpoint. Please try again {hint}.");
    let refusal = Refusal::new(429, Code::RateLimitExceeded, text);
    #[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 seconds")]
    let whole = seconds as f64;
    match form {
        RetryAfterForm::Integer => (refusal.with(header::RETRY_AFTER, seconds.to_string()), Some(whole)),
        RetryAfterForm::HttpDate => {
            // The date has whole seconds: round it up too.
            let date = now.plus(wait + Duration::from_millis(999)).http_date();
            (refusal.with(header::RETRY_AFTER, date), Some(whole))
        }
        RetryAfterForm::Absent => (refusal, None),
        RetryAfterForm::TextOnly => (refusal, exact.parse().ok()),
    }
}
