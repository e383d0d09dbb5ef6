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
//! within one turn. All of it runs on one CPU: what it costs to wake up another one, and to fetch what it has in its
//! cache, depends on where the system happens to put a server. CPU and memory are read from `/proc`, so this runs on
//! Linux only.

mod client;
mod fronts;
mod process;
mod scale;
mod serve;

use std::io::{self, StdoutLock, Write};
use std::process::ExitCode;

use crate::serve::Server;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--serve", server, users] => match (Server::named(server), users.parse()) {
            (Some(server), Ok(users)) => serve::run(server, users),
            _ => Err(unknown(server)),
        },
        ["fronts", ..] => measure(&[fronts::measure]),
        ["scale", ..] => measure(&[scale::measure]),
        _ => measure(&[fronts::measure, scale::measure]),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "ratios: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(parts: &[fn(&mut StdoutLock<'static>) -> io::Result<()>]) -> io::Result<()> {
    process::stay()?;
    let mut out = io::stdout().lock();
    parts.iter().try_for_each(|part| part(&mut out))
}

fn unknown(server: &str) -> io::Error {
    io::Error::other(format!("there is no server called {server}"))
}
