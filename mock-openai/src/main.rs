//! The program `mock-openai`: arguments in, exit code out. Everything else is in the library.

use std::io::{Write, stderr};
use std::process::ExitCode;

use clap::Parser;
use mock_openai::cli;

/// A stateful double of the OpenAI Admin API: users, invites, groups and their members.
///
/// The first line on standard output is JSON with `openai_base_url`, `manage_url` and `admin_key`.
/// Ctrl-C or SIGTERM ends it.
#[derive(Parser)]
#[command(name = "mock-openai", version, after_help = cli::EXAMPLE)]
struct Program {
    #[command(flatten)]
    args: cli::Args,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match cli::run(Program::parse().args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where the message goes when standard error is closed, nobody asks.
            let _ = writeln!(stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
