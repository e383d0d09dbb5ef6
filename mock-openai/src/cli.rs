//! The command line: `mock-openai …`, and `proofload mock …`, which takes the same arguments.
//!
//! The first line on standard output is JSON with the addresses and the key, so that a script can
//! start it on free ports and read where it is.

mod file;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use tokio::signal;

use self::file::File;
use crate::clock::Clock;
use crate::fault::FaultRule;
use crate::fault::preset::FaultPreset;
use crate::journal::JournalSize;
use crate::server::MockOpenAi;
use crate::settings::AutoAccept;
use crate::throttle::Throttle;

/// For `after_help`.
pub const EXAMPLE: &str = "\
A first tour, with 9000 for the Admin API and 9001 for the management API:

  mock-openai --listen 127.0.0.1:9000 --manage 127.0.0.1:9001 --admin-key sk-admin-x

  curl -s -H 'Authorization: Bearer sk-admin-x' -H 'Content-Type: application/json' \\
       -d '{\"email\": \"ann@example.com\", \"role\": \"reader\"}' \\
       http://127.0.0.1:9000/v1/organization/invites
  curl -s http://127.0.0.1:9001/invites/accept -d '{\"email\": \"ann@example.com\"}'
  curl -s -H 'Authorization: Bearer sk-admin-x' http://127.0.0.1:9000/v1/organization/users
  curl -s http://127.0.0.1:9001/journal

The management API describes itself at /openapi.json: health, reset, seed, state, journal (filtered,
followed), people, groups, keys, invites (accept, expire, decline), settings, faults, clock,
organizations.

Faults are TARGET=ACTION[:HITS[:PHASE]], for example:

  --fault 'inviteUser=500:0.1:after'   the invite is sent, one answer in ten is a 500
  --fault '*=429+retry(1):next(3)'     the next three requests are told to wait a second
  --fault 'list-users=delay(2s)'       every list of users comes two seconds late
  --fault 'inviteUser[ann@x.org]=502+html:nth(2)'
  --fault 'GET /organization/groups/*/users=stale(500ms)'

  TARGET  an operation, * for any, or a path with or without a verb (* within a segment, ** at the
          end); [TEXT] behind it: only requests with this text
  ACTION  a status (+bare, +numeric, +html, +empty; +retry(S), +date(S), +text(S); +should_retry,
          +should_not_retry), hang, reset, half_body, delay(250ms), delay(100ms..2s),
          delay(mean 1s), stale(500ms)
  HITS    always, a rate from 0 to 1, next(N), nth(N), every(N)
  PHASE   before (nothing happens) or after (it happens, the answer is lost)

A settings file can have them too, as [[faults]]; its settings are then under [settings].";

/// What can be said on the command line.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where the Admin API listens; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Where the management API listens; without this there is none.
    #[arg(long, value_name = "ADDRESS")]
    pub manage: Option<SocketAddr>,

    /// The key that opens the organization; without this one is made up from the seed.
    #[arg(long, value_name = "KEY", conflicts_with = "any_admin_key")]
    pub admin_key: Option<String>,

    /// Let every key open the organization.
    #[arg(long)]
    pub any_admin_key: bool,

    /// A TOML file with settings and faults; settings it does not name keep their defaults.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// Keep the organizations in files of this directory, so that they outlive the process, even a
    /// kill -9; settings, faults and the journal are not kept.
    #[arg(long, value_name = "DIR")]
    pub persist: Option<PathBuf>,

    /// Seed of ids and of chance.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,

    /// Trouble on purpose; can be repeated, the first rule that strikes wins.
    #[arg(long = "fault", value_name = "RULE")]
    pub faults: Vec<FaultRule>,

    /// A plan of trouble by name, behind the rules of `--fault`. Hostile is what a correct client
    /// always survives: some 429 in every form, reads that fail or break off, slow answers, opaque
    /// cursors, lists in no order.
    #[arg(long, value_name = "NAME")]
    pub fault_preset: Option<FaultPreset>,

    /// Rate limit, whatever the settings file says: none, seven a minute for each operation as a
    /// public client measured in May 2026, or so many at once and so many a minute.
    #[arg(long, value_name = "off|measured|BURST/PER_MINUTE")]
    pub throttle: Option<Throttle>,

    /// Who accepts invites, whatever the settings file says: nobody, everybody at once, or
    /// everybody after so many seconds.
    #[arg(long, value_name = "never|at_once|SECONDS", value_parser = parse_auto_accept)]
    pub auto_accept: Option<AutoAccept>,

    /// The clock by which invites expire and throttles refill: the system's, or one that stands
    /// still (now, or so many seconds after 1970) until the management API moves it.
    #[arg(long, value_name = "real|frozen|frozen@SECONDS", default_value = "real")]
    pub clock: Clock,

    /// Bytes of each body that the journal keeps; the default keeps anything but lists whole.
    #[arg(long, value_name = "BYTES", default_value_t = JournalSize::default().body_bytes)]
    pub journal_bodies: usize,
}

