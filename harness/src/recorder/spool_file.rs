//! The spool on disk: created for its owner alone, and only ever added to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Recorded;
use crate::recording::secret::{Cleaner, Raw};
use crate::recording::seen::Seen;
use crate::recording::spool;

/// Takes exchanges, and writes down what may be kept of them.
pub(super) struct SpoolFile {
    state: Mutex<State>,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

struct State {
    file: File,
    cleaner: Cleaner,
    written: usize,
    /// After trouble nothing more is written: half a line must stay the last one.
    trouble: Option<io::Error>,
}

impl SpoolFile {
    /// Begins a spool at `path`, where nothing may be yet.
    pub(super) fn create(path: &Path, began: &str, tell: Box<dyn Fn(&str) + Send + Sync>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let mut file = options.open(path).map_err(named)?;
        file.write_all(spool::head_line(began)?.as_bytes()).map_err(named)?;
        Ok(Self {
            state: Mutex::new(State {
                file,
                cleaner: Cleaner::default(),
                written: 0,
                trouble: None,
            }),
            tell,
        })
    }

    /// Writes down an exchange, with one write.
    pub(super) fn add(&self, raw: Raw) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = state.cleaner.clean(raw);
        let shown = in_a_line(&state.cleaner.shown(&seen), &seen);
        if state.trouble.is_none() {
            match spool::line(&seen).and_then(|line| state.file.write_all(line.as_bytes())) {
                Ok(()) => state.written += 1,
                Err(error) => {
                    (self.tell)(&format!(
                        "the spool cannot be written any more ({error}); requests are still passed on"
                    ));
                    state.trouble = Some(error);
                }
            }
        }
        drop(state);
        (self.tell)(&shown);
    }

    /// What became of it.
    pub(super) fn end(&self) -> Recorded {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Recorded {
            exchanges: state.written,
            trouble: state.trouble.take(),
        }
    }
}

fn in_a_line(request: &str, seen: &Seen) -> String {
    let status = seen
        .status()
        .map_or("no answer".to_owned(), |status| status.to_string());
    format!(
        "{request} {status} ({} ms)",
        seen.ended_ms.saturating_sub(seen.began_ms)
    )
}
