//! Snapshots: the transcripts that a team has accepted, a file for each case, and what differs from them today.
//!
//! The files are insta's, so `cargo insta review` works on them too. [`Ballot`] decides which transcript of a case
//! counts, [`Snapshots::compare`] what differs from the folder, [`sentence`] says it in words and [`diff`] shows it.
//! Only [`Snapshots`] touches the disk.

mod ballot;
mod diff;
mod file;
mod sentence;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proofload_scenarios::FileError;

use self::file::Snapshot;
use crate::event::CaseId;
use crate::transcript::without;

pub use self::ballot::{Ballot, TELLINGS_MAX};
pub use self::diff::diff;
pub use self::sentence::sentence;

/// The end of the name of a snapshot.
const EXTENSION: &str = ".snap";
/// The end of the name of what may become one.
const PENDING: &str = ".snap.new";

/// The snapshots of a folder.
#[derive(Clone, Debug)]
pub struct Snapshots {
    dir: PathBuf,
    /// By the name of the file, without its end.
    known: BTreeMap<String, Snapshot>,
    /// What the bridge reads by itself today.
    left_out: BTreeSet<String>,
}

/// How a case differs from its snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The case; of an orphan, the one that its file is named after.
    pub id: CaseId,
    /// How.
    pub change: Change,
}

/// What is to be done about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no snapshot yet.
    Missing {
        /// The transcript.
        now: String,
    },
    /// The bridge behaves in another way.
    Changed {
        /// The transcript in the snapshot.
        before: String,
        /// The transcript of today.
        now: String,
    },
    /// There is no such case any more.
    Orphaned,
}

impl Snapshots {
    /// Reads the snapshots in a folder, which need not be there. Files that are not named as a case are others'.
    ///
    /// # Errors
    /// All files that cannot be read, or that proofload did not write.
    pub fn read(dir: &Path) -> Result<Self, Vec<FileError>> {
        let mut snapshots = Self {
            dir: dir.to_owned(),
            known: BTreeMap::new(),
            left_out: BTreeSet::new(),
        };
        let mut errors = Vec::new();
        for name in names(dir, EXTENSION).map_err(|error| vec![error])? {
            match file::read(&dir.join(format!("{name}{EXTENSION}"))) {
                Ok(snapshot) => _ = snapshots.known.insert(name, snapshot),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(snapshots) } else { Err(errors) }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The bridge makes these reads by itself; its transcripts are without them.
    pub fn leave_out(&mut self, left_out: BTreeSet<String>) {
        self.left_out = left_out;
    }

    /// Whether a transcript is the one that was accepted. What the bridge read by itself then, or does now, is no
    /// difference.
    pub fn accepts(&self, id: &CaseId, transcript: &str) -> bool {
        self.known.get(&name_of(id)).is_some_and(|snapshot| {
            let (before, now) = self.beside(snapshot, transcript);
            before == now
        })
    }

    /// Both transcripts without what either lacks because the bridge did it by itself.
    fn beside(&self, snapshot: &Snapshot, now: &str) -> (String, String) {
        let bare = |text: &str, left_out| without(text, left_out).trim_end().to_owned();
        (
            bare(&snapshot.transcript, &self.left_out),
            bare(now, &snapshot.left_out),
        )
    }

    /// What differs, by case. `expected` are all cases that have a snapshot, told or not; `is_meant` says whether a case that
    /// there no longer is would have been among those asked for.
    pub fn compare(
        &self,
        told: &BTreeMap<CaseId, String>,
        expected: &BTreeSet<CaseId>,
        is_meant: impl Fn(&CaseId) -> bool,
    ) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (id, now) in told {
            let Some(snapshot) = self.known.get(&name_of(id)) else {
                let change = Change::Missing { now: now.clone() };
                differences.push(Difference { id: id.clone(), change });
                continue;
            };
            let (before, now) = self.beside(snapshot, now);
            if before == now {
                continue;
            }
            let change = Change::Changed { before, now };
            differences.push(Difference { id: id.clone(), change });
        }
        let expected: BTreeSet<String> = expected.iter().map(name_of).collect();
        let gone = self.known.keys().filter(|name| !expected.contains(*name));
        for id in gone.map(|name| case_of(name)).filter(is_meant) {
            let change = Change::Orphaned;
            differences.push(Difference { id, change });
        }
        differences
    }

    /// Where the snapshot of a case is.
    pub fn path(&self, id: &CaseId) -> PathBuf {
        self.dir.join(format!("{}{EXTENSION}", name_of(id)))
    }

    /// Makes the folder what the difference says, and takes what was pending away.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn accept(&self, difference: &Difference) -> io::Result<()> {
        let Difference { id, change } = difference;
        match change {
            Change::Missing { now } | Change::Changed { now, .. } => {
                fs::create_dir_all(&self.dir)?;
                replace(&self.path(id), &file::write(id, now, &self.left_out_of(id)))?;
            }
            Change::Orphaned => fs::remove_file(self.path(id))?,
        }
        self.forget_pending(id)
    }

