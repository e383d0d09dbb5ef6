//! One page for a browser: the verdict first, then who was lost, then the charts. It loads nothing, works from a file, in
//! the light and in the dark, with the keyboard, and on paper.

mod figures;

use std::fmt::Write as _;

use super::digest::{Digest, STEP_HEADS, StateRow};
use crate::load::compare::{Comparison, Noise};
use crate::load::result::LoadResult;
use crate::load::words;
use crate::report::Escaped;

const STYLE: &str = include_str!("html/style.css");

pub(super) fn render(result: &LoadResult, comparison: Option<&Comparison>) -> String {
    let digest = Digest::of(result);
    let (class, mark) = if digest.is_good() {
        ("good", "✓")
    } else {
        ("bad", "✗")
    };
    let (headline, scale) = (Escaped(&digest.headline), Escaped(&digest.scale));
    let profile = Escaped(&result.run.profile);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{mark} {profile}: proofload</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header class=\"{class}\">\n<h1><span aria-hidden=\"true\">{mark}</span> {headline}</h1>\n\
         <p>{scale}. Exit {}.</p>\n</header>\n",
        digest.code
    );
    for caution in &digest.cautions {
        _ = writeln!(page, "<p class=\"caution\">{}</p>", Escaped(caution));
    }
    page.push_str(&state(&digest));
    page.push_str(&thresholds(result));
    page.push_str(&steps(&digest));
    page.push_str(&figures::all(result));
    page.push_str(&facts(
        "Cost",
        digest.facts.iter().map(|(name, value)| (*name, value.as_str())),
    ));
    page.push_str(&routes(result));
    if let Some(comparison) = comparison {
        page.push_str(&compared(comparison));
    }
    let how = digest.how.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    page.push_str(&facts("How it was run", how));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn state(digest: &Digest<'_>) -> String {
    if digest.state.is_empty() {
        return "<h2>End state</h2>\n<p>Not applicable: nobody could look upstream.</p>\n".to_owned();
    }
    let mut text = "<h2>End state</h2>\n<table class=\"state\">\n<thead><tr><th scope=\"col\">count</th><th scope=\"col\">what</th>\
                    <th scope=\"col\">meaning</th></tr></thead>\n<tbody>\n"
        .to_owned();
    for row in &digest.state {
        let class = if row.tally.count == 0 { "none" } else { "some" };
        let (count, name, meaning) = (words::count(row.tally.count), row.name, row.meaning);
        _ = writeln!(
            text,
            "<tr class=\"{class}\"><td class=\"number\">{count}</td><td>{name}</td><td>{meaning}{}</td></tr>",
            examples(row)
        );
    }
    text.push_str("</tbody>\n</table>\n");
    text
}

fn examples(row: &StateRow<'_>) -> String {
    let examples = &row.tally.examples;
    if examples.is_empty() {
        return String::new();
    }
    let shown = examples.len();
    let mut text = format!(
        "<details open><summary>{shown} of {} by name</summary><ul>",
        words::count(row.tally.count)
    );
    for example in examples {
        _ = write!(text, "<li><b>{}</b> {}", Escaped(&example.who), Escaped(&example.what));
        if !example.journal.is_empty() {
            _ = write!(text, "<pre>{}</pre>", Escaped(&example.journal.join("\n")));
        }
        text.push_str("</li>");
    }
    text.push_str("</ul></details>");
    text
}

fn thresholds(result: &LoadResult) -> String {
    if result.thresholds.is_empty() {
        return String::new();
    }
    let rows = result.thresholds.iter().map(|judged| {
        let (class, word) = match judged.holds {
            Some(true) => ("holds", "✓ holds"),
            Some(false) => ("missed", "✗ missed"),
            None => ("none", "– not applicable"),
        };
        let cells = vec![
            Escaped(&judged.threshold).to_string(),
            Escaped(&judged.got).to_string(),
            word.to_owned(),
        ];
        (class, cells)
    });
    table("Thresholds", &["threshold", "got", ""], rows.collect())
}

fn steps(digest: &Digest<'_>) -> String {
    let rows = digest
        .steps
        .iter()
        .map(|row| ("", row.cells().map(|cell| Escaped(cell).to_string()).to_vec()));
    let mut text = table("Requests", &STEP_HEADS, rows.collect());
    text.push_str(
        "<p class=\"note\">Times from when each request was due, which is what an identity provider waits.</p>\n",
    );
    text
}

