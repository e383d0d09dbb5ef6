//! Text with `{tag}` in it, so that what carries it is another in every run.

use serde::Deserialize;

use crate::template::{fill, placeholders};

/// A text that holds `{tag}` and no other placeholder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Tagged(String);

impl Tagged {
    /// The text of one run.
    pub fn with(&self, tag: &str) -> String {
        // `{tag}` is all there is to fill.
        fill(&self.0, |_| Some(tag.to_owned())).unwrap_or_else(|_| self.0.clone())
    }

    /// The text as it is written.
    pub fn as_written(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Tagged {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut names: Vec<&str> = placeholders(&text).map(|(name, _)| name).collect();
        names.dedup();
        match names.as_slice() {
            ["tag"] => Ok(Self(text)),
            [] => Err(format!(
                "`{text}` must contain `{{tag}}`, which is another in every run, so that runs never meet"
            )),
            _ => Err(format!("`{text}` may hold the placeholder `{{tag}}` and no other")),
        }
    }
}
