//! `proofload check`: tests a bridge. Everything is decided before anything is started.

mod github;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proofload_scenarios::Catalogue;
use tokio::sync::{mpsc, watch};

use super::source::{catalogue, config_file, variable};
use super::{Error, interrupt, runtime, say, select};
use crate::baseline::Baseline;
use crate::config::{Config, Settings};
use crate::exit;
use crate::outlet;
use crate::redact::Redactor;
use crate::report::{Record, Reports, Terminal, Verbosity};
use crate::run::{self, Plan};

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only these scenarios: an id or its beginning (users/), a pattern (*/reactivate), or a catalogue row (ACT-05)
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    #[command(flatten)]
    settings: Settings,

    /// Settings in this file [default: proofload.toml, if it is there]
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    config: Option<PathBuf>,

    /// Write the baseline anew: what fails now is listed, what no longer happens goes; how the run ends stays the same
    #[arg(long, help_heading = "Judgement")]
    update_baseline: bool,

    /// Show only what fails the run, and the result
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Run")]
    quiet: bool,

    /// Show each case as it ends, and every finding in full
    #[arg(long, short, help_heading = "Run")]
    verbose: bool,
}

pub(super) const HELP: &str = "\
Examples:
  proofload check                                      the reference bridge: how a clean run looks
  proofload check --bridge-cmd './bridge' users/       start a bridge; people only
  proofload check --bridge-cmd 'node srv.js --port {port}' --persona entra
  PROOFLOAD_SCIM_TOKEN=… proofload check --bridge-url http://localhost:8080/scim/v2
      a bridge that runs already; start it with OPENAI_BASE_URL=http://127.0.0.1:9000/v1
  proofload check --bridge-url https://scim.example.com/v2 --scim-only --scim-token …
      a SCIM server with a back end of its own
  proofload check --bridge-cmd './bridge' --report junit=out/scim.xml --report json=out/scim.json

Where settings come from, the strongest first:
  flags; then PROOFLOAD_ and a flag's name (PROOFLOAD_BRIDGE_URL, PROOFLOAD_PERSONA=entra,okta-aiw);
  then proofload.toml ([target], [check], [bridge]); then the defaults. An empty variable is silent.

Exit codes:
  0    the bridge conforms
  1    something was found at or above --fail-on
  2    the command line, a scenario or the configuration is wrong, or nothing applies to this target
  3    the bridge cannot be tested: unreachable, wrong token, wrong base path
  4    trouble of our own, or the bridge went away in the middle
  130  interrupted; what was known was reported";

/// Runs the command and gives the exit code.
pub(super) fn run(args: Args) -> Result<u8, Error> {
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    let file = config_file(args.config.as_deref());
    let config = Config::load(args.settings, variable, file.as_deref())?;
    let catalogue = catalogue(config.scenarios.as_deref())?;
    let cases = select::cases(&catalogue, &args.filters, &config.personas).map_err(Error::Selection)?;
    let redactor = redactor(&config);
    let known = known(config.baseline.as_deref(), args.update_baseline, &catalogue)?;
    let fresh = known.clone().filter(|_| args.update_baseline);
    let reports =
        Reports::open(&config.reports, Terminal::new(verbosity), redactor, known).map_err(Error::ReportPath)?;
    let plan = Plan {
        cases,
        target: config.target,
        jobs: config.jobs,
        seed: config.seed,
        rules: config.rules,
        fail_on: config.fail_on,
        command: config.command,
        transcripts: None,
    };
    let record = match runtime()?.block_on(conduct(plan, reports))? {
        Ok(record) => record,
        Err(code) => return Ok(code),
    };
    outlet::command(&github::tell(&record, variable)?)?;
    if let Some(baseline) = fresh {
        update(&baseline, &record)?;
    }
    Ok(record.exit_code())
}

/// The findings that are known. A baseline that is to be written need not be there yet.
fn known(path: Option<&Path>, is_written: bool, catalogue: &Catalogue) -> Result<Option<Baseline>, Error> {
    let Some(path) = path else {
        let nowhere = "--update-baseline needs to know the file: --baseline FILE, or baseline = … in proofload.toml";
        return if is_written {
            Err(Error::usage(nowhere))
        } else {
            Ok(None)
        };
    };
    if is_written && !path.exists() {
        return Ok(Some(Baseline::empty(path, catalogue)));
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let known = Baseline::read(path, catalogue, today).map_err(|error| Error::Files(vec![error]))?;
    Ok(Some(known))
}

/// Writes down what is known now. A run that was cut short says too little for that.
fn update(baseline: &Baseline, record: &Record) -> Result<(), Error> {
    let path = baseline.path();
    let told = if record.was_interrupted() {
        "was not touched: the run was cut short"
    } else if let Some(text) = baseline.updated(&record.cases, record.run.fail_on) {
        std::fs::write(path, text)?;
        "was written; say why where it says TODO"
    } else {
        "stays as it is"
    };
    Ok(say(&format!("{} {told}.\n", path.display()))?)
}

/// Runs the plan and lets the reports listen. The first request to end asks the runner to stop, so that what is known
/// is reported; the second ends the program at once. Gives what is known, or the exit code of a run that never began.
async fn conduct(plan: Plan, mut reports: Reports) -> Result<Result<Record, u8>, Error> {
    let (events, mut received) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let mut requests = interrupt::requests()?;
    let running = tokio::spawn(run::run(plan, events, stopped));
    loop {
        tokio::select! {
            event = received.recv() => match event {
                Some(event) => reports.event(event)?,
                None => break,
            },
            Some(()) = requests.recv() => {
                if stop.send_replace(true) {
                    return Ok(Err(exit::INTERRUPTED));
                }
                reports.announce("stopping after what runs now; once more to end at once")?;
            }
        }
    }
    let ran = running.await;
    let record = reports.close().map_err(Error::Report)?;
    match (ran?, record) {
        (Err(_), _) if *stop.borrow() => Ok(Err(exit::INTERRUPTED)),
        (Err(error), _) => Err(error.into()),
        (Ok(()), record) => Ok(record.ok_or(exit::TROUBLE)),
    }
}

/// Hides the secrets that were given; those made up for a bridge that we start are hidden by who makes them up.
fn redactor(config: &Config) -> Redactor {
    let given = [
        (&config.target.scim_token, "$SCIM_TOKEN"),
        (&config.target.admin_key, "$OPENAI_ADMIN_KEY"),
    ];
    given
        .into_iter()
        .fold(Redactor::default(), |redactor, (secret, shown)| match secret {
            Some(secret) => redactor.hide(secret, shown),
            None => redactor,
        })
}
