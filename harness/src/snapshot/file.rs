//! The file of one snapshot, in insta's format: a header between two lines of dashes, then the transcript.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use proofload_scenarios::{FileError, Place};

use crate::event::CaseId;

/// The form of the transcript. Rises when an older proofload could misread a file.
const VERSION: u32 = 1;
/// The key of the version, in the part of the header that insta leaves to others.
const VERSION_KEY: &str = "transcript:";
/// Longest file that is read, in bytes: twice the longest transcript.
const LENGTH_MAX: u64 = 2 << 20;
/// The key of the reads that were left out.
const LEFT_OUT_KEY: &str = "left_out:";
const DASHES: &str = "---";
/// What to do about a file that nobody can use.
const WAY_OUT: &str = "take it from version control again, or delete it and run `proofload snapshot accept`";

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Without white space at its end.
    pub(super) transcript: String,
    /// The reads that were left out of it, because the bridge made them by itself.
    pub(super) left_out: BTreeSet<String>,
}

/// The text of the file.
pub(super) fn write(id: &CaseId, transcript: &str, left_out: &BTreeSet<String>) -> String {
    let mut text = format!(
        "{DASHES}\nsource: proofload\nexpression: \"{} under {}\"\ninfo:\n  {VERSION_KEY} {VERSION}\n",
        id.scenario, id.persona
    );
    if !left_out.is_empty() {
        _ = writeln!(text, "  {LEFT_OUT_KEY}");
        for kind in left_out {
            _ = writeln!(text, "    - {kind:?}");
        }
    }
    _ = write!(text, "{DASHES}\n{}\n", transcript.trim_end());
    text
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Snapshot, FileError> {
    let shown = path.display().to_string();
    let whole = |message: String| FileError::whole(&shown, message);
    let file = fs::File::open(path).map_err(|error| whole(format!("cannot be read: {error}")))?;
    let mut bytes = Vec::new();
    let read = file.take(LENGTH_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| whole(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LENGTH_MAX {
        return Err(whole(format!(
            "no snapshot is larger than {} MiB; {WAY_OUT}",
            LENGTH_MAX >> 20
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        FileError::whole(&format!("{shown}:{line}"), format!("this is no UTF-8 text; {WAY_OUT}"))
    })?;
    parse(&shown, &text.replace("\r\n", "\n"))
}

fn parse(path: &str, text: &str) -> Result<Snapshot, FileError> {
    let whole = Place::new(path.into(), Arc::from(text), 0..0);
    let wrong = |at: usize, length: usize, message: &str| FileError::at(&whole.at(at..at + length), message);
    let no_header = || {
        let message = format!("a snapshot begins with a header between two lines of {DASHES}; {WAY_OUT}");
        wrong(0, text.lines().next().unwrap_or_default().len(), &message)
    };
    if let Some(at) = conflict(text) {
        let message = "two versions were merged here and nobody decided; decide, or delete the file and run `proofload \
                       snapshot accept`";
        return Err(wrong(at, 7, message));
    }
    let after = text.strip_prefix(DASHES).and_then(|rest| rest.strip_prefix('\n'));
    let after = after.ok_or_else(no_header)?;
    let (header, transcript) = after.split_once("\n---\n").ok_or_else(no_header)?;
    let Some(at) = text
        .find(VERSION_KEY)
        .filter(|at| *at < DASHES.len() + 1 + header.len())
    else {
        let message = format!("`{VERSION_KEY}` is not in the header, so proofload did not write this; {WAY_OUT}");
        return Err(wrong(0, DASHES.len(), &message));
    };
    let line = text[at..].lines().next().unwrap_or_default();
    match line[VERSION_KEY.len()..].trim().parse::<u32>() {
        Ok(VERSION) => Ok(Snapshot {
            transcript: transcript.trim_end().to_owned(),
            left_out: left_out(header),
        }),
        Ok(newer) if newer > VERSION => {
            let message = format!("a newer proofload wrote this file; this one reads version {VERSION}");
            Err(wrong(at, line.len(), &message))
        }
        Ok(_) | Err(_) => Err(wrong(
            at,
            line.len(),
            &format!("there is only version {VERSION}; {WAY_OUT}"),
        )),
    }
}

/// The list in the header, whichever way insta has indented and quoted it.
fn left_out(header: &str) -> BTreeSet<String> {
    let lines = header
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != LEFT_OUT_KEY)
        .skip(1);
    let kinds = lines.map_while(|line| line.strip_prefix("- "));
    kinds.map(|kind| kind.trim_matches(['"', '\'']).to_owned()).collect()
}

/// Where git wrote that it could not merge.
fn conflict(text: &str) -> Option<usize> {
    const MARK: &str = "<<<<<<< ";
    if text.starts_with(MARK) {
        return Some(0);
    }
    text.find(&format!("\n{MARK}")).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn id() -> CaseId {
        CaseId {
            scenario: "users/assign".into(),
            persona: "entra".into(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let left_out = BTreeSet::from(["GET /organization/users?limit".to_owned()]);
        let text = write(&id(), "x\n---\ny\n\n", &left_out);
        insta::assert_snapshot!(text, @r#"
        ---
        source: proofload
        expression: "users/assign under entra"
        info:
          transcript: 1
          left_out:
            - "GET /organization/users?limit"
        ---
        x
        ---
        y
        "#);
        let read = parse("a.snap", &text).unwrap();
        assert_eq!((read.transcript.as_str(), read.left_out), ("x\n---\ny", left_out));
    }

    /// insta itself finds in the file what was written.
    #[test]
    fn insta_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join("users__assign@entra.snap"),
            write(&id(), "x: 1\n  y", &BTreeSet::new()),
        )
        .unwrap();
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(dir.path());
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| insta::assert_snapshot!("users__assign@entra", "x: 1\n  y"));
    }

    #[rstest]
    #[case::empty("", "a snapshot begins with a header")]
    #[case::no_header("users/assign [entra]\n", "a snapshot begins with a header")]
    #[case::cut_off("---\nsource: proofload\n", "a snapshot begins with a header")]
    #[case::of_others("---\nsource: a\n---\nx\n", "proofload did not write this")]
    #[case::newer("---\ninfo:\n  transcript: 2\n---\nx\n", "a newer proofload wrote this file")]
    #[case::odd("---\ninfo:\n  transcript: x\n---\nx\n", "there is only version 1")]
    #[case::unmerged("---\ninfo:\n  transcript: 1\n---\n<<<<<<< HEAD\nx\n", "nobody decided")]
    fn a_file_that_cannot_be_used_says_where_and_why(#[case] text: &str, #[case] message: &str) {
        let error = parse("s/a@b.snap", text).unwrap_err().to_string();
        assert!(error.starts_with("s/a@b.snap:") && error.contains(message), "{error}");
    }

    #[test]
    fn bytes_that_are_no_text_and_too_many_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a@b.snap");
        fs::write(&path, b"---\n\xff\n").unwrap();
        assert!(
            read(&path)
                .unwrap_err()
                .to_string()
                .contains("a@b.snap:2: this is no UTF-8 text")
        );
        fs::write(&path, vec![b'-'; 3 << 20]).unwrap();
        assert!(
            read(&path)
                .unwrap_err()
                .to_string()
                .contains("no snapshot is larger than 2 MiB")
        );
    }
}
