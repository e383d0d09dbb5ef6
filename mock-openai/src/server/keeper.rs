//! Organizations that outlive the process: a file for each, written whole after every change.
//!
//! A file is the state as `GET /state` shows it, with a head. It is written beside the old one,
//! flushed to the disk, and takes the old one's place by renaming, so there is always a complete
//! one. An answer that reports a change waits until a file with the change is in place; changes
//! that come together share a file. So whatever was answered is there after a `kill -9`, and the
//! cost of a change grows with the organization: this is for thousands of people, not for load.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::org::{AdminKeys, Org, State};
use crate::timestamp::Timestamp;

/// The number of this form of files.
const FORMAT: u32 = 1;

/// Held while a process uses a directory.
const LOCK: &str = "lock";

/// Why a directory cannot be used, or a file not be written.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file system says no.
    #[error("{path}: {error}", path = .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another process uses it.
    #[error("{path} is used by another mock-openai", path = .0.display())]
    InUse(PathBuf),
    /// A file is not what it should be. Nothing has been written.
    #[error("{path} cannot be read, and nothing in its directory was changed: {reason}", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A directory in use.
#[derive(Debug)]
pub(super) struct Keeper {
    directory: PathBuf,
    /// Unlocked when it is closed, also by the end of the process.
    _lock: File,
}

/// What a file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    mock_openai: u32,
    /// The clock goes on from here: it never goes back.
    pub(super) now_ms: Timestamp,
    /// The key that the organization was set up with, if it is still there.
    admin_key: Option<String>,
    any_admin_key: bool,
    state: State,
}

impl Kept {
    /// Makes an organization what it was. The keys that are asked for now, if any are, count for
    /// more than those it was set up with before.
    pub(super) fn revive(
        self,
        org: &mut Org,
        keys: Option<AdminKeys>,
        path: Option<PathBuf>,
        now: Timestamp,
    ) -> Result<(), KeepError> {
        let before = match (self.any_admin_key, self.admin_key) {
            (true, _) => AdminKeys::Any,
            (false, Some(key)) => AdminKeys::Only(key),
            (false, None) => AdminKeys::MadeUp,
        };
        let asked = keys.filter(|keys| *keys != AdminKeys::MadeUp);
        org.set_keys(asked.unwrap_or(before), now);
        org.set_state(self.state, now).map_err(|error| KeepError::Damaged {
            path: path.unwrap_or_default(),
            reason: error.to_string(),
        })
    }
}

/// What stands in a file before the state.
#[derive(Serialize)]
struct Head<'a> {
    mock_openai: u32,
    now_ms: Timestamp,
    admin_key: Option<&'a str>,
    any_admin_key: bool,
}

impl Keeper {
    /// Takes a directory, which is made if it is not there, and reads what is in it, the first
    /// organization first.
    pub(super) fn open(directory: &Path) -> Result<(Self, Vec<Kept>), KeepError> {
        fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
        let lock_path = directory.join(LOCK);
        let lock = File::create(&lock_path).map_err(|error| failed(&lock_path, error))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => KeepError::InUse(directory.to_owned()),
            fs::TryLockError::Error(error) => failed(&lock_path, error),
        })?;
        let keeper = Self {
            directory: directory.to_owned(),
            _lock: lock,
        };
        let kept = (0..keeper.count()?).map(|number| read(&keeper.path(number)));
        let kept = kept.collect::<Result<_, _>>()?;
        Ok((keeper, kept))
    }

    /// The file of the organization with this number, the first being 0.
    pub(super) fn path(&self, number: usize) -> PathBuf {
        self.directory.join(format!("organization-{number}.json"))
    }

    /// How many organizations are kept. A gap between the numbers is damage too.
    fn count(&self) -> Result<usize, KeepError> {
        let entries = fs::read_dir(&self.directory).map_err(|error| failed(&self.directory, error))?;
        let mut count = 0;
        for entry in entries {
            let name = entry.map_err(|error| failed(&self.directory, error))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("organization-"));
            count += usize::from(number.and_then(|number| number.strip_suffix(".json")).is_some());
        }
        Ok(count)
    }
}

fn read(path: &Path) -> Result<Kept, KeepError> {
    let text = fs::read(path).map_err(|error| failed(path, error))?;
    let damaged = |reason| KeepError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let kept: Kept = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    match kept.mock_openai {
        FORMAT => Ok(kept),
        other => Err(damaged(format!(
            "it has format {other}, and this mock-openai knows {FORMAT}"
        ))),
    }
}

/// The whole text of a file.
pub(super) fn text(org: &Org, now: Timestamp) -> Vec<u8> {
    let head = Head {
        mock_openai: FORMAT,
        now_ms: now,
        admin_key: org.admin_key(),
        any_admin_key: org.is_open(),
    };
    // Our own types, so this cannot fail.
    let mut text = serde_json::to_vec(&head).unwrap_or_default();
    text.pop();
    text.extend_from_slice(b",\"state\":");
    text.append(&mut org.dump_whole());
    text.extend_from_slice(b"}\n");
    text
}

/// Puts a file in place, or leaves the old one as it is.
pub(super) fn write(path: &Path, text: &[u8]) -> Result<(), KeepError> {
    let beside = path.with_extension("json.new");
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(text)?;
        file.sync_all()
    };
    write().map_err(|error| failed(&beside, error))?;
    fs::rename(&beside, path).map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> KeepError {
    KeepError::Io {
        path: path.to_owned(),
        error,
    }
}

/// How far the file of one organization is behind it.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) path: PathBuf,
    /// The newest revision that there is.
    pub(super) wanted: watch::Sender<u64>,
    /// The revision in the file. `None` before the first; the error if it cannot be written.
    pub(super) written: watch::Sender<Result<Option<u64>, String>>,
}

impl Progress {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            wanted: watch::Sender::new(0),
            written: watch::Sender::new(Ok(None)),
        }
    }

    /// Waits until the file has this revision or a newer one.
    pub(super) async fn reaches(&self, revision: u64) -> io::Result<()> {
        let mut written = self.written.subscribe();
        let is_over = |written: &Result<Option<u64>, String>| match written {
            Ok(written) => *written >= Some(revision),
            Err(_) => true,
        };
        // The sender lives as long as `self`.
        let written = written.wait_for(is_over).await.map_err(io::Error::other)?;
        match &*written {
            Ok(_) => Ok(()),
            Err(error) => Err(io::Error::other(error.clone())),
        }
    }
}
