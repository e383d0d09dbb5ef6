//! Colours, marks and line breaking.

use std::fmt::{self, Write as _};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::finding::Verdict;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();

/// Text in a style.
pub(crate) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The sign of a verdict, one column wide.
pub(crate) fn mark(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => paint(GOOD, "✓"),
        Verdict::Fail => paint(BAD, "✗"),
        Verdict::Skip | Verdict::NotApplicable => paint(DIM, "–"),
        Verdict::Error => paint(BAD, "!"),
    }
}

/// The sign of a hazard, one column wide.
pub(crate) fn hazard_mark() -> String {
    paint(ODD, "▲")
}

/// A duration as people say it: `12 ms`, `1.2 s`.
pub(crate) fn spoken(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// `1 case`, `2 cases`.
pub(crate) fn counted(n: impl Into<u64>, noun: &str) -> String {
    match n.into() {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// Each item on a line of its own, behind `indent`.
pub(crate) fn lines(indent: &str, items: impl IntoIterator<Item = impl fmt::Display>) -> String {
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
