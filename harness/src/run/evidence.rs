//! Puts a breach beside what shows it: a finding that can be read by itself.

use mock_openai::Entry;
use proofload_scenarios::Scenario;

use crate::exchange::Exchange;
use crate::finding::{Evidence, Finding, StepRef};
use crate::judge::effects::journal_line;
use crate::judge::{Breach, StepRecord};
use crate::redact::Redactor;

/// Most journal lines that are shown for one finding.
const JOURNAL_LINES_MAX: usize = 12;

/// The finding that a breach of `scenario` is.
pub(super) fn finding(
    breach: Breach,
    scenario: &Scenario,
    step: StepRef,
    record: &StepRecord,
    redactor: &Redactor,
) -> Finding {
    let shown = match breach.exchange {
        Some(index) => record.exchanges.get(index),
        None => speaking_of(&breach.about, &record.exchanges).or(record.exchanges.last()),
    };
    let spec = if breach.spec.is_empty() {
        scenario.spec.clone()
    } else {
        breach.spec.iter().map(|spec| (*spec).to_owned()).collect()
    };
    Finding {
        check: breach.check,
        level: breach.level,
        message: redactor.text(&breach.message),
        expected: breach.expected.map(|text| redactor.text(&text)),
        got: breach.got.map(|text| redactor.text(&text)),
        why: breach.why.map_or_else(|| scenario.why.clone(), str::to_owned),
        spec,
        step,
        place: breach.place,
        evidence: Evidence {
            exchange: shown.map(|exchange| redactor.exchange(exchange)).unwrap_or_default(),
            upstream: journal_lines(record, &breach.about, shown, redactor),
        },
        known: None,
    }
}

/// The last request that names one of these people or groups; a write rather than a read.
fn speaking_of<'a>(about: &[String], exchanges: &'a [Exchange]) -> Option<&'a Exchange> {
    let names = |exchange: &&Exchange| {
        let body = exchange
            .request
            .body
            .as_deref()
            .map(String::from_utf8_lossy)
            .unwrap_or_default()
            .to_lowercase();
        about.iter().any(|name| body.contains(&name.to_lowercase()))
    };
    exchanges
        .iter()
        .rev()
        .filter(|exchange| exchange.is_write())
        .find(names)
}

/// What upstream was asked: about the people and groups in question, or during the exchange that is shown; the writes
/// first choice, since reads are many.
fn journal_lines(record: &StepRecord, about: &[String], shown: Option<&Exchange>, redactor: &Redactor) -> Vec<String> {
    let speaks_of = |entry: &Entry| {
        let line = journal_line(entry).to_lowercase();
        about.iter().any(|name| line.contains(&name.to_lowercase()))
    };
    let during =
        |entry: &Entry| shown.is_none_or(|exchange| entry.seq > exchange.seq_before && entry.seq <= exchange.seq_after);
    let mut entries: Vec<&Entry> = record
        .entries
        .iter()
        .map(AsRef::as_ref)
        .filter(|entry| {
            if about.is_empty() {
                during(entry)
            } else {
                speaks_of(entry) || during(entry)
            }
        })
        .collect();
    if entries.len() > JOURNAL_LINES_MAX {
        let matters = |entry: &Entry| !entry.effects.is_empty() || entry.injected.is_some() || speaks_of(entry);
        entries.retain(|entry| matters(entry));
    }
    let left_out = entries.len().saturating_sub(JOURNAL_LINES_MAX);
    let mut lines: Vec<String> = entries
        .iter()
        .take(JOURNAL_LINES_MAX)
        .map(|entry| redactor.text(&journal_line(entry)))
        .collect();
    if left_out > 0 {
        lines.push(format!("… and {left_out} more"));
    }
    lines
}
