//! A bridge that is a program: its command line, its environment, and the wait until it answers.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::address::BasePath;
use super::process::{Environment, Process, Start};
use super::rig::{Bridge, Rig};
use super::secrets::Secrets;
use super::{TargetError, TargetSpec};
use crate::exchange::{Outcome, SentRequest, WireTrouble};
use crate::wire::{Limits, Wire};

/// Where free ports are looked for: below those that operating systems hand out by themselves.
const PORTS: Range<u16> = 20_000..32_768;
/// How many of them are looked at.
const PORT_TRIES: u32 = 200;
/// How often to try when somebody else takes the free port before the bridge does.
const TRIES: u32 = 3;
/// Pause between looks whether a starting bridge listens.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long the first look waits for an answer; each that is too short doubles it.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// The words of a command line, split as a shell would but with nothing expanded.
pub(super) fn words(command: &str, scim_only: bool) -> Result<Vec<String>, TargetError> {
    let words = shell_words::split(command).map_err(|error| TargetError::CommandSyntax {
        reason: error.to_string(),
    })?;
    if words.first().is_none_or(String::is_empty) {
        return Err(TargetError::CommandEmpty);
    }
    let wanted = ["{openai_base_url}", "{openai_admin_key}"]
        .into_iter()
        .find(|wanted| command.contains(wanted));
    match wanted {
        Some(placeholder) if scim_only => Err(TargetError::NoUpstream { placeholder }),
        Some(_) | None => Ok(words),
    }
}

