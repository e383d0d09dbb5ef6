//! The `JUnit` report, for CI systems: a suite for each folder, a case for each scenario and persona.
//!
//! What the bridge did wrong is a `failure`, trouble of our own an `error`; findings below the level that fails a run
//! are in a case's output and fail nothing. Hazards are counted as a property of their suite.

use std::collections::BTreeMap;
use std::io;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::Record;
use super::record::folder;
use crate::event::CaseResult;
use crate::finding::{Finding, Verdict};

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
    report.add_test_suites(suites.into_iter().map(|(folder, cases)| suite(folder, &cases, record)));
    report.add_test_suites(stale(record));
    report.to_string().map_err(io::Error::other)
}

/// What the baseline lists although it no longer happens: each fails the run, so each is a failure.
fn stale(record: &Record) -> Option<TestSuite> {
    let cases = record.stale().into_iter().map(|entry| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("stale");
        status.set_message(format!("no longer happens; take it out of {}", entry.place));
        TestCase::new(entry.name(), status)
    });
    let cases: Vec<TestCase> = cases.collect();
    let mut suite = TestSuite::new("baseline");
    suite.add_test_cases(cases.iter().cloned());
    (!cases.is_empty()).then_some(suite)
}

fn suite(folder: &str, cases: &[&CaseResult], record: &Record) -> TestSuite {
    let mut suite = TestSuite::new(if folder.is_empty() { "scenarios" } else { folder });
    suite.set_time(cases.iter().map(|case| case.duration).sum());
    suite.add_property(Property::new("seed", record.run.seed.to_string()));
    suite.add_property(Property::new("target", record.run.target.as_str()));
    let hazards: usize = cases.iter().map(|case| case.hazards()).sum();
    if hazards > 0 {
        suite.add_property(Property::new("hazards", hazards.to_string()));
    }
    suite.add_test_cases(cases.iter().map(|case| test_case(case, record)));
    suite
}

fn test_case(case: &CaseResult, record: &Record) -> TestCase {
    let mut test = TestCase::new(case.id.to_string(), status(case, record));
    test.set_classname(case.id.scenario.replace('/', "."));
    test.set_time(case.duration);
    test.set_assertions(usize::try_from(case.checks).unwrap_or(usize::MAX));
    let mut out: Vec<String> = case.findings.iter().map(evidence).collect();
    if !case.output.is_empty() {
        out.push(format!("The bridge wrote:\n{}", case.output.join("\n")));
    }
    if !out.is_empty() {
        test.set_system_out(out.join("\n\n"));
    }
    test
}

fn status(case: &CaseResult, record: &Record) -> TestCaseStatus {
    let reason = case.reason.clone().unwrap_or_default();
    match case.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => {
            let failing: Vec<&Finding> = case.findings.iter().filter(|finding| record.fails(finding)).collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(first) = failing.first() {
                status.set_type(first.check.as_str());
                status.set_message(match failing.len() {
                    1 => first.message.clone(),
                    n => format!("{} (and {} more)", first.message, n - 1),
                });
            }
            let described: Vec<String> = failing.iter().map(|finding| describe(finding)).collect();
            status.set_description(format!(
                "{}\n\nagain: {}",
                described.join("\n\n"),
                record.reproduce(&case.id)
            ));
            status
        }
        Verdict::Error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(reason);
            status.set_description(format!("again: {}", record.reproduce(&case.id)));
            status
        }
        Verdict::Skip => skipped(&format!("skipped: {reason}")),
        Verdict::NotApplicable => skipped(&format!("not applicable: {reason}")),
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message.trim_end_matches([' ', ':']));
    status
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
            case.reason = Some("]]> <x> & \u{1b}[1m \u{0}".into());
        }
        let xml = render(&record).unwrap();
        assert!(
            !xml.contains("<x>") && !xml.contains('\u{0}') && !xml.contains('\u{1b}'),
            "{xml}"
        );
    }
}
