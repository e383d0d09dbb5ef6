//! The command line that repeats a run, for people to copy: what was said by flags and environment is spelled out, what
//! a named file says stays there.

use std::fmt::Display;
use std::path::Path;

use super::Settings;

/// `proofload check` with everything that matters for a single case. Secrets are shell variables.
pub(super) fn repeat(settings: &Settings, file: Option<&Path>, seed: u64) -> String {
    let mut words = vec!["proofload check".to_owned()];
    let mut say = |flag: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{flag} {}", shell_words::quote(&value))));
    };
    say("config", file.map(|path| path.display().to_string()));
    say("bridge-cmd", settings.target.bridge_cmd.clone());
    say("bridge-url", settings.target.bridge_url.clone());
    say("base-path", settings.target.base_path.clone());
    say("mock-listen", settings.target.mock_listen.as_ref().map(shown));
    say(
        "ready-within",
        settings
            .target
            .ready_within
            .map(|within| within.as_secs_f64().to_string()),
    );
    say(
        "timeout",
        settings.target.timeout.map(|within| within.as_secs_f64().to_string()),
    );
    say("settle", settings.settle.map(|within| within.as_secs_f64().to_string()));
    say(
        "scenarios",
        settings.scenarios.as_ref().map(|dir| dir.display().to_string()),
    );
    say(
        "baseline",
        settings.baseline.as_ref().map(|file| file.display().to_string()),
    );
    for stated in &settings.policies {
        say("policy", Some(format!("{}={}", stated.policy, stated.choice)));
    }
    say("reading", settings.reading.as_ref().map(shown));
    say("seed", Some(seed.to_string()));
    let bare = [
        (settings.target.scim_only == Some(true), "--scim-only"),
        (settings.target.durable == Some(true), "--durable"),
        (settings.target.scim_token.is_some(), "--scim-token \"$SCIM_TOKEN\""),
        (settings.target.admin_key.is_some(), "--admin-key \"$OPENAI_ADMIN_KEY\""),
    ];
    words.extend(
        bare.into_iter()
            .filter(|(is_said, _)| *is_said)
            .map(|(_, word)| word.to_owned()),
    );
    words.join(" ")
}

fn shown(value: &impl Display) -> String {
    value.to_string()
}
