//! `proofload snapshot`: what the bridge does today beside what was accepted, case by case.

mod review;
mod tell;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use self::tell::Told;
use super::source::{config_file, variable};
use super::{Error, runtime, say};
use crate::config::{self, Config, Settings};
use crate::exit;
use crate::report::style::{BAD, BOLD, DIM, GOOD, ODD, counted, paint};
use crate::snapshot::{self, Change, Difference, Snapshots, TELLINGS_MAX};

/// The folder, unless another is named.
const FOLDER: &str = "snapshots";
/// So many differences are shown in full, and so many lines of each.
const SHOWN_MAX: usize = 10;
const LINES_MAX: usize = 60;
/// Variables by which CI systems say that they are one.
const CI: [&str; 3] = ["CI", "TF_BUILD", "JENKINS_URL"];

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Tell the scenarios and compare each transcript with its snapshot
    #[command(after_help = CHECK_HELP)]
    Check {
        #[command(flatten)]
        telling: Telling,
        /// Do not write what differs as .snap.new beside the snapshots; never done where CI is set
        #[arg(long)]
        no_pending: bool,
    },
    /// Tell the scenarios and write the snapshots that differ; take away those of cases that are no more
    #[command(after_help = ACCEPT_HELP)]
    Accept {
        #[command(flatten)]
        telling: Telling,
    },
    /// Walk through what `check` found different and accept or reject each; starts nothing
    #[command(after_help = REVIEW_HELP)]
    Review {
        /// The folder of the snapshots [default: snapshots]
        #[arg(long, value_name = "DIR")]
        snapshots: Option<PathBuf>,
        /// Settings in this file [default: proofload.toml, if it is there]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// What is told, to which bridge.
#[derive(Debug, clap::Args)]
#[command(mut_args(shown_here))]
struct Telling {
    /// Only these scenarios: an id or its beginning (users/), a pattern (*/reactivate), or a catalogue row (ACT-05)
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// The folder of the snapshots [default: snapshots]
    #[arg(long, value_name = "DIR", help_heading = "Selection")]
    snapshots: Option<PathBuf>,

    #[command(flatten)]
    settings: Settings,

    /// Settings in this file [default: proofload.toml, if it is there]
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    config: Option<PathBuf>,
}

/// Hides the settings that belong to judging, and to reports of it.
fn shown_here(arg: clap::Arg) -> clap::Arg {
    let is_of_judgement = ["reports", "baseline", "fail_on"].contains(&arg.get_id().as_str());
    arg.hide(is_of_judgement)
}

pub(super) const HELP: &str = "\
A snapshot is the transcript of one scenario under one persona: what the identity provider sent, what the bridge answered
and what it asked OpenAI for meanwhile, with names in place of ids, times and ports. It says nothing about right and
wrong, which `proofload check` does; it says when something changed.

Examples:
  proofload snapshot accept --bridge-cmd './bridge'        once; then commit the folder snapshots/
  proofload snapshot check --bridge-cmd './bridge'         what is different today
  proofload snapshot review                                accept or reject it, one by one
  cargo insta review                                       the same, for those who know it";

const CHECK_HELP: &str = "\
Examples:
  proofload snapshot check --bridge-cmd './bridge' users/ --persona entra
  proofload snapshot check --bridge-cmd './bridge' --snapshots test/snapshots

A transcript counts once two tellings agree on it: what differs from its snapshot is told again with another seed.
Scenarios about a kill, a hang-up or different requests at one moment have no snapshot; which comes first is chance.
Headers and noise: [snapshot] in proofload.toml, such as
  [snapshot]
  dir = \"test/snapshots\"
  headers = [\"content-type\", \"location\"]
  redact = [{ pointer = \"/meta/version\" }, { pattern = \"build-[0-9a-f]+\" }]

Exit codes:
  0    everything is as it was accepted
  1    something is different, missing, or no longer there
  2    the command line, a snapshot, a scenario or the configuration is wrong; nothing was written
  3    the bridge cannot be tested
  4    trouble of our own, or the bridge went away in the middle";

const ACCEPT_HELP: &str = "\
Examples:
  proofload snapshot accept --bridge-cmd './bridge'
  proofload snapshot accept --bridge-cmd './bridge' groups/push-entra

Look at what `git diff` shows before you commit it. Where CI is set, nothing is written and this is refused.";

const REVIEW_HELP: &str = "\
Keys, each followed by Enter: a accepts, r rejects, s skips and keeps it for later, q ends.";

/// Runs the command and gives the exit code.
pub(super) fn run(args: Args) -> Result<u8, Error> {
    match args.what {
        What::Check { telling, no_pending } => check(&telling, !no_pending && !is_ci()),
        What::Accept { telling } => accept(&telling),
        What::Review { snapshots, config } => {
            let file = config_file(config.as_deref());
            let settings = config::layered(Settings::default(), variable, file.as_deref())?;
            let snapshots = open(snapshots.or(settings.snapshot.dir).as_deref())?;
            if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
                return Err(Error::usage(
                    "a review needs a terminal to ask on; `proofload snapshot check` shows differences without one, \
                     `proofload snapshot accept` accepts them",
                ));
            }
            review::walk(&snapshots, &mut io::stdin().lock(), &mut anstream::stdout())?;
            Ok(exit::CONFORMS)
        }
    }
}

fn check(telling: &Telling, is_proposed: bool) -> Result<u8, Error> {
    let (config, mut snapshots) = prepare(telling)?;
    let told = runtime()?.block_on(tell::tell(config, &telling.filters, &mut snapshots))?;
    for difference in told.differences.iter().filter(|_| is_proposed) {
        snapshots.propose(difference)?;
    }
    for id in &told.same {
        snapshots.forget_pending(id)?;
    }
    say(&shown(&told, &snapshots))?;
    let pending = told
        .differences
        .iter()
        .any(|difference| difference.change != Change::Orphaned);
    if is_proposed && pending {
        say(&format!(
            "{}\n",
            paint(
                DIM,
                "`proofload snapshot review` walks through them; `proofload snapshot accept` accepts them all"
            )
        ))?;
    }
    Ok(code(&told))
}

fn accept(telling: &Telling) -> Result<u8, Error> {
    if is_ci() {
        return Err(Error::usage(
            "CI never writes snapshots: accept them on your machine and commit them (CI, TF_BUILD or JENKINS_URL is set)",
        ));
    }
    let (config, mut snapshots) = prepare(telling)?;
    let told = runtime()?.block_on(tell::tell(config, &telling.filters, &mut snapshots))?;
    for difference in &told.differences {
        snapshots.accept(difference)?;
    }
    for id in &told.same {
        snapshots.forget_pending(id)?;
    }
    let mut text = told
        .differences
        .iter()
        .map(|difference| line(difference, &snapshots))
        .collect::<String>();
    text.push_str(&remarks(&told));
    let (folder, same) = (snapshots.dir().display(), told.same.len());
    _ = match told.differences.len() {
        0 => writeln!(text, "{folder}: {same} as before, nothing to write."),
        changed => writeln!(text, "{folder}: {changed} written or taken away, {same} as before."),
    };
    say(&text)?;
    Ok(if told.unsteady.is_empty() {
        code_of_trouble(&told)
    } else {
        exit::FINDINGS
    })
}

/// What there is to compare with, and what is to be told. A report is a matter of `check`.
fn prepare(telling: &Telling) -> Result<(Config, Snapshots), Error> {
    let settings = &telling.settings;
    if !settings.reports.is_empty() || settings.baseline.is_some() {
        return Err(Error::usage(
            "--report and --baseline belong to `proofload check`: a snapshot says what changed, not what is wrong",
        ));
    }
    let file = config_file(telling.config.as_deref());
    let config = Config::load(settings.clone(), variable, file.as_deref())?;
    let snapshots = open(telling.snapshots.as_deref().or(config.snapshot.dir.as_deref()))?;
    Ok((config, snapshots))
}

fn open(dir: Option<&Path>) -> Result<Snapshots, Error> {
    Snapshots::read(dir.unwrap_or(Path::new(FOLDER))).map_err(Error::Files)
}

/// Everything that is different, and the result.
fn shown(told: &Told, snapshots: &Snapshots) -> String {
    let mut text = String::new();
    for (number, difference) in told.differences.iter().enumerate() {
        text.push_str(&line(difference, snapshots));
        if let Change::Changed { before, now } = &difference.change
            && number < SHOWN_MAX
        {
            text.push_str(&snapshot::diff(before, now, LINES_MAX));
            text.push('\n');
        }
    }
    text.push_str(&remarks(told));
    text.push_str(&result(told));
    text
}

/// A difference in one sentence.
fn line(difference: &Difference, snapshots: &Snapshots) -> String {
    let id = paint(BOLD, &difference.id);
    match &difference.change {
        Change::Missing { .. } => {
            format!("{}  {id}  has no snapshot yet\n", paint(ODD, "NEW    "))
        }
        Change::Changed { before, now } => {
            let sentence = snapshot::sentence(before, now);
            format!("{}  {id}  {sentence}\n", paint(BAD, "CHANGED"))
        }
        Change::Orphaned => {
            let path = snapshots.path(&difference.id);
            format!(
                "{}  {id}  there is no such case any more: {}\n",
                paint(ODD, "ORPHAN "),
                path.display()
            )
        }
    }
}

/// What could not be compared, and why.
fn remarks(told: &Told) -> String {
    let mut text = String::new();
    for id in &told.unsteady {
        _ = writeln!(
            text,
            "{}  {}  was another each of {TELLINGS_MAX} times it was told, so nobody can say what it is",
            paint(ODD, "UNSTEADY"),
            paint(BOLD, id)
        );
    }
    for (id, reason) in &told.trouble {
        _ = writeln!(text, "{}  {id}  {reason}", paint(BAD, "TROUBLE"));
    }
    for (reason, number) in &told.without {
        let line = format!("{} without a snapshot: {reason}", counted(*number as u64, "case"));
        _ = writeln!(text, "{}", paint(DIM, line));
    }
    text
}

fn result(told: &Told) -> String {
    let number = |is: fn(&Change) -> bool| {
        told.differences
            .iter()
            .filter(|difference| is(&difference.change))
            .count()
    };
    let changed = number(|change| matches!(change, Change::Changed { .. }));
    let missing = number(|change| matches!(change, Change::Missing { .. }));
    let orphaned = number(|change| matches!(change, Change::Orphaned));
    let code = code(told);
    let style = if code == exit::CONFORMS { GOOD } else { BAD };
    let parts = [
        (told.same.len(), "as accepted"),
        (changed, "changed"),
        (missing, "new"),
        (orphaned, "orphaned"),
        (told.unsteady.len(), "unsteady"),
    ];
    let parts = parts
        .iter()
        .enumerate()
        .filter(|(place, (number, _))| *place == 0 || *number > 0);
    let parts: Vec<String> = parts.map(|(_, (number, what))| format!("{number} {what}")).collect();
    format!("{}\n", paint(style, format_args!("{}. Exit {code}.", parts.join(", "))))
}

fn code(told: &Told) -> u8 {
    if told.differences.is_empty() && told.unsteady.is_empty() {
        code_of_trouble(told)
    } else {
        exit::FINDINGS
    }
}

fn code_of_trouble(told: &Told) -> u8 {
    if told.interrupted {
        exit::INTERRUPTED
    } else if told.trouble.is_empty() {
        exit::CONFORMS
    } else {
        exit::TROUBLE
    }
}

/// Whether this is a CI system, in which nobody looks at what is written.
fn is_ci() -> bool {
    CI.into_iter().any(|name| {
        variable(name).is_some_and(|value| {
            let value = value.to_string_lossy().to_lowercase();
            value != "false" && value != "0"
        })
    })
}
