//! How far a load run is, on standard error: a bar that lives where a person looks on, a line every few seconds elsewhere.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use crate::load::Progress;
use crate::report::Shown;

/// What the bar says.
const TEMPLATE: &str = "{bar:24} {pos}/{len} {msg}";
/// How often a bar is drawn anew.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often a line is written.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// See the module.
pub(super) struct Live {
    shown: Shown,
    phase: String,
    /// Of the last line.
    last: Option<Instant>,
}

impl Live {
    pub(super) fn off() -> Self {
        Self::new(Shown::Nothing)
    }

    pub(super) fn on_stderr() -> Self {
        Self::new(Shown::on_stderr(TEMPLATE))
    }

    fn new(shown: Shown) -> Self {
        Self {
            shown,
            phase: String::new(),
            last: None,
        }
    }

    pub(super) fn show(&mut self, progress: &Progress) -> io::Result<()> {
        let new_phase = self.phase != progress.phase;
        let phase = std::mem::replace(&mut self.phase, progress.phase.clone());
        match &mut self.shown {
            Shown::Nothing => Ok(()),
            Shown::Bar(bar) => {
                if new_phase && !phase.is_empty() {
                    bar.suspend(|| writeln!(io::stderr(), "{phase}: done"))?;
                }
                bar.set_length(progress.jobs as u64);
                bar.set_position(progress.jobs_done as u64);
                bar.set_message(line(progress));
                bar.tick();
                Ok(())
            }
            Shown::Lines(out) => {
                let due = self.last.is_none_or(|last| last.elapsed() >= LINE_EVERY);
                if !new_phase && !due {
                    return Ok(());
                }
                self.last = Some(Instant::now());
                writeln!(out, "{}/{} {}", progress.jobs_done, progress.jobs, line(progress))
            }
        }
    }

    /// Something the person should know meanwhile.
    pub(super) fn announce(&mut self, what: &str) -> io::Result<()> {
        match &mut self.shown {
            Shown::Nothing => Ok(()),
            Shown::Bar(bar) => bar.suspend(|| writeln!(io::stderr(), "{what}")),
            Shown::Lines(out) => writeln!(out, "{what}"),
        }
    }

    pub(super) fn end(&mut self) {
        self.shown.end();
    }
}

/// `people are assigned · 214/s · p50 3.1 p95 8.0 p99 21.4 ms · 12 throttled · 82 % in line · 14 s left`
fn line(progress: &Progress) -> String {
    let mut line = progress.phase.clone();
    _ = write!(line, " · {}/s", progress.per_second);
    if let Some([p50, p95, p99]) = progress.percentiles {
        _ = write!(line, " · p50 {} p95 {} p99 {} ms", ms(p50), ms(p95), ms(p99));
    }
    if progress.throttled > 0 {
        _ = write!(line, " · {} throttled", progress.throttled);
    }
    if progress.errors > 0 {
        _ = write!(line, " · {} errors", progress.errors);
    }
    if let Some(converged) = progress.converged {
        _ = write!(line, " · {:.1} % in line", converged * 100.0);
    }
    if let Some(left) = progress.left {
        _ = write!(line, " · {} s left", left.as_secs() + 1);
    }
    line
}

fn ms(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Log;

    #[test]
    fn a_line_says_how_far_and_how_fast() {
        let progress = Progress {
            phase: "people are assigned".to_owned(),
            jobs: 300,
            jobs_done: 123,
            per_second: 214,
            percentiles: Some([3_100, 8_049, 21_400]),
            throttled: 12,
            errors: 0,
            converged: Some(0.824),
            left: Some(Duration::from_millis(13_200)),
        };
        insta::assert_snapshot!(
            line(&progress),
            @"people are assigned · 214/s · p50 3.1 p95 8.0 p99 21.4 ms · 12 throttled · 82.4 % in line · 14 s left"
        );
    }

    #[test]
    fn without_a_terminal_each_phase_says_a_line() {
        let (lines, mut log) = (Log::default(), Live::off());
        log.shown = Shown::Lines(Box::new(lines.clone()));
        for phase in ["a", "a", "a", "b"] {
            let progress = Progress {
                phase: phase.to_owned(),
                ..Progress::default()
            };
            log.show(&progress).unwrap();
        }
        assert_eq!(lines.text(), "0/0 a · 0/s\n0/0 b · 0/s\n");
    }
}
