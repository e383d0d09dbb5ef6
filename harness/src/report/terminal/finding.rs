//! Findings and errors, each with all that its reader needs: what, where, why, the evidence, and how to see it again.

use std::fmt::Write as _;

use proofload_scenarios::{Level, Place};

use super::super::Record;
use super::super::group::{Group, groups};
use super::style::{BAD, BOLD, DIM, ODD, counted, hazard_mark, lines, paint, unwrapped, wrap};
use super::{Verbosity, View};
use crate::event::CaseResult;
use crate::finding::{Finding, Verdict};

/// How many failures are shown in full before the rest get a line each; `--verbose` lifts it.
const FULL_MAX: usize = 25;
/// How many lines of a bridge's output are shown.
const OUTPUT_LINES_MAX: usize = 10;

/// Everything found, weightiest last.
pub(super) fn render(record: &Record, view: View) -> String {
    let (failing, noted): (Vec<_>, Vec<_>) = groups(record)
        .into_iter()
        .partition(|group| record.fails(group.finding));
    let mut blocks = Vec::new();
    match view.verbosity {
        Verbosity::Quiet => {}
        Verbosity::Normal if noted.is_empty() => {}
        Verbosity::Normal => blocks.push(noted.iter().map(|group| group.line("note")).collect()),
        Verbosity::Verbose => {
            blocks.extend(in_full("NOTE", &noted, record, view));
        }
    }
    blocks.extend(
        record
            .cases
            .values()
            .filter(|case| case.verdict == Verdict::Error)
            .map(|case| error(case, record, view)),
    );
    let full = if view.verbosity == Verbosity::Verbose {
        failing.len()
    } else {
        failing.len().min(FULL_MAX)
    };
    let (full, rest) = failing.split_at(full);
    if !rest.is_empty() {
        let mut text: String = rest.iter().map(|group| group.line("fail")).collect();
        _ = writeln!(
            text,
            "{} more; --verbose shows them in full",
            counted(rest.len() as u64, "failure")
        );
        blocks.push(text);
    }
    blocks.extend(in_full("FAIL", full, record, view));
    blocks.extend(Some(stale(record)).filter(|text| !text.is_empty()));
    blocks.join("\n")
}

/// What the baseline lists although it no longer happens.
fn stale(record: &Record) -> String {
    let lines = record.stale().into_iter().map(|entry| {
        let (sign, name, place) = (paint(BAD, "STALE"), entry.name(), &entry.place);
        format!("{sign}  {name}: no longer happens; take it out of {place}\n")
    });
    lines.collect()
}

/// Findings in full. Several of one exchange show it once.
fn in_full(word: &str, groups: &[Group<'_>], record: &Record, view: View) -> Vec<String> {
    let mut last: Option<&Group<'_>> = None;
    let mut blocks = Vec::with_capacity(groups.len());
    for group in groups {
        let is_shown = last.is_some_and(|last| last.has_evidence_of(group));
        blocks.push(group.block(word, is_shown, record, view));
        last = Some(group);
    }
    blocks
}

impl Group<'_> {
    /// `note  should  users/assign [entra]  expect.status: …`
    fn line(&self, word: &str) -> String {
        let Finding {
            level, check, message, ..
        } = self.finding;
        let (personas, message) = (self.personas(), message.lines().next().unwrap_or_default());
        let known = self.finding.known.as_ref();
        let sign = match level {
            _ if known.is_some() => paint(DIM, "known"),
            Level::Hazard => format!("{}   ", hazard_mark()),
            Level::May | Level::Should | Level::Must => paint(ODD, word),
        };
        let said = known.map_or(message.to_owned(), |reason| unwrapped(reason));
        format!(
            "{sign}  {level:6}  {} [{personas}]  {check}: {said}\n",
            self.case.id.scenario
        )
    }

    fn block(&self, word: &str, is_shown: bool, record: &Record, view: View) -> String {
        let Finding {
            level,
            message,
            why,
            spec,
            step,
            ..
        } = self.finding;
        let word = match (word, level) {
            ("FAIL", _) => paint(BAD, word),
            _ if self.finding.known.is_some() => paint(DIM, "KNOWN"),
            (_, Level::Hazard) => hazard_mark(),
            (_, Level::May | Level::Should | Level::Must) => paint(ODD, word),
        };
        let name = paint(BOLD, format_args!("{} [{}]", self.case.id.scenario, self.personas()));
        let row = self.case.catalogue.as_deref().unwrap_or_default();
        let title = format!("{word}  {name}  {level}   {row}");
        let mut text = format!("{}\n", title.trim_end());
        _ = writeln!(text, "  step {}  {}", step.number, step.name);
        if let Some(place) = &self.finding.place {
            text.push_str(&excerpt(place, view.width));
        }
        labelled(&mut text, "what", message, view);
        text.push_str(&self.compared(view));
        if let Some(reason) = &self.finding.known {
            labelled(&mut text, "known", &unwrapped(reason), view);
        }
        labelled(&mut text, "why", &unwrapped(why), view);
        labelled(&mut text, "spec", &spec.join("; "), view);
        if is_shown {
            text.push_str("  sent, answered, asked: as above\n");
        } else {
            self.push_exchange(&mut text);
            self.push_upstream(&mut text, record.run.scim_only);
        }
        _ = writeln!(text, "  again: {}", record.reproduce(&self.case.id));
        text
    }

    fn compared(&self, view: View) -> String {
        let Finding {
            check, expected, got, ..
        } = self.finding;
        let halves = [
            expected.as_ref().map(|text| format!("expected: {text}")),
            got.as_ref().map(|text| format!("got: {text}")),
        ];
        let halves: Vec<String> = halves.into_iter().flatten().chain([format!("({check})")]).collect();
        let on_one_line = format!("  {}\n", halves.join("   "));
        if on_one_line.chars().count() <= view.width && on_one_line.lines().count() == 1 {
            return on_one_line;
        }
        lines("  ", halves.iter().flat_map(|half| half.lines()))
    }

    /// The exchange: what was sent, what came back. Bodies are set under the line they belong to.
    fn push_exchange(&self, text: &mut String) {
        for entry in &self.finding.evidence.exchange {
            let is_request = entry.split_once(' ').is_some_and(|(method, target)| {
                method.chars().all(|c| c.is_ascii_uppercase()) && target.starts_with('/') && !target.contains('\n')
            });
            if is_request {
                _ = writeln!(text, "  sent: {entry}");
            } else if let Some(answer) = entry.strip_prefix("answered ") {
                _ = writeln!(text, "  answered: {answer}");
            } else if entry.starts_with("no answer ") {
                _ = writeln!(text, "  {entry}");
            } else {
                text.push_str(&lines("        ", entry.lines()));
            }
        }
    }

    fn push_upstream(&self, text: &mut String, scim_only: bool) {
        let upstream: Vec<String> = self
            .finding
            .evidence
            .upstream
            .iter()
            .map(|line| middle_cut(line))
            .collect();
        match upstream.as_slice() {
            [] if scim_only => text.push_str("  OpenAI was not looked at: --scim-only\n"),
            [] => text.push_str("  OpenAI was asked: nothing\n"),
            [one] => _ = writeln!(text, "  OpenAI was asked: {one}"),
            several => {
                text.push_str("  OpenAI was asked:\n");
                text.push_str(&lines("        ", several));
            }
        }
    }
}

