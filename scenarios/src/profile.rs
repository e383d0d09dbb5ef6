//! A load profile: how a whole company, or a school district, comes on board, read from one file of `load/`.
//!
//! Size, pace and what OpenAI does meanwhile are in the file; the command line may override each of them. Who the people
//! are is invented from a seed when it is run. The format is described in `scenarios/README.md`.

mod company;
mod phase;
mod shelf;
mod upstream;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

pub use self::company::{Company, CompanyKind};
use self::phase::RawPhase;
pub use self::phase::{Churn, LoadPace, LoadVerb, PhaseSpec, PushMembers};
pub use self::shelf::Profiles;
pub use self::upstream::{Acceptance, AcceptanceCurve, RateLimit, Surroundings};
use crate::error::{FileError, Place, unknown};
use crate::idp::Idp;

/// How a company comes on board. Its id is the name of its file without the extension: `okta-assign`.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The name of the file without `.toml`.
    pub id: String,
    /// What happens, as a sentence.
    pub title: String,
    /// What it shows that a smaller test does not, and whom that hurts.
    pub why: String,
    /// How well its numbers are known.
    pub source: Source,
    /// Who tells it, unless told otherwise.
    pub persona: String,
    /// Who comes on board.
    pub company: Company,
    /// What OpenAI does meanwhile.
    pub upstream: Surroundings,
    /// What happens, in order.
    pub phases: Vec<PhaseSpec>,
    /// What must hold at the end, such as `lost==0`; the harness reads them.
    pub thresholds: Vec<String>,
    /// How long after the last phase the bridge may take to bring OpenAI in line.
    pub settle_within: Duration,
    /// After how long the run is ended, whatever is left.
    pub max_time: Duration,
    /// After how many requests to the bridge the run is ended.
    pub max_requests: u64,
    /// The beginning of the file.
    pub place: Place,
}

/// How well the numbers of a profile are known, in sentences with their source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// Said by a vendor's documentation.
    pub documented: Vec<String>,
    /// Seen in captured traffic, a server's log or a bug report.
    pub captured: Vec<String>,
    /// Concluded; may be wrong.
    pub inferred: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    title: String,
    why: String,
    persona: Spanned<String>,
    #[serde(default)]
    source: Source,
    company: Company,
    #[serde(default)]
    upstream: Surroundings,
    #[serde(default)]
    thresholds: Vec<String>,
    #[serde(default)]
    limits: Limits,
    phase: Vec<Spanned<RawPhase>>,
}

/// Seconds and requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    settle_within: u64,
    max_time: u64,
    max_requests: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            settle_within: 60,
            max_time: 900,
            max_requests: 2_000_000,
        }
    }
}

impl Profile {
    /// Reads a profile. `id` is the file's name without extension, `path` what a person would type to open it, `idps`
    /// the personas there are.
    ///
    /// # Errors
    /// For anything in the file that cannot be meant: unknown keys, wrong types, a persona that pushes no groups.
    pub fn parse(id: &str, path: &str, text: &str, idps: &BTreeMap<String, Idp>) -> Result<Self, FileError> {
        let file = Place::new(path.into(), Arc::from(text), 0..0);
        let raw: RawProfile = toml::from_str(text).map_err(|error| FileError::from_toml(&file, &error))?;
        let persona = raw.persona.get_ref();
        let Some(idp) = idps.get(persona) else {
            let known: Vec<&str> = idps.keys().map(String::as_str).collect();
            return Err(FileError::at(
                &file.at(raw.persona.span()),
                unknown("persona", persona, &known),
            ));
        };
        if raw.phase.is_empty() {
            return Err(FileError::at(&file, "a profile has at least one [[phase]]"));
        }
        let parse = |phase: Spanned<RawPhase>| {
            let place = file.at(phase.span());
            phase.into_inner().parse(&file, place)
        };
        let phases = raw.phase.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        let profile = Self {
            id: id.to_owned(),
            title: raw.title,
            why: raw.why.trim().to_owned(),
            source: raw.source,
            persona: raw.persona.into_inner(),
            company: raw.company,
            upstream: raw.upstream,
            phases,
            thresholds: raw.thresholds,
            settle_within: Duration::from_secs(raw.limits.settle_within),
            max_time: Duration::from_secs(raw.limits.max_time),
            max_requests: raw.limits.max_requests,
            place: file,
        };
        if let Some(place) = profile.needs_groups().filter(|_| idp.group.is_none()) {
            let message = format!("`{}` pushes no groups, and this phase is about groups", idp.name);
            return Err(FileError::at(place, message));
        }
        Ok(profile)
    }

    /// The first phase that is about groups: only a persona that pushes groups can tell it.
    pub fn needs_groups(&self) -> Option<&Place> {
        let phase = self.phases.iter().find(|phase| phase.verb.is_about_groups());
        phase.map(|phase| &phase.place)
    }

    /// An error about something that stands in the file in these words, such as a threshold.
    pub fn wrong(&self, words: &str, message: impl Into<String>) -> FileError {
        match self.place.text().find(words) {
            Some(start) => FileError::at(&self.place.at(start..start + words.len()), message),
            None => FileError::at(&self.place, message),
        }
    }
}

#[cfg(test)]
mod tests;
