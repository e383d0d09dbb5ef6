//! The result as Markdown: for a comment on a change, or a page that is kept.

use std::fmt::Write as _;

use super::digest::{Digest, STEP_HEADS, StepRow};
use crate::load::compare::{Comparison, Noise};
use crate::load::result::LoadResult;

/// Examples shown of each kind; all are in the JSON report.
const EXAMPLES_MAX: usize = 3;

pub(super) fn render(result: &LoadResult, comparison: Option<&Comparison>) -> String {
    let digest = Digest::of(result);
    let mark = if digest.is_good() { "✅" } else { "❌" };
    let mut text = format!(
        "# {mark} {}\n\n{}. Exit {}.\n",
        escaped(&digest.headline),
        escaped(&digest.scale),
        digest.code
    );
    for caution in &digest.cautions {
        _ = write!(text, "\n> ⚠️ {}\n", escaped(caution));
    }
    text.push_str(&state(&digest));
    let rows = digest.steps.iter().map(StepRow::cells);
    let rows: Vec<Vec<String>> = rows.map(|cells| cells.map(escaped).to_vec()).collect();
    _ = write!(text, "\n## Requests\n\n{}", table(&STEP_HEADS, &rows));
    text.push_str("\nTimes from when each request was due.\n\n## Cost\n\n");
    for (name, value) in &digest.facts {
        _ = writeln!(text, "* **{name}**: {}", escaped(value));
    }
    text.push_str(&thresholds(result));
    if let Some(comparison) = comparison {
        text.push_str(&compared(comparison));
    }
    text.push_str("\n## How it was run\n\n");
    for (name, value) in &digest.how {
        _ = writeln!(text, "* {}: {}", escaped(name), escaped(value));
    }
    text
}

fn state(digest: &Digest<'_>) -> String {
    let mut text = String::new();
    let wrong: Vec<_> = digest.state.iter().filter(|row| row.tally.count > 0).collect();
    if wrong.is_empty() {
        return text;
    }
    text.push_str("\n## Not as it should be\n");
    for row in wrong {
        _ = write!(text, "\n**{} {}** ({})\n\n", row.tally.count, row.name, row.meaning);
        for example in row.tally.examples.iter().take(EXAMPLES_MAX) {
            _ = writeln!(text, "* {} {}", escaped(&example.who), escaped(&example.what));
            for line in &example.journal {
                _ = writeln!(text, "  * `{}`", line.replace('`', "'"));
            }
        }
    }
    text
}

fn thresholds(result: &LoadResult) -> String {
    if result.thresholds.is_empty() {
        return String::new();
    }
    let word = |holds| match holds {
        Some(true) => "holds",
        Some(false) => "**missed**",
        None => "not applicable",
    };
    let rows = result.thresholds.iter();
    let rows: Vec<Vec<String>> = rows
        .map(|judged| {
            vec![
                escaped(&judged.threshold),
                escaped(&judged.got),
                word(judged.holds).to_owned(),
            ]
        })
        .collect();
    format!("\n## Thresholds\n\n{}", table(&["threshold", "got", ""], &rows))
}

fn compared(comparison: &Comparison) -> String {
    let mut text = "\n## Since the run before\n\n".to_owned();
    for difference in &comparison.differences {
        _ = writeln!(text, "* not the same run: {}", escaped(difference));
    }
    let rows = comparison.rows.iter().filter(|row| row.noise != Noise::Same);
    let rows: Vec<Vec<String>> = rows
        .map(|row| {
            let change = row.change.map(|change| format!("{:+.0} %", change * 100.0));
            let name = format!("{} {}", row.step, row.metric);
            let noise = row.noise.as_str().to_owned();
            vec![
                escaped(name.trim()),
                row.before.clone(),
                row.now.clone(),
                change.unwrap_or_default(),
                noise,
            ]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(&["figure", "before", "now", "change", "chance"], &rows));
    text
}

/// The first column to the left, all others to the right.
fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|---{}|\n", heads.join(" | "), "|--:".repeat(heads.len() - 1));
    for row in rows {
        _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// What Markdown would take for more than text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '#' => escaped.extend(['\\', character]),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::compare::compare;
    use crate::load::example;
    use crate::load::threshold::Threshold;

    #[test]
    fn says_everything() {
        let mut result = example::result();
        result.thresholds = vec!["p95<8ms".parse::<Threshold>().unwrap().judge(&result)];
        insta::assert_snapshot!(render(&result, Some(&compare(&example::slower(), &result))));
    }

    #[test]
    fn a_name_is_only_text() {
        assert_eq!(escaped("a|b\n<b>`*_"), r"a\|b \<b>\`\*\_");
    }
}
