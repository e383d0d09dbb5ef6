//! Where a command finds scenarios and settings: flags, the environment, `proofload.toml`, what is built in.
//!
//! Only the commands read the environment; everything below is told.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use proofload_scenarios::Catalogue;

use super::Error;
use crate::config::{self, Settings};

/// What the commands take that show scenarios and run nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Scenarios (and personas) in this folder instead of the built-in scenarios
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,

    /// Settings in this file [default: proofload.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Source {
    /// The settings, with these personas where any are named, and the scenarios that they choose.
    pub(super) fn open(&self, personas: &[String]) -> Result<(Settings, Catalogue), Error> {
        let flags = Settings {
            personas: personas.to_vec(),
            scenarios: self.scenarios.clone(),
            ..Settings::default()
        };
        let file = config_file(self.config.as_deref());
        let settings = config::layered(flags, variable, file.as_deref())?;
        let catalogue = catalogue(settings.scenarios.as_deref())?;
        Ok((settings, catalogue))
    }
}

/// The file that settings are read from, where one is named.
pub(super) fn config_file(flag: Option<&Path>) -> Option<PathBuf> {
    let named = || variable("PROOFLOAD_CONFIG").map(PathBuf::from);
    flag.map(Path::to_owned).or_else(named)
}

/// The built-in scenarios, or those in a folder.
pub(super) fn catalogue(dir: Option<&Path>) -> Result<Catalogue, Error> {
    dir.map_or_else(Catalogue::built_in, Catalogue::from_dir)
        .map_err(Error::Files)
}

/// An environment variable; an empty one is silent.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
