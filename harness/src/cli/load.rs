//! `proofload load`: brings a whole company on board and proves that nobody was lost.

mod flags;
mod growth;
mod live;
mod locust;
pub(super) mod output;
mod rig;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use mock_openai::Throttle;
use proofload_scenarios::{Catalogue, Profile, Profiles};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use self::flags::Flags;
use self::live::{LOOK_EVERY, Live};
use self::output::{OpenOutput, Output};
use self::rig::Place;
use super::source::catalogue;
use super::{Error, interrupt};
use crate::config::{Config, TargetSettings};
use crate::load::directory::Directory;
#[cfg(feature = "locust")]
use crate::load::directory::Shard;
use crate::load::parameters::Parameters;
use crate::load::result::{self, LoadResult};
use crate::load::run::{Order, Ran, Running, Wish, Workforce};
use crate::load::surroundings::Surroundings;
use crate::load::threshold::{Threshold, ThresholdError};
use crate::load::{self, account, compare, plan, report};
use crate::target::Rig;

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Does one more person, member or page cost the more, the more there are already?
    Growth(growth::Args),
}

/// What can be said of a run.
#[derive(Debug, clap::Args)]
struct RunArgs {
    /// What happens: a profile, see `proofload list --profiles`
    #[arg(value_name = "PROFILE", default_value = "onboarding")]
    profile: String,

    #[command(flatten)]
    target: TargetSettings,

    /// Yes, this server is mine to load: needed for every target that is not on this machine
    #[arg(long, help_heading = SAFETY)]
    i_own_this_target: bool,

    /// Take away everything that was made, in the end
    #[arg(long, help_heading = SAFETY)]
    cleanup: bool,

    #[command(flatten)]
    flags: Flags,

    #[command(flatten)]
    locust: locust::LocustArgs,

    /// What must hold, or the exit code is 5: p95<800ms, lost==0, efficiency>=0.7, p99<2s for create POST /Users; can be
    /// repeated, and adds to those of the profile
    #[arg(long = "threshold", value_name = "METRIC<VALUE", help_heading = JUDGEMENT)]
    thresholds: Vec<String>,

    /// Show what has changed since this run, a report of the kind json
    #[arg(long, value_name = "FILE", help_heading = JUDGEMENT)]
    compare: Option<PathBuf>,

    /// Write a report: json=PATH, md=PATH, html=PATH or goose=PATH; can be repeated [default: an html page among the
    /// temporary files]
    #[arg(long = "report", value_name = "KIND=PATH", help_heading = RUN)]
    reports: Vec<Output>,

    /// Profiles in this folder besides the built-in ones
    #[arg(long, value_name = "DIR", help_heading = RUN)]
    profiles: Option<PathBuf>,

    /// Seed of everything random, to repeat a run [default: another each time]
    #[arg(long, value_name = "NUMBER", help_heading = RUN)]
    seed: Option<u64>,

    /// Settings of the target in this file [default: proofload.toml, if it is there]
    #[arg(long, value_name = "FILE", help_heading = RUN)]
    config: Option<PathBuf>,

    /// Show only the result
    #[arg(long, short, help_heading = RUN)]
    quiet: bool,
}

const SAFETY: &str = "Safety";
const JUDGEMENT: &str = "Judgement";
const RUN: &str = "Run";

pub(super) const HELP: &str = "\
Examples:
  proofload load                                       300 people come on board; under a minute
  proofload load --people 10000 --groups 100 --workers 32
  proofload load okta-push-oin --bridge-cmd './bridge'
  proofload load onboarding --throttle measured --compress 60
      as few calls a minute as OpenAI was seen to let through; a minute passes in a second
  proofload load entra-members --bridge-url https://scim.test.example --i-own-this-target --scim-token …
  proofload load --threshold 'p95<800ms' --threshold 'efficiency>=0.7' --report html=out/load.html
  proofload load --shard 0/3 --report json=0.json      on the first of three machines; then
  proofload merge 0.json 1.json 2.json --report html=all.html
  proofload load --print-locustfile > locustfile.py    for a Locust master; then, on each machine
  proofload load --locust-master 10.0.0.5:5557 --bridge-url … --scim-token …
  proofload load growth                                does the cost rise with the number of people?

Exit codes:
  0    everybody is where they should be, and every threshold holds
  1    somebody was lost, doubled, left with access, or raised; a stranger was touched
  2    the command line, a profile, a threshold or the configuration is wrong
  3    the bridge cannot be loaded: unreachable, wrong token, wrong base path
  4    trouble of our own
  5    a threshold was missed
  130  interrupted; what was known was reported";

/// Runs the command and gives the exit code.
pub(super) fn run(args: Args) -> Result<u8, Error> {
    match args.command {
        Some(Command::Growth(args)) => growth::run(args),
        None => conduct(args.run),
    }
}

