//! The `reference-bridge` program.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use reference_bridge::cli;

/// A correct, durable SCIM 2.0 bridge over the OpenAI Admin API, with defects that can be switched on
#[derive(Debug, Parser)]
#[command(name = "reference-bridge", version)]
struct Cli {
    #[command(flatten)]
    args: cli::Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Cli::parse().args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
