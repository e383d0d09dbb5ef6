//! What a run is to be, after everything that has a say was heard: flags, environment, `proofload.toml`, defaults.
//!
//! All four speak of the same [`Settings`]; a stronger one hides what a weaker one says of the same setting. Flags are
//! strongest, then `PROOFLOAD_…` variables, then the file. What comes out is a [`Config`], in which nothing is optional
//! that a run needs. Nothing is started here and nothing is read but that one file.

mod command_line;
mod environment;
mod file;
mod settings;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use proofload_scenarios::{FileError, Level, Place, Policies};

use crate::report::ReportSpec;
use crate::run::Rules;
use crate::target::{TargetError, TargetKind, TargetSpec};
use crate::wire::Limits;

pub use settings::{DuplicateInvite, Secret, Settings, SnapshotSettings, TargetSettings};

/// A run, decided.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is tested. Can be raised as it is.
    pub target: TargetSpec,
    /// Only these personas; empty is all of them.
    pub personas: Vec<String>,
    /// The folder the scenarios are in, instead of the built-in ones.
    pub scenarios: Option<PathBuf>,
    /// How many cases run at a time.
    pub jobs: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The level from which a finding fails the run.
    pub fail_on: Level,
    /// The findings that are known.
    pub baseline: Option<PathBuf>,
    /// What the bridge is judged by.
    pub rules: Rules,
    /// Which report files are written.
    pub reports: Vec<ReportSpec>,
    /// Where snapshots are and what they show.
    pub snapshot: SnapshotSettings,
    /// The command line that repeats the run, without filters: `proofload check --seed 7`. No secret is in it.
    pub command: String,
}

/// What is wrong with what somebody wrote. Nothing is run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `proofload.toml`.
    #[error(transparent)]
    File(#[from] FileError),
    /// A `PROOFLOAD_…` variable.
    #[error("from the environment: {0}")]
    Environment(String),
    /// What was said of the target does not go together.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// More jobs than the target can serve.
    #[error(
        "--jobs {0} cannot be with --bridge-url: a running bridge has one upstream, so one case is run after the other"
    )]
    Jobs(u16),
}

impl Config {
    /// Hears all sources, as [`layered`] does, and decides what they leave open.
    ///
    /// # Errors
    /// When a source cannot be understood, or when the settings do not go together.
    pub fn load(
        flags: Settings,
        environment: impl Fn(&str) -> Option<OsString>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let said = said(flags, environment)?;
        let settings = said.clone().over(file::read(file, Path::new(file::NAME))?);
        let seed = settings.seed.unwrap_or_else(|| u64::from(fastrand::u32(..)));
        let command = command_line::repeat(&said, file, seed);
        let target = target(&settings, seed);
        target.validate()?;
        let jobs = jobs(settings.jobs, &target)?;
        Ok(Self {
            rules: rules(&settings)?,
            target,
            personas: settings.personas,
            scenarios: settings.scenarios,
            jobs,
            seed,
            fail_on: settings.fail_on.unwrap_or_default(),
            baseline: settings.baseline,
            reports: settings.reports,
            snapshot: settings.snapshot,
            command,
        })
    }
}

/// The settings of all sources, the strongest first: `flags`, the environment, `file` or else `proofload.toml` here.
///
/// # Errors
/// When a variable or the file says something that cannot be, or when `file` is not there.
pub fn layered(
    flags: Settings,
    environment: impl Fn(&str) -> Option<OsString>,
    file: Option<&Path>,
) -> Result<Settings, ConfigError> {
    Ok(said(flags, environment)?.over(file::read(file, Path::new(file::NAME))?))
}

/// What was said when the program was started, by flags and environment.
fn said(flags: Settings, environment: impl Fn(&str) -> Option<OsString>) -> Result<Settings, ConfigError> {
    let environment = environment::settings(environment).map_err(ConfigError::Environment)?;
    Ok(flags.over(environment))
}

fn target(settings: &Settings, seed: u64) -> TargetSpec {
    let default = TargetSpec::default();
    let kind = match (&settings.target.bridge_cmd, &settings.target.bridge_url) {
        (Some(command), _) => TargetKind::Command {
            command: command.clone(),
        },
        (None, Some(url)) => TargetKind::Url { url: url.clone() },
        (None, None) => TargetKind::Embedded,
    };
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
    TargetSpec {
        kind,
        scim_only: settings.target.scim_only.unwrap_or(default.scim_only),
        durable: settings.target.durable.unwrap_or(default.durable),
        base_path: settings.target.base_path.clone(),
        scim_token: secret(&settings.target.scim_token),
        admin_key: secret(&settings.target.admin_key),
        mock_listen: settings.target.mock_listen,
        ready_within: settings.target.ready_within.unwrap_or(default.ready_within),
        seed,
        limits: Limits {
            answer_within: settings.target.timeout.unwrap_or(default.limits.answer_within),
            ..default.limits
        },
        ..default
    }
}

fn rules(settings: &Settings) -> Result<Rules, ConfigError> {
    let default = Rules::default();
    let mut policies = Policies::default();
    let nowhere = Place::new("".into(), "".into(), 0..0);
    for stated in &settings.policies {
        policies.state(stated.policy, stated.choice, &nowhere)?;
    }
    if let Some(reading) = settings.reading {
        policies.read(reading);
    }
    Ok(Rules {
        policies,
        settle: settings.settle.unwrap_or(default.settle),
        duplicate_invite_refused: match settings.duplicate_invite {
            Some(DuplicateInvite::UpstreamRefuses) => true,
            Some(DuplicateInvite::Either) | None => false,
        },
        role_urn: settings.role_urn.clone().unwrap_or(default.role_urn),
    })
}

/// Bridges that we start are as many as there is room for; a bridge that runs already is one.
fn jobs(asked: Option<u16>, target: &TargetSpec) -> Result<usize, ConfigError> {
    let runs_already = matches!(target.kind, TargetKind::Url { .. });
    match asked {
        Some(jobs) if jobs > 1 && runs_already && !target.scim_only => Err(ConfigError::Jobs(jobs)),
        Some(jobs) => Ok(usize::from(jobs)),
        None if runs_already || target.scim_only => Ok(1),
        None => Ok(available_parallelism().map_or(8, |cores| (2 * cores.get()).max(8))),
    }
}

#[cfg(test)]
mod tests;
