//! What the file should hold after a run. Reasons and dates of what stays are kept; what is new has its reason still to
//! be said, and the file is refused until somebody has said it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proofload_scenarios::Level;

use super::file::{UNSAID, VERSION};
use super::{Baseline, Entry};
use crate::event::{CaseId, CaseResult};
use crate::finding::Verdict;

const HEAD: &str = "\
# Findings that are known: they fail no run, and a run fails when one no longer happens.
# `proofload check --update-baseline` writes this file and keeps reasons and dates; comments are lost.
";

impl Baseline {
    /// The file's new text, or `None` when it may stay as it is.
    pub fn updated(&self, cases: &BTreeMap<CaseId, CaseResult>, fail_on: Level) -> Option<String> {
        let (gone, fresh) = (self.gone(cases), self.fresh(cases, fail_on));
        if gone.is_empty() && fresh.is_empty() {
            return None;
        }
        let kept = self.entries.iter().filter(|entry| !gone.contains(entry));
        let kept = kept.map(|entry| {
            (
                (entry.scenario.clone(), entry.check.clone(), entry.persona.clone()),
                Some(entry),
            )
        });
        let all: BTreeMap<Listed, Option<&Entry>> =
            kept.chain(fresh.into_iter().map(|listed| (listed, None))).collect();
        let mut text = format!("{HEAD}version = {VERSION}\n");
        for (listed, entry) in all {
            push(&mut text, &listed, entry);
        }
        Some(text)
    }

    /// Entries whose finding no longer happens, whether they still count or not.
    fn gone(&self, cases: &BTreeMap<CaseId, CaseResult>) -> Vec<&Entry> {
        self.entries
            .iter()
            .filter(|entry| self.is_stale(entry, cases))
            .collect()
    }

    /// What fails the run and has no entry. What happens under every persona that tells its scenario is listed once.
    fn fresh(&self, cases: &BTreeMap<CaseId, CaseResult>, fail_on: Level) -> BTreeSet<Listed> {
        let mut under: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for case in cases.values() {
            let failing = case.findings.iter().filter(|found| found.level >= fail_on);
            for found in failing.filter(|found| !self.entries.iter().any(|entry| entry.lists(&case.id, &found.check))) {
                let personas = under.entry((&case.id.scenario, &found.check)).or_default();
                personas.insert(&case.id.persona);
            }
        }
        let mut fresh = BTreeSet::new();
        for ((scenario, check), personas) in under {
            let listed = |persona: Option<&str>| (scenario.to_owned(), check.to_owned(), persona.map(str::to_owned));
            let applies = |persona: &&String| {
                let id = CaseId {
                    scenario: scenario.to_owned(),
                    persona: (*persona).clone(),
                };
                cases.get(&id).is_none_or(|case| case.verdict != Verdict::NotApplicable)
            };
            let mut tellers = self.tellers.get(scenario).into_iter().flatten().filter(applies);
            if tellers.all(|persona| personas.contains(persona.as_str())) {
                fresh.insert(listed(None));
            } else {
                fresh.extend(personas.into_iter().map(|persona| listed(Some(persona))));
            }
        }
        fresh
    }
}

/// Scenario, check and persona.
type Listed = (String, String, Option<String>);

fn push(text: &mut String, (scenario, check, persona): &Listed, entry: Option<&Entry>) {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    _ = writeln!(text, "\n[[known]]");
    _ = writeln!(text, "scenario = {}", quoted(scenario));
    _ = writeln!(text, "check = {}", quoted(check));
    if let Some(persona) = persona {
        _ = writeln!(text, "persona = {}", quoted(persona));
    }
    _ = writeln!(text, "reason = {}", quoted(entry.map_or(UNSAID, |entry| &entry.reason)));
    if let Some(expires) = entry.and_then(|entry| entry.expires) {
        _ = writeln!(text, "expires = {expires}");
    }
}
