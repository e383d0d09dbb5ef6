//! What is wrong with a file, and where: path, line, column, caret.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A place in a file that a person wrote: which file, its text, and the bytes meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: Arc<str>,
    text: Arc<str>,
    span: Range<usize>,
}

impl Place {
    /// A place in `text`, which was read from `path`. A span beyond the text is cut to it.
    pub fn new(path: Arc<str>, text: Arc<str>, span: Range<usize>) -> Self {
        let end = span.end.min(text.len());
        let start = span.start.min(end);
        Self {
            path,
            text,
            span: start..end,
        }
    }

    /// The file's path, as the person who started the program would write it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes meant.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Line, counted from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// Column in characters, counted from 1.
    pub fn column(&self) -> usize {
        let before = self.before();
        before[before.rfind('\n').map_or(0, |at| at + 1)..].chars().count() + 1
    }

    /// The same file, other bytes.
    #[must_use]
    pub fn at(&self, span: Range<usize>) -> Self {
        Self::new(Arc::clone(&self.path), Arc::clone(&self.text), span)
    }

    fn before(&self) -> &str {
        self.text.get(..self.span.start).unwrap_or_default()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line(), self.column())
    }
}

/// A file cannot be used as it is written. Nothing is run with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    path: Arc<str>,
    place: Option<Place>,
    message: String,
}

impl FileError {
    /// An error at a place in a file.
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self {
            path: Arc::clone(&place.path),
            place: Some(place.clone()),
            message: message.into(),
        }
    }

    /// An error about a file as a whole, such as one that cannot be read.
    pub fn whole(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            place: None,
            message: message.into(),
        }
    }

    /// What the TOML reader said, put at its place.
    pub(crate) fn from_toml(whole: &Place, error: &toml::de::Error) -> Self {
        let message = error.message().trim_end().to_owned();
        match error.span() {
            Some(span) => Self::at(&whole.at(span), message),
            None => Self::at(whole, message),
        }
    }

    /// Which file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where in the file, unless the error is about the file as a whole.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            return write!(f, "{}: {}", self.path, self.message);
        };
        let line = place.line();
        let text = place.text.lines().nth(line - 1).unwrap_or_default();
        let gutter = " ".repeat(line.to_string().len());
        let indent: String = text
            .chars()
            .take(place.column() - 1)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let meant = place.text.get(place.span.clone()).unwrap_or_default();
        let carets = "^".repeat(meant.lines().next().unwrap_or_default().chars().count().max(1));
        writeln!(f, "{place}: {}", self.message)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{line} | {text}")?;
        write!(f, "{gutter} | {indent}{carets}")
    }
}

impl std::error::Error for FileError {}

/// Says which of the known names was probably meant, and lists them all: `unknown x, expected one of …`.
pub(crate) fn unknown(what: &str, got: &str, known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("unknown {what} `{got}`, expected one of {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_bytes_meant() {
        let text: Arc<str> = "title = 'x'\nlevle = 'must'\n".into();
        let place = Place::new("users/x.toml".into(), text, 12..17);
        insta::assert_snapshot!(FileError::at(&place, unknown("key", "levle", &["level", "title"])), @"
        users/x.toml:2:1: unknown key `levle`, expected one of `level`, `title`
          |
        2 | levle = 'must'
          | ^^^^^
        ");
    }

    #[test]
    fn a_span_outside_the_text_does_not_panic() {
        let place = Place::new("x".into(), "ab".into(), 5..9);
        assert_eq!((place.line(), place.column()), (1, 3));
    }
}
