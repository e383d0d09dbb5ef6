//! The requests of one step and their answers.

use std::fmt::Write as _;

use super::body::{self, Side};
use super::calls::{self, Call, Calls};
use super::names::{Names, shape};
use super::noise::Noise;
use super::{AGAIN, ANSWER, REQUEST};
use crate::exchange::{Answer, Exchange, Outcome, WireTrouble};
use crate::judge::StepRecord;

/// A request, its answer, and the calls beside it.
struct Passage {
    text: String,
    calls: Vec<Call>,
    again: bool,
}

/// What went over the wires in one step.
pub(super) fn write(record: &StepRecord, calls: Calls, names: &Names, noise: &Noise) -> String {
    let Calls { beside, apart } = calls;
    let mut passages: Vec<Option<Passage>> = record
        .exchanges
        .iter()
        .zip(beside)
        .map(|(exchange, calls)| {
            Some(Passage {
                text: passage(exchange, names, noise),
                calls,
                again: false,
            })
        })
        .collect();
    let is_crowded = record.exchanges.iter().any(|exchange| exchange.concurrent);
    let mut stories: Vec<String> = Vec::new();
    for indices in stories_of(record) {
        let told = indices.into_iter().filter_map(|index| passages[index].take());
        stories.push(story(told));
    }
    let mut text = if is_crowded {
        alike_once(stories)
    } else {
        stories.concat()
    };
    if !apart.is_empty() {
        text.push('\n');
        text.push_str(&calls::sorted(&apart));
    }
    text
}

/// Which exchanges follow from each other: those of one job; of requests as they are written, each by itself.
fn stories_of(record: &StepRecord) -> Vec<Vec<usize>> {
    let mut stories: Vec<Vec<usize>> = Vec::new();
    let mut is_told = vec![false; record.exchanges.len()];
    for job in &record.jobs {
        let indices = job.attempts.iter().flat_map(|attempt| &attempt.exchanges);
        let indices: Vec<usize> = indices.copied().filter(|index| *index < is_told.len()).collect();
        for index in &indices {
            is_told[*index] = true;
        }
        stories.push(indices);
    }
    let others = (0..is_told.len()).filter(|index| !is_told[*index]);
    stories.extend(others.map(|index| vec![index]));
    stories
}

/// Passages one after the other. How often something is tried again that is answered the same is for time to say.
fn story(passages: impl Iterator<Item = Passage>) -> String {
    let mut once: Vec<Passage> = Vec::new();
    for passage in passages {
        match once.last_mut() {
            Some(last) if shape(&last.text) == shape(&passage.text) => {
                last.again = true;
                last.calls.extend(passage.calls);
            }
            Some(_) | None => once.push(passage),
        }
    }
    let mut text = String::new();
    for passage in once {
        _ = write!(text, "\n{}", passage.text);
        if passage.again {
            text.push_str(AGAIN);
        }
        text.push_str(&calls::in_order(&passage.calls));
    }
    text
}

/// Stories that were told at the same time: sorted, and those that differ in nothing but made-up ids once.
fn alike_once(mut stories: Vec<String>) -> String {
    stories.sort_by_cached_key(|story| shape(story));
    let mut text = String::new();
    for alike in stories.chunk_by(|one, next| shape(one) == shape(next)) {
        match alike {
            [one] => text.push_str(one),
            several => _ = write!(text, "\n{} times:{}", several.len(), shape(&several[0])),
        }
    }
    text
}

fn passage(exchange: &Exchange, names: &Names, noise: &Noise) -> String {
    let request = &exchange.request;
    let mut text = format!("{REQUEST}{} {}\n", request.method, names.target(&request.target));
    if let Some(body) = &request.body {
        text.push_str(&body::write(body, Side::Asked, names, noise));
    }
    match &exchange.outcome {
        Outcome::Answered(answer) => text.push_str(&self::answer(answer, names, noise)),
        Outcome::Failed(trouble) => _ = writeln!(text, "{ANSWER}no answer: {}", said(trouble)),
    }
    text
}

fn answer(answer: &Answer, names: &Names, noise: &Noise) -> String {
    let mut text = format!("{ANSWER}{}\n", answer.status);
    let shown = answer.headers.iter().filter(|(name, _)| noise.shows(name));
    let mut headers: Vec<(String, &str)> = shown
        .map(|(name, value)| (name.to_lowercase(), value.as_str()))
        .collect();
    headers.sort();
    for (name, value) in headers {
        let value = match name.as_str() {
            "etag" => "{etag}".to_owned(),
            "retry-after" if value.bytes().all(|byte| byte.is_ascii_digit()) => "{wait}".to_owned(),
            "location" | "content-location" => body::location(value, names),
            _ => names.text(value),
        };
        _ = writeln!(text, "  {name}: {value}");
    }
    text.push_str(&body::write(&answer.body, Side::Answered, names, noise));
    text
}

/// What went wrong, without what the operating system says of it, which is one thing today and another tomorrow.
fn said(trouble: &WireTrouble) -> &'static str {
    match trouble {
        WireTrouble::Refused => "connection refused",
        WireTrouble::Closed(_) => "the connection was closed before the answer was complete",
        WireTrouble::TimedOut(_) => "nothing complete in time",
        WireTrouble::TooLarge(_) => "it is larger than a SCIM answer can need",
        WireTrouble::HungUp(_) => "the identity provider hung up",
        WireTrouble::Killed => "the bridge was killed",
        WireTrouble::NotHttp(_) => "what came back is not HTTP",
    }
}
