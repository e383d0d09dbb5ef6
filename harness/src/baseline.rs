//! `baseline.toml`: the findings that a team knows of, each with its reason, so that a run fails only for what is new.
//!
//! A listed finding is shown as known and fails nothing. One that no longer happens is stale and fails the run, so that
//! nothing stays listed by oversight. An entry past its date counts as not listed. What a person can write wrongly is
//! found before the run, with its place. This is pure but for reading the file; when it is asked to say what the file
//! should hold now, the caller writes it.

mod file;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use proofload_scenarios::{Catalogue, Level, Place};

use crate::event::{CaseId, CaseResult};
use crate::finding::{Finding, Verdict};
use crate::redact::Redactor;

/// The findings that are known, and what the catalogue says of who tells which scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    path: PathBuf,
    entries: Vec<Entry>,
    /// By scenario: the personas of a run that narrows nothing.
    tellers: BTreeMap<String, BTreeSet<String>>,
}

/// One finding that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The scenario's id.
    pub scenario: String,
    /// The check's whole id, as a report names it: `expect.json./active`.
    pub check: String,
    /// Under this persona alone; else under whichever it happens.
    pub persona: Option<String>,
    /// Why it is not put right yet.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// Whether that day has passed.
    pub expired: bool,
    /// Where it is listed.
    pub place: Place,
}

impl Baseline {
    /// A baseline that lists nothing yet and belongs at `path`.
    pub fn empty(path: &Path, catalogue: &Catalogue) -> Self {
        let tellers = catalogue.scenarios().iter().map(|scenario| {
            let names = catalogue.tellers(scenario).map(|idp| idp.name.clone());
            (scenario.id.clone(), names.collect())
        });
        Self {
            path: path.to_owned(),
            entries: Vec::new(),
            tellers: tellers.collect(),
        }
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same, with reasons that may leave the program.
    #[must_use]
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        for entry in &mut self.entries {
            entry.reason = redactor.text(&entry.reason);
        }
        self
    }

    /// Says of each finding of a case that is listed why it is known. A case that fails for nothing else passes.
    pub fn mark(&self, case: &mut CaseResult, fail_on: Level) {
        for finding in &mut case.findings {
            let listed = self.entries.iter().filter(|entry| !entry.expired);
            let listed = listed.into_iter().find(|entry| entry.lists(&case.id, &finding.check));
            finding.known = listed.map(|entry| entry.reason.clone());
        }
        let fails = |finding: &Finding| finding.level >= fail_on && finding.known.is_none();
        if case.verdict == Verdict::Fail && !case.findings.iter().any(fails) {
            case.verdict = Verdict::Pass;
        }
    }

    /// Entries whose finding no longer happens, in the order of the file.
    pub fn stale(&self, cases: &BTreeMap<CaseId, CaseResult>) -> Vec<&Entry> {
        let entries = self.entries.iter().filter(|entry| !entry.expired);
        entries.filter(|entry| self.is_stale(entry, cases)).collect()
    }

    /// Entries that no longer count.
    pub fn expired(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.expired)
    }

    /// Whether a run shows that the finding of an entry does not happen any more. Every case in which it might happen
    /// must have been told to its end: one that fails for another reason may have ended before it got there, and one
    /// that was left out says nothing.
    fn is_stale(&self, entry: &Entry, cases: &BTreeMap<CaseId, CaseResult>) -> bool {
        let shows = |case: &CaseResult| case.findings.iter().any(|found| entry.lists(&case.id, &found.check));
        if cases.values().any(shows) {
            return false;
        }
        let personas: Vec<&String> = match &entry.persona {
            Some(persona) => vec![persona],
            None => self.tellers.get(&entry.scenario).into_iter().flatten().collect(),
        };
        let mut was_told = false;
        for persona in personas {
            let id = CaseId {
                scenario: entry.scenario.clone(),
                persona: persona.clone(),
            };
            match cases.get(&id).map(|case| case.verdict) {
                Some(Verdict::Pass) => was_told = true,
                Some(Verdict::NotApplicable) => {}
                Some(Verdict::Fail | Verdict::Skip | Verdict::Error) | None => return false,
            }
        }
        was_told
    }
}

impl Entry {
    /// Whether this is about that check in that case.
    fn lists(&self, case: &CaseId, check: &str) -> bool {
        self.check == check
            && self.scenario == case.scenario
            && self.persona.as_ref().is_none_or(|persona| *persona == case.persona)
    }

    /// `users/assign [entra]  expect.status`
    pub fn name(&self) -> String {
        let persona = self.persona.as_ref().map(|persona| format!(" [{persona}]"));
        format!("{}{}  {}", self.scenario, persona.unwrap_or_default(), self.check)
    }
}

#[cfg(test)]
mod tests;
