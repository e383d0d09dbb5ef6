//! Which checks fail most often: where to begin when much is wrong, because what breaks every answer hides the rest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Record;
use super::style::counted;
use crate::event::CaseId;

/// How many are named.
const NAMED: usize = 5;
/// What fails in fewer cases than this is no pattern.
const CASES_MIN: usize = 3;

/// `no-secrets in 159 cases, json-errors in 80 cases`, with each check as it is `shown`; nothing when there is no pattern.
pub(super) fn often(record: &Record, shown: impl Fn(&str) -> String) -> Option<String> {
    let named: Vec<String> = most_often(record)
        .into_iter()
        .map(|(check, cases)| format!("{} in {}", shown(check), counted(cases as u64, "case")))
        .collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// The checks that fail the run in the most cases, each with their number.
fn most_often(record: &Record) -> Vec<(&str, usize)> {
    let mut cases: BTreeMap<&str, BTreeSet<&CaseId>> = BTreeMap::new();
    for case in record.cases.values() {
        for finding in case.findings.iter().filter(|finding| record.fails(finding)) {
            cases.entry(finding.check.as_str()).or_default().insert(&case.id);
        }
    }
    let mut counted: Vec<(&str, usize)> = cases.into_iter().map(|(check, cases)| (check, cases.len())).collect();
    counted.retain(|(_, cases)| *cases >= CASES_MIN);
    counted.sort_by_key(|(_, cases)| Reverse(*cases));
    counted.truncate(NAMED);
    counted
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn counts_cases_and_names_what_is_a_pattern() {
        let mut record = example::record();
        assert_eq!(often(&record, str::to_owned), None);
        let failed = example::failed_case();
        for n in 0..12_usize {
            let mut case = failed.clone();
            case.id.scenario = format!("activation/case-{n}");
            // Twice in one case is one case.
            case.findings.push(case.findings[0].clone());
            for finding in &mut case.findings {
                finding.check = ["often", "often", "seldom", "rarely"][n % 4].to_owned();
            }
            record.cases.insert(case.id.clone(), case);
        }
        assert_eq!(
            often(&record, |check| format!("<{check}>")).as_deref(),
            Some("<often> in 6 cases, <rarely> in 3 cases, <seldom> in 3 cases")
        );
    }
}