fn conduct(args: RunArgs) -> Result<u8, Error> {
    if args.locust.print_locustfile {
        return locust::print();
    }
    let load = Load::prepare(args)?;
    match load.args.locust.locust_master.clone() {
        Some(master) => locust::follow(master, load),
        None => load.alone(),
    }
}

/// A load run, decided and not yet started.
struct Load {
    args: RunArgs,
    config: Config,
    catalogue: Catalogue,
    profile: Profile,
    parameters: Parameters,
    thresholds: Vec<Threshold>,
    before: Option<LoadResult>,
}

impl Load {
    /// Everything is decided before anything is started.
    fn prepare(args: RunArgs) -> Result<Self, Error> {
        let config = rig::config(args.target.clone(), args.seed, args.config.as_deref())?;
        rig::is_allowed(&config.target, args.i_own_this_target)?;
        let catalogue = catalogue(None)?;
        let profile = profile(args.profiles.as_deref(), &args.profile, &catalogue)?;
        let parameters = args.flags.parameters();
        let laid_over = match args.locust.locust_master {
            // Locust says how many there are.
            Some(_) => &locust::any_number_of_workers(&parameters),
            None => &parameters,
        };
        let profile = laid_over.lay_over(&profile, catalogue.idps()).map_err(Error::usage)?;
        let thresholds = thresholds(&profile, &args.thresholds)?;
        let before = args.compare.as_deref().map(output::read).transpose()?;
        Ok(Self {
            args,
            config,
            catalogue,
            profile,
            parameters,
            thresholds,
            before,
        })
    }

    fn alone(&self) -> Result<u8, Error> {
        let reports = self.reports()?;
        let goose = self.args.reports.iter().filter_map(Output::of_goose);
        let order = self.order(Workforce::Goose(goose.map(Path::to_owned).collect()))?;
        let place = Place::new()?;
        let rig = place.raise(&self.config.target, order.kill_every.is_some())?;
        let ran = place.driver.block_on(async {
            let mut interrupts = interrupt::requests()?;
            drive(&order, &rig, self.live(), &mut interrupts, std::future::pending::<Wish>).await
        });
        let result = ran.map(|ran| self.result(&ran, &order, &rig));
        place.end(rig);
        self.tell(&result?, reports)
    }

    /// From now on it is about this part of a company that is invented from this seed.
    #[cfg(feature = "locust")]
    fn take(&mut self, shard: Shard, seed: u64) -> Result<(), Error> {
        self.config = rig::config(self.args.target.clone(), Some(seed), self.args.config.as_deref())?;
        self.parameters.shard = Some(shard);
        Ok(())
    }

    fn live(&self) -> Live {
        if self.args.quiet {
            Live::off()
        } else {
            Live::on_stderr()
        }
    }

    fn reports(&self) -> Result<Vec<OpenOutput<'_>>, Error> {
        self.args.reports.iter().map(Output::open).collect()
    }

    fn order(&self, workforce: Workforce) -> Result<Order, Error> {
        Ok(Order {
            cleanup: self.args.cleanup,
            ..order(
                &self.profile,
                &self.parameters,
                &self.catalogue,
                &self.config,
                workforce,
            )?
        })
    }

    /// What a run came to, and whether the thresholds hold.
    fn result(&self, ran: &Ran, order: &Order, rig: &Rig) -> LoadResult {
        let run = described(&self.profile, &self.parameters, order, &self.config);
        let mut result = account::of(ran, order, rig, run);
        result.thresholds = self
            .thresholds
            .iter()
            .map(|threshold| threshold.judge(&result))
            .collect();
        result
    }

    /// Says what a run came to, and gives the exit code.
    fn tell(&self, result: &LoadResult, reports: Vec<OpenOutput<'_>>) -> Result<u8, Error> {
        let comparison = self.before.as_ref().map(|before| compare::compare(before, result));
        super::say(&report::terminal(result, comparison.as_ref()))?;
        for report in reports {
            let path = report.write(result, comparison.as_ref())?;
            super::say(&format!("Report: {}\n", path.display()))?;
        }
        if self.args.reports.is_empty() && !self.args.quiet {
            // Nobody asked for it, so it fails nothing.
            match output::temporary_page(result, comparison.as_ref()) {
                Ok(path) => super::say(&format!("Report: {}\n", path.display()))?,
                Err(error) => super::say(&format!("No report, say --report html=PATH: {error}\n"))?,
            }
        }
        Ok(result.exit_code())
    }
}

/// Those of the profile, then those of the command line.
fn thresholds(profile: &Profile, said: &[String]) -> Result<Vec<Threshold>, Error> {
    let mut thresholds = Vec::new();
    for text in &profile.thresholds {
        let wrong = |error: ThresholdError| Error::Files(vec![profile.wrong(text, error.to_string())]);
        thresholds.push(text.parse().map_err(wrong)?);
    }
    thresholds.extend(parsed(said)?);
    Ok(thresholds)
}

