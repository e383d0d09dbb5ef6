//! A step as it went over the wires, for whoever wants to see more than what shows a finding.

use mock_openai::Entry;

use crate::event::{Passage, Played};
use crate::exchange::{Exchange, SentRequest};
use crate::finding::{Evidence, StepRef};
use crate::judge::StepRecord;
use crate::judge::effects::journal_line;
use crate::redact::Redactor;

/// Most requests of a step that are kept, and most journal lines of a request.
const MOST: usize = 40;
/// Longest body in a command, in bytes.
const BODY_MAX: usize = 16 << 10;

/// What is kept of a step.
pub(super) fn played(step: StepRef, record: &StepRecord, redactor: &Redactor) -> Played {
    let mut seen = 0;
    let mut passages = Vec::new();
    for exchange in record.exchanges.iter().take(MOST) {
        // A request made meanwhile stands with the first exchange that it can belong to.
        push_beside(&mut passages, record, seen..exchange.seq_before.max(seen), redactor);
        seen = seen.max(exchange.seq_before);
        let until = exchange.seq_after.max(seen);
        passages.push(Passage {
            evidence: Evidence {
                exchange: redactor.exchange(exchange),
                upstream: lines(record, seen..until, redactor),
            },
            curl: curl(exchange, redactor),
        });
        seen = until;
    }
    push_beside(&mut passages, record, seen..u64::MAX, redactor);
    Played { step, passages }
}

/// What upstream was asked while no request was under way.
fn push_beside(passages: &mut Vec<Passage>, record: &StepRecord, after: std::ops::Range<u64>, redactor: &Redactor) {
    let upstream = lines(record, after, redactor);
    if !upstream.is_empty() {
        passages.push(Passage {
            evidence: Evidence {
                exchange: Vec::new(),
                upstream,
            },
            curl: None,
        });
    }
}

/// The journal after the beginning of a range, up to and with its end.
fn lines(record: &StepRecord, after: std::ops::Range<u64>, redactor: &Redactor) -> Vec<String> {
    let is_in = |entry: &&Entry| entry.seq > after.start && entry.seq <= after.end;
    let entries = record.entries.iter().map(AsRef::as_ref).filter(is_in);
    entries
        .take(MOST)
        .map(|entry| redactor.text(&journal_line(entry)))
        .collect()
}

/// A shell command that sends the same bytes, secrets excepted; `None` when they are no text or too many.
fn curl(exchange: &Exchange, redactor: &Redactor) -> Option<String> {
    let SentRequest {
        method,
        target,
        headers,
        body,
    } = &exchange.request;
    let quoted = |text: &str| shell_words::quote(&redactor.text(text)).into_owned();
    let mut words = vec![format!(
        "curl -i -X {} \"$SCIM_BASE\"{}",
        quoted(method),
        quoted(target)
    )];
    for (name, value) in headers {
        words.push(if name.eq_ignore_ascii_case("authorization") {
            "-H \"Authorization: Bearer $SCIM_TOKEN\"".to_owned()
        } else {
            format!("-H {}", quoted(&format!("{name}: {value}")))
        });
    }
    if let Some(body) = body {
        let body = std::str::from_utf8(body).ok().filter(|body| body.len() <= BODY_MAX)?;
        words.push(format!("--data-binary {}", quoted(body)));
    }
    Some(words.join(" \\\n  "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::exchange::{Outcome, WireTrouble};

    fn exchange(authorization: &str, body: &[u8]) -> Exchange {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Exchange {
            label: "send",
            request: SentRequest {
                method: "POST".into(),
                target: "/Users?x=a&y=b".into(),
                headers: vec![
                    header("Authorization", authorization),
                    header("Content-Type", "application/scim+json"),
                ],
                body: Some(body.to_vec().into()),
            },
            outcome: Outcome::Failed(WireTrouble::Refused),
            elapsed: Duration::ZERO,
            seq_before: 0,
            seq_after: 0,
            concurrent: false,
        }
    }

    #[test]
    fn a_command_sends_the_same_bytes_without_the_secret() {
        let redactor = Redactor::default().hide("s3cret-token", "$SCIM_TOKEN");
        let exchange = exchange("Bearer s3cret-token", b"{\"a\": \"it's\"}");
        let command = curl(&exchange, &redactor).unwrap();
        assert_eq!(
            Redactor::default().text(&command),
            command,
            "whoever redacts it once more"
        );
        insta::assert_snapshot!(command, @r#"
        curl -i -X POST "$SCIM_BASE"'/Users?x=a&y=b' \
          -H "Authorization: Bearer $SCIM_TOKEN" \
          -H 'Content-Type: application/scim+json' \
          --data-binary '{"a": "it'\''s"}'
        "#);
    }

    #[test]
    fn what_is_no_text_has_no_command() {
        assert_eq!(curl(&exchange("x", &[0xff]), &Redactor::default()), None);
    }
}
