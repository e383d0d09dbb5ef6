//! Recorded traffic becomes scenario files. Pure: what was seen comes in, texts go out.
//!
//! [`secret`] takes secrets out before anything is kept, [`spool`] and [`foreign`] files are what recordings are read from. Then
//! everything is heard once (`who`), and every request is written in the language of scenarios (`rewrite`): ids that the
//! bridge gave become references, people get invented names (`pseudonym`), and what the bridge answered becomes what
//! another correct bridge may be held to (`expected`). The recorder itself is [`crate::recorder`].

mod expected;
pub mod foreign;
mod json_text;
mod manner;
mod pseudonym;
mod rewrite;
mod scim;
pub mod secret;
pub mod seen;
pub mod spool;
mod story;
#[cfg(test)]
mod tests;
mod who;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use proofload_scenarios::Idp;

use pseudonym::Pseudonyms;
use rewrite::Rewriter;
use seen::{Body, Seen};
use story::{Frame, Scene};
use who::Who;

/// Most requests in one file.
const SCENES_MAX: usize = 400;
/// Most bytes of requests in one file; the loader reads files of 1 MiB.
const BYTES_MAX: usize = 600 << 10;
/// Most notes of one kind that are told one by one.
const NOTES_MAX: usize = 10;

/// All that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// When it began, such as `2026-11-22T18:53:35Z`.
    pub began: String,
    /// Requests, in the order in which they came.
    pub seen: Vec<Seen>,
    /// What whoever reads the result should know besides.
    pub notes: Vec<String>,
}

/// Scenario files, and what could not be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Their texts, in the order of the recording.
    pub texts: Vec<String>,
    /// How many requests they tell.
    pub requests: usize,
    /// Who tells them.
    pub persona: String,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

impl Recording {
    /// The recording as scenarios, a new one at every pause of `split_at_pause` or longer.
    pub fn scenarios(&self, idps: &BTreeMap<String, Idp>, split_at_pause: Option<Duration>) -> Told {
        let mut told = Told {
            notes: self.notes.clone(),
            ..Told::default()
        };
        let (scim, others): (Vec<_>, Vec<_>) = self.seen.iter().cloned().partition(is_scim);
        if !others.is_empty() {
            told.notes.push(format!(
                "left out, because they are no SCIM: {}",
                requests(others.len())
            ));
        }
        let Some(idp) = manner::persona(&scim, idps) else {
            return told;
        };
        told.persona.clone_from(&idp.name);
        let who = Who::hear(&scim);
        let frame = Frame {
            who: &who,
            idp,
            day: self.began.get(..10).unwrap_or("an unknown day"),
        };
        let scenes = scenes(&scim, &who, &mut told.notes);
        for part in parts(scenes, split_at_pause) {
            match frame.tell(&part) {
                Some(text) => {
                    told.requests += part.len();
                    told.texts.push(text);
                }
                None => told.notes.push(format!(
                    "left out, because nothing can be expected: {} that met 429, 5xx or no answer",
                    requests(part.len())
                )),
            }
        }
        told
    }
}

/// A number of requests, in words.
pub fn requests(count: usize) -> String {
    match count {
        1 => "1 request".to_owned(),
        many => format!("{many} requests"),
    }
}

/// Whether it is a request to a SCIM resource: their names begin with a capital letter.
fn is_scim(seen: &Seen) -> bool {
    let is_method = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&seen.method.as_str());
    let first = seen.target.strip_prefix('/').and_then(|path| path.chars().next());
    is_method && first.is_some_and(|first| first.is_ascii_uppercase() || first == '.')
}

/// What can be told, in the language; what cannot is noted.
fn scenes<'r>(all: &'r [Seen], who: &Who, notes: &mut Vec<String>) -> Vec<Scene<'r>> {
    let mut pseudonyms = Pseudonyms::default();
    let mut rewriter = Rewriter::new(who, &mut pseudonyms);
    let answered_later = last_answered(all);
    let (mut scenes, mut left_out, mut repeated) = (Vec::new(), Vec::new(), 0_usize);
    for (index, seen) in all.iter().enumerate() {
        let comes_again = answered_later.get(&same(seen)).is_some_and(|later| *later > index);
        if seen.is_trouble() && comes_again {
            repeated += 1;
            continue;
        }
        let written = if seen.target.starts_with("/Bulk") {
            Err("bulk requests hold several in one".to_owned())
        } else {
            rewriter.request(seen)
        };
        let written = written.and_then(|written| match written.body.as_ref().map_or(0, String::len) {
            length if length > BYTES_MAX => Err(format!("its body of {length} bytes is more than a file can hold")),
            _ => Ok(written),
        });
        let number = index + 1;
        match written {
            Ok(written) => scenes.push(Scene { number, seen, written }),
            Err(why) => left_out.push(format!("left out, request {number} ({}): {why}", seen.method)),
        }
    }
    if repeated > 0 {
        notes.push(format!(
            "left out, because the same came again and was answered: {} that met 429, 5xx or no answer",
            requests(repeated)
        ));
    }
    let more = left_out.len().saturating_sub(NOTES_MAX);
    notes.extend(left_out.into_iter().take(NOTES_MAX));
    if more > 0 {
        notes.push(format!("left out, for such reasons: {} more", requests(more)));
    }
    scenes
}

type Same<'r> = (&'r str, &'r str, &'r Body);

fn same(seen: &Seen) -> Same<'_> {
    (&seen.method, &seen.target, &seen.body)
}

/// Where each request was answered for the last time.
fn last_answered(all: &[Seen]) -> HashMap<Same<'_>, usize> {
    let answered = all.iter().enumerate().filter(|(_, seen)| !seen.is_trouble());
    answered.map(|(index, seen)| (same(seen), index)).collect()
}

fn parts(scenes: Vec<Scene<'_>>, split_at_pause: Option<Duration>) -> Vec<Vec<Scene<'_>>> {
    let mut parts: Vec<Vec<Scene<'_>>> = Vec::new();
    let (mut bytes, mut ended) = (0, 0);
    for scene in scenes {
        let length = scene.written.target.len() + scene.written.body.as_ref().map_or(0, String::len);
        let pause = Duration::from_millis(scene.seen.began_ms.saturating_sub(ended));
        let is_paused = split_at_pause.is_some_and(|least| pause >= least);
        ended = ended.max(scene.seen.ended_ms);
        match parts.last_mut() {
            Some(part) if !is_paused && part.len() < SCENES_MAX && bytes + length <= BYTES_MAX => {
                bytes += length;
                part.push(scene);
            }
            _ => {
                bytes = length;
                parts.push(vec![scene]);
            }
        }
    }
    parts
}
