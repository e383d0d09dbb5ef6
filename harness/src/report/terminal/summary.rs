//! The last lines: a run in numbers, and what its exit code means.

use std::cmp::Reverse;
use std::fmt::Write as _;

use proofload_scenarios::Level;

use super::super::often::often;
use super::super::{Record, Summary, verdict};
use super::style::{BAD, BOLD, GOOD, ODD, counted, hazard_mark, lines, paint, spoken, wrap};
use super::{Verbosity, View};
use crate::event::CaseResult;
use crate::exit;
use crate::finding::Verdict;

/// How many of the slowest cases are named.
const SLOWEST: usize = 3;

/// The summary, with the report files that were written.
pub(super) fn render(record: &Record, wrote: &[String], view: View) -> String {
    if view.verbosity == Verbosity::Quiet {
        return result(record);
    }
    let summary = record.summary();
    let mut text = ran(record, summary);
    text.push_str(&verdicts(summary));
    text.push_str(&checks(record, summary));
    text.push_str(&below(record));
    text.push_str(&slowest(record, view));
    text.push_str(&begin_with(record, view));
    if !wrote.is_empty() {
        _ = writeln!(text, "  wrote {}", wrote.join(", "));
    }
    text.push_str(&result(record));
    text
}

/// `10 cases in 1.2 s: 4 scenarios under up to 3 personas, seed 7`
fn ran(record: &Record, summary: Summary) -> String {
    let (scenarios, personas) = record.breadth();
    let took = record.took();
    let cases = paint(BOLD, counted(summary.scenarios as u64, "case"));
    let (scenarios, personas) = (
        counted(scenarios as u64, "scenario"),
        counted(personas as u64, "persona"),
    );
    format!(
        "{cases}{took}: {scenarios} under up to {personas}, seed {}\n",
        record.run.seed
    )
}

fn verdicts(summary: Summary) -> String {
    let Summary {
        passed,
        failed,
        not_applicable,
        skipped,
        errors,
        ..
    } = summary;
    let shown = [
        (passed, "passed", GOOD),
        (failed, "failed", BAD),
        (not_applicable, "not applicable", BOLD),
        (skipped, "skipped", ODD),
        (errors, if errors == 1 { "error" } else { "errors" }, BAD),
    ];
    let shown: Vec<String> = shown
        .into_iter()
        .map(|(n, word, style)| {
            if n == 0 {
                format!("{n} {word}")
            } else {
                paint(style, format_args!("{n} {word}"))
            }
        })
        .collect();
    format!("  {}\n", shown.join(", "))
}

fn checks(record: &Record, summary: Summary) -> String {
    let mut text = format!("  {} made", counted(summary.checks, "check"));
    match summary.checks_not_applicable {
        0 => {}
        n if record.run.scim_only => {
            _ = write!(text, "; {} not applicable: --scim-only", are(n, "upstream check"));
        }
        n => _ = write!(text, "; {} not applicable to this target", are(n, "check")),
    }
    text.push('\n');
    text
}

fn below(record: &Record) -> String {
    let below = record.cases.values().flat_map(|case| &case.findings);
    let (known, below): (Vec<_>, Vec<_>) = below
        .filter(|finding| !record.fails(finding))
        .partition(|finding| finding.known.is_some());
    let (hazards, others): (Vec<_>, Vec<_>) = below.into_iter().partition(|finding| finding.level == Level::Hazard);
    let mut text = String::new();
    if !known.is_empty() {
        let (known, path) = (counted(known.len() as u64, "finding"), known_in(record));
        _ = writeln!(text, "  {known} known{path}");
    }
    if !hazards.is_empty() {
        let hazards = format!("{} {}", hazard_mark(), counted(hazards.len() as u64, "hazard"));
        _ = writeln!(text, "  {hazards}: legal, but with this identity provider it will hurt");
    }
    if !others.is_empty() {
        let (others, fail_on) = (counted(others.len() as u64, "finding"), record.run.fail_on);
        _ = writeln!(
            text,
            "  {others} below {fail_on}, not enough to fail the run (see --fail-on)"
        );
    }
    text
}

fn slowest(record: &Record, view: View) -> String {
    let mut ran: Vec<&CaseResult> = record
        .cases
        .values()
        .filter(|case| !matches!(case.verdict, Verdict::Skip | Verdict::NotApplicable))
        .collect();
    ran.sort_by_key(|case| Reverse(case.duration));
    let named: Vec<String> = ran
        .iter()
        .take(SLOWEST)
        .map(|case| format!("{} {}", case.id, spoken(case.duration)))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    lines(
        "  ",
        wrap(&format!("slowest: {}", named.join(", ")), view.width.saturating_sub(2)),
    )
}

/// `fails most often: no-secrets in 159 cases, …`
fn begin_with(record: &Record, view: View) -> String {
    let Some(often) = often(record, str::to_owned) else {
        return String::new();
    };
    let text = format!("fails most often: {often}; begin there, because it hides what comes after it");
    lines("  ", wrap(&text, view.width.saturating_sub(2)))
}

/// ` from baseline.toml`
fn known_in(record: &Record) -> String {
    let path = record.baseline.as_ref().map(crate::baseline::Baseline::path);
    path.map(|path| format!(" from {}", path.display())).unwrap_or_default()
}

/// What the exit code means.
fn result(record: &Record) -> String {
    let code = record.exit_code();
    let style = match code {
        exit::CONFORMS => GOOD,
        exit::USAGE | exit::INTERRUPTED => ODD,
        _ => BAD,
    };
    format!("{} Exit {code}.\n", paint(style, verdict::words(record)))
}

fn are(n: u64, noun: &str) -> String {
    format!("{} {}", counted(n, noun), if n == 1 { "is" } else { "are" })
}
