//! One explanation on the screen: a title, then paragraphs behind labels.

use std::fmt::Write as _;

use crate::report::{unwrapped, wrap};

/// Columns of text, so that an explanation is the same wherever it is read.
const WIDTH: usize = 100;
/// Columns that labels take.
const LABEL: usize = 13;

/// What is said of one thing.
pub(super) struct Sheet(String);

impl Sheet {
    /// `id  kind`, and what it is in a sentence.
    pub(super) fn new(id: &str, kind: &str, what: &str) -> Self {
        let mut sheet = Self(format!("{id}  {kind}\n"));
        for line in wrap(&unwrapped(what), WIDTH - 2) {
            _ = writeln!(sheet.0, "  {line}");
        }
        sheet
    }

    /// A paragraph behind a label; nothing when there is nothing to say.
    pub(super) fn say(mut self, label: &str, text: &str) -> Self {
        let label = if label.is_empty() {
            String::new()
        } else {
            format!("{label}:")
        };
        let indent = LABEL + 2;
        if text.is_empty() {
            return self;
        }
        for (n, line) in wrap(&unwrapped(text), WIDTH - indent).iter().enumerate() {
            let label = if n == 0 { label.as_str() } else { "" };
            _ = writeln!(self.0, "  {label:LABEL$}{line}");
        }
        self
    }

    /// Each item in a paragraph of its own, the label before the first.
    pub(super) fn each(self, label: &str, items: impl IntoIterator<Item = String>) -> Self {
        items.into_iter().enumerate().fold(self, |sheet, (n, item)| {
            sheet.say(if n == 0 { label } else { "" }, &item)
        })
    }

    /// The text.
    pub(super) fn text(self) -> String {
        self.0
    }
}
