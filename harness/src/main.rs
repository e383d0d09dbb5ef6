//! The program: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use proofload::cli::Cli;

fn main() -> ExitCode {
    // A wrong command line ends here, with exit code 2 and clap's own words.
    let cli = Cli::parse();
    match cli.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            error.tell();
            ExitCode::from(error.exit_code())
        }
    }
}
