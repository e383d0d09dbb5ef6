//! The report for the person at the terminal: how far the run is, and at its end a tree of cases, what was found, and
//! what that means.
//!
//! Results go to standard output, progress to standard error. Colour only repeats what marks and words say; it goes
//! away by itself where there is no terminal or where `NO_COLOR` is set.

mod finding;
mod progress;
pub(crate) mod style;
mod summary;
mod tree;

use std::io::{self, IsTerminal as _, Write};

use super::Record;
use crate::event::{Event, RunInfo};
use crate::outlet;
pub(crate) use progress::Progress;
use style::{BOLD, lines, paint};
pub(crate) use style::{unwrapped, wrap};

/// Columns where there is no terminal to ask.
const WIDTH_DEFAULT: usize = 100;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// What fails the run, and the result.
    Quiet,
    /// Also the tree of cases, and a line for each finding that fails nothing.
    #[default]
    Normal,
    /// Each case as it ends, and every finding in full.
    Verbose,
}

/// How things are shown.
#[derive(Clone, Copy, Debug)]
struct View {
    width: usize,
    verbosity: Verbosity,
}

/// Shows a run on the terminal.
pub struct Terminal {
    out: Out,
    progress: Progress,
    view: View,
}

/// Standard output, until whoever reads it has gone; then there is nobody to tell.
struct Out(Option<Box<dyn Write + Send>>);

impl Terminal {
    /// The terminal the program was started from.
    pub fn new(verbosity: Verbosity) -> Self {
        let width = if io::stdout().is_terminal() {
            terminal_size::terminal_size().map_or(WIDTH_DEFAULT, |(width, _)| usize::from(width.0))
        } else {
            WIDTH_DEFAULT
        };
        let progress = match verbosity {
            Verbosity::Quiet => Progress::off(),
            Verbosity::Normal | Verbosity::Verbose => Progress::on_stderr(),
        };
        Self {
            out: Out(Some(outlet::stdout())),
            progress,
            view: View {
                width: width.clamp(40, 120),
                verbosity,
            },
        }
    }

    /// Shows how far the run is.
    pub(super) fn progress(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(run) if self.view.verbosity != Verbosity::Quiet => {
                self.out.write(&header(run))?;
            }
            Event::CaseFinished(case) if self.view.verbosity == Verbosity::Verbose => {
                let line = tree::line(case);
                self.progress.aside(|| self.out.write(&line))?;
            }
            Event::RunStarted(_)
            | Event::CaseStarted(_)
            | Event::CaseFinished(_)
            | Event::Note(_)
            | Event::RunFinished(_) => {}
        }
        self.progress.event(event)
    }

    /// Says something at once, where the progress is shown.
    pub(super) fn announce(&mut self, text: &str) -> io::Result<()> {
        self.progress.aside(|| writeln!(outlet::stderr(), "{text}"))
    }

    /// Shows what came of the run, and which report files were written.
    pub(super) fn finish(&mut self, record: &Record, wrote: &[String]) -> io::Result<()> {
        self.progress.end();
        self.out.write(&conclusion(record, wrote, self.view))
    }
}

impl Out {
    fn write(&mut self, text: &str) -> io::Result<()> {
        let Some(out) = &mut self.0 else {
            return Ok(());
        };
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.0 = None;
                Ok(())
            }
            result => result,
        }
    }
}

fn header(run: &RunInfo) -> String {
    let RunInfo {
        target,
        seed,
        cases,
        jobs,
        ..
    } = run;
    let jobs = if *jobs == 1 {
        "one at a time".to_owned()
    } else {
        format!("{jobs} at a time")
    };
    let name = paint(BOLD, format_args!("proofload {}", env!("CARGO_PKG_VERSION")));
    format!("{name}  target: {target} · {cases} cases, {jobs} · seed {seed}\n")
}

/// What fails the run, and the result, in plain text.
pub(crate) fn plain(record: &Record) -> String {
    let view = View {
        width: WIDTH_DEFAULT,
        verbosity: Verbosity::Quiet,
    };
    anstream::adapter::strip_str(&conclusion(record, &[], view)).to_string()
}

/// Everything that is said at the end; what matters most comes last, next to the prompt.
fn conclusion(record: &Record, wrote: &[String], view: View) -> String {
    let mut parts = Vec::new();
    if view.verbosity == Verbosity::Normal {
        parts.push(tree::render(record));
    }
    if view.verbosity != Verbosity::Quiet {
        parts.push(lines("note: ", &record.notes));
    }
    parts.push(finding::render(record, view));
    parts.push(summary::render(record, wrote, view));
    parts.retain(|part: &String| !part.is_empty());
    if view.verbosity == Verbosity::Quiet {
        parts.join("\n")
    } else {
        format!("\n{}", parts.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::example;
    use super::*;
    use crate::finding::Verdict;
    use crate::log::Log;

    /// What is on the screen in the end, without colour, 100 columns wide.
    fn shown(events: Vec<Event>, verbosity: Verbosity) -> String {
        let screen = Log::default();
        let mut terminal = Terminal {
            out: Out(Some(Box::new(screen.clone()))),
            progress: Progress::off(),
            view: View { width: 100, verbosity },
        };
        let mut record = Record::new(example::run());
        for event in events {
            terminal.progress(&event).unwrap();
            record.add(event);
        }
        terminal.finish(&record, &["out/report.html".to_owned()]).unwrap();
        let text = anstream::adapter::strip_str(&screen.text()).to_string();
        text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    }

    #[rstest]
    #[case("normal", Verbosity::Normal)]
    #[case("quiet", Verbosity::Quiet)]
    #[case("verbose", Verbosity::Verbose)]
    fn a_run_with_everything_in_it(#[case] name: &str, #[case] verbosity: Verbosity) {
        insta::assert_snapshot!(name, shown(example::events(), verbosity));
    }

    #[test]
    fn a_run_that_conforms() {
        let events = vec![
            Event::RunStarted(example::run()),
            example::case("users/assign", "entra", Verdict::Pass),
            example::case("users/assign", "okta-aiw", Verdict::Pass),
            example::end(false),
        ];
        insta::assert_snapshot!(shown(events, Verbosity::Normal));
    }

    #[test]
    fn a_run_that_was_cut_short_without_an_upstream() {
        let run = RunInfo {
            scim_only: true,
            target: "http://127.0.0.1:8080/scim/v2".into(),
            jobs: 1,
            ..example::run()
        };
        let mut failed = example::failed_case();
        failed.checks_not_applicable = 5;
        failed.findings[0].evidence.upstream.clear();
        let events = vec![
            Event::RunStarted(run),
            Event::CaseFinished(Box::new(failed)),
            example::case("users/assign", "entra", Verdict::Skip),
            example::end(true),
        ];
        insta::assert_snapshot!(shown(events, Verbosity::Normal));
    }

    #[test]
    fn a_run_in_which_nothing_applies() {
        let events = vec![
            Event::RunStarted(example::run()),
            example::case("a", "entra", Verdict::NotApplicable),
            example::end(false),
        ];
        insta::assert_snapshot!(shown(events, Verbosity::Quiet), @"Nothing was tested: no selected scenario applies to this target. Exit 2.");
    }

    /// `proofload check | head -1` must still end with the code the run deserves.
    #[test]
    fn a_closed_pipe_is_no_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let view = View {
            width: 100,
            verbosity: Verbosity::Normal,
        };
        let mut terminal = Terminal {
            out: Out(Some(Box::new(Closed))),
            progress: Progress::off(),
            view,
        };
        assert!(terminal.finish(&example::record(), &[]).is_ok());
        assert!(terminal.out.0.is_none());
    }
}
