//! Settings from the environment: `PROOFLOAD_` and the name of the flag, so that there is no second list of names.

use std::ffi::OsString;

use clap::{Args as _, Command, FromArgMatches as _};

use super::Settings;

/// What the variables say. An empty variable says nothing: CI systems set those.
pub(super) fn settings(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Settings, String> {
    let command = Settings::augment_args(Command::new("proofload").no_binary_name(true));
    let mut words = Vec::new();
    for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
        let Some(value) = lookup(&variable(flag)).filter(|value| !value.is_empty()) else {
            continue;
        };
        let mut word = OsString::from(format!("--{flag}="));
        word.push(value);
        words.push(word);
    }
    let matches = command
        .try_get_matches_from(words)
        .and_then(|matches| Settings::from_arg_matches(&matches));
    matches.map_err(|error| named(&error))
}

/// `PROOFLOAD_BRIDGE_URL` for `bridge-url`.
fn variable(flag: &str) -> String {
    format!("PROOFLOAD_{}", flag.to_ascii_uppercase().replace('-', "_"))
}

/// The first line of clap's message, with variables where it says flags.
fn named(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let words = line.split('\'').map(|quoted| match quoted.strip_prefix("--") {
        Some(flag) => variable(flag.split([' ', '=', '[']).next().unwrap_or_default()),
        None => quoted.to_owned(),
    });
    words.collect::<Vec<_>>().join("'")
}
