//! The program as people and CI systems start it: exit codes, report files, where settings come from, how it is ended.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::{PROGRAM, assert_ends, proofload, run, text};

/// A folder with one scenario of this name.
fn scenario_dir(root: &Path, name: &str) {
    fs::create_dir_all(root.join(name)).unwrap();
    let text = "title = \"t\"\nwhy = \"w\"\nspec = []\npersonas = [\"entra\"]\n\
                [[step]]\nname = \"n\"\nsend = \"GET /Users\"\nexpect.status = 200\n";
    fs::write(root.join(name).join(format!("{name}.toml")), text).unwrap();
}

#[test]
fn the_reference_bridge_conforms_and_the_report_says_so() {
    let dir = TempDir::new().unwrap();
    let done = run(
        dir.path(),
        &[
            "check",
            "users/assign-okta-minimal",
            "--seed",
            "7",
            "--report",
            "json=out/report.json",
            "--report",
            "junit=out/report.xml",
        ],
    );
    assert_ends(&done, 0);
    assert!(text(&done.stdout).ends_with("The bridge conforms. Exit 0.\n"));
    let report: Value = serde_json::from_slice(&fs::read(dir.path().join("out/report.json")).unwrap()).unwrap();
    assert_eq!(
        (&report["exit_code"], &report["summary"]["passed"]),
        (&0.into(), &1.into())
    );
    assert!(report["summary"]["checks"].as_u64() > Some(0));
    assert!(
        fs::read_to_string(dir.path().join("out/report.xml"))
            .unwrap()
            .contains("failures=\"0\"")
    );
}

/// A bridge that is wrong in one way, started as a command; its token is given, and shown nowhere.
#[test]
fn a_wrong_bridge_is_found_out_without_telling_secrets() {
    const TOKEN: &str = "canary-token-4711";
    let dir = TempDir::new().unwrap();
    let bridge = format!("{PROGRAM} bridge --fault no-location");
    let words = [
        "check",
        "USR-01",
        "--bridge-cmd",
        &bridge,
        "--scim-token",
        TOKEN,
        "--verbose",
        "--report",
        "json=r.json",
    ];
    let done = run(dir.path(), &words);
    let shown = text(&done.stdout);
    assert_eq!(done.status.code(), Some(1), "{shown}{}", text(&done.stderr));
    assert!(
        shown.contains("FAIL  users/assign-okta-minimal [okta-aiw]  must   USR-01"),
        "{shown}"
    );
    assert!(
        shown.contains("again: proofload check users/assign-okta-minimal --persona okta-aiw --bridge-cmd "),
        "{shown}"
    );
    let report = fs::read_to_string(dir.path().join("r.json")).unwrap();
    for text in [shown, text(&done.stderr), report] {
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[rstest]
#[case::unknown_filter(2, &["check", "users/asign"], "error: `users/asign` matches no scenario, near it users/assign-")]
#[case::unknown_persona(2, &["check", "--persona", "okta"], "error: there is no persona `okta`; there are entra, ")]
#[case::no_config(2, &["check", "--config", "no.toml"], "error: no.toml: cannot be read: ")]
#[case::no_scenarios(2, &["check", "--scenarios", "no"], "error: no: ")]
#[case::no_token(2, &["check", "--bridge-url", "http://127.0.0.1:1"], "error: --bridge-url needs the bearer token")]
#[case::report_path(2, &["check", "--report", "json=."], "error: cannot write the json report to .: ")]
#[case::unreachable(3, &["check", "--bridge-url", "http://127.0.0.1:1", "--scim-token", "t", "--scim-only"], "error: ")]
#[case::exits(3, &["check", "--bridge-cmd", "false"], "error: the bridge exited with status 1 before")]
fn what_cannot_be_done_ends_with_its_code(#[case] code: i32, #[case] words: &[&str], #[case] message: &str) {
    let dir = TempDir::new().unwrap();
    let done = run(dir.path(), words);
    let shown = text(&done.stderr);
    assert_eq!(done.status.code(), Some(code), "{shown}");
    assert!(shown.starts_with(message), "{shown}");
    assert!(done.stdout.is_empty(), "nothing was run: {}", text(&done.stdout));
}

/// The one setting that `list` shows: where the scenarios are. What the flag says goes before the variable, that before
/// the file, that before what is built in.
#[test]
fn flag_then_environment_then_file_then_default() {
    let dir = TempDir::new().unwrap();
    for name in ["flag", "variable", "file"] {
        scenario_dir(dir.path(), name);
    }
    let listed = |command: &mut Command| {
        text(&command.output().unwrap().stdout)
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let built_in = listed(&mut proofload(dir.path(), &["list"]));
    assert!(built_in.starts_with("activation/"), "{built_in}");
    fs::write(dir.path().join("proofload.toml"), "[check]\nscenarios = \"file\"\n").unwrap();
    assert_eq!(listed(&mut proofload(dir.path(), &["list"])), "file");
    assert_eq!(
        listed(proofload(dir.path(), &["list"]).env("PROOFLOAD_SCENARIOS", "variable")),
        "variable"
    );
    assert_eq!(
        listed(proofload(dir.path(), &["list", "--scenarios", "flag"]).env("PROOFLOAD_SCENARIOS", "variable")),
        "flag"
    );
}

/// Ctrl-C in the middle of a run: what is known is reported, and what was not run is not forgotten.
#[cfg(unix)]
#[test]
fn an_interrupted_run_reports_what_is_known() {
    let dir = TempDir::new().unwrap();
    let words = [
        "check",
        "users/",
        "activation/",
        "roles/",
        "--jobs",
        "1",
        "--report",
        "json=r.json",
    ];
    let mut running = proofload(dir.path(), &words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(running.stderr.take().unwrap());
    let mut first = String::new();
    progress.read_line(&mut first).unwrap();
    assert!(first.contains(" cases, "), "{first}");
    let killed = Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut progress, &mut rest).unwrap();
    let done = running.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(130), "{}{rest}", text(&done.stdout));
    assert!(
        rest.contains("stopping after what runs now; once more to end at once"),
        "{rest}"
    );
    let report: Value = serde_json::from_slice(&fs::read(dir.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(
        (&report["interrupted"], &report["exit_code"]),
        (&true.into(), &130.into())
    );
    let number = |key: &str| report["summary"][key].as_u64().unwrap();
    assert!(number("passed") > 0 && number("skipped") > 0, "{}", report["summary"]);
}
