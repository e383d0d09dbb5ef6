//! The cases of a run by folder: a line for each scenario, or one for each of its personas when they differ.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::Record;
use super::super::record::folder;
use super::style::{BOLD, DIM, counted, hazard_mark, mark, paint, spoken};
use crate::event::CaseResult;
use crate::finding::Verdict;

/// The whole tree.
pub(super) fn render(record: &Record) -> String {
    let mut scenarios: BTreeMap<(&str, &str), Vec<&CaseResult>> = BTreeMap::new();
    for case in record.cases.values() {
        let id = case.id.scenario.as_str();
        scenarios.entry((folder(id), id)).or_default().push(case);
    }
    let width = scenarios
        .keys()
        .map(|(_, id)| leaf(id).chars().count())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    let mut heading = "";
    for ((folder, id), cases) in scenarios {
        if folder != heading {
            heading = folder;
            _ = writeln!(text, "{}", paint(BOLD, folder));
        }
        for alike in alike(&cases) {
            let personas: Vec<&str> = alike.iter().map(|case| case.id.persona.as_str()).collect();
            let personas = paint(DIM, format_args!("[{}]", personas.join(", ")));
            let (mark, tail) = (sign(alike[0]), tail(&alike));
            _ = writeln!(text, "  {mark} {:width$}  {personas}  {tail}", leaf(id));
        }
    }
    text
}

/// One case on a line by itself.
pub(super) fn line(case: &CaseResult) -> String {
    format!("{} {}  {}\n", sign(case), case.id, tail(&[case]))
}

/// A case that passes with a hazard has a sign of its own.
fn sign(case: &CaseResult) -> String {
    if case.verdict == Verdict::Pass && case.hazards() > 0 {
        hazard_mark()
    } else {
        mark(case.verdict)
    }
}

/// The cases of one scenario in bundles that ended alike. A failure stands by itself.
fn alike<'a>(cases: &[&'a CaseResult]) -> Vec<Vec<&'a CaseResult>> {
    let mut bundles: Vec<Vec<&CaseResult>> = Vec::new();
    for case in cases {
        let bundle = bundles.iter_mut().find(|bundle| {
            case.verdict != Verdict::Fail
                && bundle[0].verdict == case.verdict
                && bundle[0].reason == case.reason
                && bundle[0].hazards() == case.hazards()
                && bundle[0].known() == case.known()
        });
        match bundle {
            Some(bundle) => bundle.push(case),
            None => bundles.push(vec![case]),
        }
    }
    bundles
}

/// What there is to say after the name: how long it took, and how it ended unless it passed.
fn tail(cases: &[&CaseResult]) -> String {
    let duration = spoken(cases.iter().map(|case| case.duration).sum());
    let reason = cases[0]
        .reason
        .as_deref()
        .map(|reason| format!(": {}", reason.lines().next().unwrap_or_default()))
        .unwrap_or_default();
    match cases[0].verdict {
        Verdict::Pass => {
            let hazards = Some(cases[0].hazards()).filter(|n| *n > 0);
            let known = Some(cases[0].known()).filter(|n| *n > 0);
            let said = [
                hazards.map(|n| counted(n as u64, "hazard")),
                known.map(|n| format!("{n} known")),
            ];
            let said: Vec<String> = std::iter::once(duration).chain(said.into_iter().flatten()).collect();
            said.join("  ")
        }
        Verdict::Fail => format!(
            "{duration}  failed: {}",
            counted(cases[0].findings.len() as u64, "finding")
        ),
        Verdict::Error => format!("{duration}  error{reason}"),
        Verdict::Skip => format!("skipped{reason}"),
        Verdict::NotApplicable => format!("not applicable{reason}"),
    }
}

fn leaf(scenario: &str) -> &str {
    scenario.rsplit('/').next().unwrap_or(scenario)
}
