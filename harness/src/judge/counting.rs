//! How often upstream was changed during a step, and where everybody stands there.

use std::collections::BTreeMap;
use std::sync::Arc;

use mock_openai::{Cause, Entry};
use proofload_scenarios::{Count, Expect, Place};

use super::breach::Breach;
use super::expectation::{Judgement, Measure};
use super::record::StepRecord;
use super::standing::standing;

/// Judges `writes`, `calls` and `upstream`.
pub(super) fn check(expect: &Expect, record: &StepRecord, measure: Measure<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    let Some(upstream) = &record.upstream else {
        let checks = usize::from(expect.writes.is_some()) + expect.calls.len() + expect.upstream.len();
        judgement.not_applicable = u32::try_from(checks).unwrap_or(u32::MAX);
        return judgement;
    };
    let by_this_step = |entry: &&Arc<Entry>| entry.cause == Cause::Request && !record.catching_up.contains(&entry.seq);
    let asked = record.entries.iter().filter(by_this_step);
    let writes = by_operation(asked.filter(|entry| !entry.effects.is_empty()));
    let mut count = |check: String, what: &str, wanted: Count, got: u32, place: &Place| {
        judgement.note((!wanted.admits(got)).then(|| {
            let message = format!("this step made the bridge send {got} {what}");
            Breach::of_step(check, measure.level, message)
                .wanted(wanted.to_string(), got.to_string())
                .at(place)
        }));
    };
    if let Some((wanted, place)) = &expect.writes {
        count(
            "expect.writes".to_owned(),
            "writes upstream that took effect",
            *wanted,
            writes.values().sum(),
            place,
        );
    }
    for (operation, wanted, place) in &expect.calls {
        let got = writes.get(operation.as_str()).copied().unwrap_or(0);
        let what = format!("{operation} that took effect");
        count(format!("expect.calls.{operation}"), &what, *wanted, got, place);
    }
    for wanted in &expect.upstream {
        judgement.note(standing(wanted, upstream, measure));
    }
    judgement
}

fn by_operation<'a>(entries: impl Iterator<Item = &'a Arc<Entry>>) -> BTreeMap<&'static str, u32> {
    let operations = entries.filter_map(|entry| entry.operation);
    operations.fold(BTreeMap::new(), |mut counts, operation| {
        *counts.entry(operation.as_str()).or_default() += 1;
        counts
    })
}
