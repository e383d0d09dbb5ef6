//! The program as people and CI systems start it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod baseline;
mod command_line;
mod hostile_output;
mod init;
#[cfg(feature = "load")]
mod load;
#[cfg(feature = "load")]
mod load_faults;
#[cfg(unix)]
mod record;
mod report_schema;
mod snapshot;

use std::path::Path;
use std::process::{Command, Output};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_proofload");

/// The program in a folder of its own, without the settings of whoever runs the tests.
pub(crate) fn proofload(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(words).current_dir(dir).env("NO_COLOR", "1");
    let of_others = ["PROOFLOAD_", "GITHUB_", "TF_BUILD", "TEAMCITY_"];
    for (name, _) in std::env::vars().filter(|(name, _)| of_others.iter().any(|begins| name.starts_with(begins))) {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end.
pub(crate) fn run(dir: &Path, words: &[&str]) -> Output {
    proofload(dir, words).output().unwrap()
}

/// What it wrote.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// It ended with this exit code.
#[track_caller]
pub(crate) fn assert_ends(done: &Output, code: i32) {
    assert_eq!(done.status.code(), Some(code), "{}", said(done));
}

/// All that it said: its output, then its errors.
pub(crate) fn said(done: &Output) -> String {
    text(&done.stdout) + &text(&done.stderr)
}
