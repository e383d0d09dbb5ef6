//! A key or a token: text that no log and no `{:?}` shows.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Text that is only given out when it is asked for by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "unset" } else { "[hidden]" })
    }
}

#[cfg(test)]
mod tests {
    use crate::Settings;

    #[test]
    fn settings_can_be_shown_without_giving_anything_away() {
        let settings = Settings {
            openai_admin_key: "sk-admin-1234".into(),
            scim_token: "letmein".into(),
            ..Settings::default()
        };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("1234") && !shown.contains("letmein"), "{shown}");
        assert!(shown.contains("scim_token: [hidden]"), "{shown}");
    }
}
