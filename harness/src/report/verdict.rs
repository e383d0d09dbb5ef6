//! What came of a run, in a sentence or two. The same words wherever it is told.

use proofload_scenarios::Level;

use super::style::counted;
use super::{Record, Summary};
use crate::exit;

/// What the exit code of the run means.
pub(super) fn words(record: &Record) -> String {
    let summary = record.summary();
    match record.exit_code() {
        exit::CONFORMS => "The bridge conforms.".to_owned(),
        exit::FINDINGS => found(record, summary),
        exit::USAGE => "Nothing was tested: no selected scenario applies to this target.".to_owned(),
        exit::INTERRUPTED => {
            let known = summary.passed + summary.failed + summary.errors + summary.not_applicable;
            format!(
                "Interrupted: {known} of {} ended, {} failed; the rest is not known.",
                counted(record.run.cases as u64, "case"),
                summary.failed
            )
        }
        _ => untold(summary),
    }
}

fn found(record: &Record, summary: Summary) -> String {
    let weight = match record.run.fail_on {
        Level::Must => Level::Must.to_string(),
        lighter @ (Level::Hazard | Level::Should | Level::May) => format!("{lighter} or above"),
    };
    let failed = (summary.failed > 0).then(|| {
        format!(
            "{} found something at {weight}.",
            counted(summary.failed as u64, "case")
        )
    });
    let stale = match record.stale().len() {
        0 => None,
        1 => Some("1 finding in the baseline no longer happens.".to_owned()),
        n => Some(format!("{n} findings in the baseline no longer happen.")),
    };
    let unknown = (summary.errors + summary.skipped > 0).then(|| untold(summary));
    [failed, stale, unknown]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn untold(summary: Summary) -> String {
    format!(
        "{} could not be told: trouble of our own, or the target went away.",
        counted((summary.errors + summary.skipped) as u64, "case")
    )
}
