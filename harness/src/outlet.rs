//! Standard output and error, where no text of a bridge can command the CI system that reads them.
//!
//! GitHub, Azure and `TeamCity` take lines of a job's output for commands: `::stop-commands::` at the beginning of one,
//! `##[error]`, `##vso[task.setvariable …]` or `##teamcity[…]` anywhere in one. What a bridge answers and writes is shown by
//! us, so under such a system a `\` goes into whatever could be meant as a command. Our own go out by [`command`] alone.
//!
//! GitHub trims blanks of every script and compares as a language would, which overlooks invisible characters
//! (<https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>). Hence nothing invisible helps here,
//! and everything but ASCII counts as invisible.

use std::io::{self, Write};

/// The variables by which these systems can be known.
const SYSTEMS: [&str; 3] = ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"];

/// Standard output; in colour where it is a terminal.
pub(crate) fn stdout() -> Box<dyn Write + Send> {
    if is_obeyed() {
        let choice = anstream::AutoStream::choice(&io::stdout());
        guarded(io::stdout(), choice)
    } else {
        Box::new(anstream::stdout())
    }
}

/// Standard error; in colour where it is a terminal.
pub(crate) fn stderr() -> Box<dyn Write + Send> {
    if is_obeyed() {
        let choice = anstream::AutoStream::choice(&io::stderr());
        guarded(io::stderr(), choice)
    } else {
        Box::new(anstream::stderr())
    }
}

/// Says something to the CI system itself, on standard output. Whatever is not ours in it must be escaped.
pub(crate) fn command(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn is_obeyed() -> bool {
    SYSTEMS
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Colour is taken out before it is looked for commands: without it, something may begin a line that did not before.
fn guarded(to: impl Write + Send + 'static, choice: anstream::ColorChoice) -> Box<dyn Write + Send> {
    let guard: Box<dyn Write + Send> = Box::new(Guard { to, line: Vec::new() });
    Box::new(anstream::AutoStream::new(guard, choice))
}

/// Passes whole lines on, without commands in them.
struct Guard<W: Write> {
    to: W,
    line: Vec<u8>,
}

impl<W: Write> Guard<W> {
    fn pass(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.to.write_all(harmless(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.line.push(*byte);
            if matches!(byte, b'\n' | b'\r') {
                self.pass()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass()?;
        self.to.flush()
    }
}

impl<W: Write> Drop for Guard<W> {
    fn drop(&mut self) {
        // Nobody is left to hear that it cannot be written.
        _ = self.flush();
    }
}

/// A line in which `::` begins nothing and no `#` follows another.
fn harmless(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 1);
    if begins_with_colons(line) {
        let (blank, colons) = line.split_at(line.find(':').unwrap_or_default());
        out.push_str(blank);
        out.push('\\');
        break_hashes(colons, &mut out);
    } else {
        break_hashes(line, &mut out);
    }
    out
}

fn begins_with_colons(line: &str) -> bool {
    let mut visible = line.chars().skip_while(|c| !c.is_ascii_graphic());
    let first = visible.next();
    let second = visible.find(|c| is_seen(*c));
    (first, second) == (Some(':'), Some(':'))
}

fn break_hashes(text: &str, out: &mut String) {
    let mut is_after_hash = false;
    for c in text.chars() {
        if c == '#' && is_after_hash {
            out.push('\\');
        }
        if is_seen(c) {
            is_after_hash = c == '#';
        }
        out.push(c);
    }
}

/// What no comparison overlooks.
fn is_seen(c: char) -> bool {
    c.is_ascii_graphic() || c == ' '
}

#[cfg(test)]
mod tests {
    use anstream::ColorChoice;
    use rstest::rstest;

    use super::*;
    use crate::log::Log;

    fn written(pieces: &[&str], choice: ColorChoice) -> String {
        let log = Log::default();
        let mut out = guarded(log.clone(), choice);
        for piece in pieces {
            out.write_all(piece.as_bytes()).unwrap();
        }
        drop(out);
        log.text()
    }

    #[rstest]
    #[case::first("::error::x\n", "\\::error::x\n")]
    #[case::indented("ok\n \t::add-mask::x\n", "ok\n \t\\::add-mask::x\n")]
    #[case::other_blanks("\u{a0}\u{3000}::error::x", "\u{a0}\u{3000}\\::error::x")]
    #[case::invisible("\u{200b}:\u{ad}:error::x", "\u{200b}\\:\u{ad}:error::x")]
    #[case::carriage_return("a\r::stop-commands::x", "a\r\\::stop-commands::x")]
    #[case::old_form("got: ##[error]x", "got: #\\#[error]x")]
    #[case::azure(
        "a ##vso[task.setvariable variable=PATH]x",
        "a #\\#vso[task.setvariable variable=PATH]x"
    )]
    #[case::hidden_hash("#\u{200d}#[error]", "#\u{200d}\\#[error]")]
    #[case::hashes("###[error]", "#\\#\\#[error]")]
    #[case::in_the_middle("std::io::Error\nhost ::1\n: :x\n# #\n", "std::io::Error\nhost ::1\n: :x\n# #\n")]
    fn nothing_is_a_command(#[case] said: &str, #[case] shown: &str) {
        assert_eq!(written(&[said], ColorChoice::Never), shown);
    }

    #[rstest]
    #[case::colour_between(&["\u{1b}[31m:\u{1b}[0m:error::x\n"], "\\::error::x\n")]
    #[case::in_pieces(&[":", ":error", "::x\n"], "\\::error::x\n")]
    #[case::hashes_in_pieces(&["#", "\u{1b}[1m#[error]"], "#\\#[error]")]
    fn however_it_comes(#[case] pieces: &[&str], #[case] shown: &str) {
        assert_eq!(written(pieces, ColorChoice::Never), shown);
    }

    #[test]
    fn colour_stays_where_it_is_wanted() {
        assert_eq!(
            written(&["\u{1b}[31mFAIL\u{1b}[0m\n"], ColorChoice::AlwaysAnsi),
            "\u{1b}[31mFAIL\u{1b}[0m\n"
        );
    }
}
