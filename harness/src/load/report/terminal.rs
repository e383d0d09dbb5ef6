//! The end of a run on the terminal: the verdict, who was lost, how long everything took, and what it cost.

use std::fmt::Write as _;

use super::digest::{Digest, STEP_HEADS};
use crate::load::compare::{Comparison, Noise};
use crate::load::result::LoadResult;
use crate::report::style::{BAD, BOLD, DIM, GOOD, ODD, paint, wrap};

/// Examples shown of each kind; the others are in the reports.
const EXAMPLES_MAX: usize = 3;
/// Journal lines shown of each example.
const LINES_MAX: usize = 4;
const WIDTH: usize = 100;

pub(super) fn render(result: &LoadResult, comparison: Option<&Comparison>) -> String {
    let digest = Digest::of(result);
    let mut text = verdict(&digest);
    text.push_str(&state(&digest));
    text.push_str(&steps(&digest));
    text.push_str(&facts(&digest));
    text.push_str(&thresholds(result));
    if let Some(comparison) = comparison {
        text.push_str(&compared(comparison));
    }
    text
}

fn verdict(digest: &Digest<'_>) -> String {
    let (style, mark) = if digest.is_good() { (GOOD, "✓") } else { (BAD, "✗") };
    let headline = wrap(&digest.headline, WIDTH - 2).join("\n  ");
    let mut text = format!(
        "{} Exit {}.\n",
        paint(style, format_args!("{mark} {headline}")),
        digest.code
    );
    _ = writeln!(text, "  {}", digest.scale);
    for caution in &digest.cautions {
        let lines = wrap(caution, WIDTH - 4).join("\n    ");
        _ = writeln!(text, "  {} {lines}", paint(ODD, "▲"));
    }
    text
}

fn state(digest: &Digest<'_>) -> String {
    let wrong: Vec<_> = digest.state.iter().filter(|row| row.tally.count > 0).collect();
    let mut text = String::new();
    if wrong.is_empty() {
        return text;
    }
    _ = writeln!(text, "\n{}", paint(BOLD, "Not as it should be"));
    for row in wrong {
        let count = paint(BAD, format_args!("{:>6}", row.tally.count));
        _ = writeln!(text, "{count}  {}: {}", row.name, paint(DIM, row.meaning));
        for example in row.tally.examples.iter().take(EXAMPLES_MAX) {
            let line = wrap(&format!("{} {}", example.who, example.what), WIDTH - 8).join("\n        ");
            _ = writeln!(text, "        {line}");
            for line in example.journal.iter().take(LINES_MAX) {
                let line: String = line.chars().take(WIDTH - 10).collect();
                _ = writeln!(text, "          {}", paint(DIM, line));
            }
        }
        let rest = row.tally.count.saturating_sub(EXAMPLES_MAX as u64);
        if rest > 0 {
            _ = writeln!(text, "        {}", paint(DIM, format_args!("… and {rest} more")));
        }
    }
    text
}

fn steps(digest: &Digest<'_>) -> String {
    let rows: Vec<[&str; 8]> = digest.steps.iter().map(super::digest::StepRow::cells).collect();
    let wide = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([STEP_HEADS[column].len()]).max().unwrap_or_default()
    };
    let widths: [usize; 8] = std::array::from_fn(wide);
    let line = |cells: &[&str; 8]| {
        let name = format!("{:<width$}", cells[0], width = widths[0]);
        let others = cells.iter().zip(widths).skip(1);
        others.fold(name, |mut line, (cell, width)| {
            _ = write!(line, "  {cell:>width$}");
            line
        })
    };
    let mut text = format!("\n{}\n", paint(BOLD, line(&STEP_HEADS)));
    for row in &rows {
        _ = writeln!(text, "{}", line(row));
    }
    _ = writeln!(text, "{}", paint(DIM, "times from when each request was due"));
    text
}

