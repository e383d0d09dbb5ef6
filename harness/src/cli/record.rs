//! `proofload record`: stands between an identity provider and a bridge until Ctrl-C, then writes what it saw as scenarios.

use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::recorded::{self, AREA, Output};
use super::{Error, interrupt, runtime, say};
use crate::exit;
use crate::recorder::{Bridge, Recorded, Recorder, Settings};
use crate::recording::spool;

/// The highest limit of a body, in MiB.
const BODY_MIB_MAX: u32 = 256;

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bridge that runs: its SCIM base
    #[arg(long, value_name = "URL")]
    forward: String,

    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    #[command(flatten)]
    output: Output,

    /// Most of a body that is kept, in MiB; what is larger is passed on and noted
    #[arg(long, value_name = "MIB", default_value = "8", value_parser = clap::value_parser!(u32).range(1..=i64::from(BODY_MIB_MAX)))]
    body_limit: u32,

    /// Do not show each request
    #[arg(long, short)]
    quiet: bool,
}

pub(super) const HELP: &str = "\
Examples:
  proofload record --forward http://127.0.0.1:8080/scim/v2 --listen 127.0.0.1:9100
      then give the identity provider the recorder's address in place of the bridge's; from outside
      through a tunnel, such as: cloudflared tunnel --url http://127.0.0.1:9100
  proofload record --forward https://bridge.example.com/scim/v2 --out my-scenarios
  proofload check --scenarios my-scenarios recorded/        tell it to the reference bridge

Everything is passed on as it comes. Tokens, cookies and passwords are written nowhere. What was seen
goes into a spool, a file that its owner alone can read, before its answer has gone. Ctrl-C makes
scenarios of it, with invented names and addresses. If the recorder was killed: proofload import

Exit codes:
  0    recorded and written
  2    the command line is wrong, or a file is in the way
  4    the address is taken, or the disk is full
  130  Ctrl-C twice: ended at once; the spool is there";

/// Runs the command and gives the exit code.
pub(super) fn run(args: &Args) -> Result<u8, Error> {
    let bridge = Bridge::parse(&args.forward).map_err(Error::usage)?;
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let folder = args.output.out.join(AREA);
    fs::create_dir_all(&folder).map_err(|error| Error::New(format!("{}: {error}", folder.display())))?;
    let name = free_name(&folder, &now.strftime("%Y%m%d-%H%M%S").to_string());
    let spool = folder.join(format!("{name}.spool"));
    let quiet = args.quiet;
    let settings = Settings {
        listen: args.listen,
        bridge,
        spool: spool.clone(),
        began: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        body_limit: usize::try_from(args.body_limit).unwrap_or(8) << 20,
        tell: Box::new(move |line| {
            if !quiet {
                // Where it goes when standard error is closed, nobody asks.
                _ = writeln!(crate::outlet::stderr(), "{line}");
            }
        }),
    };
    let Some(recorded) = runtime()?.block_on(record(settings, &args.forward))? else {
        say(&format!(
            "ended at once; proofload import {} makes scenarios of what was seen\n",
            spool.display()
        ))?;
        return Ok(exit::INTERRUPTED);
    };
    if recorded.exchanges == 0 && recorded.trouble.is_none() {
        fs::remove_file(&spool)?;
        say("Nothing was recorded.\n")?;
        return Ok(exit::CONFORMS);
    }
    recorded::ignore_spools(&folder);
    let shown = spool.display().to_string();
    let recording =
        spool::read(&shown, BufReader::new(File::open(&spool)?)).map_err(|error| Error::Files(vec![error]))?;
    say(&recorded::write(&recording, &name, &args.output)?)?;
    say(&format!(
        "{shown} holds names and addresses as they were, but no token and no password; delete it when it is not needed.\n"
    ))?;
    match recorded.trouble {
        Some(error) => Err(error.into()),
        None => Ok(exit::CONFORMS),
    }
}

/// A name of which there is no spool and no scenario yet.
fn free_name(folder: &Path, name: &str) -> String {
    let is_free = |name: &String| {
        let file = |ending: &str| -> PathBuf { folder.join(format!("{name}{ending}")) };
        ![".spool", ".toml", "-1.toml"]
            .iter()
            .any(|ending| file(ending).exists())
    };
    let numbered = (2..).map(|number| format!("{name}-again-{number}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(is_free)
        .unwrap_or_else(|| name.to_owned())
}

/// Records until somebody asks to end; `None` when they asked twice.
async fn record(settings: Settings, forward: &str) -> Result<Option<Recorded>, Error> {
    let (base, spool) = (settings.bridge.base().to_owned(), settings.spool.display().to_string());
    let recorder = Recorder::bind(settings).await?;
    let mut requests = interrupt::requests()?;
    say(&format!(
        "Recording. Give the identity provider this address in place of {forward}:\n  http://{}{base}\n\
         What is seen goes to {spool}; Ctrl-C ends it and writes scenarios.\n",
        recorder.address()?
    ))?;
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(recorder.serve(stopped));
    requests.recv().await;
    _ = stop.send(true);
    tokio::select! {
        ended = serving => Ok(Some(ended?)),
        _ = requests.recv() => Ok(None),
    }
}