    /// Writes beside the snapshot what it may become.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn propose(&self, difference: &Difference) -> io::Result<()> {
        match &difference.change {
            Change::Missing { now } | Change::Changed { now, .. } => {
                fs::create_dir_all(&self.dir)?;
                replace(
                    &self.pending_path(&difference.id),
                    &file::write(&difference.id, now, &self.left_out_of(&difference.id)),
                )
            }
            Change::Orphaned => Ok(()),
        }
    }

    /// Lets what is pending become the snapshot.
    ///
    /// # Errors
    /// When the files cannot be moved.
    pub fn accept_pending(&self, id: &CaseId) -> io::Result<()> {
        fs::rename(self.pending_path(id), self.path(id))
    }

    /// Takes away what the snapshot of a case might have become.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub fn forget_pending(&self, id: &CaseId) -> io::Result<()> {
        match fs::remove_file(self.pending_path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// What waits to be reviewed.
    ///
    /// # Errors
    /// Files that cannot be read, or that proofload did not write.
    pub fn pending(&self) -> Result<Vec<Difference>, Vec<FileError>> {
        let names = names(&self.dir, PENDING).map_err(|error| vec![error])?;
        let (mut differences, mut errors) = (Vec::new(), Vec::new());
        for name in names {
            let id = case_of(&name);
            let now = match file::read(&self.pending_path(&id)) {
                Ok(pending) => pending.transcript,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let change = match self.known.get(&name) {
                Some(snapshot) if snapshot.transcript == now => continue,
                Some(snapshot) => Change::Changed {
                    before: snapshot.transcript.clone(),
                    now,
                },
                None => Change::Missing { now },
            };
            differences.push(Difference { id, change });
        }
        if errors.is_empty() {
            Ok(differences)
        } else {
            Err(errors)
        }
    }

    /// What is left out of the snapshot of a case: what a transcript without it is compared without, too.
    fn left_out_of(&self, id: &CaseId) -> BTreeSet<String> {
        let before = self.known.get(&name_of(id)).map(|snapshot| &snapshot.left_out);
        before.into_iter().flatten().chain(&self.left_out).cloned().collect()
    }

    fn pending_path(&self, id: &CaseId) -> PathBuf {
        self.dir.join(format!("{}{PENDING}", name_of(id)))
    }
}

/// Names of files that end in `extension` and are named as a case, in order.
fn names(dir: &Path, extension: &str) -> Result<Vec<String>, FileError> {
    let failed = |error: io::Error| FileError::whole(&dir.display().to_string(), format!("cannot be read: {error}"));
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(extension));
        names.extend(name.filter(|name| name.contains('@')).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The name of a file: `users__assign@okta-oin` for `users/assign` under `okta-oin`.
fn name_of(id: &CaseId) -> String {
    format!("{}@{}", id.scenario.replace('/', "__"), id.persona)
}

fn case_of(name: &str) -> CaseId {
    let (scenario, persona) = name.rsplit_once('@').unwrap_or((name, ""));
    CaseId {
        scenario: scenario.replace("__", "/"),
        persona: persona.to_owned(),
    }
}

/// Writes a file in one piece: whoever stops the program meanwhile finds the old one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(dir)?;
    io::Write::write_all(&mut new, text.as_bytes())?;
    let permissions = fs::metadata(path).map(|known| known.permissions());
    let file = new.persist(path).map_err(|error| error.error)?;
    match permissions {
        Ok(permissions) => file.set_permissions(permissions),
        Err(_) => Ok(()),
    }
}
