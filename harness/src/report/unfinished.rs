//! A file that is going to be written, and is certain to have a place before the run begins.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Stands beside the file it will become. Dropping it leaves nothing.
pub(crate) struct Unfinished {
    path: PathBuf,
    file: NamedTempFile,
}

impl Unfinished {
    /// Makes sure that `path` can be written. Folders on the way are made.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            path: path.to_owned(),
            file: readable_by_others(tempfile::Builder::new().prefix(".proofload-")).tempfile_in(folder)?,
        })
    }

    /// Writes it and puts it in its place in one move, so that nobody ever reads half of one.
    pub(crate) fn finish(mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.persist(&self.path)?;
        Ok(())
    }
}

/// Temporary files are private by default; a report is for whoever may read its folder.
#[cfg(unix)]
fn readable_by_others<'a, 'p, 's>(builder: &'a mut tempfile::Builder<'p, 's>) -> &'a mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn readable_by_others<'a, 'p, 's>(builder: &'a mut tempfile::Builder<'p, 's>) -> &'a mut tempfile::Builder<'p, 's> {
    builder
}
