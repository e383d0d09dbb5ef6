//! What a fault rule does to an answer. Which rule strikes is decided in
//! [`fault`](crate::fault); whether the operation is carried out, in [`Org`](super::Org).

use std::fmt::Write;
use std::time::Duration;

use http::header;
use serde::Serialize;

use crate::fault::{FaultAction, FaultBody, FaultStatus, RetryAfter, Strike};
use crate::message::{Answer, Reaction};
use crate::refusal::{Code, Refusal, SHOULD_RETRY};
use crate::timestamp::Timestamp;

/// What a strike makes of a proper answer, and the wait that the client is told.
pub(super) fn react(strike: Strike, proper: Option<Answer>, now: Timestamp) -> (Reaction, Option<f64>) {
    let Strike { rule, delay, old } = strike;
    let proper = old.or(proper).unwrap_or_else(|| {
        let text = "The server had an error while processing the request.";
        Refusal::new(500, Code::InjectedFault, text).into_answer()
    });
    match rule.action {
        FaultAction::Status(status) => {
            let (answer, wait) = injected_answer(status, now);
            (Reaction::Answer { answer, delay }, wait)
        }
        FaultAction::Hang => (Reaction::Hang, None),
        FaultAction::Reset => (Reaction::Reset, None),
        FaultAction::HalfBody => (Reaction::Half(proper), None),
        FaultAction::Delay(_) | FaultAction::Stale(_) => (Reaction::Answer { answer: proper, delay }, None),
    }
}

fn injected_answer(fault: FaultStatus, now: Timestamp) -> (Answer, Option<f64>) {
    let FaultStatus {
        status,
        retry_after,
        body,
        should_retry,
    } = fault;
    let (header, seconds) = match retry_after {
        None | Some(RetryAfter::Absent) => (None, None),
        Some(RetryAfter::Integer(seconds)) => (Some(seconds.to_string()), Some(seconds)),
        Some(RetryAfter::HttpDate(seconds)) => {
            let date = now.plus(Duration::from_secs(seconds.into())).http_date();
            (Some(date), Some(seconds))
        }
        Some(RetryAfter::TextOnly(seconds)) => (None, Some(seconds)),
    };
    let mut text = format!("mock-openai was told to answer {status} here.");
    if let Some(seconds) = seconds {
        let _ = write!(text, " Please try again after {seconds} seconds.");
    }
    let code = if status == 429 {
        Code::RateLimitExceeded
    } else {
        Code::InjectedFault
    };
    let mut answer = match body {
        FaultBody::Object => Refusal::new(status, code, text).into_answer(),
        FaultBody::BareString => Refusal::new(status, code, text).bare().into_answer(),
        FaultBody::NumericCode => Answer::json(
            status,
            &NumericCode {
                code: status,
                message: &text,
            },
        ),
        FaultBody::Html => {
            let page = format!("<html><head><title>{status}</title></head><body>{text}</body></html>\n");
            Answer::new(status, "text/html", page)
        }
        FaultBody::Empty => Answer::new(status, "text/plain", ""),
    };
    if let Some(value) = header {
        answer = answer.with(header::RETRY_AFTER, value);
    }
    if let Some(should_retry) = should_retry {
        answer = answer.with(SHOULD_RETRY, should_retry.to_string());
    }
    (answer, seconds.map(f64::from))
}

/// An error as old examples of the specification have it.
#[derive(Serialize)]
struct NumericCode<'a> {
    code: u16,
    message: &'a str,
}
