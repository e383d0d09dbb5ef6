//! What changed in a bridge's behaviour, in one sentence, from the two transcripts alone.

use std::collections::BTreeMap;

use crate::transcript::{AGAIN, ANSWER, CALL, REQUEST, STEP};

/// A step as it stands in a transcript.
#[derive(Debug, Default, PartialEq, Eq)]
struct Step<'a> {
    name: &'a str,
    passages: Vec<Passage<'a>>,
    /// Calls beside no request in particular.
    calls: Vec<Call<'a>>,
}

/// A request, what it was answered, and the calls beside it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Passage<'a> {
    /// How often, where several were alike.
    times: &'a str,
    request: &'a str,
    again: bool,
    sent: Vec<&'a str>,
    answer: Option<&'a str>,
    headers: BTreeMap<&'a str, &'a str>,
    body: Vec<&'a str>,
    calls: Vec<Call<'a>>,
}

/// A call and its body.
#[derive(Debug, PartialEq, Eq)]
struct Call<'a> {
    line: &'a str,
    body: Vec<&'a str>,
}

/// Says what changed, at the first place where something did, and in how many more steps something did.
pub fn sentence(before: &str, now: &str) -> String {
    let (before, now) = (parse(before), parse(now));
    let mut changed = before.iter().zip(&now).filter(|(before, now)| before != now);
    let first = changed.next();
    let more = changed.count() + before.len().abs_diff(now.len());
    let Some((was, is)) = first else {
        return match before.len().cmp(&now.len()) {
            std::cmp::Ordering::Greater => "the story ends earlier".to_owned(),
            std::cmp::Ordering::Less => "the story goes on longer".to_owned(),
            std::cmp::Ordering::Equal => "only how it is written changed".to_owned(),
        };
    };
    let said = in_step(was, is).unwrap_or_else(|| "something else changed".to_owned());
    let more = match more {
        0 => String::new(),
        1 => "; one more step changed".to_owned(),
        more => format!("; {more} more steps changed"),
    };
    format!("step {}: {said}{more}", is.name.split("  ").next().unwrap_or_default())
}

fn in_step(was: &Step<'_>, is: &Step<'_>) -> Option<String> {
    if was.name != is.name {
        return Some("it is another step".to_owned());
    }
    let changed = was.passages.iter().zip(&is.passages).find(|(was, is)| was != is);
    let passage = changed.and_then(|(was, is)| in_passage(was, is));
    let later = || {
        let (was, is) = (was.passages.len(), is.passages.len());
        match is.checked_sub(was) {
            Some(0) => None,
            Some(_) => Some("the identity provider sends one more request, or several".to_owned()),
            None => Some("the identity provider sends fewer requests".to_owned()),
        }
    };
    passage.or_else(later).or_else(|| calls(&was.calls, &is.calls))
}

fn in_passage(was: &Passage<'_>, is: &Passage<'_>) -> Option<String> {
    if was.request != is.request {
        return Some(format!(
            "the identity provider sends {} where it sent {}",
            verb(is.request),
            verb(was.request)
        ));
    }
    if was.times != is.times {
        return Some(format!(
            "{} is answered so in another number of cases",
            verb(was.request)
        ));
    }
    let on = verb(was.request);
    let about = |said: String| format!("{on} {said}");
    if let Some(said) = answer(was, is) {
        return Some(about(said));
    }
    if let Some(said) = calls(&was.calls, &is.calls) {
        return Some(about(said));
    }
    (was.sent != is.sent).then(|| about("is sent with another body".to_owned()))
}

