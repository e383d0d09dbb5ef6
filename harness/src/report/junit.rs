//! The `JUnit` report, for CI systems: a suite for each folder, a case for each scenario and persona.
//!
//! What the bridge did wrong is a `failure`, trouble of our own an `error`; findings below the level that fails a run
//! are in a case's output and fail nothing. Hazards are counted as a property of their suite.
//!
//! GitLab shows the content of `failure`, `error` and `skipped` and takes `classname` for the suite; Jenkins shows their
//! `message` too and makes packages of dotted class names. So everything is said in both places. One character that XML
//! forbids, or a file that is too large (GitLab: 30 MB), would lose the whole report.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use proofload_scenarios::Place;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::Record;
use super::record::folder;
use crate::event::CaseResult;
use crate::finding::{Finding, Verdict};

/// So much of what a case's evidence and output say is shown, in characters.
const CASE_CHARS: usize = 20_000;
/// So much of them all.
const REPORT_CHARS: usize = 4_000_000;
/// So much of one sentence.
const MESSAGE_CHARS: usize = 1_000;

/// The report's text.
pub(super) fn render(record: &Record) -> io::Result<String> {
    let mut report = Report::new("proofload");
    if let Some(end) = record.end {
        report.set_time(end.duration);
    }
    let mut suites: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    for case in record.cases.values() {
        suites.entry(folder(&case.id.scenario)).or_default().push(case);
    }
    let mut room = Room(REPORT_CHARS);
    report.add_test_suites(
        suites
            .into_iter()
            .map(|(folder, cases)| suite(folder, &cases, record, &mut room)),
    );
    report.add_test_suites(stale(record));
    report.to_string().map_err(io::Error::other)
}

/// What the baseline lists although it no longer happens: each fails the run, so each is a failure.
fn stale(record: &Record) -> Option<TestSuite> {
    let cases = record.stale().into_iter().map(|entry| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("stale");
        let message = legible(&format!("no longer happens; take it out of {}", entry.place));
        status.set_message(&message).set_description(&message);
        let mut test = TestCase::new(legible(&entry.name()), status);
        test.set_classname("baseline");
        test
    });
    let cases: Vec<TestCase> = cases.collect();
    let mut suite = TestSuite::new("baseline");
    suite.add_test_cases(cases.iter().cloned());
    (!cases.is_empty()).then_some(suite)
}

fn suite(folder: &str, cases: &[&CaseResult], record: &Record, room: &mut Room) -> TestSuite {
    let mut suite = TestSuite::new(if folder.is_empty() { "scenarios" } else { folder });
    suite.set_time(cases.iter().map(|case| case.duration).sum());
    suite.add_property(Property::new("seed", record.run.seed.to_string()));
    suite.add_property(Property::new("target", legible(&record.run.target)));
    let hazards: usize = cases.iter().map(|case| case.hazards()).sum();
    if hazards > 0 {
        suite.add_property(Property::new("hazards", hazards.to_string()));
    }
    suite.add_test_cases(cases.iter().map(|case| test_case(case, record, room)));
    suite
}

fn test_case(case: &CaseResult, record: &Record, room: &mut Room) -> TestCase {
    let mut test = TestCase::new(case.id.to_string(), status(case, record, room));
    test.set_classname(case.id.scenario.replace('/', "."));
    test.extra
        .extend(file(case, Path::is_file).map(|path| ("file".into(), path.into())));
    test.set_time(case.duration);
    test.set_assertions(usize::try_from(case.checks).unwrap_or(usize::MAX));
    let mut out: Vec<String> = case.findings.iter().map(evidence).collect();
    if !case.output.is_empty() {
        out.push(format!("The bridge wrote:\n{}", case.output.join("\n")));
    }
    if !out.is_empty() {
        test.set_system_out(room.take(&out.join("\n\n")));
    }
    test
}

/// The scenario's file, which GitLab links to, when it is one of the repository's.
fn file(case: &CaseResult, is_here: impl Fn(&Path) -> bool) -> Option<String> {
    let places = case.findings.iter().filter_map(|finding| finding.place.as_ref());
    let path = places.map(Place::path).next()?;
    (Path::new(path).is_relative() && is_here(Path::new(path))).then(|| legible(path))
}

fn status(case: &CaseResult, record: &Record, room: &mut Room) -> TestCaseStatus {
    let reason = legible(&shortened(case.reason.as_deref().unwrap_or_default(), MESSAGE_CHARS));
    match case.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => {
            let failing: Vec<&Finding> = case.findings.iter().filter(|finding| record.fails(finding)).collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(first) = failing.first() {
                status.set_type(first.check.as_str());
                let message = legible(&shortened(&first.message, MESSAGE_CHARS));
                status.set_message(match failing.len() {
                    1 => message,
                    n => format!("{message} (and {} more)", n - 1),
                });
            }
            let described: Vec<String> = failing.iter().map(|finding| describe(finding)).collect();
            let again = legible(&record.reproduce(&case.id));
            status.set_description(format!("{}\n\nagain: {again}", room.take(&described.join("\n\n"))));
            status
        }
        Verdict::Error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            let again = legible(&record.reproduce(&case.id));
            status.set_description(format!("{reason}\n\nagain: {again}"));
            status.set_message(reason);
            status
        }
        Verdict::Skip => skipped(&format!("skipped: {reason}")),
        Verdict::NotApplicable => skipped(&format!("not applicable: {reason}")),
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let message = message.trim_end_matches([' ', ':']);
    status.set_message(message).set_description(message);
    status
}

