//! The program: arguments in, exit code out. Everything else is in the library.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use proofload::cli::Cli;

fn main() -> ExitCode {
    // A wrong command line ends here, with exit code 2 and clap's own words.
    let cli = Cli::parse();
    match cli.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Where the message goes when standard error is closed, nobody asks.
            _ = writeln!(anstream::stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