/// A line of at most so many characters; the end stays, since it says how the request was answered.
fn middle_cut(line: &str) -> String {
    const CHARS_MAX: usize = 160;
    const END: usize = 40;
    let length = line.chars().count();
    if length <= CHARS_MAX {
        return line.to_owned();
    }
    let start: String = line.chars().take(CHARS_MAX - END).collect();
    let end: String = line.chars().skip(length - END).collect();
    format!("{start} … {end}")
}

fn error(case: &CaseResult, record: &Record, view: View) -> String {
    let mut text = format!("{}  {}\n", paint(BAD, "ERROR"), paint(BOLD, &case.id));
    labelled(
        &mut text,
        "what",
        case.reason.as_deref().unwrap_or("it could not be told how this ends"),
        view,
    );
    if !case.output.is_empty() {
        text.push_str("  the bridge wrote:\n");
        let skipped = case.output.len().saturating_sub(OUTPUT_LINES_MAX);
        text.push_str(&lines("        ", &case.output[skipped..]));
    }
    _ = writeln!(text, "  again: {}", record.reproduce(&case.id));
    text
}

/// The line of the scenario file that says what should be, with a caret under the place.
fn excerpt(place: &Place, width: usize) -> String {
    let number = place.line().to_string();
    let line = place.text().lines().nth(place.line() - 1).unwrap_or_default();
    let gutter = " ".repeat(number.len());
    let marked = place
        .text()
        .get(place.span())
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        .max(1);
    let column = place.column() - 1;
    let room = width.saturating_sub(number.len() + 3).max(20);
    // A long line is shown from a little before the place on.
    let hidden = if column + marked <= room {
        0
    } else {
        column.saturating_sub(10)
    };
    let marked = marked.min(room.saturating_sub(column - hidden)).max(1);
    let shown: String = line
        .chars()
        .skip(hidden)
        .take(room)
        .map(|c| if c == '\t' { ' ' } else { c })
        .collect();
    let carets = paint(BAD, "^".repeat(marked));
    let bar = paint(DIM, "|");
    format!(
        " {gutter}{} {place}\n{number} {bar} {shown}\n{gutter} {bar} {}{carets}\n",
        paint(DIM, "-->"),
        " ".repeat(column - hidden)
    )
}

/// `  why:  …`, wrapped, further lines under the first.
fn labelled(text: &mut String, label: &str, value: &str, view: View) {
    let label = format!("  {:6}", format!("{label}:"));
    let wrapped = wrap(value, view.width.saturating_sub(label.len()));
    for (n, line) in wrapped.iter().enumerate() {
        let lead = if n == 0 { label.as_str() } else { "        " };
        _ = writeln!(text, "{lead}{line}");
    }
}
