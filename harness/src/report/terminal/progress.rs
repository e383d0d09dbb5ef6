//! How far a run is, on standard error: a bar where a person looks on, a line every tenth of the way elsewhere.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use super::super::shown::Shown;
use super::style::counted;
use crate::event::{CaseId, Event};
use crate::finding::Verdict;

/// What the bar says.
const TEMPLATE: &str = "{bar:24} {pos}/{len} {elapsed} {wide_msg}";

/// See the module.
pub(crate) struct Progress {
    shown: Shown,
    cases: usize,
    ended: usize,
    failed: usize,
    running: BTreeSet<CaseId>,
}

impl Progress {
    pub(super) fn off() -> Self {
        Self::new(Shown::Nothing)
    }

    /// Where whoever started the program looks.
    pub(crate) fn on_stderr() -> Self {
        let shown = Shown::on_stderr(TEMPLATE);
        if let Shown::Bar(bar) = &shown {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self::new(shown)
    }

    fn new(shown: Shown) -> Self {
        Self {
            shown,
            cases: 0,
            ended: 0,
            failed: 0,
            running: BTreeSet::new(),
        }
    }

    /// Takes note of an event.
    pub(crate) fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(run) => self.cases = run.cases,
            Event::CaseStarted(id) => _ = self.running.insert(id.clone()),
            Event::CaseFinished(case) => {
                self.running.remove(&case.id);
                self.ended += 1;
                self.failed += usize::from(matches!(case.verdict, Verdict::Fail | Verdict::Error));
            }
            Event::Note(_) | Event::RunFinished(_) => return Ok(()),
        }
        let message = self.message();
        let at_a_tenth = matches!(event, Event::CaseFinished(_)) && self.is_at_a_tenth();
        match &mut self.shown {
            Shown::Bar(bar) => {
                bar.set_length(self.cases as u64);
                bar.set_position(self.ended as u64);
                bar.set_message(message);
                Ok(())
            }
            Shown::Lines(out) if at_a_tenth => writeln!(
                out,
                "{} of {}, {} failed",
                self.ended,
                counted(self.cases as u64, "case"),
                self.failed
            ),
            Shown::Nothing | Shown::Lines(_) => Ok(()),
        }
    }

    /// Takes the bar away while something else writes to the terminal.
    pub(super) fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        self.shown.aside(write)
    }

    /// Shows nothing more.
    pub(crate) fn end(&mut self) {
        self.shown.end();
    }

    fn is_at_a_tenth(&self) -> bool {
        let tenths = |ended: usize| ended * 10 / self.cases.max(1);
        tenths(self.ended) > tenths(self.ended - 1)
    }

    fn message(&self) -> String {
        let failed = if self.failed == 0 {
            String::new()
        } else {
            format!("{} failed · ", self.failed)
        };
        let running: Vec<String> = self.running.iter().map(ToString::to_string).collect();
        format!("{failed}{}", running.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;
    use crate::event::RunInfo;
    use crate::log::Log;

    /// The log of a CI job must not grow with the number of cases.
    #[test]
    fn says_at_most_ten_lines_without_a_terminal() {
        let log = Log::default();
        let mut progress = Progress::new(Shown::Lines(Box::new(log.clone())));
        progress
            .event(&Event::RunStarted(RunInfo {
                cases: 500,
                ..example::run()
            }))
            .unwrap();
        for n in 0..500 {
            let verdict = if n == 77 { Verdict::Fail } else { Verdict::Pass };
            progress
                .event(&example::case(&format!("x/{n}"), "entra", verdict))
                .unwrap();
        }
        let text = log.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 10);
        assert_eq!(
            (lines[0], lines[9]),
            ("50 of 500 cases, 0 failed", "500 of 500 cases, 1 failed")
        );
    }
}
