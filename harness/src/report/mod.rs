//! Tells people and programs how a run went: the terminal while it runs and at its end, files for other programs.
//!
//! The runner sends [`Event`]s, [`Reports`] gathers them into a [`Record`], and each report is a function of that
//! record: `json`, `junit`, and the terminal's tree, findings and summary. Nothing here judges or decides; the exit
//! code follows from the record alone. Every event passes a [`Redactor`] before anything else sees it.

#[cfg(test)]
pub(crate) mod example;
mod file;
mod group;
mod html;
mod json;
mod junit;
mod markdown;
mod often;
mod record;
mod redacted;
mod shown;
mod terminal;
mod unfinished;
mod verdict;

pub use file::{ReportError, ReportKind, ReportSpec};
#[cfg(feature = "load")]
pub(crate) use html::Escaped;
pub(crate) use markdown::render as markdown;
pub use record::{Record, Summary};
#[cfg(feature = "load")]
pub(crate) use shown::Shown;
pub(crate) use terminal::Progress;
pub(crate) use terminal::style;
pub use terminal::{Terminal, Verbosity};
pub(crate) use terminal::{plain, unwrapped, wrap};
#[cfg(feature = "load")]
pub(crate) use unfinished::Unfinished;

use file::ReportFile;
use std::io;

use crate::baseline::Baseline;
use crate::event::Event;
use crate::redact::Redactor;

/// What is known of a run that has ended; `None` when it never began.
pub(crate) fn gather(events: impl IntoIterator<Item = Event>, redactor: &Redactor) -> Option<Record> {
    let mut record = None;
    for event in events {
        let event = redacted::event(event, redactor);
        if let Event::RunStarted(run) = &event {
            record.get_or_insert_with(|| Record::new(run.clone()));
        }
        if let Some(record) = &mut record {
            record.add(event);
        }
    }
    record
}

/// All reports of one run.
pub struct Reports {
    redactor: Redactor,
    terminal: Terminal,
    files: Vec<ReportFile>,
    baseline: Option<Baseline>,
    record: Option<Record>,
}

impl Reports {
    /// Opens the reports. Whether each file can be written is found out here, before the run and not after it.
    ///
    /// # Errors
    /// When a report cannot be written where it should be.
    pub fn open(
        specs: &[ReportSpec],
        terminal: Terminal,
        redactor: Redactor,
        baseline: Option<Baseline>,
    ) -> Result<Self, ReportError> {
        let mut files: Vec<ReportFile> = Vec::with_capacity(specs.len());
        for spec in specs {
            if files.iter().any(|file| file.path() == spec.path) {
                return Err(ReportError::Twice(spec.path.clone()));
            }
            files.push(ReportFile::open(spec)?);
        }
        Ok(Self {
            baseline: baseline.map(|baseline| baseline.redacted(&redactor)),
            redactor,
            terminal,
            files,
            record: None,
        })
    }

    /// Takes note of an event and shows on the terminal how far the run is.
    ///
    /// # Errors
    /// When the terminal cannot be written to. That it was closed (`proofload check | head`) is no error.
    pub fn event(&mut self, event: Event) -> io::Result<()> {
        let mut event = redacted::event(event, &self.redactor);
        if let Event::RunStarted(run) = &event {
            let record = self.record.get_or_insert_with(|| Record::new(run.clone()));
            if let Some(baseline) = self.baseline.take() {
                record.know(baseline);
            }
        }
        if let (Some(record), Event::CaseFinished(case)) = (&self.record, &mut event) {
            record.recall(case);
        }
        self.terminal.progress(&event)?;
        if let Some(record) = &mut self.record {
            record.add(event);
        }
        Ok(())
    }

    /// Says something at once, beside the progress.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn announce(&mut self, text: &str) -> io::Result<()> {
        self.terminal.announce(&self.redactor.text(text))
    }

    /// Writes what is known: the end of the terminal's report, and all files. Gives what is known, or `None` when the
    /// run never began; then nothing is written.
    ///
    /// # Errors
    /// When a report cannot be written after all.
    pub fn close(mut self) -> Result<Option<Record>, ReportError> {
        let Some(record) = self.record else {
            return Ok(None);
        };
        let mut wrote = Vec::with_capacity(self.files.len());
        for file in self.files {
            wrote.push(file.path().display().to_string());
            file.write(&record)?;
        }
        self.terminal.finish(&record, &wrote).map_err(ReportError::Terminal)?;
        Ok(Some(record))
    }
}
