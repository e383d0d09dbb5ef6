//! Report files: which kinds there are, how one is asked for, and how one is written in one piece or not at all.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::unfinished::Unfinished;
use super::{Record, html, json, junit, markdown};

/// What a report file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// Everything, for programs.
    Json,
    /// Test results as CI systems read them.
    Junit,
    /// A page for a browser.
    Html,
    /// A comment on a pull request, or the summary of a job.
    Markdown,
}

impl ReportKind {
    const ALL: &'static [Self] = &[Self::Html, Self::Json, Self::Junit, Self::Markdown];

    /// The word before `=` in `--report KIND=PATH`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "md",
        }
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A report somebody asked for: `json=out/report.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSpec {
    /// Which kind.
    pub kind: ReportKind,
    /// Where it goes. Folders on the way are made.
    pub path: PathBuf,
}

impl FromStr for ReportSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kinds = || {
            let kinds: Vec<String> = ReportKind::ALL.iter().map(|kind| format!("{kind}=PATH")).collect();
            match kinds.split_last() {
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => String::new(),
            }
        };
        let (kind, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| format!("write {}", kinds()))?;
        let kind = ReportKind::ALL.iter().find(|known| known.as_str() == kind);
        let kind = *kind.ok_or_else(|| format!("there is no such kind of report; write {}", kinds()))?;
        Ok(Self {
            kind,
            path: path.into(),
        })
    }
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file itself.
    #[error("cannot write the {kind} report to {path}: {source}", path = path.display())]
    File {
        /// Which report.
        kind: ReportKind,
        /// Where it should go.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Two reports would overwrite each other.
    #[error("two reports cannot both go to {}", .0.display())]
    Twice(PathBuf),
    /// Standard output or standard error.
    #[error("cannot write to the terminal: {0}")]
    Terminal(io::Error),
}

/// A report that will be written: its place is taken already.
pub(super) struct ReportFile {
    spec: ReportSpec,
    unfinished: Unfinished,
}

impl ReportFile {
    /// Makes sure that the report can be written.
    pub(super) fn open(spec: &ReportSpec) -> Result<Self, ReportError> {
        let unfinished = Unfinished::at(&spec.path).map_err(|source| spec.wrong(source))?;
        Ok(Self {
            spec: spec.clone(),
            unfinished,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.spec.path
    }

    /// Writes the report.
    pub(super) fn write(self, record: &Record) -> Result<(), ReportError> {
        let Self { spec, unfinished } = self;
        let text = match spec.kind {
            ReportKind::Html => Ok(html::render(record)),
            ReportKind::Json => json::render(record),
            ReportKind::Junit => junit::render(record),
            ReportKind::Markdown => Ok(markdown::render(record)),
        };
        let written = text.and_then(|text| unfinished.finish(&text));
        written.map_err(|source| spec.wrong(source))
    }
}

impl ReportSpec {
    fn wrong(&self, source: io::Error) -> ReportError {
        ReportError::File {
            kind: self.kind,
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::example;
    use super::*;

    #[rstest]
    #[case("json=a/b.json", ReportKind::Json, "a/b.json")]
    #[case("junit=a=b.xml", ReportKind::Junit, "a=b.xml")]
    fn is_asked_for(#[case] text: &str, #[case] kind: ReportKind, #[case] path: &str) {
        assert_eq!(
            text.parse(),
            Ok(ReportSpec {
                kind,
                path: path.into()
            })
        );
    }

    #[rstest]
    #[case(
        "xml=a",
        "there is no such kind of report; write html=PATH, json=PATH, junit=PATH or md=PATH"
    )]
    #[case("json", "write html=PATH, json=PATH, junit=PATH or md=PATH")]
    #[case("json=", "write html=PATH, json=PATH, junit=PATH or md=PATH")]
    fn is_asked_for_wrongly(#[case] text: &str, #[case] message: &str) {
        assert_eq!(text.parse::<ReportSpec>(), Err(message.to_owned()));
    }

    #[test]
    fn folders_are_made_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let spec = ReportSpec {
            kind: ReportKind::Json,
            path: dir.path().join("a/b/report.json"),
        };
        ReportFile::open(&spec).unwrap().write(&example::record()).unwrap();
        let left: Vec<_> = std::fs::read_dir(dir.path().join("a/b"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["report.json"]);
        assert!(std::fs::read_to_string(&spec.path).unwrap().starts_with("{\n"));
    }

    #[test]
    fn a_report_that_is_not_written_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        drop(
            ReportFile::open(&ReportSpec {
                kind: ReportKind::Json,
                path: dir.path().join("r.json"),
            })
            .unwrap(),
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    /// Permissions would not stop a test that root runs; a file where a folder should be stops everybody.
    #[test]
    fn a_path_that_cannot_be_written_is_found_at_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        for path in ["file/report.json", ""] {
            let spec = ReportSpec {
                kind: ReportKind::Json,
                path: dir.path().join(path),
            };
            let error = ReportFile::open(&spec).err().unwrap().to_string();
            assert!(
                error.starts_with(&format!("cannot write the json report to {}: ", spec.path.display())),
                "{error}"
            );
        }
    }
}
