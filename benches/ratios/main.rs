//! What mock-openai costs, as ratios measured side by side in one run:
//!
//! ```sh
//! cargo bench -p proofload-benches --bench ratios               # all of it
//! cargo bench -p proofload-benches --bench ratios -- fronts     # or a part: fronts, scale
//! ```
//!
//! * **fronts**: CPU a request of mock-openai, of a bare hyper service that does the same JSON
//!   work, and of the wiremock front; each a process of its own, in turns.
//! * **scale**: CPU a request at 1 000 000 users against the same at 1 000.
//! * **memory**: resident bytes a user at 1 000 000.
//!
//! The machine may be busy: turns are short and interleaved, and a ratio is the median of those
//! within one turn. CPU and memory are read from `/proc`, so this runs on Linux only.

mod client;
mod fronts;
mod process;
mod scale;
mod serve;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::serve::Server;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--serve", server, users] => match (Server::named(server), users.parse()) {
            (Some(server), Ok(users)) => serve::run(server, users),
            _ => Err(unknown(server)),
        },
        ["fronts", ..] => fronts::measure(&mut io::stdout().lock()),
        ["scale", ..] => scale::measure(&mut io::stdout().lock()),
        _ => measure(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "ratios: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> io::Result<()> {
    let mut out = io::stdout().lock();
    fronts::measure(&mut out)?;
    scale::measure(&mut out)
}

fn unknown(server: &str) -> io::Error {
    io::Error::other(format!("there is no server called {server}"))
}

/// The median and the extremes of what several turns gave.
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut turns: Vec<f64>) -> Self {
        turns.sort_by(f64::total_cmp);
        let at = |place: usize| turns.get(place).copied().unwrap_or(f64::NAN);
        Self {
            median: at(turns.len() / 2),
            least: at(0),
            most: at(turns.len().saturating_sub(1)),
        }
    }
}
