//! Reads `baseline.toml`. Whatever is wrong in it is shown with its place, and nothing is run.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use proofload_scenarios::{Catalogue, FileError, Place, Scenario};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Baseline, Entry};
use crate::judge::{Check, Invariant};

/// The format that is read and written. Rises when an older proofload could misread a file.
pub(super) const VERSION: i64 = 1;
/// What stands where nobody has said yet why a finding is known.
pub(super) const UNSAID: &str = "TODO: say why";

/// Read first and alone, since the rest of a newer format may look different.
#[derive(Deserialize)]
struct Versioned {
    version: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(
        dead_code,
        reason = "read with Versioned; named here because unknown keys are refused"
    )]
    version: i64,
    #[serde(default)]
    known: Vec<Known>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    scenario: Spanned<String>,
    check: Spanned<String>,
    persona: Option<Spanned<String>>,
    reason: Spanned<String>,
    expires: Option<Spanned<Datetime>>,
}

impl Baseline {
    /// Reads the file at `path`. An entry counts up to and with the day it names.
    ///
    /// # Errors
    /// When it cannot be read, is of a newer format, or lists what cannot be: a scenario, check or persona that does
    /// not exist, no reason, the same finding twice.
    pub fn read(path: &Path, catalogue: &Catalogue, today: Date) -> Result<Self, FileError> {
        let shown = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text, catalogue, today),
            Err(error) => Err(FileError::whole(&shown, format!("cannot be read: {error}"))),
        }
    }

    pub(super) fn parse(path: &Path, text: &str, catalogue: &Catalogue, today: Date) -> Result<Self, FileError> {
        let whole = Place::new(path.display().to_string().into(), Arc::from(text), 0..0);
        let wrong = |error: toml::de::Error| {
            FileError::at(&whole.at(error.span().unwrap_or_default()), error.message().trim_end())
        };
        let versioned: Versioned = toml::from_str(text).map_err(wrong)?;
        if let Some(version) = versioned.version.filter(|version| *version.get_ref() != VERSION) {
            let message = if *version.get_ref() > VERSION {
                format!("a newer proofload wrote this file; this one reads version {VERSION}")
            } else {
                format!("there is only version {VERSION}")
            };
            return Err(FileError::at(&whole.at(version.span()), message));
        }
        let file: File = toml::from_str(text).map_err(wrong)?;
        let mut baseline = Self::empty(path, catalogue);
        let mut names = BTreeSet::new();
        for known in file.known {
            let entry = entry(known, catalogue, today, &whole)?;
            if !names.insert(entry.name()) {
                return Err(FileError::at(&entry.place, "this finding is listed twice"));
            }
            baseline.entries.push(entry);
        }
        Ok(baseline)
    }
}

fn entry(known: Known, catalogue: &Catalogue, today: Date, whole: &Place) -> Result<Entry, FileError> {
    let place = whole.at(known.scenario.span());
    let scenario = catalogue
        .scenarios()
        .iter()
        .find(|scenario| scenario.id == *known.scenario.get_ref());
    let scenario = scenario.ok_or_else(|| {
        let message = format!(
            "there is no scenario `{}`; `proofload list` shows them all",
            known.scenario.get_ref()
        );
        FileError::at(&place, message)
    })?;
    check(&known.check, whole)?;
    if let Some(persona) = &known.persona {
        told_by(scenario, persona, whole)?;
    }
    reason(&known.reason, whole)?;
    let expires = known.expires.as_ref().map(|expires| date(expires, whole)).transpose()?;
    Ok(Entry {
        scenario: known.scenario.into_inner(),
        check: known.check.into_inner(),
        persona: known.persona.map(Spanned::into_inner),
        reason: known.reason.into_inner(),
        expires,
        expired: expires.is_some_and(|last| last < today),
        place,
    })
}

fn check(check: &Spanned<String>, whole: &Place) -> Result<(), FileError> {
    let id = check.get_ref();
    if Invariant::named(id).is_some() || Check::of(id).is_some() {
        return Ok(());
    }
    let message = format!("there is no check `{id}`; reports name them, and `proofload explain` lists them");
    Err(FileError::at(&whole.at(check.span()), message))
}

fn told_by(scenario: &Scenario, persona: &Spanned<String>, whole: &Place) -> Result<(), FileError> {
    if scenario.personas.contains(persona.get_ref()) {
        return Ok(());
    }
    let tellers = scenario.personas.join(", ");
    let message = format!("`{}` does not tell this scenario; {tellers} do", persona.get_ref());
    Err(FileError::at(&whole.at(persona.span()), message))
}

fn reason(reason: &Spanned<String>, whole: &Place) -> Result<(), FileError> {
    match reason.get_ref().trim() {
        "" | UNSAID => Err(FileError::at(
            &whole.at(reason.span()),
            "say why this finding is known and not put right yet",
        )),
        _ => Ok(()),
    }
}

fn date(expires: &Spanned<Datetime>, whole: &Place) -> Result<Date, FileError> {
    let wrong = || {
        FileError::at(
            &whole.at(expires.span()),
            "a date is written 2027-03-31, without quotes and time",
        )
    };
    match expires.get_ref() {
        Datetime {
            date: Some(date),
            time: None,
            offset: None,
        } => {
            let number = |n: u8| i8::try_from(n).map_err(|_| wrong());
            let year = i16::try_from(date.year).map_err(|_| wrong())?;
            Date::new(year, number(date.month)?, number(date.day)?).map_err(|_| wrong())
        }
        Datetime { .. } => Err(wrong()),
    }
}
