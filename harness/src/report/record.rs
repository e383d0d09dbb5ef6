//! What is known of a run: gathered from its events, read by every report.

use std::collections::{BTreeMap, BTreeSet};

use super::style::spoken;
use crate::baseline::{Baseline, Entry};
use crate::event::{CaseId, CaseResult, Event, RunEnd, RunInfo};
use crate::exit;
use crate::finding::{Finding, Verdict};

/// A run so far. Cases are ordered by scenario and persona, whatever order they ended in.
#[derive(Clone, Debug)]
pub struct Record {
    /// What the run set out to do.
    pub run: RunInfo,
    /// The cases that have ended.
    pub cases: BTreeMap<CaseId, CaseResult>,
    /// What people should know that is no finding.
    pub notes: Vec<String>,
    /// How it ended; `None` while it goes on, or when it broke off.
    pub end: Option<RunEnd>,
    /// What was known before.
    pub baseline: Option<Baseline>,
}

/// A run in numbers. The verdicts add up to `scenarios`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Scenarios times personas.
    pub scenarios: usize,
    /// Everything that could be looked at holds.
    pub passed: usize,
    /// With a finding at or above the level that fails a run.
    pub failed: usize,
    /// Not run, because the run was cut short.
    pub skipped: usize,
    /// Meaningless for this target.
    pub not_applicable: usize,
    /// We could not tell.
    pub errors: usize,
    /// Findings that are hazards: legal, but with the identity provider of the case it will hurt.
    pub hazards: usize,
    /// Findings that the baseline lists.
    pub known: usize,
    /// Checks made.
    pub checks: u64,
    /// Checks that mean nothing for this target.
    pub checks_not_applicable: u64,
}

impl Record {
    /// A run that begins.
    pub fn new(run: RunInfo) -> Self {
        Self {
            run,
            cases: BTreeMap::new(),
            notes: Vec::new(),
            end: None,
            baseline: None,
        }
    }

    /// Takes note of an event.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::RunStarted(run) => self.run = run,
            Event::CaseStarted(_) => {}
            Event::CaseFinished(case) => _ = self.cases.insert(case.id.clone(), *case),
            // What several cases have to say is said once, and in an order that does not depend on who was first.
            Event::Note(note) => {
                if let Err(place) = self.notes.binary_search(&note) {
                    self.notes.insert(place, note);
                }
            }
            Event::RunFinished(end) => self.end = Some(end),
        }
    }

    /// What was known before the run. What was known only for a time is said.
    pub(super) fn know(&mut self, baseline: Baseline) {
        for entry in baseline.expired() {
            let (name, place) = (entry.name(), &entry.place);
            let last = entry.expires.map(|date| date.to_string()).unwrap_or_default();
            self.add(Event::Note(format!(
                "{name} counts as not listed: its entry expired on {last} ({place})"
            )));
        }
        self.baseline = Some(baseline);
    }

    /// Says of a case which of its findings were known before.
    pub(super) fn recall(&self, case: &mut CaseResult) {
        if let Some(baseline) = &self.baseline {
            baseline.mark(case, self.run.fail_on);
        }
    }

    /// ` in 1.2 s`, of a run that came to its end.
    pub(super) fn took(&self) -> String {
        self.end
            .map(|end| format!(" in {}", spoken(end.duration)))
            .unwrap_or_default()
    }

    /// The run in numbers.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            scenarios: self.cases.len(),
            ..Summary::default()
        };
        for case in self.cases.values() {
            match case.verdict {
                Verdict::Pass => summary.passed += 1,
                Verdict::Fail => summary.failed += 1,
                Verdict::Skip => summary.skipped += 1,
                Verdict::NotApplicable => summary.not_applicable += 1,
                Verdict::Error => summary.errors += 1,
            }
            summary.hazards += case.hazards();
            summary.known += case.known();
            summary.checks += u64::from(case.checks);
            summary.checks_not_applicable += u64::from(case.checks_not_applicable);
        }
        summary
    }

    /// Whether the run was cut short: by Ctrl-C, or because it broke off without an end.
    pub fn was_interrupted(&self) -> bool {
        self.end.is_none_or(|end| end.interrupted)
    }

    /// How the program ends after this run, one of [`exit`]'s codes.
    ///
    /// A finding outweighs an error: it is certain, and the error is in the report. An entry of the baseline that is
    /// stale weighs as much, so that nothing stays listed by oversight. A case that was skipped although
    /// nobody interrupted the run is trouble of our own. A run in which nothing applied to the target proves nothing,
    /// so it does not end as conforming.
    pub fn exit_code(&self) -> u8 {
        let summary = self.summary();
        if self.was_interrupted() {
            exit::INTERRUPTED
        } else if summary.failed > 0 || !self.stale().is_empty() {
            exit::FINDINGS
        } else if summary.errors + summary.skipped > 0 {
            exit::TROUBLE
        } else if summary.passed == 0 {
            exit::USAGE
        } else {
            exit::CONFORMS
        }
    }

    /// Whether a finding fails the run.
    pub fn fails(&self, finding: &Finding) -> bool {
        finding.level >= self.run.fail_on && finding.known.is_none()
    }

    /// What the baseline lists although it no longer happens. Nobody knows that of a run that was cut short.
    pub fn stale(&self) -> Vec<&Entry> {
        match &self.baseline {
            Some(baseline) if !self.was_interrupted() => baseline.stale(&self.cases),
            Some(_) | None => Vec::new(),
        }
    }

    /// The command line that repeats one case against the same target. A run that `check` cannot repeat says itself how.
    pub fn reproduce(&self, id: &CaseId) -> String {
        const CHECK: &str = "proofload check";
        let Some(flags) = self.run.command.strip_prefix(CHECK) else {
            return self.run.command.clone();
        };
        let (scenario, persona) = (shell_words::quote(&id.scenario), shell_words::quote(&id.persona));
        format!("{CHECK} {scenario} --persona {persona}{flags}")
    }

    /// How many different scenarios and how many different personas have ended cases.
    pub(super) fn breadth(&self) -> (usize, usize) {
        let scenarios: BTreeSet<&str> = self.cases.keys().map(|id| id.scenario.as_str()).collect();
        let personas: BTreeSet<&str> = self.cases.keys().map(|id| id.persona.as_str()).collect();
        (scenarios.len(), personas.len())
    }
}

