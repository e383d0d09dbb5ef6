//! The life of snapshots, as a team lives it: accepted, the same whatever the seed, changed, back again, and mistaken.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{PROGRAM, proofload, run, said};

const SCENARIO: &str = "users/assign-okta-minimal";
const FILE: &str = "snapshots/users__assign-okta-minimal@okta-aiw.snap";

/// Runs `proofload snapshot` on a machine that is no CI system, or is one. Gives the exit code and all that was said.
fn snapshot_in(ci: Option<&str>, dir: &Path, words: &[&str]) -> (i32, String) {
    let mut command = proofload(dir, &["snapshot"]);
    for name in ["CI", "TF_BUILD", "JENKINS_URL"] {
        command.env_remove(name);
    }
    command.envs(ci.map(|ci| ("CI", ci)));
    let done = command.args(words).output().unwrap();
    (done.status.code().unwrap(), said(&done))
}

fn snapshot(dir: &Path, words: &[&str]) -> (i32, String) {
    snapshot_in(None, dir, words)
}

/// A folder in which one snapshot was accepted.
fn accepted() -> TempDir {
    let dir = TempDir::new().unwrap();
    let (code, shown) = snapshot(dir.path(), &["accept", SCENARIO]);
    assert_eq!(code, 0, "{shown}");
    assert!(dir.path().join(FILE).exists(), "{shown}");
    dir
}

/// Every file in a folder.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

#[test]
fn another_seed_and_another_number_of_jobs_give_the_same_bytes() {
    let dir = TempDir::new().unwrap();
    let told = ["accept", "groups/", "rename/", "users/", "--snapshots"];
    let (code, shown) = snapshot(dir.path(), &[&told[..], &["one", "--seed", "1"]].concat());
    assert_eq!(code, 0, "{shown}");
    let (code, shown) = snapshot(
        dir.path(),
        &[&told[..], &["other", "--seed", "4711", "--jobs", "3"]].concat(),
    );
    assert_eq!(code, 0, "{shown}");
    let (one, other) = (files(&dir.path().join("one")), files(&dir.path().join("other")));
    assert!(one.len() > 100, "only {} were told", one.len());
    assert!(one.keys().eq(other.keys()));
    for (name, text) in &one {
        assert_eq!(text, &other[name], "{name}");
    }
}

#[test]
fn a_change_is_named_with_its_scenarios_and_goes_when_the_bridge_is_as_before() {
    let dir = TempDir::new().unwrap();
    let bridge = format!("{PROGRAM} bridge");
    let changed = format!("{bridge} --variant patch-user-204");
    let told = [
        SCENARIO,
        "activation/deactivate-member",
        "--persona",
        "okta-oin,okta-aiw",
        "--bridge-cmd",
    ];
    let (code, shown) = snapshot(dir.path(), &[&["accept"], &told[..], &[&bridge]].concat());
    assert_eq!(code, 0, "{shown}");

    let (code, shown) = snapshot(dir.path(), &[&["check"], &told[..], &[&changed]].concat());
    assert_eq!(code, 1, "{shown}");
    let named: Vec<&str> = shown.lines().filter(|line| line.starts_with("CHANGED")).collect();
    assert_eq!(named.len(), 1, "{shown}");
    assert!(
        named[0].contains("activation/deactivate-member [okta-oin]  step 4: PATCH /Users/{alice.id} is answered 204"),
        "{shown}"
    );
    assert!(shown.contains("\n-< 200\n") && shown.contains("\n+< 204\n"), "{shown}");
    let pending = dir
        .path()
        .join("snapshots/activation__deactivate-member@okta-oin.snap.new");
    assert!(pending.exists(), "{shown}");

    let (code, shown) = snapshot(dir.path(), &[&["check"], &told[..], &[&bridge]].concat());
    assert_eq!(code, 0, "{shown}");
    assert!(!pending.exists(), "what is as accepted waits for nobody");
}

