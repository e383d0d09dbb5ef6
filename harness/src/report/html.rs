//! The report as one page for a browser: the verdict, a matrix of scenarios and personas, and each finding as a picture
//! of three lanes, with what it broke beside it.
//!
//! The page needs nothing but itself: no other file, no network, no script to be read (the script only filters). What a
//! bridge answered is text in it and nothing else, and a policy in the page forbids whatever would load something.

mod matrix;
mod picture;
mod text;

use std::fmt::Write as _;

use super::group::{Group, groups};
use super::often::often;
use super::style::counted;
use super::{Record, verdict};
use crate::event::CaseResult;
use crate::exit;
use crate::finding::Verdict;
pub(crate) use text::Escaped;
use text::anchor;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
/// Pictures are drawn until the page has so many bytes; then the words have to do.
const PICTURED_BYTES: usize = 8 << 20;

/// The page.
pub(super) fn render(record: &Record) -> String {
    let words = verdict::words(record);
    let state = match record.exit_code() {
        exit::CONFORMS => "good",
        exit::USAGE | exit::INTERRUPTED => "odd",
        _ => "bad",
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>proofload: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header class=\"{state}\">\n<h1>{}</h1>\n{}{}</header>\n<main>\n",
        Escaped(&words),
        Escaped(&words),
        ran(record),
        begin_with(record)
    );
    page.push_str(FILTER);
    page.push_str(&matrix::render(record));
    page.push_str(&stale(record));
    page.push_str(&errors(record));
    let (failing, noted): (Vec<_>, Vec<_>) = groups(record)
        .into_iter()
        .partition(|group| record.fails(group.finding));
    section(&mut page, "Not in order", &failing, record);
    section(&mut page, "Known, or not enough to fail the run", &noted, record);
    page.push_str(&notes(record));
    _ = write!(page, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

const FILTER: &str = "\
<form id=\"filter\" role=\"search\">
<label>Search <input type=\"search\" id=\"search\" placeholder=\"scenario, persona, check, words\" autocomplete=\"off\"></label>
<label><input type=\"checkbox\" value=\"pass\" checked> passed</label>
<label><input type=\"checkbox\" value=\"fail\" checked> failed</label>
<label><input type=\"checkbox\" value=\"error\" checked> could not be told</label>
<label><input type=\"checkbox\" value=\"not_applicable\" checked> not applicable</label>
<output id=\"shown\"></output>
<small><kbd>/</kbd> search · <kbd>n</kbd> <kbd>p</kbd> next and previous finding</small>
</form>
";

fn ran(record: &Record) -> String {
    let summary = record.summary();
    let took = record.took();
    format!(
        "<p>{} passed, {} failed, {} not applicable, {} skipped, {} could not be told; {} known, {}</p>\n\
         <p class=\"aside\">{}{took}, {} made · target <code>{}</code> · seed {} · proofload {}</p>\n",
        summary.passed,
        summary.failed,
        summary.not_applicable,
        summary.skipped,
        summary.errors,
        summary.known,
        counted(summary.hazards as u64, "hazard"),
        counted(summary.scenarios as u64, "case"),
        counted(summary.checks, "check"),
        Escaped(&record.run.target),
        record.run.seed,
        env!("CARGO_PKG_VERSION"),
    )
}

fn begin_with(record: &Record) -> String {
    let code = |check: &str| format!("<code>{}</code>", Escaped(check));
    let sentence =
        |often| format!("<p>Fails most often: {often}. Begin there, because it hides what comes after it.</p>\n");
    often(record, code).map(sentence).unwrap_or_default()
}

fn section(page: &mut String, title: &str, groups: &[Group<'_>], record: &Record) {
    if groups.is_empty() {
        return;
    }
    _ = write!(page, "<section>\n<h2>{title}</h2>\n");
    let mut last: Option<&str> = None;
    for group in groups {
        // The matrix leads to the first finding of a scenario.
        let scenario = group.case.id.scenario.as_str();
        let id = (last != Some(scenario)).then(|| anchor(scenario));
        last = Some(scenario);
        let is_pictured = page.len() < PICTURED_BYTES;
        finding(page, group, id.as_deref(), is_pictured, record);
    }
    page.push_str("</section>\n");
}

fn finding(page: &mut String, group: &Group<'_>, id: Option<&str>, is_pictured: bool, record: &Record) {
    let (found, case) = (group.finding, group.case);
    let id = id.map(|id| format!(" id=\"{id}\"")).unwrap_or_default();
    let (outcome, words) = (
        case.verdict.as_str(),
        format!("{} {} {}", case.id.scenario, group.personas(), found.check),
    );
    _ = write!(
        page,
        "<details class=\"finding {}\"{id} data-outcome=\"{outcome}\" data-words=\"{} {}\">\n\
         <summary><b class=\"level {}\">{}</b> <span class=\"name\">{}</span> <span class=\"aside\">[{}]</span> {}</summary>\n",
        if record.fails(found) { "fails" } else { "noted" },
        Escaped(&words.to_lowercase()),
        Escaped(&found.message.to_lowercase()),
        found.level,
        found.level,
        Escaped(&case.id.scenario),
        Escaped(&group.personas()),
        Escaped(&found.message),
    );
    _ = write!(page, "<div class=\"body\">\n<div class=\"said\">\n<dl>\n");
    let mut say = |name: &str, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", Escaped(text));
        }
    };
    let place = found.place.as_ref().map(ToString::to_string);
    say("story", Some(&case.title));
    say("step", Some(&format!("{}: {}", found.step.number, found.step.name)));
    say("expected", found.expected.as_deref());
    say("got", found.got.as_deref());
    say("known", found.known.as_deref());
    say("why", Some(&found.why));
    say("requirement", Some(&found.spec.join("; ")));
    say("check", Some(&found.check));
    say("place", place.as_deref());
    _ = write!(
        page,
        "</dl>\n<p>Again:</p>\n<pre>{}</pre>\n",
        Escaped(&record.reproduce(&case.id))
    );
    output(page, case);
    page.push_str("</div>\n");
    if is_pictured {
        picture::render(page, group, record.run.scim_only);
    }
    page.push_str("</div>\n</details>\n");
}

fn output(page: &mut String, case: &CaseResult) {
    if !case.output.is_empty() {
        let written = case.output.join("\n");
        _ = writeln!(
            page,
            "<details><summary>What the bridge wrote</summary><pre>{}</pre></details>",
            Escaped(&written)
        );
    }
}

fn stale(record: &Record) -> String {
    let entries = record.stale().into_iter().map(|entry| {
        let (name, place) = (entry.name(), entry.place.to_string());
        format!(
            "<li><code>{}</code>: take it out of {}</li>\n",
            Escaped(&name),
            Escaped(&place)
        )
    });
    listed("Gone, though the baseline lists it", entries.collect())
}

fn errors(record: &Record) -> String {
    let cases = record.cases.values().filter(|case| case.verdict == Verdict::Error);
    let lines = cases.map(|case| {
        let (id, reason) = (case.id.to_string(), case.reason.as_deref().unwrap_or_default());
        let (anchor, again) = (anchor(&case.id.scenario), record.reproduce(&case.id));
        let mut line = format!(
            "<li id=\"error-{anchor}\"><b>{}</b>: {}<pre>{}</pre>",
            Escaped(&id),
            Escaped(reason),
            Escaped(&again)
        );
        output(&mut line, case);
        line.push_str("</li>\n");
        line
    });
    listed("Could not be told", lines.collect())
}

fn notes(record: &Record) -> String {
    let notes = record.notes.iter().map(|note| format!("<li>{}</li>\n", Escaped(note)));
    listed("Notes", notes.collect())
}

fn listed(title: &str, items: String) -> String {
    if items.is_empty() {
        return items;
    }
    format!("<section>\n<h2>{title}</h2>\n<ul>\n{items}</ul>\n</section>\n")
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn the_verdict_comes_first_and_everything_is_there() {
        let page = render(&example::record())
            .replace(STYLE, "[STYLE]")
            .replace(SCRIPT, "[SCRIPT]");
        insta::assert_snapshot!(page.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
    }

    #[test]
    fn hostile_text_stays_text_and_nothing_is_fetched() {
        const EVIL: &str = "</pre></script><script>x</script>\"' onload=x <img src=http://evil>";
        let mut record = example::record();
        for case in record.cases.values_mut() {
            case.reason = Some(EVIL.into());
            case.output = vec![EVIL.into()];
            for found in &mut case.findings {
                found.message = EVIL.into();
                found.got = Some(EVIL.into());
                found.evidence.exchange = vec!["GET /Users".into(), format!("answered 200 in 1 ms"), EVIL.into()];
            }
            for passage in case.played.iter_mut().flat_map(|played| &mut played.passages) {
                passage.evidence.exchange.push(EVIL.into());
                passage.curl = Some(EVIL.into());
            }
        }
        let page = render(&record);
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains("<img") && !page.contains("\"' onload"));
        for scheme in ["src=\"http", "href=\"http", "@import", "url("] {
            assert!(!page.contains(scheme), "{scheme}");
        }
    }

    #[test]
    fn a_thousand_cases_make_a_page_that_can_be_opened() {
        let mut record = example::record();
        for n in 0..1_000 {
            let mut case = example::failed_case();
            case.id.scenario = format!("activation/case-{n:04}");
            record.cases.insert(case.id.clone(), case);
        }
        let page = render(&record);
        assert!(page.len() < 12 << 20, "{}", page.len());
        assert!(
            page.contains("<p>Fails most often: <code>"),
            "where to begin is not said"
        );
    }
}
