//! Text that stays text in a page.

use std::fmt::{self, Write as _};

/// Shows text so that it ends no tag, attribute or comment.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A name for a place in the page: letters, digits and hyphens.
pub(super) fn anchor(scenario: &str) -> String {
    let plain = scenario
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    plain.collect()
}
