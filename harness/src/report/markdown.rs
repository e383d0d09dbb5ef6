//! The report as Markdown, for a comment on a pull request or the summary of a job: the verdict, a table of areas and
//! personas, and each finding with its evidence folded away.
//!
//! It fits where it is pasted: GitHub takes comments of 65 536 characters. What a bridge answered is shown in fences
//! and tags that it cannot leave, and it calls nobody by `@name`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::group::{Group, groups};
use super::often::often;
use super::record::folder;
use super::style::counted;
use super::{Record, verdict};
use crate::event::CaseResult;
use crate::exit;
use crate::finding::Verdict;

/// Findings are unfolded in full until so many characters are written; then they get a line each.
const FULL_CHARS: usize = 40_000;
/// What comes after so many characters is only counted.
const CHARS_MAX: usize = 60_000;

/// The report's text.
pub(crate) fn render(record: &Record) -> String {
    let sign = match record.exit_code() {
        exit::CONFORMS => "✅",
        exit::USAGE | exit::INTERRUPTED => "⚠️",
        _ => "❌",
    };
    let mut text = format!("### {sign} proofload: {}\n\n", verdict::words(record));
    text.push_str(&ran(record));
    text.push_str(&table(record));
    text.push_str(&begin_with(record));
    let (failing, noted): (Vec<_>, Vec<_>) = groups(record)
        .into_iter()
        .partition(|group| record.fails(group.finding));
    let stale = record.stale().into_iter().map(|entry| {
        let (name, place) = (escaped(&entry.name()), escaped(&entry.place.to_string()));
        format!("* **stale** {name}: no longer happens; take it out of {place}\n")
    });
    let errors = record
        .cases
        .values()
        .filter(|case| case.verdict == Verdict::Error)
        .map(error);
    let (known, below): (Vec<_>, Vec<_>) = noted.into_iter().partition(|group| group.finding.known.is_some());
    let blocks: Vec<String> = failing.iter().map(|group| in_full(group, record)).collect();
    section(&mut text, "Not in order", &blocks, &failing);
    let lists: [(&str, Vec<String>); 4] = [
        ("Gone, though the baseline lists it", stale.collect()),
        ("Could not be told", errors.collect()),
        ("Known", known.iter().map(line).collect()),
        ("Noted; not enough to fail the run", below.iter().map(line).collect()),
    ];
    for (title, lines) in &lists {
        list(&mut text, title, lines);
    }
    text
}

/// `Target …: 8 cases in 1.2 s, seed 7.`
fn ran(record: &Record) -> String {
    let summary = record.summary();
    let took = record.took();
    format!(
        "Target {}: {}{took}, {} made, seed {}.\n\n",
        code(&record.run.target),
        counted(summary.scenarios as u64, "case"),
        counted(summary.checks, "check"),
        record.run.seed
    )
}

