//! Bodies as they stand in a transcript: JSON with names in it, whose lists are sorted where order means nothing.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::names::{Names, shape};
use super::noise::Noise;
use crate::redact;

/// Bodies longer than this are text, JSON or not, and only their beginning is looked at.
const BYTES_MAX: usize = 1 << 20;
/// Most characters of a body that is no JSON.
const CHARS_MAX: usize = 2_000;
/// Most characters of a body that is.
const JSON_CHARS_MAX: usize = 40_000;

/// Who wrote a body. The order of what a bridge lists means nothing (RFC 7643 §2.4, RFC 7644 §3.4.2); that of what it is asked
/// may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Asked,
    Answered,
}

/// The body on lines of its own, each behind two spaces; empty for an empty body.
pub(super) fn write(body: &[u8], side: Side, names: &Names, noise: &Noise) -> String {
    if body.is_empty() {
        return String::new();
    }
    let json = (body.len() <= BYTES_MAX).then(|| serde_json::from_slice::<Value>(body).ok());
    let Some(mut json) = json.flatten() else {
        let beginning = String::from_utf8_lossy(&body[..body.len().min(2 * CHARS_MAX)]);
        return lines("  | ", &cut(&names.text(&beginning), CHARS_MAX));
    };
    if side == Side::Answered {
        noise.take_out(&mut json);
    }
    redact::mask_passwords(&mut json);
    let is_part = is_part_of_a_list(&json);
    let mut json = named(json, "", side, names);
    if is_part && let Some(resources) = json.get_mut("Resources") {
        let anybody = names.anybody(&resources.to_string());
        *resources = serde_json::from_str(&anybody).unwrap_or_default();
    }
    lines("  ", &cut(&redact::pretty(&json), JSON_CHARS_MAX))
}

/// Whether this is a page that holds only some of those there are. Who is on which page is for the bridge's ids to say, and
/// they are others in every run.
fn is_part_of_a_list(body: &Value) -> bool {
    let listed = body.get("Resources").and_then(Value::as_array).map(Vec::len);
    let total = body.get("totalResults").and_then(Value::as_u64);
    listed.is_some_and(|listed| total.is_some_and(|total| total > listed as u64))
}

fn named(value: Value, key: &str, side: Side, names: &Names) -> Value {
    match value {
        Value::String(text) => string(&text, key, names).into(),
        Value::Number(number) if is_moment(&number) => "{time}".into(),
        Value::Array(elements) => {
            let elements = elements.into_iter().map(|element| named(element, key, side, names));
            Value::Array(alike_once(elements.collect(), side))
        }
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| {
                let value = named(value, &key, side, names);
                (names.text(&key), value)
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        value @ (Value::Null | Value::Bool(_) | Value::Number(_)) => value,
    }
}

fn string(text: &str, key: &str, names: &Names) -> String {
    match key {
        "id" | "value" => names.id(text).unwrap_or_else(|| names.text(text)),
        "$ref" | "location" => location(text, names),
        "nextCursor" | "previousCursor" | "cursor" => "{cursor}".to_owned(),
        "version" if !text.is_empty() && text.len() < 4 || text.starts_with("W/") => "{etag}".to_owned(),
        _ => names.text(text),
    }
}

/// An address whose last part may be an id too short to be found elsewhere.
pub(super) fn location(text: &str, names: &Names) -> String {
    match text.rsplit_once('/') {
        Some((before, last)) => match names.id(last) {
            Some(name) => format!("{}/{name}", names.text(before)),
            None => names.text(text),
        },
        None => names.text(text),
    }
}

/// Objects that differ in nothing but made-up ids stand there once, with their number; those of an answer sorted.
fn alike_once(mut elements: Vec<Value>, side: Side) -> Vec<Value> {
    if elements.len() < 2 || !elements.iter().all(Value::is_object) {
        return elements;
    }
    if side == Side::Answered {
        elements.sort_by_cached_key(|element| shape(&element.to_string()));
    }
    let mut once: Vec<Value> = Vec::new();
    let mut last = (String::new(), 0);
    let more = |count: usize| (count > 1).then(|| Value::from(format!("… and {} more like it", count - 1)));
    for element in elements {
        let this = shape(&element.to_string());
        if this == last.0 {
            last.1 += 1;
            continue;
        }
        once.extend(more(last.1));
        once.push(element);
        last = (this, 1);
    }
    once.extend(more(last.1));
    once
}

/// Seconds or milliseconds since 1970, of this time and not of a counter.
fn is_moment(number: &serde_json::Number) -> bool {
    const SECONDS: std::ops::Range<u64> = 1_600_000_000..2_400_000_000;
    number
        .as_u64()
        .is_some_and(|number| SECONDS.contains(&number) || SECONDS.contains(&(number / 1_000)))
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn lines(indent: &str, text: &str) -> String {
    text.lines().fold(String::new(), |mut text, line| {
        _ = writeln!(text, "{indent}{line}");
        text
    })
}
