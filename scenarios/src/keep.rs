//! What a step takes from its answer and keeps for later steps: `keep = { modified = "/meta/lastModified" }`.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::error::{FileError, Place};

/// One value that is kept: `{kept.NAME}` stands for it in later steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The name it is kept under.
    pub name: String,
    /// RFC 6901 pointer into the deciding answer.
    pub pointer: String,
    /// Where the file says so.
    pub place: Place,
}

/// Reads the table. `file` is any place in the file it stands in.
pub(crate) fn parse_keeps(
    raw: BTreeMap<Spanned<String>, Spanned<String>>,
    file: &Place,
) -> Result<Vec<Keep>, FileError> {
    let keep = |(name, pointer): (Spanned<String>, Spanned<String>)| {
        let place = file.at(name.span());
        let is_word = |name: &str| {
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                && !name.is_empty()
        };
        if !is_word(name.get_ref()) {
            return Err(FileError::at(
                &place,
                "what is kept has a name of letters, digits, `-` and `_`, such as `modified`",
            ));
        }
        if !pointer.get_ref().starts_with('/') {
            return Err(FileError::at(
                &file.at(pointer.span()),
                "a JSON pointer begins with `/`, such as `/meta/lastModified`",
            ));
        }
        Ok(Keep {
            name: name.into_inner(),
            pointer: pointer.into_inner(),
            place,
        })
    };
    raw.into_iter().map(keep).collect()
}
