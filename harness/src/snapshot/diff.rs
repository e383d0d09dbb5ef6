//! A difference as people read it: lines that went and lines that came, with a few around them.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::report::style::{BAD, DIM, GOOD, paint};

/// Lines that are shown around a change.
const CONTEXT: usize = 4;

/// The unified diff of two transcripts, in colours, at most `lines_max` lines of it.
pub fn diff(before: &str, now: &str, lines_max: usize) -> String {
    let before = format!("{}\n", before.trim_end());
    let now = format!("{}\n", now.trim_end());
    let diff = TextDiff::from_lines(&before, &now);
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(paint(DIM, hunk.header()));
        lines.extend(hunk.iter_changes().map(|change| {
            let text = change.value().trim_end_matches('\n');
            match change.tag() {
                ChangeTag::Delete => paint(BAD, format_args!("-{text}")),
                ChangeTag::Insert => paint(GOOD, format_args!("+{text}")),
                ChangeTag::Equal => format!(" {text}"),
            }
        }));
    }
    let left_out = lines.len().saturating_sub(lines_max);
    lines.truncate(lines_max);
    let mut text = lines.into_iter().fold(String::new(), |mut text, line| {
        _ = writeln!(text, "{}", line.trim_end());
        text
    });
    if left_out > 0 {
        _ = writeln!(text, "{}", paint(DIM, format_args!("… and {left_out} more lines")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_went_and_what_came() {
        let shown = diff("a\nb\nc\n", "a\nB\nc\n", 100);
        insta::assert_snapshot!(anstream::adapter::strip_str(&shown), @"
        @@ -1,3 +1,3 @@
         a
        -b
        +B
         c
        ");
    }

    #[test]
    fn a_long_one_is_cut_and_says_so() {
        let shown = diff("", &"x\n".repeat(50), 10);
        assert!(shown.contains("… and 42 more lines"), "{shown}");
    }
}
