//! What a bridge writes to its output: the last lines, cut to a sane length, without secrets and without anything that
//! could steer a terminal. Reading never stops, so a bridge that writes a lot is never held up by us.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::secrets::Secrets;

/// How many lines are kept.
const LINES: usize = 400;
/// How much of a line is kept, in bytes.
const LINE_BYTES: usize = 2_000;
/// How many lines an error message quotes.
const TAIL_LINES: usize = 3;

/// A place in the output, to ask later what came after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputMark(u64);

/// The output of one process, both streams in the order their lines were completed.
pub(super) struct Output {
    secrets: Secrets,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    seen: u64,
    kept: VecDeque<String>,
}

impl Output {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            lines: Mutex::default(),
        }
    }

    /// Reads a stream to its end.
    pub(super) async fn read(&self, mut stream: impl AsyncRead + Unpin) {
        let mut cutter = Cutter::new(LINE_BYTES + self.secrets.longest());
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = stream.read(&mut chunk).await {
            cutter.feed(&chunk[..length], |line, is_cut| self.push(line, is_cut));
        }
        cutter.finish(|line, is_cut| self.push(line, is_cut));
    }

    pub(super) fn mark(&self) -> OutputMark {
        OutputMark(self.lines().seen)
    }

    /// The lines after `mark` that are still kept.
    pub(super) fn since(&self, mark: OutputMark) -> Vec<String> {
        let lines = self.lines();
        let new = usize::try_from(lines.seen.saturating_sub(mark.0)).unwrap_or(usize::MAX);
        lines
            .kept
            .iter()
            .skip(lines.kept.len().saturating_sub(new))
            .cloned()
            .collect()
    }

    /// The last lines, as the end of a sentence.
    pub(super) fn tail(&self) -> String {
        let lines = self.lines();
        let said: Vec<&str> = lines
            .kept
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect();
        match said.as_slice() {
            [] => "it wrote no output".to_owned(),
            said => format!(
                "last output: {}",
                said[said.len().saturating_sub(TAIL_LINES)..].join(" | ")
            ),
        }
    }

    fn push(&self, line: &[u8], is_cut: bool) {
        let text = self.secrets.redact(&String::from_utf8_lossy(line));
        let mut text = visible(&text);
        let mut most = LINE_BYTES;
        if is_cut {
            // A secret that was cut in half is not recognised; it can only stand at the very end.
            most = most.min(text.len().saturating_sub(self.secrets.longest()));
        }
        if is_cut || text.len() > most {
            while !text.is_char_boundary(most) {
                most -= 1;
            }
            text.truncate(most);
            text.push('…');
        }
        let mut lines = self.lines();
        lines.seen += 1;
        if lines.kept.len() == LINES {
            lines.kept.pop_front();
        }
        lines.kept.push_back(text);
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("seen", &self.lines().seen)
            .finish_non_exhaustive()
    }
}

/// Without colours and other control characters, tabs as blanks.
fn visible(text: &str) -> String {
    anstream::adapter::strip_str(text)
        .to_string()
        .chars()
        .map(|character| if character == '\t' { ' ' } else { character })
        .filter(|character| !character.is_control())
        .collect()
}

/// Cuts a stream into lines of at most `most` bytes; the rest of a longer line is dropped.
struct Cutter {
    most: usize,
    line: Vec<u8>,
    is_cut: bool,
}

impl Cutter {
    fn new(most: usize) -> Self {
        Self {
            most,
            line: Vec::new(),
            is_cut: false,
        }
    }

    fn feed(&mut self, chunk: &[u8], mut line: impl FnMut(&[u8], bool)) {
        let mut pieces = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let room = self.most - self.line.len();
            self.is_cut |= piece.len() > room;
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if pieces.peek().is_some() {
                line(&self.line, self.is_cut);
                self.line.clear();
                self.is_cut = false;
            }
        }
    }

    fn finish(self, mut line: impl FnMut(&[u8], bool)) {
        if !self.line.is_empty() {
            line(&self.line, self.is_cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// What is kept of a stream that comes in pieces.
    async fn kept(pieces: &[&str]) -> Output {
        let output = Output::new(Secrets::new(["canary-token"]));
        let (mut write, read) = tokio::io::duplex(7);
        let write_all = async move {
            for piece in pieces {
                tokio::io::AsyncWriteExt::write_all(&mut write, piece.as_bytes())
                    .await
                    .unwrap();
            }
        };
        tokio::join!(output.read(read), write_all);
        output
    }

    async fn lines(pieces: &[&str]) -> Vec<String> {
        kept(pieces).await.since(OutputMark::default())
    }

    #[rstest]
    #[case::whole(&["one\ntwo\n"], &["one", "two"])]
    #[case::in_pieces(&["o", "ne\nt", "wo"], &["one", "two"])]
    #[case::blank_lines(&["\n\none"], &["", "", "one"])]
    #[case::line_ends_of_windows(&["one\r\ntwo\r\n"], &["one", "two"])]
    #[case::colours(&["\x1b[31mone\x1b[0m\t\x07\x08two"], &["one two"])]
    #[case::secret(&["token=canary-", "token."], &["token=[redacted]."])]
    #[case::nothing(&[], &[])]
    #[tokio::test]
    async fn lines_are_kept_as_people_can_read_them(#[case] pieces: &[&str], #[case] wanted: &[&str]) {
        assert_eq!(lines(pieces).await, wanted);
    }

    #[tokio::test]
    async fn a_long_line_is_cut_and_the_next_one_is_not() {
        let long = "ä".repeat(100_000);
        let [first, second] = &lines(&[&long, "\nshort"]).await[..] else {
            panic!()
        };
        assert!(
            first.len() <= LINE_BYTES + '…'.len_utf8() && first.ends_with("ä…"),
            "{first}"
        );
        assert_eq!(second, "short");
    }

    #[tokio::test]
    async fn a_secret_does_not_show_at_any_place_of_a_cut_line() {
        for place in LINE_BYTES - 30..LINE_BYTES + 30 {
            let line = format!("{}canary-token{}", "x".repeat(place), "y".repeat(50));
            let [kept] = &lines(&[&line]).await[..] else { panic!() };
            assert!(!kept.contains("can"), "{place}: {kept}");
            assert!(kept.len() > LINE_BYTES - 30, "{place}: {kept}");
        }
    }

    #[tokio::test]
    async fn only_the_last_lines_are_kept() {
        let numbers: Vec<String> = (1..=LINES + 5).map(|number| number.to_string()).collect();
        let all = numbers.join(
            "
",
        );
        let output = kept(&[&all]).await;
        let kept = output.since(OutputMark::default());
        assert_eq!((kept.len(), kept[0].as_str()), (LINES, "6"));
        assert_eq!(output.tail(), "last output: 403 | 404 | 405");
    }

    #[tokio::test]
    async fn a_mark_divides_before_from_after() {
        let output = kept(&["before\n"]).await;
        let mark = output.mark();
        assert_eq!(output.since(mark), Vec::<String>::new());
        output.read(&b"after\nlater\xff\n"[..]).await;
        assert_eq!(output.since(mark), ["after", "later\u{fffd}"]);
        assert_eq!(
            output.since(OutputMark::default()),
            ["before", "after", "later\u{fffd}"]
        );
    }
}
