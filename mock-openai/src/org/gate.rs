//! What stands before every operation: the key, its scope, the throttle.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, header};

use super::{ORGANIZATION, Org};
use crate::journal::Injected;
use crate::journal::redacted;
use crate::message::{Answer, Request};
use crate::operation::{Area, Operation};
use crate::record::Scope;
use crate::refusal::{Code, Refusal, SHOULD_RETRY};
use crate::settings::{ForbiddenBody, RateHeaders};
use crate::throttle::{RetryAfterForm, Throttle, Verdict};
use crate::timestamp::Timestamp;

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
        let allowed = self.authenticate(request, now).and_then(|secret| {
            self.authorize(operation)?;
            Ok(secret)
        });
        let secret = match allowed {
            Ok(secret) => secret,
            Err(refusal) => {
                return Err(Box::new(TurnedAway {
                    refusal,
                    injected: None,
                    pass: Pass(None),
                }));
            }
        };
        let verdict = self.buckets.take(&self.settings.throttle, secret, operation, now);
        let pass = match self.settings.rate_headers {
            RateHeaders::Absent => Pass(None),
            RateHeaders::Sent => Pass(verdict),
        };
        match verdict {
            Some(verdict) if !verdict.wait.is_zero() => {
                let (refusal, told) = throttled(verdict.wait, &self.settings.throttle, now);
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

    /// What is sent as key, if it is a good one; notes who asks.
    pub(super) fn authenticate<'a>(&mut self, request: &'a Request, now: Timestamp) -> Result<&'a str, Refusal> {
        let Some(secret) = request.secret() else {
            let text = "No API key was given. Send it in a header: Authorization: Bearer KEY.";
            return Err(Refusal::plain(401, text));
        };
        if secret.starts_with("sk-proj-") {
            let text = "You have insufficient permissions for this operation: a project key does \
                        not open admin routes.";
            return Err(self.forbidden(text));
        }
        let is_open = self.keys.is_open();
        match self.keys.meant(secret) {
            Some(held) if !held.key.has_expired(now) => {
                held.key.last_used_at = Some(now);
                self.caller = Some(Arc::clone(&held.actor));
            }
            None if is_open => {}
            Some(_) | None => {
                let text = format!("Incorrect API key provided: {}.", redacted(secret));
                return Err(Refusal::new(401, Code::InvalidApiKey, text));
            }
        }
        // A key that is only let through belongs to no organization that it could be held against.
        let named = request.header(&ORGANIZATION).filter(|_| self.keys.knows(secret));
        if named.is_some_and(|named| named != self.id) {
            let text = "The OpenAI-Organization header names another organization than that of the API key.";
            return Err(Refusal::new(401, Code::MismatchedOrganization, text));
        }
        Ok(secret)
    }

    fn authorize(&self, operation: Operation) -> Result<(), Refusal> {
        let key = self.calling_key();
        let scope = needed_scope(operation);
        let is_allowed = match key.and_then(|key| key.scopes.as_ref()) {
            Some(scopes) => scopes.contains(&scope),
            None => self.settings.key_scope.scopes().contains(&scope),
        };
        if is_allowed {
            return Ok(());
        }
        let scope = scope.as_str();
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

/// What a key needs for an operation, see [`Scope`].
fn needed_scope(operation: Operation) -> Scope {
    match (operation.area(), operation.is_write()) {
        (Area::Groups, true) => Scope::GroupsWrite,
        (Area::Groups, false) => Scope::GroupsRead,
        (Area::Users | Area::Invites | Area::Roles | Area::Projects | Area::AdminKeys | Area::AuditLogs, true) => {
            Scope::ManagementWrite
        }
        (Area::Users | Area::Invites | Area::Roles | Area::Projects | Area::AdminKeys | Area::AuditLogs, false) => {
            Scope::ManagementRead
        }
    }
}

/// The 429 and the wait it tells. The words "try again after N seconds" are what one public
/// client looks for.
fn throttled(wait: Duration, throttle: &Throttle, now: Timestamp) -> (Refusal, Option<f64>) {
    let bucket = throttle.bucket();
    let form = bucket.map_or_else(RetryAfterForm::default, |bucket| bucket.form);
    // Whole seconds, upwards: a client that waits as told must pass.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let exact = format!("{:.3}", (wait.as_secs_f64() * 1000.0).ceil() / 1000.0);
    let hint = match form {
        RetryAfterForm::Absent => "later".to_owned(),
        RetryAfterForm::Integer | RetryAfterForm::HttpDate => format!("after {seconds} seconds"),
        RetryAfterForm::TextOnly => format!("after {exact} seconds"),
    };
    let text = format!("Rate limit reached for this endpoint. Please try again {hint}.");
    let mut refusal = Refusal::new(429, Code::RateLimitExceeded, text);
    if let Some(should_retry) = bucket.and_then(|bucket| bucket.should_retry) {
        refusal = refusal.with(SHOULD_RETRY, should_retry.to_string());
    }
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