/// Why it did not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {path}: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The settings file says something that cannot be.
    #[error("{path}: {error}", path = .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What, with line and caret.
        error: toml::de::Error,
    },
    /// An address cannot be listened on, or what is kept in the directory of `--persist` cannot
    /// be used.
    #[error("{0}")]
    Start(io::Error),
    /// A change cannot be kept in the directory of `--persist`. It was not answered.
    #[error("{0}")]
    Persist(String),
    /// The signals that end it cannot be waited for, or the first line cannot be written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Error {
    /// The exit code: 2 for what the user can put right, 4 for the rest.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unreadable { .. } | Self::Settings { .. } | Self::Start(_) => 2,
            Self::Persist(_) | Self::Io(_) => 4,
        }
    }
}

/// Runs the mock until Ctrl-C or SIGTERM.
pub async fn run(args: Args) -> Result<(), Error> {
    let File {
        settings,
        faults,
        fault_preset,
    } = file(&args)?;
    let mut builder = MockOpenAi::builder()
        .listen(args.listen)
        .seed(args.seed)
        .clock(args.clock)
        .journal(JournalSize {
            body_bytes: args.journal_bodies,
            ..JournalSize::default()
        })
        .settings(settings);
    if let Some(manage) = args.manage {
        builder = builder.manage(manage);
    }
    if let Some(key) = args.admin_key {
        builder = builder.admin_key(key);
    }
    if let Some(directory) = args.persist {
        builder = builder.persist(directory);
    }
    if args.any_admin_key {
        builder = builder.any_admin_key();
    }
    let stop = stop_signal()?;
    let mock = builder.start().await.map_err(Error::Start)?;
    mock.org(|org, _| {
        org.faults_mut().set(args.faults.into_iter().chain(faults));
        if let Some(preset) = args.fault_preset.or(fault_preset) {
            org.apply(preset);
        }
    });
    announce(&mock)?;
    tokio::select! {
        () = stop => {}
        failure = mock.persist_failure() => return Err(Error::Persist(failure)),
    }
    mock.shutdown().await;
    Ok(())
}

/// What the settings file says, and over it what the command line says.
fn file(args: &Args) -> Result<File, Error> {
    let mut file = match &args.settings {
        None => File::default(),
        Some(path) => {
            let unreadable = |error| Error::Unreadable {
                path: path.clone(),
                error,
            };
            let text = std::fs::read_to_string(path).map_err(unreadable)?;
            let wrong = |error| Error::Settings {
                path: path.clone(),
                error,
            };
            File::parse(&text).map_err(wrong)?
        }
    };
    if let Some(throttle) = &args.throttle {
        file.settings.throttle.clone_from(throttle);
    }
    if let Some(auto_accept) = args.auto_accept {
        file.settings.auto_accept = auto_accept;
    }
    Ok(file)
}

/// The first line on standard output.
#[derive(Serialize)]
struct Announcement<'a> {
    openai_base_url: String,
    manage_url: Option<String>,
    admin_key: &'a str,
}

fn announce(mock: &MockOpenAi) -> io::Result<()> {
    let announcement = Announcement {
        openai_base_url: mock.openai_base_url(),
        manage_url: mock.manage_url(),
        admin_key: mock.admin_key(),
    };
    let line = serde_json::to_string(&announcement).map_err(io::Error::other)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Resolves at Ctrl-C or SIGTERM. Both are caught from now on, not only when it is awaited.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = signal::ctrl_c().await;
    })
}

fn parse_auto_accept(text: &str) -> Result<AutoAccept, String> {
    match text {
        "never" => Ok(AutoAccept::Never),
        "at_once" => Ok(AutoAccept::AtOnce),
        seconds => match u64::from_str(seconds) {
            Ok(seconds) => Ok(AutoAccept::after_seconds(seconds)),
            Err(_) => Err("known are never, at_once, and a whole number of seconds".to_owned()),
        },
    }
}
