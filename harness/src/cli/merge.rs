//! `proofload merge`: the results of several machines as one.

use std::path::PathBuf;

use super::load::output::{self, Output};
use super::load::parsed;
use super::{Error, say};
use crate::load::report;
use crate::load::result::merge;

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The JSON reports of all shards, in any order
    #[arg(value_name = "FILE", required = true, num_args = 1..)]
    files: Vec<PathBuf>,

    /// What must hold for all of them together, or the exit code is 5; can be repeated
    #[arg(long = "threshold", value_name = "METRIC<VALUE")]
    thresholds: Vec<String>,

    /// Also write a report: json=PATH, md=PATH or html=PATH; can be repeated
    #[arg(long = "report", value_name = "KIND=PATH")]
    reports: Vec<Output>,
}

pub(super) const HELP: &str = "\
Examples:
  proofload merge 0.json 1.json 2.json
  proofload merge results/*.json --threshold 'p95<800ms' --report html=all.html

Times are added exactly (they are histograms), counts are summed, and a shard that is missing or there twice is an error.
Exit codes are those of `proofload load`.";

/// Runs the command and gives the exit code.
pub(super) fn run(args: &Args) -> Result<u8, Error> {
    let thresholds = parsed(&args.thresholds)?;
    let reports = args.reports.iter().map(Output::open).collect::<Result<Vec<_>, _>>()?;
    let results = args.files.iter().map(|file| output::read(file));
    let mut whole = merge(results.collect::<Result<_, _>>()?).map_err(Error::usage)?;
    if !thresholds.is_empty() {
        whole.thresholds = thresholds.iter().map(|threshold| threshold.judge(&whole)).collect();
    }
    for report in reports {
        report.write(&whole, None)?;
    }
    say(&report::terminal(&whole, None))?;
    Ok(whole.exit_code())
}
