//! The settings there are. One struct for flags, environment and file, so that they cannot drift apart.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use proofload_scenarios::{Level, Place, Policies, Policy, PolicyChoice, Reading};
use serde::Deserialize;

use crate::report::ReportSpec;
use crate::transcript::Noise;

/// Longest time that can be asked for.
const SECONDS_MAX: f64 = 86_400.0;

/// What one source says; `None` and empty are silence. The texts are those of `proofload check --help`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Settings {
    /// Which bridge it is, and how it is reached.
    #[command(flatten)]
    pub target: TargetSettings,

    /// Only these personas; repeat it or separate them by commas
    #[arg(long = "persona", value_name = "NAME", value_delimiter = ',', help_heading = SELECTION)]
    pub personas: Vec<String>,

    /// Scenarios (and personas) in this folder instead of the built-in scenarios
    #[arg(long, value_name = "DIR", help_heading = SELECTION)]
    pub scenarios: Option<PathBuf>,

    /// The lightest finding that fails the run: must, hazard, should or may [default: must]
    #[arg(long, value_name = "LEVEL", value_parser = level, help_heading = JUDGEMENT)]
    pub fail_on: Option<Level>,

    /// Findings listed in this file are known and fail nothing; one that no longer happens does
    #[arg(long, value_name = "FILE", help_heading = JUDGEMENT)]
    pub baseline: Option<PathBuf>,

    /// Where the RFC and what identity providers need clash: which counts, rfc or idp [default: idp]
    #[arg(long, value_name = "READING", value_parser = reading, help_heading = JUDGEMENT)]
    pub reading: Option<Reading>,

    /// Say which of several correct behaviours this bridge has chosen; see `proofload list --policies`
    #[arg(long = "policy", value_name = "NAME=CHOICE", value_delimiter = ',', value_parser = policy, help_heading = JUDGEMENT)]
    pub policies: Vec<PolicyChoice>,

    /// How long an effect may take that the bridge applies after its answer [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = JUDGEMENT)]
    pub settle: Option<Duration>,

    /// How many cases run at a time [default: 2 a core, at least 8; 1 with --bridge-url or --scim-only]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=i64::from(JOBS_MAX)), help_heading = RUN)]
    pub jobs: Option<u16>,

    /// Seed of everything random, to repeat a run [default: another each time]
    #[arg(long, value_name = "NUMBER", help_heading = RUN)]
    pub seed: Option<u64>,

    /// Also write a report: html=PATH, json=PATH, junit=PATH or md=PATH; can be repeated
    #[arg(long = "report", value_name = "KIND=PATH", help_heading = RUN)]
    pub reports: Vec<ReportSpec>,

    /// Only in the file: what upstream does about a second invite for one address.
    #[arg(skip)]
    pub duplicate_invite: Option<DuplicateInvite>,

    /// Only in the file: the URN of the extension that the role attribute is mapped to.
    #[arg(skip)]
    pub role_urn: Option<String>,

    /// Only in the file: where snapshots are and what they show.
    #[arg(skip)]
    pub snapshot: SnapshotSettings,
}

/// Where snapshots are and what they show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotSettings {
    /// The folder.
    pub dir: Option<PathBuf>,
    /// What is shown of answers.
    pub noise: Option<Noise>,
}

/// Which bridge it is, and how it is reached. The same for every command that talks to one.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[expect(
    clippy::doc_markdown,
    reason = "people read these comments as help, without Markdown"
)]
pub struct TargetSettings {
    /// Start this bridge: it reads PORT, OPENAI_BASE_URL, OPENAI_ADMIN_KEY, SCIM_TOKEN and STATE_DIR, or has {port},
    /// {openai_base_url}, {openai_admin_key}, {scim_token} and {state_dir} in its command
    #[arg(long, value_name = "CMD", conflicts_with = "bridge_url", help_heading = TARGET)]
    pub bridge_cmd: Option<String>,

    /// Test the bridge that runs here; give the SCIM base URL as an administrator would
    #[arg(long, value_name = "URL", help_heading = TARGET)]
    pub bridge_url: Option<String>,

    /// Bearer token that a running bridge expects; better in PROOFLOAD_SCIM_TOKEN
    #[arg(long, value_name = "TOKEN", help_heading = TARGET)]
    pub scim_token: Option<Secret>,

    /// Path in front of /Users, if it is not that of the URL [default: /scim/v2]
    #[arg(long, value_name = "PATH", help_heading = TARGET)]
    pub base_path: Option<String>,

    /// There is no OpenAI behind this SCIM server: what needs one is not applicable, never passed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          hide_possible_values = true, help_heading = TARGET)]
    pub scim_only: Option<bool>,

    /// Where the mock upstream of a running bridge listens [default: 127.0.0.1:9000]
    #[arg(long, value_name = "ADDRESS", help_heading = TARGET)]
    pub mock_listen: Option<SocketAddr>,

    /// The only key that the mock upstream accepts; for a running bridge the default is any
    #[arg(long, value_name = "KEY", help_heading = TARGET)]
    pub admin_key: Option<Secret>,

    /// The command keeps in STATE_DIR what it has acknowledged, so it may be killed and started again
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          hide_possible_values = true, help_heading = TARGET)]
    pub durable: Option<bool>,

    /// How long the bridge may take until it answers [default: 15]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = TARGET)]
    pub ready_within: Option<Duration>,

    /// How long one answer may take [default: 60, Okta's limit]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = TARGET)]
    pub timeout: Option<Duration>,
}