fn facts(digest: &Digest<'_>) -> String {
    let width = digest
        .facts
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let indent = format!("\n{}", " ".repeat(width + 2));
    digest.facts.iter().fold("\n".to_owned(), |mut text, (name, value)| {
        let value = wrap(value, WIDTH - width - 2).join(&indent);
        _ = writeln!(text, "{}  {value}", paint(BOLD, format_args!("{name:<width$}")));
        text
    })
}

fn thresholds(result: &LoadResult) -> String {
    let mut text = String::new();
    if result.thresholds.is_empty() {
        return text;
    }
    let width = result
        .thresholds
        .iter()
        .map(|judged| judged.threshold.chars().count())
        .max();
    let width = width.unwrap_or_default();
    _ = writeln!(text, "\n{}", paint(BOLD, "Thresholds"));
    for judged in &result.thresholds {
        let mark = match judged.holds {
            Some(true) => paint(GOOD, "✓"),
            Some(false) => paint(BAD, "✗"),
            None => paint(DIM, "–"),
        };
        _ = writeln!(text, "  {mark} {:<width$}  {}", judged.threshold, judged.got);
    }
    text
}

fn compared(comparison: &Comparison) -> String {
    let mut text = format!("\n{}\n", paint(BOLD, "Since the run before"));
    for difference in &comparison.differences {
        _ = writeln!(text, "  {} not the same run: {difference}", paint(ODD, "▲"));
    }
    for row in comparison.rows.iter().filter(|row| row.noise != Noise::Same) {
        let change = row.change.map(|change| format!("{:+.0} %", change * 100.0));
        let name = format!("{} {}", row.step, row.metric);
        let line = format!(
            "  {:<36} {:>12} → {:<12} {:>8}  {}",
            name.trim(),
            row.before,
            row.now,
            change.unwrap_or_default(),
            row.noise.as_str()
        );
        let style = if row.noise == Noise::Within {
            DIM
        } else {
            anstyle::Style::new()
        };
        _ = writeln!(text, "{}", paint(style, line.trim_end()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::compare::compare;
    use crate::load::end_state::EndState;
    use crate::load::example;
    use crate::load::threshold::Threshold;

    fn plain(result: &LoadResult, comparison: Option<&Comparison>) -> String {
        anstream::adapter::strip_str(&render(result, comparison)).to_string()
    }

    #[test]
    fn a_run_that_found_something() {
        let mut result = example::result();
        result.thresholds = ["p95<800ms", "lost==0", "efficiency>=0.7"]
            .map(|text| text.parse::<Threshold>().unwrap().judge(&result))
            .to_vec();
        insta::assert_snapshot!(plain(&result, Some(&compare(&example::slower(), &result))));
    }

    #[test]
    fn a_run_that_found_nothing() {
        let mut result = example::result();
        result.end_state = Some(EndState {
            right: 286,
            ..EndState::default()
        });
        result.run.limit = None;
        insta::assert_snapshot!(plain(&result, None));
    }

    #[test]
    fn nothing_is_claimed_where_nobody_could_look() {
        let mut result = example::result();
        (result.end_state, result.upstream, result.settled) = (None, None, None);
        result.thresholds = vec!["lost==0".parse::<Threshold>().unwrap().judge(&result)];
        let text = plain(&result, None);
        assert!(
            text.starts_with("✓ Nobody could look upstream, so nothing is known of the end state. Exit 0."),
            "{text}"
        );
        assert!(text.contains("– lost==0  not applicable"), "{text}");
        assert!(!text.contains("Not as it should be"), "{text}");
    }

    #[test]
    fn what_weakens_the_verdict_is_said_beside_it() {
        let mut result = example::result();
        result.cut = Some("the time was over".to_owned());
        result.driver.bottleneck = Some("requests were sent late".to_owned());
        result.settled = None;
        result.upstream.as_mut().unwrap().missed = 1234;
        let text = plain(&result, None);
        insta::assert_snapshot!(text.lines().take(8).collect::<Vec<_>>().join("\n"));
    }
}
