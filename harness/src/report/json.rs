//! The JSON report: everything that is known of a run, for programs. The order of keys and cases never varies.
//!
//! Its shape is a promise: within one `schema_version` keys are only added.

use std::io;

use serde::Serialize;

use super::Record;
use crate::baseline::{Baseline, Entry};
use crate::event::CaseResult;
use crate::finding::Finding;

/// Rises when a key goes away or changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// The report's text.
pub(super) fn render(record: &Record) -> io::Result<String> {
    let mut text = serde_json::to_string_pretty(&report(record))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    proofload: &'static str,
    seed: u64,
    target: Target<'a>,
    interrupted: bool,
    exit_code: u8,
    duration_ms: Option<u64>,
    fail_on: &'static str,
    summary: Numbers,
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Known<'a>>,
    scenarios: Vec<Case<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    kind: &'static str,
    name: &'a str,
    scim_only: bool,
}

#[derive(Serialize)]
struct Numbers {
    scenarios: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    not_applicable: usize,
    errors: usize,
    /// Findings that are hazards, whether they fail the run or not.
    hazards: usize,
    /// Findings that the baseline lists.
    known: usize,
    checks: u64,
    checks_not_applicable: u64,
}

#[derive(Serialize)]
struct Case<'a> {
    id: &'a str,
    persona: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalogue: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    duration_ms: u64,
    checks: u32,
    checks_not_applicable: u32,
    reproduce: String,
    findings: Vec<Found<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    output: &'a [String],
}

#[derive(Serialize)]
struct Found<'a> {
    check: &'a str,
    level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<&'a str>,
    step: &'a str,
    step_number: usize,
    spec: &'a [String],
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    evidence: Evidence<'a>,
    /// Why it is in the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<&'a str>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    exchange: &'a [String],
    upstream: &'a [String],
}

#[derive(Serialize)]
struct Known<'a> {
    file: String,
    /// Listed, but it no longer happens; that fails the run.
    stale: Vec<Listed<'a>>,
    /// Listed, but not for today.
    expired: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    check: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    persona: Option<&'a str>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    line: usize,
}

fn report(record: &Record) -> Report<'_> {
    let summary = record.summary();
    Report {
        schema_version: SCHEMA_VERSION,
        proofload: env!("CARGO_PKG_VERSION"),
        seed: record.run.seed,
        target: Target {
            kind: record.run.target_kind,
            name: &record.run.target,
            scim_only: record.run.scim_only,
        },
        interrupted: record.was_interrupted(),
        exit_code: record.exit_code(),
        duration_ms: record.end.map(|end| milliseconds(end.duration)),
        fail_on: record.run.fail_on.as_str(),
        summary: Numbers {
            scenarios: summary.scenarios,
            passed: summary.passed,
            failed: summary.failed,
            skipped: summary.skipped,
            not_applicable: summary.not_applicable,
            errors: summary.errors,
            hazards: summary.hazards,
            known: summary.known,
            checks: summary.checks,
            checks_not_applicable: summary.checks_not_applicable,
        },
        notes: &record.notes,
        baseline: record.baseline.as_ref().map(|baseline| known(baseline, record)),
        scenarios: record.cases.values().map(|result| case(result, record)).collect(),
    }
}

fn case<'a>(result: &'a CaseResult, record: &Record) -> Case<'a> {
    Case {
        id: &result.id.scenario,
        persona: &result.id.persona,
        title: &result.title,
        catalogue: result.catalogue.as_deref(),
        outcome: result.verdict.as_str(),
        reason: result.reason.as_deref(),
        duration_ms: milliseconds(result.duration),
        checks: result.checks,
        checks_not_applicable: result.checks_not_applicable,
        reproduce: record.reproduce(&result.id),
        findings: result.findings.iter().map(found).collect(),
        output: &result.output,
    }
}

fn found(finding: &Finding) -> Found<'_> {
    let place = finding.place.as_ref();
    Found {
        check: &finding.check,
        level: finding.level.as_str(),
        message: &finding.message,
        expected: finding.expected.as_deref(),
        got: finding.got.as_deref(),
        step: &finding.step.name,
        step_number: finding.step.number,
        spec: &finding.spec,
        why: &finding.why,
        file: place.map(proofload_scenarios::Place::path),
        line: place.map(proofload_scenarios::Place::line),
        column: place.map(proofload_scenarios::Place::column),
        evidence: Evidence {
            exchange: &finding.evidence.exchange,
            upstream: &finding.evidence.upstream,
        },
        known: finding.known.as_deref(),
    }
}

fn known<'a>(baseline: &'a Baseline, record: &'a Record) -> Known<'a> {
    Known {
        file: baseline.path().display().to_string(),
        stale: record.stale().into_iter().map(listed).collect(),
        expired: baseline.expired().map(listed).collect(),
    }
}

fn listed(entry: &Entry) -> Listed<'_> {
    Listed {
        id: &entry.scenario,
        check: &entry.check,
        persona: entry.persona.as_deref(),
        reason: &entry.reason,
        expires: entry.expires.map(|date| date.to_string()),
        line: entry.place.line(),
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn shows_everything_in_one_order() {
        let text = render(&example::record()).unwrap();
        insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
    }

    #[test]
    fn a_run_that_broke_off_has_no_duration() {
        let mut record = example::record();
        record.end = None;
        let json: serde_json::Value = serde_json::from_str(&render(&record).unwrap()).unwrap();
        assert_eq!(
            (&json["interrupted"], &json["duration_ms"]),
            (&true.into(), &serde_json::Value::Null)
        );
    }
}
