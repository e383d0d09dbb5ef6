//! Scenarios down, personas across: how each case ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proofload_scenarios::Level;

use super::super::Record;
use super::super::record::folder;
use super::super::style::spoken;
use super::text::{Escaped, anchor};
use crate::event::CaseResult;
use crate::finding::{Finding, Verdict};

/// The table.
pub(super) fn render(record: &Record) -> String {
    let personas: BTreeSet<&str> = record.cases.keys().map(|id| id.persona.as_str()).collect();
    let mut scenarios: BTreeMap<(&str, &str), BTreeMap<&str, &CaseResult>> = BTreeMap::new();
    for case in record.cases.values() {
        let id = case.id.scenario.as_str();
        scenarios
            .entry((folder(id), id))
            .or_default()
            .insert(&case.id.persona, case);
    }
    let mut text =
        String::from("<div class=\"wide\"><table id=\"matrix\">\n<thead><tr><th scope=\"col\">scenario</th>");
    for persona in &personas {
        _ = write!(text, "<th scope=\"col\">{}</th>", Escaped(persona));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    let mut heading = None;
    for ((area, id), cases) in scenarios {
        if heading != Some(area) {
            heading = Some(area);
            _ = writeln!(
                text,
                "<tr class=\"area\"><th colspan=\"{}\">{}</th></tr>",
                personas.len() + 1,
                Escaped(area)
            );
        }
        row(&mut text, id, &cases, &personas);
    }
    text.push_str("</tbody>\n</table></div>\n");
    text
}

fn row(text: &mut String, id: &str, cases: &BTreeMap<&str, &CaseResult>, personas: &BTreeSet<&str>) {
    let outcomes: BTreeSet<&str> = cases.values().map(|case| case.verdict.as_str()).collect();
    let outcomes = outcomes.into_iter().collect::<Vec<_>>().join(" ");
    let title = cases
        .values()
        .next()
        .map(|case| case.title.as_str())
        .unwrap_or_default();
    let names = cases.keys().copied().collect::<Vec<_>>().join(" ");
    let words = format!("{id} {title} {names}").to_lowercase();
    _ = write!(
        text,
        "<tr class=\"case\" data-outcome=\"{outcomes}\" data-words=\"{}\"><th scope=\"row\" title=\"{}\">{}</th>",
        Escaped(&words),
        Escaped(title),
        Escaped(id)
    );
    for persona in personas {
        text.push_str(
            &cases
                .get(persona)
                .map_or_else(|| "<td></td>".to_owned(), |case| cell(case)),
        );
    }
    text.push_str("</tr>\n");
}

fn cell(case: &CaseResult) -> String {
    let (sign, words) = match case.verdict {
        Verdict::Pass if is_hazardous(case) => ("▲", "passed, with a hazard".to_owned()),
        Verdict::Pass if case.known() > 0 => ("✓", format!("passed; {} known", case.known())),
        Verdict::Pass => ("✓", "passed".to_owned()),
        Verdict::Fail => ("✗", "failed".to_owned()),
        Verdict::Error => ("!", "could not be told".to_owned()),
        Verdict::Skip => ("–", "skipped".to_owned()),
        Verdict::NotApplicable => ("–", "not applicable".to_owned()),
    };
    let words = format!("{}: {words}, {}", case.id, spoken(case.duration));
    let prefix = if case.verdict == Verdict::Error { "error-" } else { "" };
    let sign = if case.findings.is_empty() && case.verdict != Verdict::Error {
        format!("<span title=\"{0}\" aria-label=\"{0}\">{sign}</span>", Escaped(&words))
    } else {
        format!(
            "<a href=\"#{prefix}{}\" title=\"{1}\" aria-label=\"{1}\">{sign}</a>",
            anchor(&case.id.scenario),
            Escaped(&words)
        )
    };
    let odd = if is_hazardous(case) { " hazard" } else { "" };
    format!("<td class=\"{}{odd}\">{sign}</td>", case.verdict.as_str())
}

/// Whether it passes with a hazard that nobody has listed.
fn is_hazardous(case: &CaseResult) -> bool {
    let is_new = |found: &Finding| found.level == Level::Hazard && found.known.is_none();
    case.verdict == Verdict::Pass && case.findings.iter().any(is_new)
}