#[test]
fn ci_writes_nothing() {
    let dir = accepted();
    fs::remove_file(dir.path().join(FILE)).unwrap();
    let (code, shown) = snapshot_in(Some("true"), dir.path(), &["accept", SCENARIO]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("CI never writes snapshots"), "{shown}");
    let (code, shown) = snapshot_in(Some("true"), dir.path(), &["check", SCENARIO]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("has no snapshot yet"), "{shown}");
    assert_eq!(files(&dir.path().join("snapshots")).len(), 0);
}

#[test]
fn a_snapshot_of_a_case_that_is_no_more_is_named_and_goes() {
    let dir = accepted();
    let orphan = dir.path().join("snapshots/users__gone@okta-aiw.snap");
    fs::copy(dir.path().join(FILE), &orphan).unwrap();
    let (code, shown) = snapshot(dir.path(), &["check", SCENARIO]);
    assert_eq!(code, 0, "a filter left it out: {shown}");
    let told = ["users/assign*", "--persona", "okta-aiw"];
    fs::rename(&orphan, dir.path().join("snapshots/users__assign-gone@okta-aiw.snap")).unwrap();
    let (code, shown) = snapshot(dir.path(), &[&["check"], &told[..]].concat());
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("ORPHAN"), "{shown}");
    let (code, shown) = snapshot(dir.path(), &[&["accept"], &told[..]].concat());
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("ORPHAN") && shown.contains("users/assign-gone [okta-aiw]"),
        "{shown}"
    );
    assert!(!files(&dir.path().join("snapshots")).contains_key("users__assign-gone@okta-aiw.snap"));
}

#[test]
fn a_file_that_cannot_be_used_ends_the_program_before_the_run() {
    let dir = accepted();
    let path = dir.path().join(FILE);
    let good = fs::read_to_string(&path).unwrap();
    let bad = [
        (
            good.replace("transcript: 1", "transcript: 9").into_bytes(),
            "a newer proofload wrote this file",
        ),
        (b"---\n\xff\xfe".to_vec(), "this is no UTF-8 text"),
        (vec![b'x'; 5 << 20], "no snapshot is larger than 2 MiB"),
        (b"{}".to_vec(), "a snapshot begins with a header"),
    ];
    for (bytes, message) in bad {
        fs::write(&path, &bytes).unwrap();
        for what in ["check", "accept", "review"] {
            let words: &[&str] = if what == "review" { &[what] } else { &[what, SCENARIO] };
            let (code, shown) = snapshot(dir.path(), words);
            assert_eq!(code, 2, "{shown}");
            assert!(shown.contains(FILE) && shown.contains(message), "{shown}");
            assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is overwritten");
        }
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let dir = TempDir::new().unwrap();
    assert_eq!(
        run(dir.path(), &["snapshot"]).status.code(),
        Some(2),
        "check, accept or review?"
    );
    let (code, shown) = snapshot(dir.path(), &["check", "--report", "json=x.json"]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("belong to `proofload check`"), "{shown}");
    let (code, shown) = snapshot(dir.path(), &["review"]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("a review needs a terminal"), "{shown}");
    fs::write(
        dir.path().join("proofload.toml"),
        "[snapshot]\nredact = [{ pattern = \"a(\" }]\n",
    )
    .unwrap();
    let (code, shown) = snapshot(dir.path(), &["check"]);
    assert_eq!(code, 2, "{shown}");
    assert!(
        shown.contains("proofload.toml:2:23") && shown.contains("^^^^"),
        "{shown}"
    );
}

#[test]
fn noise_and_the_folder_stand_in_the_settings() {
    let dir = TempDir::new().unwrap();
    let settings =
        "[snapshot]\ndir = \"kept\"\nheaders = [\"location\"]\nredact = [{ pointer = \"/meta/resourceType\" }]\n";
    fs::write(dir.path().join("proofload.toml"), settings).unwrap();
    let (code, shown) = snapshot(dir.path(), &["accept", SCENARIO]);
    assert_eq!(code, 0, "{shown}");
    let text = fs::read_to_string(dir.path().join("kept/users__assign-okta-minimal@okta-aiw.snap")).unwrap();
    assert!(
        text.contains("location: ") && !text.contains("content-type: "),
        "{text}"
    );
    assert!(text.contains("\"resourceType\": \"{redacted}\""), "{text}");
}
