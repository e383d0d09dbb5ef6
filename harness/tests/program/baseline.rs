//! The life of a baseline, as a team lives it: written, explained, kept, gone stale, expired, mistaken.

use std::fs;
use std::path::Path;

use rstest::rstest;
use tempfile::TempDir;

use crate::{PROGRAM, proofload, run, said, text};

const FILE: &str = "baseline.toml";
const SCENARIO: &str = "users/assign-okta-minimal";

/// Checks a bridge, the reference bridge with a fault or without one, against the baseline. Gives the exit code and all
/// that was said.
fn check(dir: &Path, fault: Option<&str>, more: &[&str]) -> (i32, String) {
    let bridge = fault.map(|fault| format!("{PROGRAM} bridge --fault {fault}"));
    let mut words = vec!["check", SCENARIO, "--seed", "7", "--baseline", FILE];
    words.extend(bridge.iter().flat_map(|bridge| ["--bridge-cmd", bridge.as_str()]));
    words.extend(more);
    let done = run(dir, &words);
    (done.status.code().unwrap(), said(&done))
}

/// A folder whose baseline lists what that fault makes the bridge do, and says why.
fn explained(fault: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    let (code, shown) = check(dir.path(), Some(fault), &["--update-baseline"]);
    assert_eq!(code, 1, "to write it down is not to conform: {shown}");
    rewrite(dir.path(), "TODO: say why", "ticket 7");
    dir
}

fn rewrite(dir: &Path, from: &str, to: &str) {
    let written = fs::read_to_string(dir.join(FILE)).unwrap();
    assert!(written.contains(from), "{written}");
    fs::write(dir.join(FILE), written.replace(from, to)).unwrap();
}

#[test]
fn what_is_written_must_be_explained_before_it_counts() {
    let dir = TempDir::new().unwrap();
    let (code, _) = check(dir.path(), Some("no-location"), &["--update-baseline"]);
    assert_eq!(code, 1);
    let (code, shown) = check(dir.path(), Some("no-location"), &[]);
    assert_eq!(code, 2, "{shown}");
    assert!(
        shown.contains("baseline.toml:") && shown.contains("^^^") && shown.contains("say why"),
        "{shown}"
    );
}

#[test]
fn a_listed_finding_fails_nothing_and_is_shown_with_its_reason() {
    let dir = explained("no-location");
    let (code, shown) = check(dir.path(), Some("no-location"), &[]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("known  must") && shown.contains("ticket 7"), "{shown}");
    let (_, shown) = check(dir.path(), Some("no-location"), &["--update-baseline"]);
    assert!(shown.contains("baseline.toml stays as it is."), "{shown}");
}

#[test]
fn another_finding_still_fails() {
    let dir = explained("no-location");
    let (code, shown) = check(dir.path(), Some("empty-201"), &[]);
    assert_eq!(code, 1, "{shown}");
    assert!(
        shown.contains("FAIL  ") && !shown.contains("STALE"),
        "it may be hidden: {shown}"
    );
}

#[test]
fn a_listed_finding_that_no_longer_happens_fails_until_it_is_taken_out() {
    let dir = explained("no-location");
    let reports = ["--report", "json=r.json", "--report", "junit=r.xml"];
    let (code, shown) = check(dir.path(), None, &reports);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("STALE  users/assign-okta-minimal"), "{shown}");
    assert!(shown.contains("in the baseline no longer happen"), "{shown}");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(dir.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(report["baseline"]["stale"][0]["id"], SCENARIO);
    let junit = fs::read_to_string(dir.path().join("r.xml")).unwrap();
    assert!(junit.contains("<testsuite name=\"baseline\"") && !junit.contains("failures=\"0\" errors=\"0\" uuid"));

    let (code, _) = check(dir.path(), None, &["--update-baseline"]);
    assert_eq!(code, 1, "this run still found it stale");
    let (code, shown) = check(dir.path(), None, &[]);
    assert_eq!(code, 0, "{shown}");
}

#[test]
fn an_expired_entry_counts_as_not_listed() {
    let dir = explained("no-location");
    rewrite(
        dir.path(),
        "reason = \"ticket 7\"",
        "reason = \"ticket 7\"\nexpires = 2020-01-31",
    );
    let (code, shown) = check(dir.path(), Some("no-location"), &[]);
    assert_eq!(code, 1, "{shown}");
    assert!(
        shown.contains("counts as not listed: its entry expired on 2020-01-31"),
        "{shown}"
    );
}

#[rstest]
#[case::scenario("users/assign-okta-minimal", "users/asign", "there is no scenario `users/asign`")]
#[case::reason("ticket 7", "", "say why")]
#[case::newer("version = 1", "version = 2", "a newer proofload wrote this file")]
fn a_mistake_ends_the_program_before_the_run(#[case] from: &str, #[case] to: &str, #[case] message: &str) {
    let dir = explained("no-location");
    rewrite(dir.path(), from, to);
    let before = fs::read(dir.path().join(FILE)).unwrap();
    let (code, shown) = check(dir.path(), None, &["--update-baseline"]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains(message) && shown.contains("baseline.toml:"), "{shown}");
    assert_eq!(
        fs::read(dir.path().join(FILE)).unwrap(),
        before,
        "nothing is overwritten"
    );
}

#[rstest]
#[case::not_there(&["check", SCENARIO, "--baseline", "no.toml"], "no.toml: cannot be read: ")]
#[case::not_named(&["check", SCENARIO, "--update-baseline"], "--update-baseline needs to know the file")]
fn a_baseline_must_be_there_or_named(#[case] words: &[&str], #[case] message: &str) {
    let dir = TempDir::new().unwrap();
    let done = proofload(dir.path(), words).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains(message), "{}", text(&done.stderr));
}
