//! Where it is shown how far a run is: a bar on standard error where a person looks on, lines elsewhere.

use std::io::{self, IsTerminal as _, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::outlet;

/// See the module.
pub(crate) enum Shown {
    /// Nowhere.
    Nothing,
    /// On a terminal.
    Bar(ProgressBar),
    /// In a log.
    Lines(Box<dyn Write + Send>),
}

impl Shown {
    /// A bar of this template on a terminal, lines where there is none.
    pub(crate) fn on_stderr(template: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self::Lines(outlet::stderr());
        }
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self::Bar(ProgressBar::new(0).with_style(style))
    }

    /// Takes the bar away while something else writes to the terminal.
    pub(crate) fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        match self {
            Self::Bar(bar) => bar.suspend(write),
            Self::Nothing | Self::Lines(_) => write(),
        }
    }

    /// Shows nothing more.
    pub(crate) fn end(&mut self) {
        match std::mem::replace(self, Self::Nothing) {
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Nothing | Self::Lines(_) => {}
        }
    }
}
