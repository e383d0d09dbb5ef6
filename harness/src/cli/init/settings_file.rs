//! The text of `proofload.toml`. Each key stands under a comment that says what it is for; what is left open is there,
//! too, commented out.

use std::fmt::Write as _;

use proofload_scenarios::Policy;

use super::REPORTS;
use super::look::{Seen, TOKEN};
use crate::target::{TargetKind, TargetSpec};

/// The whole file.
pub(super) fn text(target: &TargetSpec, token: &str, seen: &Seen) -> String {
    format!(
        "{HEAD}\n{}\n{}\n{}",
        bridge_reached(target, token, seen),
        check(),
        bridge()
    )
}

const HEAD: &str = "\
# What `proofload check` tests, and how. Everything here can also be said by a flag (--base-path /scim) or a variable
# (PROOFLOAD_BASE_PATH=/scim); flags win over variables, variables over this file. Paths are meant from the folder this
# file is in. `proofload check --help` shows all there is. No secret belongs in here.
";

fn bridge_reached(target: &TargetSpec, token: &str, seen: &Seen) -> String {
    let mut text = String::from("[target]\n");
    match &target.kind {
        TargetKind::Command { command } => _ = write!(text, "{COMMAND}bridge_cmd = {}\n\n", quoted(command)),
        TargetKind::Url { url } => {
            text.push_str(URL);
            if token != TOKEN {
                _ = writeln!(
                    text,
                    "# Here it is in another one: {TOKEN}=\"${token}\" proofload check"
                );
            }
            _ = write!(text, "bridge_url = {}\n\n{LISTEN}", quoted(url));
        }
        TargetKind::Embedded | TargetKind::InProcess(_) => {}
    }
    if let Some(claims) = &seen.claims {
        _ = writeln!(
            text,
            "# When this file was written, SCIM answered at this path; {claims}."
        );
    }
    text.push_str("# The path in front of /Users.\n");
    match &seen.base_path {
        Some(path) => _ = writeln!(text, "base_path = {}", quoted(path)),
        None => text.push_str("# base_path = \"/scim/v2\"\n"),
    }
    if let TargetKind::Command { .. } = target.kind {
        _ = write!(text, "\n{DURABLE}durable = {}\n\n{READY}", target.durable);
    }
    let mark = if target.scim_only { "" } else { "# " };
    _ = write!(text, "\n{SCIM_ONLY}{mark}scim_only = true\n");
    text
}

const COMMAND: &str = "\
# The command that starts the bridge, split as a shell would but not run by one. Several are started at a time. Each finds
# PORT, OPENAI_BASE_URL, OPENAI_ADMIN_KEY, SCIM_TOKEN and STATE_DIR in its environment; {port} and the like in the command
# are filled in, too.
";

const URL: &str = "\
# The bridge that runs already. The token it expects is taken from the variable PROOFLOAD_SCIM_TOKEN.
";

const LISTEN: &str = "\
# Where OpenAI's double listens: start the bridge with OPENAI_BASE_URL=http://127.0.0.1:9000/v1.
# mock_listen = \"127.0.0.1:9000\"

";

const DURABLE: &str = "\
# true: the bridge keeps in STATE_DIR what it has acknowledged. It is then killed in some scenarios, and must stand up
# again with it.
";

const READY: &str = "\
# How long it may take until it answers.
# ready_within_seconds = 15
";

const SCIM_ONLY: &str = "\
# true: there is no OpenAI behind this SCIM server. What needs one is then not applicable, never passed.
";

fn check() -> String {
    format!(
        "\
[check]
# The identity providers whose manners are played; left out, all of them. `proofload list --personas` says which there are.
# persona = [\"okta-oin\", \"entra\"]

# The lightest finding that fails a run: \"must\"; \"hazard\" (legal, but it hurts); \"should\"; \"may\".
fail_on = \"must\"

# Findings that are known today fail nothing; new ones do. `proofload check --update-baseline` writes the file, you say why.
# baseline = \"baseline.toml\"

# Written by every run: a page for people, what CI systems read, and a comment for a pull request.
report = [\"html={REPORTS}/index.html\", \"junit={REPORTS}/junit.xml\", \"md={REPORTS}/summary.md\"]
"
    )
}

/// Every policy, with what can be said of it.
fn bridge() -> String {
    let mut text = String::from(
        "\
[bridge]
# How long an effect may take that the bridge applies after its answer.
# settle_seconds = 10

# Correct bridges differ. What is not stated here may be done either way; what is stated, the bridge must do.
",
    );
    for policy in Policy::ALL {
        let Some((first, _)) = policy.choices.first() else {
            continue;
        };
        _ = writeln!(text, "\n# {}:", policy.question);
        for (name, meaning) in policy.choices {
            _ = writeln!(text, "#   {name}: {meaning}");
        }
        _ = writeln!(text, "# {} = \"{first}\"", policy.name);
    }
    text
}

/// Text as TOML takes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
