//! Whoever copies a command line from our documents, our help or our CI files must not be told that it is wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use proofload::cli::Cli;

/// What stands in front of a command line in a file that is not prose.
const LEADS: [&str; 6] = ["- ", "script: ", "run: ", "$ ", "sh '", "# "];

/// Files that people copy from.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = [
        ".",
        "scenarios",
        "mock-openai",
        "reference-bridge",
        "harness/docs",
        "harness/docs/ci",
        "tests/bridges",
        "tests/suites",
        "tests/third-parties",
        "tests/clients",
        "benches",
        ".github/workflows",
        ".github/actions/proofload",
    ];
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|path| {
        let is_text = |ending: &std::ffi::OsStr| ["md", "yml", "yaml", "py"].iter().any(|known| ending == *known);
        path.extension().is_some_and(is_text) || path.ends_with("Jenkinsfile")
    });
    files
}

/// The command lines in a text: in back quotes, in quotes, and at the beginning of lines.
fn command_lines(text: &str) -> Vec<String> {
    let text = text.split("\\\n").map(str::trim).collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for line in text.lines() {
        for (at, _) in line.match_indices("proofload ") {
            let (before, from_here) = line.split_at(at);
            let before = before.trim_end_matches(".proofload/");
            let end = match before.chars().last() {
                Some('`') => from_here.find('`'),
                Some('\'') => from_here.find('\''),
                _ if begins_a_line(before) => Some(end_of_command(from_here)),
                _ => None,
            };
            found.extend(end.map(|end| from_here[..end].trim_end().to_owned()));
        }
    }
    found
}

/// Nothing, or what may stand in front of a command: a list's dash, a key, variables.
fn begins_a_line(before: &str) -> bool {
    let mut rest = before.trim_start();
    while let Some(more) = LEADS.into_iter().find_map(|lead| rest.strip_prefix(lead)) {
        rest = more.trim_start();
    }
    rest.split_whitespace()
        .all(|word| word.starts_with("PROOFLOAD_") && word.contains('='))
}

/// Where another command, a comment, or the explanation beside it begins.
fn end_of_command(text: &str) -> usize {
    let ends = ["  ", " #", " && ", " | ", " > ", " >", "; "];
    ends.into_iter()
        .filter_map(|end| text.find(end))
        .min()
        .unwrap_or(text.len())
}

/// Why clap would refuse it.
fn refusal(command_line: &str) -> Option<String> {
    let words = shell_words::split(command_line).unwrap();
    let needs_load = |word: &String| ["load", "merge", "--profiles"].contains(&word.as_str());
    if cfg!(not(feature = "load")) && words.iter().any(needs_load) {
        return None;
    }
    // A sentence at the beginning of a line.
    let is_command = |word: &String| word.starts_with('-') || Cli::command().find_subcommand(word).is_some();
    if !words.get(1).is_some_and(is_command) {
        return None;
    }
    let refused = Cli::try_parse_from(&words).err()?;
    // `proofload merge` alone is the name of a command.
    let is_name = words.len() == 2 && refused.kind() == ErrorKind::MissingRequiredArgument;
    (refused.exit_code() != 0 && !is_name).then(|| refused.to_string())
}

fn wrong(name: &str, text: &str) -> (usize, Vec<String>) {
    let lines = command_lines(text);
    let refused = lines
        .iter()
        .filter_map(|line| Some(format!("{name}: {line}\n{}", refusal(line)?)));
    (lines.len(), refused.collect())
}

#[test]
fn every_command_line_in_a_document_is_taken() {
    let mut looked_at = 0;
    let mut refused = Vec::new();
    for path in documents() {
        let (lines, wrong) = wrong(&path.display().to_string(), &fs::read_to_string(&path).unwrap());
        looked_at += lines;
        refused.extend(wrong);
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(looked_at > 40, "only {looked_at} command lines were found");
}

#[test]
fn every_command_line_in_the_help_is_taken() {
    fn helps(command: &clap::Command, into: &mut Vec<String>) {
        into.extend(command.get_after_help().map(ToString::to_string));
        command.get_subcommands().for_each(|command| helps(command, into));
    }
    let mut texts = Vec::new();
    helps(&Cli::command(), &mut texts);
    let (lines, refused): (Vec<usize>, Vec<Vec<String>>) = texts.iter().map(|text| wrong("help", text)).unzip();
    assert!(refused.concat().is_empty(), "{}", refused.concat().join("\n"));
    assert!(
        lines.iter().sum::<usize>() > 25,
        "only {lines:?} command lines were found"
    );
}

#[test]
fn the_action_installs_this_version() {
    let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/actions/proofload/action.yml");
    let action = fs::read_to_string(action).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(action.contains(&format!("default: {version}\n")), "{action}");
    assert!(action.contains(&format!("actions/proofload@v{version}\n")), "{action}");
}

#[test]
fn what_is_wrong_is_found() {
    let text = "Say `proofload check --persnoa x`, then\n    PROOFLOAD_JOBS=2 proofload list --nothing   # shows\n\
                sh '.proofload/proofload check --seed x'\nproofload stands between.\n- proofload check --seed \\\n 7\n";
    let (lines, refused) = wrong("a.md", text);
    assert_eq!((lines, refused.len()), (5, 3), "{refused:?}");
}
