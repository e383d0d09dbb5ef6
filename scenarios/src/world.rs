//! What happens upstream without the bridge: the words after `world =`.

use std::fmt;

/// Something a person or another administrator does at OpenAI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldEvent {
    /// `alice accepts`: follows the link in the invite and becomes a member.
    Accepts(Vec<String>),
    /// `trouble ends`: upstream makes no more trouble on purpose.
    TroubleEnds,
}

impl WorldEvent {
    /// Reads a sentence.
    ///
    /// # Errors
    /// In words a file's author can act on; no place, the caller adds it.
    pub fn parse(text: &str, is_person: impl Fn(&str) -> bool) -> Result<Self, String> {
        if text == "trouble ends" {
            return Ok(Self::TroubleEnds);
        }
        let Some(names) = text.strip_suffix(" accepts").or_else(|| text.strip_suffix(" accept")) else {
            return Err(format!(
                "`{text}` is nothing that happens upstream; `PEOPLE accepts` and `trouble ends` do"
            ));
        };
        let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
        match names.iter().find(|name| !is_person(name)) {
            Some(stranger) => Err(format!("`{stranger}` is not in [people]")),
            None => Ok(Self::Accepts(names)),
        }
    }
}

impl fmt::Display for WorldEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepts(who) => write!(f, "{} accepts", who.join(", ")),
            Self::TroubleEnds => f.write_str("trouble ends"),
        }
    }
}