fn routes(result: &LoadResult) -> String {
    let Some(side) = &result.upstream else {
        return String::new();
    };
    let rows = side.routes.0.iter().map(|(name, route)| {
        let counts = [
            route.calls,
            route.effective,
            route.throttled,
            route.while_closed,
            route.failed,
        ];
        let cells = std::iter::once(Escaped(name).to_string()).chain(counts.map(words::count));
        ("", cells.collect())
    });
    let heads = [
        "operation",
        "calls",
        "with effect",
        "429",
        "while closed",
        "otherwise failed",
    ];
    table("Upstream", &heads, rows.collect())
}

fn compared(comparison: &Comparison) -> String {
    let rows = comparison.rows.iter().filter(|row| row.noise != Noise::Same);
    let rows = rows.map(|row| {
        let change = row.change.map(|change| format!("{:+.0} %", change * 100.0));
        let name = format!("{} {}", row.step, row.metric);
        let class = if row.noise == Noise::Within { "none" } else { "" };
        let cells = [
            name.trim(),
            &row.before,
            &row.now,
            &change.unwrap_or_default(),
            row.noise.as_str(),
        ];
        (class, cells.map(|cell| Escaped(cell).to_string()).to_vec())
    });
    let mut text = table(
        "Since the run before",
        &["figure", "before", "now", "change", "chance"],
        rows.collect(),
    );
    for difference in &comparison.differences {
        _ = writeln!(
            text,
            "<p class=\"caution\">Not the same run: {}</p>",
            Escaped(difference)
        );
    }
    text
}

/// A table of texts that are HTML already, with a class for each row. The first column is to the left, all others to the
/// right.
fn table(title: &str, heads: &[&str], rows: Vec<(&str, Vec<String>)>) -> String {
    let mut text = format!(
        "<h2>{title}</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\"><table>\n<thead><tr>"
    );
    for (number, head) in heads.iter().enumerate() {
        let class = if number == 0 { "" } else { " class=\"number\"" };
        _ = write!(text, "<th scope=\"col\"{class}>{head}</th>");
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (class, cells) in rows {
        _ = write!(text, "<tr class=\"{class}\">");
        for (number, cell) in cells.iter().enumerate() {
            let class = if number == 0 { "" } else { " class=\"number\"" };
            _ = write!(text, "<td{class}>{cell}</td>");
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table></div>\n");
    text
}

fn facts<'a>(title: &str, facts: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = format!("<h2>{title}</h2>\n<dl>\n");
    for (name, value) in facts {
        _ = writeln!(text, "<dt>{}</dt><dd>{}</dd>", Escaped(name), Escaped(value));
    }
    text.push_str("</dl>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::compare::compare;
    use crate::load::example;
    use crate::load::threshold::Threshold;

    fn page() -> String {
        let mut result = example::result();
        result.thresholds = ["p95<800ms", "lost==0"]
            .map(|text| text.parse::<Threshold>().unwrap().judge(&result))
            .to_vec();
        result.notes = vec!["OpenAI's clock was compressed".to_owned()];
        render(&result, Some(&compare(&example::slower(), &result)))
    }

    #[test]
    fn looks_like_this() {
        insta::assert_snapshot!(page().replace(STYLE, ""));
    }

    #[test]
    fn needs_nothing_else() {
        let page = page();
        for foreign in ["http:", "https:", "src=", "<script", "@import", "url("] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        for name in ["table", "figure", "svg", "dl", "details", "main", "body"] {
            let count = |text: &str| page.matches(text).count();
            let opened = count(&format!("<{name}>")) + count(&format!("<{name} "));
            assert!(opened > 0, "{name}");
            assert_eq!(opened, count(&format!("</{name}>")), "{name}");
        }
    }

    #[test]
    fn a_name_is_only_text() {
        let mut result = example::result();
        result.run.target = "<script>alert(1)</script>".to_owned();
        result.end_state.as_mut().unwrap().lost.examples[0].who = "\"><img>".to_owned();
        let page = render(&result, None);
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    }
}
