//! Colours, marks and line breaking.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use crate::finding::Verdict;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const ODD: Style = AnsiColor::Yellow.on_default();

/// Text in a style.
pub(super) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The sign of a verdict, one column wide.
pub(super) fn mark(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => paint(GOOD, "✓"),
        Verdict::Fail => paint(BAD, "✗"),
        Verdict::Skip | Verdict::NotApplicable => paint(DIM, "–"),
        Verdict::Error => paint(BAD, "!"),
    }
}

/// The sign of a hazard, one column wide.
pub(super) fn hazard_mark() -> String {
    paint(ODD, "▲")
}

/// Each item on a line of its own, behind `indent`.
pub(super) fn lines(indent: &str, items: impl IntoIterator<Item = impl fmt::Display>) -> String {
    items.into_iter().fold(String::new(), |mut text, item| {
        _ = writeln!(text, "{indent}{item}");
        text
    })
}

/// The same text without line breaks inside its paragraphs, which an empty line ends.
pub(crate) fn unwrapped(text: &str) -> String {
    let paragraphs = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n")
}

/// Breaks text between words so that lines are at most `width` characters long, a longer word excepted. Line breaks
/// in the text stay.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_between_words() {
        assert_eq!(
            wrap("one two three\nfour extraordinarily", 9),
            ["one two", "three", "four", "extraordinarily"]
        );
    }
}
