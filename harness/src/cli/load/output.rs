//! The files a load run leaves, and those of earlier runs that are read.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::cli::Error;
use crate::load::compare::Comparison;
use crate::load::report;
use crate::load::result::{FORMAT, LoadResult};
use crate::report::Unfinished;

/// The most bytes that a result may have.
const RESULT_BYTES_MAX: u64 = 256 << 20;

/// `json=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Output {
    kind: Kind,
    path: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Markdown,
    Html,
    Goose,
}

const KINDS: [(&str, Kind); 4] = [
    ("json", Kind::Json),
    ("md", Kind::Markdown),
    ("html", Kind::Html),
    ("goose", Kind::Goose),
];

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "write json=PATH, md=PATH, html=PATH or goose=PATH".to_owned();
        let (name, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(wrong)?;
        let (_, kind) = KINDS.iter().find(|(known, _)| *known == name).ok_or_else(wrong)?;
        Ok(Self {
            kind: *kind,
            path: path.into(),
        })
    }
}

impl Output {
    /// The path, if goose writes it.
    pub(super) fn of_goose(&self) -> Option<&Path> {
        (self.kind == Kind::Goose).then_some(&self.path)
    }

    /// Makes sure, before the run, that it can be written where it should be.
    pub(in crate::cli) fn open(&self) -> Result<OpenOutput<'_>, Error> {
        let wrong = |error| Error::usage(format!("cannot write {}: {error}", self.path.display()));
        Ok(OpenOutput {
            output: self,
            unfinished: Unfinished::at(&self.path).map_err(wrong)?,
        })
    }
}

/// A report that will be written: its place is taken already.
pub(in crate::cli) struct OpenOutput<'a> {
    output: &'a Output,
    unfinished: Unfinished,
}

impl<'a> OpenOutput<'a> {
    /// Writes it, and gives where it went.
    pub(in crate::cli) fn write(self, result: &LoadResult, comparison: Option<&Comparison>) -> Result<&'a Path, Error> {
        let text = match self.output.kind {
            Kind::Json => report::json(result)?,
            Kind::Markdown => report::markdown(result, comparison),
            Kind::Html => report::html(result, comparison),
            // goose has.
            Kind::Goose => return Ok(&self.output.path),
        };
        self.unfinished.finish(&text)?;
        Ok(&self.output.path)
    }
}

/// Writes a page among the temporary files, and gives where it is.
pub(in crate::cli) fn temporary_page(result: &LoadResult, comparison: Option<&Comparison>) -> io::Result<PathBuf> {
    let mut page = tempfile::Builder::new()
        .prefix("proofload-load-")
        .suffix(".html")
        .tempfile()?;
    page.write_all(report::html(result, comparison).as_bytes())?;
    Ok(page.into_temp_path().keep()?)
}

/// Reads the JSON report of a run.
pub(in crate::cli) fn read(path: &Path) -> Result<LoadResult, Error> {
    let wrong = |what: String| Error::usage(format!("{}: {what}", path.display()));
    let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > RESULT_BYTES_MAX {
        return Err(wrong("is too large for a load result".to_owned()));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let result: LoadResult = serde_json::from_str(&text).map_err(|error| {
        wrong(format!(
            "is no load result (`proofload load --report json=PATH` writes them): {error}"
        ))
    })?;
    if result.format != FORMAT {
        return Err(wrong(format!(
            "has format {}; this proofload reads {FORMAT}",
            result.format
        )));
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("json=a/b.json", Kind::Json, "a/b.json")]
    #[case("html=x=y.html", Kind::Html, "x=y.html")]
    fn a_kind_and_a_path(#[case] text: &str, #[case] kind: Kind, #[case] path: &str) {
        let path = path.into();
        assert_eq!(text.parse(), Ok(Output { kind, path }));
    }

    #[rstest]
    #[case("json")]
    #[case("json=")]
    #[case("xml=a")]
    fn anything_else_is_refused(#[case] text: &str) {
        assert!(text.parse::<Output>().unwrap_err().contains("html=PATH"));
    }

    #[test]
    fn a_file_that_is_no_result_says_which_one_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other.json");
        fs::write(&path, "{}").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains("other.json") && error.contains("no load result"),
            "{error}"
        );
    }
}