const TARGET: &str = "Target (none of these: the embedded reference bridge)";
const SELECTION: &str = "Selection";
const JUDGEMENT: &str = "Judgement";
const RUN: &str = "Run";

/// More bridges at a time than this only measure the machine.
pub(super) const JOBS_MAX: u16 = 256;

/// What upstream does about a second invite for an address that has a pending one. OpenAI does not document it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DuplicateInvite {
    /// Not known; the bridge must be right either way. The default.
    Either,
    /// Refuses it. The bridge's author knows that, and the bridge may rely on it.
    UpstreamRefuses,
}

/// A token or key. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Settings {
    /// These settings, and those of `weaker` where these are silent. Each policy counts as one setting; lists are not mixed.
    #[must_use]
    pub fn over(self, weaker: Self) -> Self {
        Self {
            target: self.target.over(weaker.target),
            personas: first_said(self.personas, weaker.personas),
            scenarios: self.scenarios.or(weaker.scenarios),
            fail_on: self.fail_on.or(weaker.fail_on),
            baseline: self.baseline.or(weaker.baseline),
            reading: self.reading.or(weaker.reading),
            policies: policies_over(self.policies, weaker.policies),
            settle: self.settle.or(weaker.settle),
            jobs: self.jobs.or(weaker.jobs),
            seed: self.seed.or(weaker.seed),
            reports: first_said(self.reports, weaker.reports),
            duplicate_invite: self.duplicate_invite.or(weaker.duplicate_invite),
            role_urn: self.role_urn.or(weaker.role_urn),
            snapshot: SnapshotSettings {
                dir: self.snapshot.dir.or(weaker.snapshot.dir),
                noise: self.snapshot.noise.or(weaker.snapshot.noise),
            },
        }
    }
}

impl TargetSettings {
    /// These settings, and those of `weaker` where these are silent. Which bridge it is counts as one setting.
    #[must_use]
    fn over(self, weaker: Self) -> Self {
        // A bridge that we start is told where its upstream is.
        let weaker_listen = weaker.mock_listen.filter(|_| self.bridge_cmd.is_none());
        let (bridge_cmd, bridge_url) = if self.bridge_cmd.is_some() || self.bridge_url.is_some() {
            (self.bridge_cmd, self.bridge_url)
        } else {
            (weaker.bridge_cmd, weaker.bridge_url)
        };
        Self {
            bridge_cmd,
            bridge_url,
            scim_token: self.scim_token.or(weaker.scim_token),
            base_path: self.base_path.or(weaker.base_path),
            scim_only: self.scim_only.or(weaker.scim_only),
            mock_listen: self.mock_listen.or(weaker_listen),
            admin_key: self.admin_key.or(weaker.admin_key),
            durable: self.durable.or(weaker.durable),
            ready_within: self.ready_within.or(weaker.ready_within),
            timeout: self.timeout.or(weaker.timeout),
        }
    }
}

fn first_said<T>(stronger: Vec<T>, weaker: Vec<T>) -> Vec<T> {
    if stronger.is_empty() { weaker } else { stronger }
}

fn policies_over(stronger: Vec<PolicyChoice>, weaker: Vec<PolicyChoice>) -> Vec<PolicyChoice> {
    let stated = |name: &str| stronger.iter().any(|choice| choice.policy == name);
    let kept: Vec<PolicyChoice> = weaker.into_iter().filter(|choice| !stated(choice.policy)).collect();
    stronger.into_iter().chain(kept).collect()
}

fn level(text: &str) -> Result<Level, String> {
    let levels = [Level::Must, Level::Hazard, Level::Should, Level::May];
    let known = levels.into_iter().find(|level| level.as_str() == text);
    known.ok_or_else(|| "write must, hazard, should or may".to_owned())
}

fn reading(text: &str) -> Result<Reading, String> {
    let known = Reading::ALL.into_iter().find(|reading| reading.as_str() == text);
    known.ok_or_else(|| "write rfc or idp".to_owned())
}

fn policy(text: &str) -> Result<PolicyChoice, String> {
    let (name, choice) = text
        .split_once('=')
        .ok_or("write NAME=CHOICE, such as pending_member=hold")?;
    policy_choice(name.trim(), choice.trim())
}

/// The policy and the choice with these names. The error lists those there are.
pub(super) fn policy_choice(name: &str, choice: &str) -> Result<PolicyChoice, String> {
    let nowhere = Place::new("".into(), "".into(), 0..0);
    let stated = Policies::default().state(name, choice, &nowhere);
    stated.map_err(|error| error.message().to_owned())?;
    let found = Policy::named(name).and_then(|policy| {
        Some(PolicyChoice {
            policy: policy.name,
            choice: policy.choice(choice)?,
        })
    });
    found.ok_or_else(|| format!("there is no policy {name}={choice}"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(as_duration)
        .ok_or_else(|| SECONDS_ARE.to_owned())
}

/// What a number of seconds must be.
pub(super) const SECONDS_ARE: &str = "give seconds from 0 to 86400, such as 10 or 0.5";

pub(super) fn as_duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|_| seconds <= SECONDS_MAX)
}
