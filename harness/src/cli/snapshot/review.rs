//! Walks through what `proofload snapshot check` wrote as `.snap.new`, and asks about each.

use std::io::{self, BufRead, Write};

use super::super::Error;
use super::{LINES_MAX, line};
use crate::report::style::{DIM, counted, paint};
use crate::snapshot::{self, Change, Snapshots};

const QUESTION: &str = "[a]ccept, [r]eject, [s]kip, [q]uit? ";

/// What somebody wants done about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Accept,
    Reject,
    Skip,
    Quit,
}

/// Asks about each difference until none is left or nobody answers.
pub(super) fn walk(snapshots: &Snapshots, input: &mut impl BufRead, out: &mut impl Write) -> Result<(), Error> {
    let pending = snapshots.pending().map_err(Error::Files)?;
    if pending.is_empty() {
        writeln!(
            out,
            "Nothing waits to be reviewed; `proofload snapshot check` finds what is different."
        )?;
        return Ok(());
    }
    let (mut accepted, mut rejected) = (0_u64, 0_u64);
    for (number, difference) in pending.iter().enumerate() {
        let place = format!("{} of {}", number + 1, pending.len());
        write!(out, "\n{}  {}", paint(DIM, place), line(difference, snapshots))?;
        let text = match &difference.change {
            Change::Missing { now } => snapshot::diff("", now, LINES_MAX),
            Change::Changed { before, now } => snapshot::diff(before, now, usize::MAX),
            Change::Orphaned => String::new(),
        };
        out.write_all(text.as_bytes())?;
        match ask(input, out)? {
            Wish::Accept => {
                snapshots.accept_pending(&difference.id)?;
                accepted += 1;
            }
            Wish::Reject => {
                snapshots.forget_pending(&difference.id)?;
                rejected += 1;
            }
            Wish::Skip => {}
            Wish::Quit => break,
        }
    }
    let left = pending.len() as u64 - accepted - rejected;
    writeln!(
        out,
        "{} accepted, {rejected} rejected, {left} left.",
        counted(accepted, "difference")
    )?;
    Ok(())
}

/// Asks until the answer is one. The end of the input ends the review.
fn ask(input: &mut impl BufRead, out: &mut impl Write) -> io::Result<Wish> {
    loop {
        write!(out, "{QUESTION}")?;
        out.flush()?;
        let mut answer = String::new();
        if input.read_line(&mut answer)? == 0 {
            return Ok(Wish::Quit);
        }
        match answer.trim().to_lowercase().as_str() {
            "a" | "accept" => return Ok(Wish::Accept),
            "r" | "reject" => return Ok(Wish::Reject),
            "s" | "skip" => return Ok(Wish::Skip),
            "q" | "quit" => return Ok(Wish::Quit),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::event::CaseId;
    use crate::snapshot::Difference;

    fn case(name: &str) -> CaseId {
        CaseId {
            scenario: name.into(),
            persona: "entra".into(),
        }
    }

    #[test]
    fn each_is_asked_about_and_done_as_wished() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Snapshots::read(dir.path()).unwrap();
        let difference = |name: &str, text: &str| Difference {
            id: case(name),
            change: Change::Missing { now: text.to_owned() },
        };
        folder.accept(&difference("a/1", "old\n")).unwrap();
        for name in ["a/1", "a/2", "a/3", "a/4"] {
            folder.propose(&difference(name, "new\n")).unwrap();
        }
        let snapshots = Snapshots::read(dir.path()).unwrap();
        let mut out = Vec::new();
        walk(&snapshots, &mut "a\nwhat\nr\ns\n".as_bytes(), &mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert!(
            shown.ends_with("1 difference accepted, 1 rejected, 2 left.\n"),
            "{shown}"
        );
        assert!(Snapshots::read(dir.path()).unwrap().accepts(&case("a/1"), "new"));
        let mut left: Vec<String> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["a__1@entra.snap", "a__3@entra.snap.new", "a__4@entra.snap.new"]);
    }
}
