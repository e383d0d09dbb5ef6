//! The command line: `mock-openai …`, and `proofload mock …`, which takes the same arguments.
//!
//! The first line on standard output is JSON with the addresses and the key, so that a script can
//! start it on free ports and read where it is.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use tokio::signal;

use crate::fault::FaultRule;
use crate::server::MockOpenAi;
use crate::settings::{AutoAccept, Settings};
use crate::throttle::Throttle;

/// For `after_help`.
pub const EXAMPLE: &str = "\
A first tour, with 9000 for the Admin API and 9001 for the management API:

  mock-openai --listen 127.0.0.1:9000 --manage 127.0.0.1:9001 --admin-key sk-admin-x

  curl -s -H 'Authorization: Bearer sk-admin-x' -H 'Content-Type: application/json' \\
       -d '{\"email\": \"ann@example.com\", \"role\": \"reader\"}' \\
       http://127.0.0.1:9000/v1/organization/invites
  curl -s -X POST http://127.0.0.1:9001/invites/INVITE_ID/accept
  curl -s -H 'Authorization: Bearer sk-admin-x' http://127.0.0.1:9000/v1/organization/users
  curl -s http://127.0.0.1:9001/journal

Faults are OPERATION=ACTION[:HITS[:PHASE]], for example:

  --fault 'inviteUser=500:0.1:after'   the invite is sent, one answer in ten is a 500
  --fault '*=429:next(3)'              the next three requests are told to slow down
  --fault 'list-users=delay(2s)'       every list of users comes two seconds late
  --fault 'add-group-user=reset:nth(2):before'

ACTION: a status, hang, reset, half_body, delay(250ms). HITS: always, a rate from 0 to 1, next(N),
nth(N). PHASE: before (nothing happens) or after (it happens, the answer is lost).";

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

    /// A TOML file with settings; those it does not name keep their defaults.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// Seed of ids and of chance.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,

    /// Trouble on purpose; can be repeated, the first rule that strikes wins.
    #[arg(long = "fault", value_name = "RULE")]
    pub faults: Vec<FaultRule>,

    /// Rate limit, whatever the settings file says.
    #[arg(long, value_name = "off|measured")]
    pub throttle: Option<ThrottleName>,

    /// Who accepts invites, whatever the settings file says: nobody, everybody at once, or
    /// everybody after so many seconds.
    #[arg(long, value_name = "never|at_once|SECONDS", value_parser = parse_auto_accept)]
    pub auto_accept: Option<AutoAccept>,
}

/// A rate limit by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ThrottleName {
    /// No limit.
    Off,
    /// Seven requests a minute for each operation, as a public client measured in May 2026.
    Measured,
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
    /// An address cannot be listened on.
    #[error("{0}")]
    Start(io::Error),
    /// The signals that end it cannot be waited for, or the first line cannot be written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Error {
    /// The exit code: 2 for what the user can put right, 4 for the rest.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unreadable { .. } | Self::Settings { .. } | Self::Start(_) => 2,
            Self::Io(_) => 4,
        }
    }
}

/// Runs the mock until Ctrl-C or SIGTERM.
pub async fn run(args: Args) -> Result<(), Error> {
    let settings = settings(&args)?;
    let mut builder = MockOpenAi::builder()
        .listen(args.listen)
        .seed(args.seed)
        .settings(settings);
    if let Some(manage) = args.manage {
        builder = builder.manage(manage);
    }
    if let Some(key) = args.admin_key {
        builder = builder.admin_key(key);
    }
    if args.any_admin_key {
        builder = builder.any_admin_key();
    }
    let stop = stop_signal()?;
    let mock = builder.start().await.map_err(Error::Start)?;
    mock.org(|org, _| org.faults_mut().set(args.faults));
    announce(&mock)?;
    stop.await;
    mock.shutdown().await;
    Ok(())
}

fn settings(args: &Args) -> Result<Settings, Error> {
    let mut settings = match &args.settings {
        None => Settings::default(),
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
            toml::from_str(&text).map_err(wrong)?
        }
    };
    match args.throttle {
        None => {}
        Some(ThrottleName::Off) => settings.throttle = Throttle::Off,
        Some(ThrottleName::Measured) => settings.throttle = Throttle::measured(),
    }
    if let Some(auto_accept) = args.auto_accept {
        settings.auto_accept = auto_accept;
    }
    Ok(settings)
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
            Ok(seconds) => Ok(AutoAccept::AfterSeconds(seconds)),
            Err(_) => Err("known are never, at_once, and a whole number of seconds".to_owned()),
        },
    }
}