/// Areas down, personas across: how many cases passed of those that were told.
fn table(record: &Record) -> String {
    let mut areas: BTreeMap<&str, BTreeMap<&str, Vec<&CaseResult>>> = BTreeMap::new();
    for case in record.cases.values() {
        let area = areas.entry(folder(&case.id.scenario)).or_default();
        area.entry(case.id.persona.as_str()).or_default().push(case);
    }
    let personas: BTreeSet<&str> = areas.values().flat_map(BTreeMap::keys).copied().collect();
    let mut text = String::from("| |");
    for persona in &personas {
        _ = write!(text, " {} |", escaped(persona));
    }
    _ = write!(text, "\n|---|{}\n", "---|".repeat(personas.len()));
    for (area, told) in areas {
        _ = write!(
            text,
            "| {} |",
            escaped(if area.is_empty() { "scenarios" } else { area })
        );
        for persona in &personas {
            _ = write!(
                text,
                " {} |",
                told.get(persona).map(|cases| cell(cases)).unwrap_or_default()
            );
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

/// Where to begin.
fn begin_with(record: &Record) -> String {
    let sentence = |often| format!("Fails most often: {often}. Begin there, because it hides what comes after it.\n\n");
    often(record, code).map(sentence).unwrap_or_default()
}

/// `✗ 2 of 7`, `✓ 7`, or `–` where nothing applies.
fn cell(cases: &[&CaseResult]) -> String {
    let ended = |verdict: Verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    let (failed, errors) = (ended(Verdict::Fail), ended(Verdict::Error) + ended(Verdict::Skip));
    let told = cases.len() - ended(Verdict::NotApplicable);
    match (failed, errors) {
        (0, 0) if told == 0 => "–".to_owned(),
        (0, 0) => format!("✓ {told}"),
        (0, errors) => format!("**! {errors} of {told}**"),
        (failed, _) => format!("**✗ {failed} of {told}**"),
    }
}

/// Blocks while there is room, then the lines of what is left.
fn section(text: &mut String, title: &str, blocks: &[String], groups: &[Group<'_>]) {
    if blocks.is_empty() {
        return;
    }
    _ = write!(text, "#### {title}\n\n");
    let mut lines = Vec::new();
    for (block, group) in blocks.iter().zip(groups) {
        if lines.is_empty() && text.len() + block.len() <= FULL_CHARS {
            text.push_str(block);
        } else {
            lines.push(line(group));
        }
    }
    push_lines(text, &lines);
}

fn list(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    _ = write!(text, "#### {title}\n\n");
    push_lines(text, lines);
}

fn push_lines(text: &mut String, lines: &[String]) {
    for (n, line) in lines.iter().enumerate() {
        if text.len() + line.len() > CHARS_MAX {
            _ = writeln!(text, "* and {} more", lines.len() - n);
            break;
        }
        text.push_str(line);
    }
    text.push('\n');
}

fn line(group: &Group<'_>) -> String {
    let found = group.finding;
    let known = found.known.as_ref().map(|reason| format!(" ({})", escaped(reason)));
    format!(
        "* **{}** {} [{}]: {}{}\n",
        found.level,
        escaped(&group.case.id.scenario),
        escaped(&group.personas()),
        escaped(&found.message),
        known.unwrap_or_default()
    )
}

fn error(case: &CaseResult) -> String {
    let reason = case.reason.as_deref().unwrap_or("it could not be told how this ends");
    format!("* {}: {}\n", escaped(&case.id.to_string()), escaped(reason))
}

fn in_full(group: &Group<'_>, record: &Record) -> String {
    let found = group.finding;
    let mut text = format!(
        "<details><summary><b>{}</b> {} [{}]: {}</summary>\n\n",
        found.level,
        escaped(&group.case.id.scenario),
        escaped(&group.personas()),
        escaped(&found.message)
    );
    _ = write!(
        text,
        "**Step {}**: {}\n\n",
        found.step.number,
        escaped(&found.step.name)
    );
    let halves = [("expected", &found.expected), ("got", &found.got)];
    for (word, half) in halves {
        if let Some(half) = half {
            _ = writeln!(text, "* {word}: {}", code(half));
        }
    }
    _ = writeln!(text, "* check: {}", code(&found.check));
    _ = write!(
        text,
        "* requirement: {}\n\n{}\n",
        escaped(&found.spec.join("; ")),
        escaped(&found.why)
    );
    let mut evidence = found.evidence.exchange.clone();
    evidence.push(
        if found.evidence.upstream.is_empty() {
            "OpenAI was asked: nothing"
        } else {
            "OpenAI was asked:"
        }
        .to_owned(),
    );
    if record.run.scim_only {
        evidence.pop();
    }
    evidence.extend(found.evidence.upstream.iter().cloned());
    text.push_str(&fenced(&evidence.join("\n")));
    text.push_str(&fenced(&record.reproduce(&group.case.id)));
    text.push_str("</details>\n\n");
    text
}

/// A block of text that nothing in it can end: its fence is longer than any run of backticks inside.
fn fenced(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("\n{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// Text as code on one line.
fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("<code>{}</code>", escaped(&text))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Text on one line that Markdown and HTML take as it stands; it can be in a table.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '&' | '<' | '>' | '"' | '`' | '*' | '_' | '[' | ']' | '|' | '\\' | '@' | '#' | '~' | '!' | '$' => {
                _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn tells_the_verdict_first_and_folds_the_evidence() {
        insta::assert_snapshot!(render(&example::record()));
    }

    #[test]
    fn a_bridge_cannot_leave_its_fence_or_call_anybody() {
        let mut record = example::record();
        for found in record.cases.values_mut().flat_map(|case| &mut case.findings) {
            found.message = "</summary> @everybody | `x` ![](http://x)\n# title".into();
            found.got = Some("</code><img src=x>".into());
            found.evidence.exchange = vec!["````\n</details>\n@everybody".into()];
        }
        let text = render(&record);
        assert!(text.contains("\n`````text\n````\n</details>"), "{text}");
        let outside: String = text.split("\n`````").step_by(2).collect();
        assert!(
            !outside.contains("@everybody") && !outside.contains("<img") && !outside.contains("!["),
            "{outside}"
        );
    }

    #[test]
    fn a_report_of_any_size_fits_into_a_comment() {
        let mut record = example::record();
        let failed = example::failed_case();
        for n in 0..2_000 {
            let mut case = failed.clone();
            case.id.scenario = format!("activation/case-{n:04}");
            record.cases.insert(case.id.clone(), case);
        }
        let text = render(&record);
        assert!(text.chars().count() < 65_536, "{}", text.len());
        assert!(text.contains("<details>") && text.contains(" more\n"));
    }
}