/// Those of a command line.
pub(super) fn parsed(said: &[String]) -> Result<Vec<Threshold>, Error> {
    said.iter()
        .map(|text| text.parse().map_err(|error: ThresholdError| Error::usage(error)))
        .collect()
}

fn order(
    profile: &Profile,
    parameters: &Parameters,
    catalogue: &Catalogue,
    config: &Config,
    workforce: Workforce,
) -> Result<Order, Error> {
    let idp = &catalogue.idps()[&profile.persona];
    let directory = Directory::invent(&profile.company, config.seed, parameters.shard).map_err(Error::usage)?;
    Ok(Order {
        plan: plan::make(profile, parameters, &directory, idp),
        idp: idp.clone(),
        role_urn: config.rules.role_urn.clone(),
        directory: Arc::new(directory),
        seed: config.seed,
        surroundings: surroundings(profile, parameters)?,
        settle_within: profile.settle_within,
        max_time: profile.max_time,
        max_requests: profile.max_requests,
        workforce,
        kill_every: profile.upstream.kill_every,
        cleanup: false,
    })
}

fn profile(dir: Option<&Path>, id: &str, catalogue: &Catalogue) -> Result<Profile, Error> {
    let profiles = match dir {
        Some(dir) => Profiles::from_dir(dir, catalogue.idps()),
        None => Profiles::built_in(catalogue.idps()),
    };
    let profiles = profiles.map_err(Error::Files)?;
    profiles.get(id).cloned().ok_or_else(|| {
        let known: Vec<&str> = profiles.all().iter().map(|profile| profile.id.as_str()).collect();
        Error::usage(format!("there is no profile `{id}`; known are {}", known.join(", ")))
    })
}

fn surroundings(profile: &Profile, parameters: &Parameters) -> Result<Surroundings, Error> {
    let fault = |text: &String| {
        let wrong = |error: mock_openai::FaultTextError| Error::Files(vec![profile.wrong(text, error.to_string())]);
        text.parse().map_err(wrong)
    };
    Ok(Surroundings {
        throttle: profile.upstream.throttle,
        accept: profile.upstream.accept,
        duplicate_invite: profile.upstream.duplicate_invite,
        faults: profile.upstream.faults.iter().map(fault).collect::<Result<_, _>>()?,
        compress: parameters.compress(),
    })
}

/// What was run, for the report.
fn described(profile: &Profile, parameters: &Parameters, order: &Order, config: &Config) -> result::Run {
    let shard = order.directory.shard();
    let said = [
        ("people", profile.company.people.to_string()),
        ("groups", profile.company.groups.to_string()),
        ("throttle", profile.upstream.throttle.to_string()),
        ("accept", profile.upstream.accept.to_string()),
        ("compress", parameters.compress().to_string()),
    ];
    result::Run {
        profile: profile.id.clone(),
        title: profile.title.clone(),
        persona: profile.persona.clone(),
        seed: config.seed,
        target: config.target.describe(),
        parameters: said.map(|(name, value)| (name.to_owned(), value)).into(),
        compress: parameters.compress(),
        limit: match order.surroundings.throttle() {
            Throttle::Bucket(bucket) => Some(result::Limit {
                burst: bucket.burst,
                per_minute: bucket.per_minute,
            }),
            Throttle::Off | Throttle::Measured => None,
        },
        people: order.directory.people() as u64,
        groups: order.directory.groups() as u64,
        shards: if shard.count() > 1 {
            vec![shard.index()]
        } else {
            Vec::new()
        },
        shards_of: shard.count(),
        command: command(profile, parameters, config),
    }
}

/// The command line that does the same again. No secret is in it.
fn command(profile: &Profile, parameters: &Parameters, config: &Config) -> String {
    let target = config.command.trim_start_matches("proofload check").trim();
    let words = ["proofload load", &profile.id, &parameters.flags(), target];
    words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs the order and shows how far it is, and does meanwhile what somebody else wishes. The first request to end stops it,
/// so that what is known is reported; the second ends the program at once.
async fn drive(
    order: &Order,
    rig: &Arc<Rig>,
    mut live: Live,
    interrupts: &mut UnboundedReceiver<()>,
    mut wish: impl AsyncFnMut() -> Wish,
) -> Result<Ran, Error> {
    let running = Running::prepare(order, rig)?;
    let (stop, stopped) = watch::channel(false);
    let run = load::run::run(order, Arc::clone(rig), Arc::clone(&running), stopped);
    tokio::pin!(run);
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            ran = &mut run => {
                live.end();
                return Ok(ran?);
            }
            _ = look.tick() => live.show(&running.progress())?,
            wish = wish() => match wish {
                Wish::Workers(workers) => running.employ(workers),
                Wish::Stop => _ = stop.send_replace(true),
            },
            Some(()) = interrupts.recv() => {
                if stop.send_replace(true) {
                    return Err(Error::Interrupted);
                }
                live.announce("stopping after what runs now; once more to end at once")?;
            }
        }
    }
}
