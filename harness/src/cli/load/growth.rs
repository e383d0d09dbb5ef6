//! `proofload load growth`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proofload_scenarios::{Acceptance, Company, CompanyKind, DuplicateInvite, RateLimit};
use tokio::sync::watch;

use super::rig::{self, Place};
use crate::cli::source::catalogue;
use crate::cli::{Error, interrupt, say};
use crate::config::TargetSettings;
use crate::exit;
use crate::load::directory::Directory;
use crate::load::growth::{self, Act, Field, Growth, SAMPLES, SIZES};
use crate::load::surroundings::Surroundings;

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetSettings,

    /// The sizes to look at, from the smallest to the largest
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_values_t = SIZES)]
    sizes: Vec<u32>,

    /// Who tells it; see `proofload list --personas`
    #[arg(long, value_name = "NAME", default_value = "okta-oin")]
    persona: String,

    /// Yes, this server is mine to load: needed for every target that is not on this machine
    #[arg(long)]
    i_own_this_target: bool,

    /// End after this time
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    max_time: u64,

    /// Seed of everything random [default: another each time]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Settings of the target in this file [default: proofload.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command and gives the exit code.
pub(super) fn run(mut args: Args) -> Result<u8, Error> {
    args.sizes.sort_unstable();
    args.sizes.dedup();
    let config = rig::config(args.target, args.seed, args.config.as_deref())?;
    rig::is_allowed(&config.target, args.i_own_this_target)?;
    let catalogue = catalogue(None)?;
    let Some(idp) = catalogue.idps().get(&args.persona).filter(|idp| idp.group.is_some()) else {
        return Err(Error::usage(format!(
            "there is no persona `{}` that pushes groups; see proofload list --personas",
            args.persona
        )));
    };
    let people = args.sizes.last().copied().unwrap_or_default().saturating_add(SAMPLES);
    let company = Company {
        kind: CompanyKind::Company,
        people,
        groups: 1,
    };
    let directory = Directory::invent(&company, config.seed, None).map_err(Error::usage)?;
    let field = Field {
        idp: idp.clone(),
        role_urn: config.rules.role_urn.clone(),
        directory: Arc::new(directory),
        sizes: args.sizes,
        max_time: Duration::from_secs(args.max_time),
        seed: config.seed,
    };
    let place = Place::new()?;
    let rig = place.raise(&config.target, false)?;
    if let Some(upstream) = rig.upstream() {
        let surroundings = Surroundings {
            duplicate_invite: DuplicateInvite::Refused,
            throttle: RateLimit::Off,
            accept: Acceptance::AtOnce,
            faults: Vec::new(),
            compress: 1.0,
        };
        surroundings.set_up(upstream);
    }
    let (stop, stopped) = watch::channel(false);
    let measured = place.driver.block_on(async {
        let mut requests = interrupt::requests()?;
        tokio::spawn(async move {
            while requests.recv().await.is_some() {
                stop.send_replace(true);
            }
        });
        let reached = |size| {
            // Nobody has to read it.
            _ = writeln!(io::stderr(), "{size} people");
        };
        growth::measure(field, Arc::clone(&rig), reached, stopped)
            .await
            .map_err(Error::usage)
    });
    place.end(rig);
    let (points, cut) = measured?;
    let growths = Act::ALL.map(|act| Growth::of(act, &points));
    say(&growth::table(&growths))?;
    if let Some(cut) = cut {
        say(&format!("ended early: {cut}\n"))?;
    }
    Ok(if growths.iter().any(Growth::grows) {
        exit::THRESHOLD
    } else {
        exit::CONFORMS
    })
}
