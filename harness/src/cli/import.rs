//! `proofload import`: makes scenarios of what others have recorded.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use proofload_scenarios::FileError;

use super::recorded::{self, Output};
use super::{Error, say};
use crate::exit;
use crate::recording::{Recording, foreign, spool};

/// The largest file that is read as a whole.
const BYTES_MAX: u64 = 100 << 20;

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A spool of `proofload record`, a HAR file, or one of Okta's SCIM test suites as JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    output: Output,

    /// What the scenario is called [default: the file's name]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
}

pub(super) const HELP: &str = "\
Examples:
  proofload import my-scenarios/recorded/20261122-185335.spool     after the recorder was killed
  proofload import scim.har --out my-scenarios --name first-day    what a proxy or a browser has saved
  proofload import Okta-SCIM-20-SPEC-Test.json
  proofload check --scenarios my-scenarios recorded/               tell it to the reference bridge

People get invented names and addresses; tokens, cookies and passwords are left out. Requests that
are no SCIM are left out and counted. Nothing is overwritten.";

/// Runs the command and gives the exit code.
pub(super) fn run(args: &Args) -> Result<u8, Error> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_of(&args.file),
    };
    let recording = read(&args.file).map_err(|error| Error::Files(vec![error]))?;
    say(&recorded::write(&recording, &name, &args.output)?)?;
    Ok(exit::CONFORMS)
}

fn read(path: &Path) -> Result<Recording, FileError> {
    let shown = path.display().to_string();
    let wrong = |message: String| FileError::whole(&shown, message);
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let length = file.metadata().map_err(|error| wrong(error.to_string()))?.len();
    let mut reader = BufReader::new(file);
    let beginning = reader.fill_buf().map_err(|error| wrong(error.to_string()))?;
    if spool::is_spool(beginning) {
        return spool::read(&shown, reader);
    }
    if length > BYTES_MAX {
        let mib = length >> 20;
        return Err(wrong(format!(
            "{mib} MiB are more than the {} that are read; save fewer requests into it",
            BYTES_MAX >> 20
        )));
    }
    let mut bytes = Vec::new();
    // What grows meanwhile is not read further.
    let read = reader.take(BYTES_MAX).read_to_end(&mut bytes);
    read.map_err(|error| wrong(error.to_string()))?;
    foreign::read(&shown, &bytes)
}

/// A name for files.
fn name(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.chars().all(is_of_a_name) {
        Ok(text.to_owned())
    } else {
        Err("letters, digits, `-` and `_` only".to_owned())
    }
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let name: String = stem.chars().map(|c| if is_of_a_name(c) { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "recording".to_owned()
    } else {
        name.to_owned()
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}