/// Starts the upstream and the program and waits until the program answers.
pub(super) async fn raise(
    spec: &TargetSpec,
    worker: usize,
    words: &[String],
    base_path: &BasePath,
) -> Result<Rig, TargetError> {
    let mut tries = 1;
    loop {
        match raise_once(spec, worker, words, base_path).await {
            Err(error) if error.is_port_taken() && tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

async fn raise_once(
    spec: &TargetSpec,
    worker: usize,
    words: &[String],
    base_path: &BasePath,
) -> Result<Rig, TargetError> {
    let token = spec.token_or_new();
    let key = spec.key_or_new();
    let upstream = if spec.scim_only {
        None
    } else {
        Some(spec.upstream(worker, &key).await?)
    };
    let admin_key = upstream.as_ref().map(|_| key.clone());
    let state_dir = tempfile::Builder::new()
        .prefix("proofload-")
        .tempdir()
        .map_err(|error| TargetError::ours("make a folder for the bridge's state", &error))?;
    let port = free_port()?;

    let contract = Contract {
        port,
        upstream: upstream
            .as_ref()
            .map(|upstream| (upstream.openai_base_url(), key.clone())),
        scim_token: token.clone(),
        state_dir: state_dir.path().display().to_string(),
    };
    let mut process = Process::start(Start {
        words: contract.substitute(words),
        environment: contract.environment(),
        state_dir,
        secrets: Secrets::new([&token, &key]),
    })?;

    let place = Place {
        scim_url: format!("http://127.0.0.1:{port}{base_path}"),
        token: token.clone(),
        port,
        limits: spec.limits,
        ready_within: spec.ready_within,
    };
    let waited = wait_until_it_answers(&mut process, &place).await;
    if let Err(error) = waited {
        process.end().await;
        return Err(error);
    }
    let scim_url = place.scim_url.clone();
    Rig::new(
        spec,
        scim_url,
        token,
        admin_key,
        Bridge::Command(process, place),
        upstream,
    )
}

/// Where a process is to answer, and how long that may take.
pub(super) struct Place {
    scim_url: String,
    token: String,
    port: u16,
    limits: Limits,
    ready_within: Duration,
}

/// Kills the program without a warning, starts it again with the same state, and waits until it answers.
pub(super) async fn kill_and_start(process: Process, place: &Place) -> Result<Process, TargetError> {
    let deadline = Instant::now() + place.ready_within;
    let mut process = process.kill_and_start().await?;
    loop {
        match wait_until_it_answers(&mut process, place).await {
            // What the killed one left of its connections may keep its port for a moment.
            Err(error) if error.is_port_taken() && Instant::now() < deadline => {
                tokio::time::sleep(LOOK_EVERY).await;
                process = process.start_anew()?;
            }
            Ok(()) => return Ok(process),
            Err(error) => {
                process.end().await;
                return Err(error);
            }
        }
    }
}

/// What a bridge is told, in its environment and in its command line.
struct Contract {
    port: u16,
    /// Base URL and admin key.
    upstream: Option<(String, String)>,
    scim_token: String,
    state_dir: String,
}

impl Contract {
    /// In each word by itself, so that a value with a blank stays one word.
    fn substitute(&self, words: &[String]) -> Vec<String> {
        let mut values = vec![
            ("{port}", self.port.to_string()),
            ("{scim_token}", self.scim_token.clone()),
            ("{state_dir}", self.state_dir.clone()),
        ];
        if let Some((base_url, key)) = &self.upstream {
            values.push(("{openai_base_url}", base_url.clone()));
            values.push(("{openai_admin_key}", key.clone()));
        }
        let fill = |word: &String| {
            values
                .iter()
                .fold(word.clone(), |word, (name, value)| word.replace(name, value))
        };
        words.iter().map(fill).collect()
    }

    fn environment(&self) -> Environment {
        let mut environment = Environment::default();
        environment.set.extend([
            ("PORT", self.port.to_string().into()),
            ("SCIM_TOKEN", self.scim_token.clone().into()),
            ("STATE_DIR", self.state_dir.clone().into()),
        ]);
        if let Some((base_url, key)) = &self.upstream {
            environment.set.extend([
                ("OPENAI_BASE_URL", base_url.clone().into()),
                ("OPENAI_ADMIN_KEY", key.clone().into()),
            ]);
        } else {
            // A key of the user's own must not reach a bridge that is being tested.
            let ours = std::env::vars_os().map(|(name, _)| name);
            environment.remove = ours
                .filter(|name| name.to_string_lossy().starts_with("OPENAI_"))
                .collect();
        }
        environment
    }
}

/// A port that nobody listens on, and that no listener on port 0 will be given before the bridge takes it: operating
/// systems hand out higher ones. No two calls in this process give the same one, short of some ten thousand calls.
pub(super) fn free_port() -> Result<u16, TargetError> {
    static LAST: Mutex<Option<u16>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let mut trouble = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_TRIES {
        let port = match *last {
            Some(port) if port + 1 < PORTS.end => port + 1,
            Some(_) => PORTS.start,
            None => fastrand::u16(PORTS),
        };
        *last = Some(port);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(error) => trouble = error,
        }
    }
    Err(TargetError::ours("find a free port", &trouble))
}

/// An HTTP answer of any status means that it listens.
async fn wait_until_it_answers(process: &mut Process, place: &Place) -> Result<(), TargetError> {
    let (port, ready_within) = (place.port, place.ready_within);
    let wire = Wire::new(Limits {
        answer_within: ready_within,
        ..place.limits
    })?;
    let request = SentRequest {
        method: "GET".to_owned(),
        target: "/ServiceProviderConfig".to_owned(),
        headers: vec![
            ("Accept".to_owned(), "application/scim+json".to_owned()),
            ("Authorization".to_owned(), format!("Bearer {}", place.token)),
        ],
        body: None,
    };
    let deadline = Instant::now() + ready_within;
    let mut patience = FIRST_LOOK;
    loop {
        let until = deadline.min(Instant::now() + patience);
        let looked = tokio::time::timeout_at(until, wire.send(&place.scim_url, &request)).await;
        if let Some(exit) = process.exited() {
            process.drain().await;
            let output = process.output().tail();
            return Err(TargetError::Exited { exit, port, output });
        }
        match looked.map(|(outcome, _)| outcome) {
            Ok(Outcome::Answered(_)) => return Ok(()),
            Ok(Outcome::Failed(trouble)) => match trouble {
                // The preflight describes it better.
                WireTrouble::NotHttp(_) | WireTrouble::TooLarge(_) => return Ok(()),
                WireTrouble::Refused
                | WireTrouble::Closed(_)
                | WireTrouble::TimedOut(_)
                | WireTrouble::HungUp(_)
                | WireTrouble::Killed => {}
            },
            Err(_) => patience *= 2,
        }
        if Instant::now() >= deadline {
            let output = process.output().tail();
            let connects = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok();
            let within = ready_within;
            return Err(TargetError::NeverAnswered {
                connects,
                port,
                within,
                output,
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
