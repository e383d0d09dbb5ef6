//! The program `mock-openai`: arguments in, exit code out. Everything else is in the library.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use mock_openai::cli;

/// A stateful double of the identity side of the OpenAI Admin API: users, invites, groups, roles,
/// projects, admin keys, and the audit log of what happens to them.
///
/// The first line on standard output is JSON with `openai_base_url`, `manage_url` and `admin_key`.
/// Ctrl-C or SIGTERM ends it.
#[derive(Parser)]
#[command(name = "mock-openai", version, after_help = cli::EXAMPLE, args_conflicts_with_subcommands = true)]
struct Program {
    #[command(subcommand)]
    instead: Option<Instead>,

    #[command(flatten)]
    args: cli::Args,
}

/// What else the program does.
#[derive(clap::Subcommand)]
enum Instead {
    /// Prints what makes a shell complete its arguments.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let program = Program::parse();
    if let Some(Instead::Completions { shell }) = program.instead {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Program::command(), "mock-openai", &mut script);
        // A reader that has had enough is no failure.
        let _ = stdout().write_all(&script);
        return ExitCode::SUCCESS;
    }
    match cli::run(program.args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where the message goes when standard error is closed, nobody asks.
            let _ = writeln!(stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
