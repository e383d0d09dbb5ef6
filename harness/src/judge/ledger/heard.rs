//! For tests: an exchange in a line.

use std::time::Duration;

use super::{Ledger, Reading};
use crate::exchange::{Answer, Exchange, Outcome, SentRequest};

/// The ledger hears a request, `PATCH /Users/1` and its body, and how it was answered.
pub(in crate::judge) fn hear(ledger: &mut Ledger, line: &str, body: &str, status: u16, answer: &str) {
    let (method, target) = line.split_once(' ').unwrap();
    let exchange = Exchange {
        label: "send",
        request: SentRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Some(body.to_owned().into()),
        },
        outcome: Outcome::Answered(Answer {
            status,
            headers: Vec::new(),
            body: answer.to_owned().into(),
        }),
        elapsed: Duration::ZERO,
        seq_before: 0,
        seq_after: 0,
        concurrent: false,
    };
    ledger.observe(
        &exchange,
        Reading {
            replays_memberships: true,
            by_the_letter: false,
            role_place_is_open: false,
        },
    );
}