fn answer(was: &Passage<'_>, is: &Passage<'_>) -> Option<String> {
    match (was.answer, is.answer) {
        (Some(before), Some(now)) if before != now => return Some(format!("is answered {now} where it was {before}")),
        (Some(_), None) => return Some("is not answered any more".to_owned()),
        (None, Some(now)) => return Some(format!("is answered {now}")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    for (name, value) in &was.headers {
        match is.headers.get(name) {
            None => return Some(format!("is answered without header {name}")),
            Some(now) if now != value => {
                return Some(format!("is answered with another {name}: {now} where it was {value}"));
            }
            Some(_) => {}
        }
    }
    if let Some((name, _)) = is.headers.iter().find(|(name, _)| !was.headers.contains_key(*name)) {
        return Some(format!("is answered with header {name}, too"));
    }
    if was.body == is.body {
        return None;
    }
    Some(body(&was.body, &is.body))
}

/// How a body changed: where, if both are JSON.
fn body(was: &[&str], is: &[&str]) -> String {
    if is.is_empty() {
        return "is answered without a body".to_owned();
    }
    if was.is_empty() {
        return "is answered with a body".to_owned();
    }
    let json = |lines: &[&str]| serde_json::from_str::<serde_json::Value>(&lines.join("\n")).ok();
    let place = match (json(was), json(is)) {
        (Some(was), Some(is)) => place(&was, &is),
        (Some(_), None) => return "is answered with a body that is no JSON".to_owned(),
        (None, _) => None,
    };
    match place {
        Some((place, How::Gone)) => format!("is answered without {place}"),
        Some((place, How::New)) => format!("is answered with {place}, too"),
        Some((place, How::Other)) if !place.is_empty() => format!("is answered with another value at {place}"),
        Some((_, How::Other)) | None => "is answered with another body".to_owned(),
    }
}

#[derive(Clone, Copy)]
enum How {
    Gone,
    New,
    Other,
}

/// The first place where two values differ, as a JSON Pointer.
fn place(was: &serde_json::Value, is: &serde_json::Value) -> Option<(String, How)> {
    use serde_json::Value::{Array, Object};
    let within = |key: &str, found: (String, How)| {
        (
            format!("/{}{}", key.replace('~', "~0").replace('/', "~1"), found.0),
            found.1,
        )
    };
    match (was, is) {
        (Object(was), Object(is)) => {
            for (key, value) in was {
                match is.get(key) {
                    None => return Some(within(key, (String::new(), How::Gone))),
                    Some(now) => {
                        if let Some(found) = place(value, now) {
                            return Some(within(key, found));
                        }
                    }
                }
            }
            let new = is.keys().find(|key| !was.contains_key(*key))?;
            Some(within(new, (String::new(), How::New)))
        }
        (Array(was), Array(is)) if was.len() == is.len() => {
            let mut pairs = was.iter().zip(is).enumerate();
            pairs.find_map(|(index, (was, is))| Some(within(&index.to_string(), place(was, is)?)))
        }
        (was, is) => (was != is).then(|| (String::new(), How::Other)),
    }
}

/// How the calls to OpenAI changed.
fn calls(was: &[Call<'_>], is: &[Call<'_>]) -> Option<String> {
    if was == is {
        return None;
    }
    let lines = |calls: &[Call<'_>]| {
        calls.iter().fold(BTreeMap::<String, usize>::new(), |mut counts, call| {
            let (line, number) = counted(call.line);
            *counts.entry(line.to_owned()).or_default() += number;
            counts
        })
    };
    let (before, now) = (lines(was), lines(is));
    let of = |counts: &BTreeMap<String, usize>, line: &String| counts.get(line).copied().unwrap_or(0);
    let more = now.iter().find(|(line, number)| **number > of(&before, line));
    let fewer = before.iter().find(|(line, number)| **number > of(&now, line));
    Some(match (fewer, more) {
        (Some((fewer, _)), Some((more, _))) if call_of(fewer) == call_of(more) => {
            let (call, before, now) = (call_of(more), end_of(fewer), end_of(more));
            format!("asks OpenAI {call}, which ends in {now} where it ended in {before}")
        }
        (Some((fewer, _)), Some((more, _))) => {
            format!("asks OpenAI {} where it asked {}", call_of(more), call_of(fewer))
        }
        (None, Some((line, number))) => match number - of(&before, line) {
            1 => format!("makes one more call upstream: {}", call_of(line)),
            more => format!("makes {more} more calls upstream: {}", call_of(line)),
        },
        (Some((line, number)), None) => match number - of(&now, line) {
            1 => format!("makes one call less upstream: {}", call_of(line)),
            fewer => format!("makes {fewer} calls less upstream: {}", call_of(line)),
        },
        (None, None) => {
            let changed = was.iter().zip(is).find(|(was, is)| was != is);
            match changed {
                Some((was, is)) if was.line == is.line => {
                    format!("asks OpenAI {} with another body", call_of(counted(is.line).0))
                }
                Some(_) | None => "asks OpenAI the same in another order".to_owned(),
            }
        }
    })
}

/// `POST /organization/invites` of a call's line.
fn call_of(line: &str) -> &str {
    line.rsplit_once(" → ").map_or(line, |(call, _)| call)
}

fn end_of(line: &str) -> &str {
    line.rsplit_once(" → ").map_or("nothing", |(_, end)| end)
}

/// A call's line and how often it was made.
fn counted(line: &str) -> (&str, usize) {
    let Some((call, number)) = line.rsplit_once(" (").filter(|(_, number)| number.ends_with(" times)")) else {
        return (line, 1);
    };
    match number.trim_end_matches(" times)").parse() {
        Ok(number) => (call, number),
        Err(_) => (line, 1),
    }
}

/// The method and the path of a request.
fn verb(request: &str) -> &str {
    request.split('?').next().unwrap_or(request)
}

/// Which part of a passage the lines that follow belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Sent,
    Headers,
    Body,
    Call,
}

fn parse(transcript: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut part = Part::Sent;
    let mut times = "";
    for line in transcript.lines() {
        if let Some(name) = line.strip_prefix(STEP) {
            let name = name.trim_end();
            steps.push(Step {
                name,
                ..Step::default()
            });
            continue;
        }
        let Some(step) = steps.last_mut() else { continue };
        if line.is_empty() {
            // Calls after an empty line stand beside no request in particular.
            part = Part::Sent;
        } else if part == Part::Sent && line.ends_with(" times:") {
            times = line;
        } else if let Some(request) = line.strip_prefix(REQUEST) {
            step.passages.push(Passage {
                request,
                times: std::mem::take(&mut times),
                ..Passage::default()
            });
            part = Part::Sent;
        } else if let Some(line) = line.strip_prefix(CALL) {
            let call = Call { line, body: Vec::new() };
            match step.passages.last_mut().filter(|_| part != Part::Sent) {
                Some(passage) => passage.calls.push(call),
                None => step.calls.push(call),
            }
            if part != Part::Sent {
                part = Part::Call;
            }
        } else if line == AGAIN.trim_end() {
            if let Some(passage) = step.passages.last_mut() {
                passage.again = true;
            }
        } else {
            part = in_part(step, part, line);
        }
    }
    steps
}

fn in_part<'a>(step: &mut Step<'a>, part: Part, line: &'a str) -> Part {
    let Some(passage) = step.passages.last_mut() else {
        return part;
    };
    if let Some(answer) = line.strip_prefix(ANSWER) {
        passage.answer = Some(answer);
        return Part::Headers;
    }
    match part {
        Part::Headers => {
            let header = line.trim_start().split_once(": ");
            let header = header.filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            if let Some((name, value)) = header {
                passage.headers.insert(name, value);
                return Part::Headers;
            }
            passage.body.push(line);
            Part::Body
        }
        Part::Body => {
            passage.body.push(line);
            Part::Body
        }
        Part::Call => {
            if let Some(call) = passage.calls.last_mut() {
                call.body.push(line);
            }
            Part::Call
        }
        Part::Sent => {
            match step.calls.last_mut() {
                Some(call) => call.body.push(line),
                None => passage.sent.push(line),
            }
            Part::Sent
        }
    }
}

#[cfg(test)]
mod tests;
