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
        if is_cut {
            // A secret that was cut in half is not recognised; it can only stand at the very end.
            text.truncate(
                text.floor_char_boundary(text.len().saturating_sub(self.secrets.longest())),
            );
        }
        if is_cut || text.len() > LINE_BYTES {
            text.truncate(text.floor_char_boundary(LINE_BYTES));
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
