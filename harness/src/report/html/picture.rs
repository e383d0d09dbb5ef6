//! What went over the wires, in three lanes: identity provider, bridge, OpenAI. The exchange that shows the finding is
//! marked; every message opens to its bytes.

use std::fmt::Write as _;

use super::super::group::Group;
use super::text::Escaped;
use crate::event::Passage;
use crate::finding::{Evidence, Finding};

/// So many reads of OpenAI in a row are shown; bridges that page or look again and again make hundreds.
const READS_SHOWN: usize = 3;

/// The picture of one finding: the steps up to it, or, where they were not kept, its exchange alone.
pub(super) fn render(page: &mut String, group: &Group<'_>, scim_only: bool) {
    let found = group.finding;
    page.push_str(
        "<div class=\"picture\">\n<div class=\"lanes\"><span>identity provider</span><span>bridge</span><span>",
    );
    page.push_str(if scim_only { "" } else { "OpenAI" });
    page.push_str("</span></div>\n");
    let told: Vec<_> = group
        .case
        .played
        .iter()
        .filter(|played| played.step.number <= found.step.number)
        .collect();
    for played in &told {
        let is_here = played.step.number == found.step.number;
        _ = writeln!(
            page,
            "<p class=\"step\">{}. {}</p>",
            played.step.number,
            Escaped(&played.step.name)
        );
        let wrong = is_here
            .then(|| played.passages.iter().rposition(|passage| shows(passage, found)))
            .flatten();
        for (n, passage) in played.passages.iter().enumerate() {
            messages(page, &passage.evidence, passage.curl.as_deref(), wrong == Some(n));
        }
    }
    if told.is_empty() {
        messages(page, &found.evidence, None, true);
    }
    page.push_str("</div>\n");
}

/// Whether a passage is the one that shows the finding.
fn shows(passage: &Passage, found: &Finding) -> bool {
    !found.evidence.exchange.is_empty() && passage.evidence.exchange == found.evidence.exchange
}

/// A request, what the bridge asked for meanwhile, and the answer.
fn messages(page: &mut String, evidence: &Evidence, curl: Option<&str>, is_wrong: bool) {
    let wrong = if is_wrong { " wrong" } else { "" };
    let answer = evidence
        .exchange
        .iter()
        .position(|line| line.starts_with("answered ") || line.starts_with("no answer "));
    let (request, answer) = evidence.exchange.split_at(answer.unwrap_or(evidence.exchange.len()));
    if let Some((line, body)) = request.split_first() {
        message(page, &format!("out{wrong}"), line, body, curl);
    }
    upstream(page, &evidence.upstream);
    if let Some((line, body)) = answer.split_first() {
        message(page, &format!("back{wrong}"), line, body, None);
    }
}

/// What OpenAI was asked for, and what happened there by itself. Of many reads in a row the first ones stand for all; the
/// others open.
fn upstream(page: &mut String, lines: &[String]) {
    let is_read = |line: &String| asked(line).starts_with("GET ");
    for calls in lines.chunk_by(|one, next| is_read(one) && is_read(next)) {
        let fits = calls.len() <= READS_SHOWN + 1;
        let (shown, folded) = calls.split_at(if fits { calls.len() } else { READS_SHOWN });
        for line in shown {
            call(page, line);
        }
        if !folded.is_empty() {
            _ = writeln!(
                page,
                "<details class=\"message own\"><summary class=\"label\">{} more reads</summary>",
                folded.len()
            );
            for line in folded {
                call(page, line);
            }
            page.push_str("</details>\n");
        }
    }
}

/// `#12 POST /organization/invites {…} → 200: what it did`, without its number.
fn asked(line: &str) -> &str {
    line.split_once(' ').map_or(line, |(_, asked)| asked)
}

fn call(page: &mut String, line: &String) {
    let (said, answered) = line.rsplit_once(" → ").unwrap_or((line, ""));
    let said = asked(said);
    let head = said.split(" {").next().unwrap_or(said);
    let head = if answered.is_empty() {
        head.to_owned()
    } else {
        format!("{head} → {answered}")
    };
    // What nobody asked for, such as an invite that was accepted, is in words and not in capitals.
    let is_asked = said.starts_with(|c: char| c.is_ascii_uppercase());
    let class = if is_asked { "up" } else { "own" };
    message(page, class, &head, std::slice::from_ref(line), None);
}

fn message(page: &mut String, class: &str, line: &str, body: &[String], curl: Option<&str>) {
    let mark = if class == "back wrong" {
        " <b class=\"mark\">✗ here</b>"
    } else {
        ""
    };
    let bytes = body.join("\n");
    if bytes.is_empty() && curl.is_none() {
        _ = writeln!(
            page,
            "<div class=\"message {class}\"><div class=\"label\">{}{mark}</div></div>",
            Escaped(line)
        );
        return;
    }
    _ = writeln!(
        page,
        "<details class=\"message {class}\"><summary class=\"label\">{}{mark}</summary>",
        Escaped(line)
    );
    if !bytes.is_empty() {
        _ = writeln!(page, "<pre>{}</pre>", Escaped(&bytes));
    }
    if let Some(curl) = curl {
        _ = writeln!(page, "<pre class=\"curl\">{}</pre>", Escaped(curl));
    }
    page.push_str("</details>\n");
}
