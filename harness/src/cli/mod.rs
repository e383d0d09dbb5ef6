//! The command line: which commands there are. What each does is in its own module, and how it ends in [`crate::exit`].

mod check;
mod error;
mod explain;
mod import;
mod init;
mod interrupt;
mod list;
#[cfg(feature = "load")]
mod load;
#[cfg(feature = "load")]
mod merge;
mod new;
mod record;
mod recorded;
pub(crate) mod select;
mod snapshot;
mod source;

use std::io;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::exit;
use crate::outlet;

pub use error::Error;

/// Conformance tests for SCIM bridges: plays Okta and Entra ID in front of a bridge and the OpenAI Admin API behind it,
/// and judges what the bridge did on both sides
#[derive(Debug, Parser)]
#[command(name = "proofload", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
First steps:
  proofload check                              test the reference bridge; it conforms
  proofload list                               every scenario there is
  proofload explain ACT-05                     what one is about, and why
  proofload check --bridge-cmd './my-bridge'   start a bridge of your own and test it
  proofload init                               keep that in proofload.toml; add it to your CI
  proofload load                               bring 300 people on board; nobody is lost
  proofload check --help                       how to reach your bridge; what the exit codes mean";

const COMPLETIONS: &str = "\
Examples:
  proofload completions bash > ~/.local/share/bash-completion/completions/proofload
  proofload completions zsh > ~/.zfunc/_proofload       with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  proofload completions fish > ~/.config/fish/completions/proofload.fish";

#[derive(Debug, Subcommand)]
enum Command {
    /// Test a bridge
    #[command(after_help = check::HELP)]
    Check(Box<check::Args>),
    /// Say what changed in a bridge: its transcripts beside those that were accepted
    #[command(after_help = snapshot::HELP)]
    Snapshot(Box<snapshot::Args>),
    /// Bring a whole company on board, and prove that nobody was lost
    #[cfg(feature = "load")]
    #[command(after_help = load::HELP)]
    Load(Box<load::Args>),
    /// Put the results of several machines together
    #[cfg(feature = "load")]
    #[command(after_help = merge::HELP)]
    Merge(merge::Args),
    /// Show scenarios, personas, policies or load profiles
    #[command(after_help = list::HELP)]
    List(list::Args),
    /// Say what something is and why: a scenario, requirement, check, invariant, fault, policy, persona or load profile
    #[command(after_help = explain::HELP)]
    Explain(explain::Args),
    /// Write proofload.toml for your bridge, and a file for your CI system
    #[command(after_help = init::HELP)]
    Init(init::Args),
    /// Write a scenario or a persona to begin with
    #[command(after_help = new::HELP)]
    New(new::Args),
    /// Stand between an identity provider and a bridge, and write what is sent as scenarios
    #[command(after_help = record::HELP)]
    Record(record::Args),
    /// Make scenarios of a recording: a spool, a HAR file, a test suite of Okta's
    #[command(after_help = import::HELP)]
    Import(import::Args),
    /// Run the stateful OpenAI Admin API by itself
    #[command(after_help = mock_openai::cli::EXAMPLE)]
    Mock(mock_openai::cli::Args),
    /// Run the reference bridge by itself
    #[command(after_help = reference_bridge::cli::EXAMPLE)]
    Bridge(reference_bridge::cli::Args),
    /// Print completions for a shell
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

impl Cli {
    /// Does what was asked for, and gives the exit code.
    ///
    /// # Errors
    /// When it could not be done.
    pub fn run(self) -> Result<u8, Error> {
        match self.command {
            Command::Check(args) => check::run(*args),
            Command::Snapshot(args) => snapshot::run(*args),
            #[cfg(feature = "load")]
            Command::Load(args) => load::run(*args),
            #[cfg(feature = "load")]
            Command::Merge(args) => merge::run(&args),
            Command::List(args) => list::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Init(args) => init::run(&args),
            Command::New(args) => new::run(&args),
            Command::Record(args) => record::run(&args),
            Command::Import(args) => import::run(&args),
            Command::Mock(args) => {
                runtime()?.block_on(mock_openai::cli::run(args))?;
                Ok(exit::CONFORMS)
            }
            Command::Bridge(args) => {
                runtime()?.block_on(reference_bridge::cli::run(args))?;
                Ok(exit::CONFORMS)
            }
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "proofload", &mut script);
                say(&String::from_utf8_lossy(&script))?;
                Ok(exit::CONFORMS)
            }
        }
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Writes to standard output. That nobody reads on (`proofload list | head`) is no error.
fn say(text: &str) -> io::Result<()> {
    use io::Write as _;
    let mut out = outlet::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[rstest]
    #[case("proofload", &["--help"])]
    #[case("check", &["check", "--help"])]
    #[case("init", &["init", "--help"])]
    #[case("snapshot", &["snapshot", "--help"])]
    #[case("snapshot_check", &["snapshot", "check", "--help"])]
    #[case("list", &["list", "--help"])]
    #[case("explain", &["explain", "--help"])]
    #[case("new", &["new", "--help"])]
    #[case("new_persona", &["new", "persona", "--help"])]
    #[case("new_scenario", &["new", "scenario", "--help"])]
    #[case("record", &["record", "--help"])]
    #[case("import", &["import", "--help"])]
    fn help_teaches(#[case] name: &str, #[case] words: &[&str]) {
        let words = std::iter::once("proofload").chain(words.iter().copied());
        let help = Cli::command().term_width(100).try_get_matches_from(words).unwrap_err();
        assert_eq!(help.exit_code(), 0);
        // Without load there are two commands less.
        if cfg!(feature = "load") || name != "proofload" {
            insta::assert_snapshot!(format!("help_{name}"), help);
        }
    }

    /// Somebody who has nothing but the program must find out how it is used.
    #[test]
    fn every_command_shows_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let name = format!("proofload {}", command.get_name());
            assert!(help.contains(&name) || command.get_name() == "mock", "{name}: {help}");
        }
    }

    #[rstest]
    #[case(Shell::Bash, "_proofload()")]
    #[case(Shell::Zsh, "#compdef proofload")]
    #[case(Shell::Fish, "complete -c proofload")]
    fn completions_are_made(#[case] shell: Shell, #[case] mark: &str) {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "proofload", &mut script);
        let script = String::from_utf8(script).unwrap();
        assert!(script.contains(mark) && script.contains("bridge-url"), "{script}");
    }

    #[rstest]
    #[case(&["proofload"])]
    #[case(&["proofload", "chek"])]
    #[case(&["proofload", "check", "--seed", "x"])]
    #[case(&["proofload", "new"])]
    #[case(&["proofload", "new", "persona"])]
    #[case(&["proofload", "check", "--bridge-cmd", "a", "--bridge-url", "b"])]
    #[case(&["proofload", "check", "--report", "xml=a"])]
    #[case(&["proofload", "check", "--quiet", "--verbose"])]
    #[case(&["proofload", "list", "--personas", "--policies"])]
    #[case(&["proofload", "explain", "H-15", "--coverage"])]
    fn a_wrong_command_line_ends_as_usage(#[case] words: &[&str]) {
        assert_eq!(
            Cli::try_parse_from(words).unwrap_err().exit_code(),
            i32::from(exit::USAGE)
        );
    }
}