/// How much may still be shown.
struct Room(usize);

impl Room {
    /// Text as XML takes it, shortened in the middle where there is too much of it.
    fn take(&mut self, text: &str) -> String {
        let most = CASE_CHARS.min(self.0);
        let chars = text.chars().count();
        self.0 -= chars.min(most);
        legible(&shortened(text, most))
    }
}

fn shortened(text: &str, most: usize) -> String {
    let chars = text.chars().count();
    if chars <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most / 2).collect();
    let tail: String = text.chars().skip(chars - most / 2).collect();
    let left_out = chars - 2 * (most / 2);
    format!("{head}\n… {left_out} characters left out; other reports have them …\n{tail}")
}

/// Text without what XML forbids, and without what GitLab and Jenkins take for the name of a file to be attached.
fn legible(text: &str) -> String {
    let is_allowed = |c: &char| !(c.is_control() && *c != '\n' && *c != '\t' || matches!(c, '\u{fffe}' | '\u{ffff}'));
    let uncoloured = anstream::adapter::strip_str(text).to_string();
    let text: String = uncoloured.chars().filter(is_allowed).collect();
    text.replace("[[ATTACHMENT|", "[[attachment|")
}

fn describe(finding: &Finding) -> String {
    let mut lines = vec![format!(
        "{} ({}) in step {}, {}",
        finding.check, finding.level, finding.step.number, finding.step.name
    )];
    lines.extend(finding.place.as_ref().map(|place| format!("--> {place}")));
    lines.push(finding.message.clone());
    lines.extend(
        finding
            .expected
            .as_ref()
            .map(|expected| format!("expected: {expected}")),
    );
    lines.extend(finding.got.as_ref().map(|got| format!("got: {got}")));
    lines.push(format!("why: {}", finding.why));
    lines.push(format!("spec: {}", finding.spec.join("; ")));
    lines.join("\n")
}

fn evidence(finding: &Finding) -> String {
    let mut lines = vec![format!("{} ({}): {}", finding.check, finding.level, finding.message)];
    lines.extend(finding.known.as_ref().map(|reason| format!("known: {reason}")));
    lines.extend(finding.evidence.exchange.iter().cloned());
    if !finding.evidence.upstream.is_empty() {
        lines.push("OpenAI was asked:".to_owned());
        lines.extend(finding.evidence.upstream.iter().cloned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn keeps_failures_and_errors_apart() {
        insta::assert_snapshot!(render(&example::record()).unwrap());
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut record = example::record();
        for case in record.cases.values_mut() {
            case.reason = Some(HOSTILE.into());
            case.output = vec![HOSTILE.into()];
            for found in &mut case.findings {
                found.message = HOSTILE.into();
                found.got = Some(HOSTILE.into());
                found.evidence.exchange = vec![HOSTILE.into()];
            }
        }
        let xml = render(&record).unwrap();
        let is_forbidden =
            |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        assert!(!xml.contains(is_forbidden), "{xml}");
        assert!(!xml.contains("<x>") && !xml.contains("[[ATTACHMENT"), "{xml}");
    }

    const HOSTILE: &str = "]]> <x> & \u{1b}[1m \u{0} \u{b} \u{ffff}\u{fffe} [[ATTACHMENT|/etc/passwd]] [\u{0}[ATTACHMENT|a]] [\u{1b}[0m[ATTACHMENT|b]] [\u{ffff}[ATTACHMENT|c]]";

    /// GitLab takes 30 MB.
    #[test]
    fn a_report_of_any_size_can_be_read() {
        let mut record = example::record();
        let mut failed = example::failed_case();
        failed.findings[0].evidence.exchange = vec!["é<&".repeat(500_000)];
        for n in 0..1_000 {
            let mut case = failed.clone();
            case.id.scenario = format!("activation/case-{n:04}");
            record.cases.insert(case.id.clone(), case);
        }
        let xml = render(&record).unwrap();
        assert!(xml.len() < 30_000_000, "{}", xml.len());
        assert!(xml.contains("characters left out; other reports have them"));
        assert_eq!(xml.matches("<testcase ").count(), 1_008);
    }

    #[test]
    fn a_scenario_of_the_repository_is_linked_to() {
        let case = example::failed_case();
        assert_eq!(
            file(&case, |_| true).as_deref(),
            Some("scenarios/catalogue/activation/entra-string-false.toml")
        );
        assert_eq!(file(&case, |_| false), None);
    }
}
