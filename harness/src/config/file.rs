//! `proofload.toml`: the settings of a bridge, kept beside its code. Every mistake is shown with its place.
//!
//! Paths in it are meant from the folder it is in.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proofload_scenarios::{FileError, Level, Place, Policy, PolicyChoice, Reading};
use serde::Deserialize;
use toml::{Spanned, Value};

use super::settings::{
    DuplicateInvite, JOBS_MAX, SECONDS_ARE, Settings, SnapshotSettings, TargetSettings, as_duration, policy_choice,
};
use crate::report::ReportSpec;
use crate::transcript::{Noise, Redaction};

/// The name that is looked for.
pub(super) const NAME: &str = "proofload.toml";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    target: Target,
    check: Check,
    snapshot: Option<Snapshot>,
    bridge: BTreeMap<Spanned<String>, Spanned<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Target {
    bridge_cmd: Option<Spanned<String>>,
    bridge_url: Option<String>,
    scim_only: Option<bool>,
    durable: Option<bool>,
    scim_token: Option<String>,
    base_path: Option<String>,
    mock_listen: Option<Spanned<String>>,
    admin_key: Option<String>,
    ready_within_seconds: Option<Spanned<f64>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Check {
    persona: Vec<String>,
    jobs: Option<Spanned<u16>>,
    seed: Option<u64>,
    fail_on: Option<Level>,
    baseline: Option<PathBuf>,
    reading: Option<Reading>,
    scenarios: Option<PathBuf>,
    report: Vec<Spanned<String>>,
    timeout_seconds: Option<Spanned<f64>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Snapshot {
    dir: Option<PathBuf>,
    headers: Option<Vec<String>>,
    redact: Vec<Spanned<Redact>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redact {
    pointer: Option<Spanned<String>>,
    pattern: Option<Spanned<String>>,
}

/// Reads the file that was `named`, which must be there, or else `usual`, which need not.
pub(super) fn read(named: Option<&Path>, usual: &Path) -> Result<Settings, FileError> {
    let path = named.unwrap_or(usual);
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(FileError::whole(
            &path.display().to_string(),
            format!("cannot be read: {error}"),
        )),
    }
}

fn parse(path: &Path, text: &str) -> Result<Settings, FileError> {
    let whole = Place::new(path.display().to_string().into(), Arc::from(text), 0..0);
    let file: File = toml::from_str(text)
        .map_err(|error| FileError::at(&whole.at(error.span().unwrap_or_default()), error.message().trim_end()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let timeout = seconds(file.check.timeout_seconds.clone(), &whole)?;
    let settings = Settings {
        target: target(file.target, timeout, &whole)?,
        snapshot: file
            .snapshot
            .map_or(Ok(SnapshotSettings::default()), |table| snapshot(table, folder, &whole))?,
        ..bridge(file.bridge, &whole)?
    };
    check(file.check, settings, folder, &whole)
}

fn target(target: Target, timeout: Option<Duration>, whole: &Place) -> Result<TargetSettings, FileError> {
    if let (Some(command), Some(_)) = (&target.bridge_cmd, &target.bridge_url) {
        return Err(FileError::at(
            &whole.at(command.span()),
            "give `bridge_cmd` or `bridge_url`, not both",
        ));
    }
    let mock_listen = target.mock_listen.map(|address| {
        let wrong = || {
            FileError::at(
                &whole.at(address.span()),
                "an address is written like \"127.0.0.1:9000\"",
            )
        };
        address.get_ref().parse().map_err(|_| wrong())
    });
    Ok(TargetSettings {
        bridge_cmd: target.bridge_cmd.map(Spanned::into_inner),
        bridge_url: target.bridge_url,
        scim_only: target.scim_only,
        durable: target.durable,
        scim_token: target.scim_token.map(Into::into),
        base_path: target.base_path,
        mock_listen: mock_listen.transpose()?,
        admin_key: target.admin_key.map(Into::into),
        ready_within: seconds(target.ready_within_seconds, whole)?,
        timeout,
    })
}

fn check(check: Check, settings: Settings, folder: &Path, whole: &Place) -> Result<Settings, FileError> {
    let jobs = check.jobs.map(|jobs| match *jobs.get_ref() {
        1..=JOBS_MAX => Ok(*jobs.get_ref()),
        _ => Err(FileError::at(
            &whole.at(jobs.span()),
            format!("`jobs` is a number from 1 to {JOBS_MAX}"),
        )),
    });
    let reports = check.report.iter().map(|report| {
        let spec: Result<ReportSpec, String> = report.get_ref().parse();
        let spec = spec.map_err(|message| FileError::at(&whole.at(report.span()), message))?;
        Ok(ReportSpec {
            path: folder.join(spec.path),
            ..spec
        })
    });
    Ok(Settings {
        personas: check.persona,
        jobs: jobs.transpose()?,
        seed: check.seed,
        fail_on: check.fail_on,
        baseline: check.baseline.map(|file| folder.join(file)),
        reading: check.reading,
        scenarios: check.scenarios.map(|dir| folder.join(dir)),
        reports: reports.collect::<Result<_, FileError>>()?,
        ..settings
    })
}

fn snapshot(table: Snapshot, folder: &Path, whole: &Place) -> Result<SnapshotSettings, FileError> {
    let mut noise = Noise::default();
    if let Some(headers) = table.headers {
        noise.headers = headers.iter().map(|header| header.to_lowercase()).collect();
    }
    for redact in table.redact {
        let at = whole.at(redact.span());
        let said = |span, message: String| FileError::at(&whole.at(span), message);
        noise.redact.push(match redact.into_inner() {
            Redact {
                pointer: Some(pointer),
                pattern: None,
            } => {
                let parsed = pointer.get_ref().parse();
                Redaction::Pointer(parsed.map_err(|message| said(pointer.span(), message))?)
            }
            Redact {
                pointer: None,
                pattern: Some(pattern),
            } => {
                let parsed = pattern.get_ref().parse();
                Redaction::Pattern(parsed.map_err(|message| said(pattern.span(), message))?)
            }
            Redact { .. } => return Err(FileError::at(&at, "a rule has one of `pointer` and `pattern`")),
        });
    }
    Ok(SnapshotSettings {
        dir: table.dir.map(|dir| folder.join(dir)),
        noise: Some(noise),
    })
}

/// Keys of `[bridge]` that are no policies.
const BRIDGE_KEYS: [&str; 3] = ["settle_seconds", "duplicate_invite", "role_urn"];

/// The `[bridge]` table: policies by name, each one choice or a list of them, and what else is known of the bridge.
fn bridge(table: BTreeMap<Spanned<String>, Spanned<Value>>, whole: &Place) -> Result<Settings, FileError> {
    let mut settings = Settings::default();
    for (key, value) in table {
        let at = whole.at(value.span());
        let wrong = |message: &str| FileError::at(&at, message);
        match (key.get_ref().as_str(), value.into_inner()) {
            ("settle_seconds", value) => {
                settings.settle = Some(number(&value).and_then(as_duration).ok_or_else(|| wrong(SECONDS_ARE))?);
            }
            ("duplicate_invite", value) => {
                let choice = DuplicateInvite::deserialize(value).map_err(|error| wrong(error.message()))?;
                settings.duplicate_invite = Some(choice);
            }
            ("role_urn", Value::String(urn)) if urn.starts_with("urn:") => {
                settings.role_urn = Some(urn);
            }
            ("role_urn", _) => return Err(wrong("`role_urn` is a string that begins with `urn:`")),
            (name, value) if Policy::named(name).is_some() => {
                settings.policies.extend(choices(name, value, &at)?);
            }
            (unknown, _) => {
                let known: Vec<String> = Policy::ALL
                    .iter()
                    .map(|policy| policy.name)
                    .chain(BRIDGE_KEYS)
                    .map(|name| format!("`{name}`"))
                    .collect();
                let message = format!("unknown key `{unknown}`, expected one of {}", known.join(", "));
                return Err(FileError::at(&whole.at(key.span()), message));
            }
        }
    }
    Ok(settings)
}

fn choices(policy: &str, value: Value, at: &Place) -> Result<Vec<PolicyChoice>, FileError> {
    let choices = match value {
        Value::Array(choices) => choices,
        one => vec![one],
    };
    let one = |choice: &Value| match choice {
        Value::String(choice) => policy_choice(policy, choice).map_err(|message| FileError::at(at, message)),
        _ => Err(FileError::at(
            at,
            format!("`{policy}` is a string or a list of strings"),
        )),
    };
    choices.iter().map(one).collect()
}

fn seconds(value: Option<Spanned<f64>>, whole: &Place) -> Result<Option<Duration>, FileError> {
    value
        .map(|value| as_duration(*value.get_ref()).ok_or_else(|| FileError::at(&whole.at(value.span()), SECONDS_ARE)))
        .transpose()
}

/// A TOML number, with or without a fraction.
fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| {
        value
            .as_integer()
            .and_then(|whole| i32::try_from(whole).ok())
            .map(f64::from)
    })
}
