//! Why a command could not be done, and how the program ends then.

use std::io::{self, Write as _};

use proofload_scenarios::FileError;

use crate::config::ConfigError;
use crate::exit;
use crate::outlet;
use crate::report::ReportError;
use crate::run::RunError;
use crate::target::TargetError;

/// Why a command could not be done. What the bridge did wrong is never one of these.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Flags, environment or `proofload.toml`.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Scenario or persona files; all that are wrong.
    #[error("{}", joined(.0))]
    Files(Vec<FileError>),
    /// What was asked for cannot be meant: a filter, a persona, a threshold.
    #[error("{0}")]
    Selection(String),
    /// A file that cannot be made, or is there already.
    #[error("{0}")]
    New(String),
    /// A report that cannot be written where it should be, found out before the run.
    #[error("{0}")]
    ReportPath(ReportError),
    /// A report that could not be written after all.
    #[error("{0}")]
    Report(ReportError),
    /// The target cannot be tested.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The target that settings were to be written for cannot be tested.
    #[error("{0}; nothing was written (--no-probe writes without a look at the bridge)")]
    NotInitialised(RunError),
    /// A load run.
    #[cfg(feature = "load")]
    #[error(transparent)]
    Load(#[from] crate::load::run::LoadError),
    /// Ended at once, because somebody asked twice.
    #[error("ended at once; nothing was reported")]
    Interrupted,
    /// A part of the program broke.
    #[error("the runner broke, which is our fault: {0}")]
    Broken(#[from] tokio::task::JoinError),
    /// `proofload mock`.
    #[error(transparent)]
    Mock(#[from] mock_openai::cli::Error),
    /// `proofload bridge`.
    #[error(transparent)]
    Bridge(#[from] reference_bridge::Error),
    /// Terminal or operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Something on the command line that cannot be meant.
    pub(super) fn usage(what: impl std::fmt::Display) -> Self {
        Self::Selection(what.to_string())
    }

    /// Says it on standard error. When that is closed, there is nobody to say it to.
    pub fn tell(&self) {
        _ = writeln!(outlet::stderr(), "error: {self}");
    }

    /// How the program ends, one of [`exit`]'s codes.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Files(_) | Self::Selection(_) | Self::New(_) | Self::ReportPath(_) => exit::USAGE,
            Self::Run(error) | Self::NotInitialised(error) => run_code(error),
            Self::Mock(error) => error.exit_code(),
            Self::Bridge(error) => bridge_code(error),
            #[cfg(feature = "load")]
            Self::Load(_) => exit::TROUBLE,
            Self::Interrupted => exit::INTERRUPTED,
            Self::Report(_) | Self::Broken(_) | Self::Io(_) => exit::TROUBLE,
        }
    }
}

fn run_code(error: &RunError) -> u8 {
    match error {
        RunError::Target(error) => target_code(error),
        RunError::Preflight(_) => exit::TARGET,
    }
}

fn target_code(error: &TargetError) -> u8 {
    match error {
        TargetError::Limits(_)
        | TargetError::NoToken
        | TargetError::EmptySecret { .. }
        | TargetError::SecretNotAHeader { .. }
        | TargetError::Url { .. }
        | TargetError::BasePath { .. }
        | TargetError::MockListenUnused
        | TargetError::CommandSyntax { .. }
        | TargetError::CommandEmpty
        | TargetError::NoUpstream { .. } => exit::USAGE,
        TargetError::MockListen { .. }
        | TargetError::Spawn { .. }
        | TargetError::Exited { .. }
        | TargetError::NeverAnswered { .. } => exit::TARGET,
        TargetError::Embedded { .. } | TargetError::Ours { .. } => exit::TROUBLE,
    }
}

fn bridge_code(error: &reference_bridge::Error) -> u8 {
    match error {
        reference_bridge::Error::Missing(_) => exit::USAGE,
        _ => exit::TROUBLE,
    }
}

fn joined(errors: &[FileError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}
