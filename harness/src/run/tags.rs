//! Whose an upstream effect is: this case's, an earlier one's on the same bridge, or a stranger's.

use mock_openai::Entry;

use crate::judge::effects::Subject;

/// The tags of all cases that one bridge has seen; the last one is the case that is running.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags {
    earlier: Vec<String>,
    current: String,
}

impl Tags {
    /// A new case begins.
    pub(super) fn begin(&mut self, tag: &str) {
        let before = std::mem::replace(&mut self.current, tag.to_owned());
        if !before.is_empty() {
            self.earlier.push(before);
        }
    }

    /// Whether no case has begun yet.
    pub(super) fn is_unused(&self) -> bool {
        self.current.is_empty()
    }

    /// Whether an entry matters to the running case: it changed nothing, or something of this case or of strangers.
    /// What a bridge still does for people of an earlier case is its own affair.
    pub(super) fn concern(&self, entry: &Entry) -> bool {
        let mut subjects = entry.effects.iter().filter_map(Subject::of).peekable();
        subjects.peek().is_none() || subjects.any(|subject| !self.is_earlier(&subject))
    }

    /// Whether an entry changed something of this case.
    pub(super) fn is_ours(&self, entry: &Entry) -> bool {
        let mut subjects = entry.effects.iter().filter_map(Subject::of);
        subjects.any(|subject| subject.about().iter().any(|name| carries(name, &self.current)))
    }

    /// Whether the bridge tried to change something for this case, with or without success.
    pub(super) fn is_attempt(&self, entry: &Entry) -> bool {
        let Some(request) = entry
            .request
            .as_ref()
            .filter(|request| request.method != http::Method::GET)
        else {
            return false;
        };
        let tag = self.current.as_bytes();
        let spoken_of = |text: &[u8]| !tag.is_empty() && text.windows(tag.len()).any(|part| part == tag);
        self.is_ours(entry) || spoken_of(request.body()) || spoken_of(request.path().as_bytes())
    }

    fn is_earlier(&self, subject: &Subject) -> bool {
        let about = subject.about();
        let ours = about.iter().any(|name| carries(name, &self.current));
        !ours
            && about
                .iter()
                .any(|name| self.earlier.iter().any(|tag| carries(name, tag)))
    }
}

/// Addresses and group names have the tag where their scenario wants it: six letters and digits that nothing else has.
fn carries(name: &str, tag: &str) -> bool {
    !tag.is_empty() && name.contains(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_wherever_it_stands() {
        assert!(carries("alice.k3f9a2@example.com", "k3f9a2"));
        assert!(carries("o'brien+k3f9a2@example.com", "k3f9a2"));
        assert!(carries("sales k3f9a2 & ops", "k3f9a2"));
        assert!(!carries("stranger@acme.example", "k3f9a2"));
        assert!(!carries("anything", ""));
    }
}
