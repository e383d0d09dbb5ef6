//! The spool: a line of JSON for everything that was seen, in the order in which it ended.
//!
//! A line is added with one write, before the end of the answer goes to the identity provider. Whoever ends the recorder, in
//! whatever way, finds every request there that had been answered; at most its last line is cut short.

use std::io::{self, BufRead, Read as _};

use proofload_scenarios::FileError;
use serde::{Deserialize, Serialize};

use super::Recording;
use super::seen::Seen;

/// The version of the format.
const VERSION: u32 = 1;
/// The longest line: two bodies at the recorder's highest limit, every byte escaped, and something over.
const LINE_MAX: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    proofload_recording: u32,
    began: String,
}

/// The first line. `began` is when the recording began, such as `2026-11-22T18:53:35Z`.
pub fn head_line(began: &str) -> io::Result<String> {
    let head = Head {
        proofload_recording: VERSION,
        began: began.to_owned(),
    };
    Ok(serde_json::to_string(&head)? + "\n")
}

/// One of the other lines.
pub fn line(seen: &Seen) -> io::Result<String> {
    Ok(serde_json::to_string(seen)? + "\n")
}

/// Whether a text begins as a spool does.
pub fn is_spool(beginning: &[u8]) -> bool {
    beginning.starts_with(b"{\"proofload_recording\"")
}

/// Reads a spool. A last line that is cut short is left out and noted.
///
/// # Errors
/// What is wrong, with the number of its line.
pub fn read(path: &str, mut file: impl BufRead) -> Result<Recording, FileError> {
    let wrong = |number: usize, message: String| FileError::whole(path, format!("line {number}: {message}"));
    let mut recording = Recording::default();
    for number in 1.. {
        let mut text = Vec::new();
        let length = (&mut file)
            .take(LINE_MAX)
            .read_until(b'\n', &mut text)
            .map_err(|error| wrong(number, format!("it cannot be read: {error}")))?;
        if length == 0 {
            break;
        }
        let is_whole = text.ends_with(b"\n");
        if !is_whole && length as u64 == LINE_MAX {
            return Err(wrong(number, "it is longer than any that proofload writes".to_owned()));
        }
        if number == 1 {
            recording.began = head(&text).map_err(|message| wrong(1, message))?;
            continue;
        }
        match serde_json::from_slice::<Seen>(&text) {
            Ok(seen) => recording.seen.push(seen),
            Err(_) if !is_whole => recording.notes.push(format!(
                "line {number} of {path} is cut short, as when the recorder is killed; it was left out"
            )),
            Err(error) => {
                let message = format!("no line of a spool ({error}); is it a file that proofload record wrote?");
                return Err(wrong(number, message));
            }
        }
    }
    if recording.began.is_empty() {
        return Err(FileError::whole(path, "the file is empty"));
    }
    // In the order in which the requests came.
    recording.seen.sort_by_key(|seen| seen.began_ms);
    Ok(recording)
}

fn head(text: &[u8]) -> Result<String, String> {
    let head: Head = serde_json::from_slice(text)
        .map_err(|error| format!("not the beginning of a spool that this version knows ({error})"))?;
    if head.proofload_recording > VERSION {
        return Err(format!(
            "a newer proofload wrote this (format {}; this one reads {VERSION}): use that one",
            head.proofload_recording
        ));
    }
    Ok(head.began)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::recording::seen::Body;

    fn seen(began_ms: u64) -> Seen {
        Seen {
            began_ms,
            ended_ms: began_ms + 1,
            method: "GET".to_owned(),
            target: "/Users".to_owned(),
            headers: Vec::new(),
            has_credentials: true,
            body: Body::None,
            answer: None,
        }
    }

    fn spool() -> String {
        head_line("2026-11-22T18:53:35Z").unwrap() + &line(&seen(7)).unwrap() + &line(&seen(3)).unwrap()
    }

    #[test]
    fn what_was_written_is_read_in_the_order_it_came() {
        let recording = read("x.spool", spool().as_bytes()).unwrap();
        assert_eq!(recording.seen, [seen(3), seen(7)]);
        assert_eq!(
            (recording.began.as_str(), recording.notes.len()),
            ("2026-11-22T18:53:35Z", 0)
        );
        assert!(is_spool(spool().as_bytes()));
    }

    /// Killed at any byte of its last line: all lines before are there.
    #[test]
    fn a_line_that_is_cut_short_is_left_out_and_said() {
        let spool = spool();
        let last = spool[..spool.len() - 1].rfind('\n').unwrap() + 1;
        for end in last + 1..spool.len() - 1 {
            let recording = read("x.spool", &spool.as_bytes()[..end]).unwrap();
            assert_eq!(recording.seen, [seen(7)]);
            assert!(
                recording.notes[0].contains("line 3 of x.spool is cut short"),
                "{:?}",
                recording.notes
            );
        }
    }

    #[rstest]
    #[case::empty("", "the file is empty")]
    #[case::not_one("{\"a\":1}\n", "line 1: not the beginning of a spool")]
    #[case::newer(
        "{\"proofload_recording\":2,\"began\":\"x\"}\n",
        "line 1: a newer proofload wrote this"
    )]
    #[case::broken("{\"proofload_recording\":1,\"began\":\"x\"}\n{}\n", "line 2: no line of a spool")]
    fn what_is_wrong_is_said_with_its_line(#[case] text: &str, #[case] message: &str) {
        let error = read("x.spool", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("x.spool"), "{error}");
    }
}