/// The folder of a scenario: `users` of `users/assign`; empty at the top.
pub(super) fn folder(scenario: &str) -> &str {
    scenario.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::example;
    use super::*;

    #[rstest]
    #[case::all_pass(&[Verdict::Pass, Verdict::NotApplicable], false, exit::CONFORMS)]
    #[case::found(&[Verdict::Pass, Verdict::Fail], false, exit::FINDINGS)]
    #[case::found_and_trouble(&[Verdict::Error, Verdict::Fail], false, exit::FINDINGS)]
    #[case::trouble(&[Verdict::Pass, Verdict::Error], false, exit::TROUBLE)]
    #[case::left_out(&[Verdict::Pass, Verdict::Skip], false, exit::TROUBLE)]
    #[case::nothing_applies(&[Verdict::NotApplicable], false, exit::USAGE)]
    #[case::nothing_ran(&[], false, exit::USAGE)]
    #[case::interrupted(&[Verdict::Fail, Verdict::Skip], true, exit::INTERRUPTED)]
    fn ends_as(#[case] verdicts: &[Verdict], #[case] interrupted: bool, #[case] code: u8) {
        let mut record = Record::new(example::run());
        for (n, verdict) in verdicts.iter().enumerate() {
            record.add(example::case(&format!("x/{n}"), "entra", *verdict));
        }
        record.add(example::end(interrupted));
        assert_eq!(record.exit_code(), code);
        let s = record.summary();
        assert_eq!(
            s.passed + s.failed + s.skipped + s.not_applicable + s.errors,
            s.scenarios
        );
    }

    #[test]
    fn a_run_that_broke_off_does_not_conform() {
        let mut record = Record::new(example::run());
        record.add(example::case("x/1", "entra", Verdict::Pass));
        assert_eq!(record.exit_code(), exit::INTERRUPTED);
    }

    #[test]
    fn a_case_is_repeated_with_the_flags_of_the_run() {
        let record = Record::new(RunInfo {
            command: "proofload check --bridge-cmd './b --x' --seed 7".into(),
            ..example::run()
        });
        let id = CaseId {
            scenario: "users/a b".into(),
            persona: "entra".into(),
        };
        assert_eq!(
            record.reproduce(&id),
            "proofload check 'users/a b' --persona entra --bridge-cmd './b --x' --seed 7"
        );
    }
}
