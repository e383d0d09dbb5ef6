//! Who was speaking: the persona whose requests look most like the recorded ones.
//!
//! A scenario sends what it has in the headers and the encoding of its persona; where a recorded request had other headers,
//! its step says so. Nobody who is known gives `plain`, which is no product.

use std::collections::BTreeMap;

use proofload_scenarios::{Idp, PatchDialect, UserUpdate, placeholders};

use super::scim::Kind;
use super::secret::KEPT_HEADERS;
use super::seen::{Body, Seen};
use super::who::json;

/// Who tells what nobody else does.
const NOBODY: &str = "plain";

/// The persona that speaks so.
pub(super) fn persona<'a>(all: &[Seen], idps: &'a BTreeMap<String, Idp>) -> Option<&'a Idp> {
    let about_groups = all.iter().any(|seen| seen.resource().kind == Some(Kind::Group));
    let patches: Vec<&Seen> = all.iter().filter(|seen| seen.method == "PATCH").collect();
    let likeness = |idp: &&Idp| {
        let alike = all.iter().filter(|seen| other_headers(seen, idp).is_empty()).count();
        let dialect = patches
            .iter()
            .filter(|seen| is_capitalised(seen) == (idp.user.patch == PatchDialect::EntraLegacy));
        let uses_patch = idp.user.switch == UserUpdate::Patch;
        (alike, dialect.count(), uses_patch != patches.is_empty())
    };
    let candidates = idps
        .values()
        .filter(|idp| !idp.opt_in && idp.speaks_as.is_none() && (idp.group.is_some() || !about_groups))
        .map(|idp| (likeness(&idp), idp));
    // Of two that are alike in all this, the first by name.
    let best = candidates.rev().max_by_key(|(likeness, _)| *likeness);
    let is_alike = |((alike, ..), _): &((usize, usize, bool), &Idp)| *alike * 2 > all.len();
    best.filter(is_alike).map(|(_, idp)| idp).or_else(|| idps.get(NOBODY))
}

fn is_capitalised(seen: &Seen) -> bool {
    let body = seen.body.text().and_then(json);
    let operations = body.as_ref().and_then(|body| body.get("Operations")?.as_array());
    let verb = operations.and_then(|operations| operations.first()?.get("op")?.as_str());
    verb.is_some_and(|verb| verb.starts_with(char::is_uppercase))
}

/// The headers in which a request differs from what the persona would send; an empty value is a header it had not.
pub(super) fn other_headers(seen: &Seen, idp: &Idp) -> Vec<(String, String)> {
    let body_headers = idp.body_headers.iter().filter(|_| seen.body != Body::None);
    let is_kept = |name: &str| KEPT_HEADERS.iter().any(|kept| name.eq_ignore_ascii_case(kept));
    let usual: Vec<&(String, String)> = idp
        .headers
        .iter()
        .chain(body_headers)
        .filter(|(name, _)| is_kept(name))
        .collect();
    let same_name = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let mut other = Vec::new();
    for (name, value) in &seen.headers {
        let is_usual = usual
            .iter()
            .any(|(known, usual)| same_name(known, name) && usual == value);
        let can_be_written = placeholders(value).next().is_none() && !value.is_empty();
        if !is_usual && can_be_written {
            other.push((title_case(name), value.clone()));
        }
    }
    for (name, value) in usual {
        if !value.is_empty() && !seen.headers.iter().any(|(known, _)| same_name(known, name)) {
            other.push((name.clone(), String::new()));
        }
    }
    other.sort();
    other.dedup_by(|a, b| same_name(&a.0, &b.0));
    other
}

/// `User-Agent` for `user-agent`.
fn title_case(name: &str) -> String {
    let words = name
        .split('-')
        .map(|word| super::pseudonym::capitalised(&word.to_ascii_lowercase()));
    words.collect::<Vec<_>>().join("-")
}
