//! What the command line may say of a profile's size and pace.

use std::time::Duration;

use proofload_scenarios::{Acceptance, RateLimit};

use crate::load::directory::Shard;
use crate::load::parameters::Parameters;

const SIZE: &str = "Size and pace (the profile says them, unless told otherwise)";
const OPENAI: &str = "OpenAI meanwhile";
const SAFETY: &str = "Safety";

/// See the module. The texts are those of `proofload load --help`.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::doc_markdown,
    reason = "people read these comments as help, without Markdown"
)]
pub(super) struct Flags {
    /// How many people come on board
    #[arg(long, value_name = "NUMBER", help_heading = SIZE)]
    people: Option<u32>,

    /// In how many groups
    #[arg(long, value_name = "NUMBER", help_heading = SIZE)]
    groups: Option<u32>,

    /// Who tells it; see `proofload list --personas`
    #[arg(long, value_name = "NAME", help_heading = SIZE)]
    persona: Option<String>,

    /// How many jobs at a time; with --rate, how many connections
    #[arg(long, value_name = "NUMBER", help_heading = SIZE)]
    workers: Option<u32>,

    /// Jobs begin so many times a second, whether or not the bridge keeps up
    #[arg(long, value_name = "PER_SECOND", help_heading = SIZE)]
    rate: Option<f64>,

    /// The wait between two requests of one job
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = SIZE)]
    think: Option<Duration>,

    /// Take only this part of the company: 0/3, 1/3 or 2/3 on three machines
    #[arg(long, value_name = "K/N", value_parser = shard, help_heading = SIZE)]
    shard: Option<Shard>,

    /// How many calls OpenAI lets through: off, measured, or BURST/PER_MINUTE
    #[arg(long, value_name = "LIMIT", help_heading = OPENAI)]
    throttle: Option<RateLimit>,

    /// Who accepts an invite: never, at-once, seconds, or "s-curve MEDIAN/SPREAD"
    #[arg(long, value_name = "WHEN", help_heading = OPENAI)]
    accept: Option<Acceptance>,

    /// So many seconds of OpenAI's time pass in one
    #[arg(long, value_name = "TIMES", help_heading = OPENAI)]
    compress: Option<f64>,

    /// How long the bridge may take, after the last request, to bring OpenAI in line
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = SAFETY)]
    settle_within: Option<Duration>,

    /// End the run after this time
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = SAFETY)]
    max_time: Option<Duration>,

    /// End the run after so many requests to the bridge
    #[arg(long, value_name = "NUMBER", help_heading = SAFETY)]
    max_requests: Option<u64>,
}

impl Flags {
    /// As the load run knows them.
    pub(super) fn parameters(&self) -> Parameters {
        Parameters {
            people: self.people,
            groups: self.groups,
            persona: self.persona.clone(),
            workers: self.workers,
            rate: self.rate,
            think: self.think,
            throttle: self.throttle,
            accept: self.accept,
            compress: self.compress,
            shard: self.shard,
            settle_within: self.settle_within,
            max_time: self.max_time,
            max_requests: self.max_requests,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "give seconds, such as 10 or 0.5".to_owned())
}

fn shard(text: &str) -> Result<Shard, String> {
    let wrong = || "write K/N, with K from 0 to N - 1: 0/3, 1/3 and 2/3 are the shards of three machines".to_owned();
    let (index, count) = text.split_once('/').ok_or_else(wrong)?;
    let parse = |text: &str| text.parse().map_err(|_| wrong());
    Shard::new(parse(index)?, parse(count)?).ok_or_else(wrong)
}
