//! What came of a check, and how it is told.

use std::fmt;

use crate::event::Event;
use crate::exit;
use crate::redact::Redactor;
use crate::report;

/// What came of a check. Displays as `proofload check --quiet` would end, without colour.
#[derive(Clone, Debug)]
#[must_use = "a verdict that nobody looks at fails no test: .assert()"]
pub struct Verdict {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Conforms,
    NotApplicable,
    Fails,
}

impl Verdict {
    /// Fails the test unless the bridge conforms, with every finding in full. That a scenario means nothing for this bridge
    /// fails nothing; it is said on standard error.
    ///
    /// # Panics
    /// When something was found at `must`, or nothing could be told.
    #[track_caller]
    pub fn assert(&self) {
        use std::io::Write as _;
        match self.kind {
            Kind::Conforms => {}
            // Where nobody reads it, nobody needs it.
            Kind::NotApplicable => _ = writeln!(std::io::stderr(), "{self}"),
            Kind::Fails => panic!("\n{self}"),
        }
    }

    /// Whether everything that could be looked at holds, and something could.
    pub fn conforms(&self) -> bool {
        self.kind == Kind::Conforms
    }

    /// Whether nothing of it means anything for this bridge.
    pub fn is_not_applicable(&self) -> bool {
        self.kind == Kind::NotApplicable
    }

    pub(super) fn of(events: impl IntoIterator<Item = Event>, redactor: &Redactor) -> Self {
        let Some(record) = report::gather(events, redactor) else {
            return Self::untested(&"the run never began");
        };
        let kind = match record.exit_code() {
            exit::CONFORMS => Kind::Conforms,
            exit::USAGE => Kind::NotApplicable,
            _ => Kind::Fails,
        };
        let reasons = record.cases.values().filter_map(|case| case.reason.as_deref());
        let text = match kind {
            Kind::NotApplicable => format!("not applicable: {}", reasons.collect::<Vec<_>>().join("; ")),
            Kind::Conforms | Kind::Fails => report::plain(&record),
        };
        Self { kind, text }
    }

    pub(super) fn not_applicable(reason: &str) -> Self {
        Self {
            kind: Kind::NotApplicable,
            text: format!("not applicable: {reason}"),
        }
    }

    /// Nothing was run.
    pub(super) fn untested(error: &dyn fmt::Display) -> Self {
        Self {
            kind: Kind::Fails,
            text: format!("error: {error}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim_end())
    }
}
