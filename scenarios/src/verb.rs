//! What an administrator makes the identity provider do: the words after `do =`.

use std::fmt;

use crate::names::{declared, declared_people, quoted};

/// Something an administrator does in the identity provider. Each persona turns it into its own requests.
///
/// A name of a person may be the name of a crowd; then everybody in it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `test connection`: save or test the credentials.
    TestConnection,
    /// `probe`: what the identity provider sends when nothing has changed.
    Probe,
    /// `import users`: read every user, page by page.
    ImportUsers,
    /// `assign alice, bob`: look each one up, then create or take over.
    Assign(Vec<String>),
    /// `find alice`: the look-up alone.
    Find(String),
    /// `read alice` or `read eng`: one resource by its id.
    Read(String),
    /// `update alice`: send the attributes given in `set`.
    Update(String),
    /// `rename alice to alicia`: another userName and e-mail; `alicia` may be a declared person, whose name is then taken.
    RenamePerson {
        /// Who.
        who: String,
        /// The new local part.
        to: String,
    },
    /// `deactivate alice`: no longer assigned.
    Deactivate(Vec<String>),
    /// `reactivate alice`: assigned again.
    Reactivate(Vec<String>),
    /// `delete alice` or `delete eng`.
    Delete(String),
    /// `push eng`: create the group with its declared members.
    Push(String),
    /// `rename eng to Platform`: another displayName.
    RenameGroup {
        /// Which.
        group: String,
        /// The new name, to which the run's tag is added.
        to: String,
    },
    /// `add alice, bob to eng`.
    Add {
        /// Who.
        who: Vec<String>,
        /// To which group.
        group: String,
    },
    /// `remove alice from eng`.
    Remove {
        /// Who.
        who: Vec<String>,
        /// From which group.
        group: String,
    },
    /// `retry failed`: send again what was refused and what this identity provider would send again. Nothing if nothing failed.
    RetryFailed,
}

impl Verb {
    /// The sentences there are, for messages and documentation.
    pub const SENTENCES: &'static [&'static str] = &[
        "test connection",
        "probe",
        "import users",
        "assign PEOPLE",
        "find PERSON",
        "read PERSON",
        "read GROUP",
        "update PERSON",
        "rename PERSON to NAME",
        "deactivate PEOPLE",
        "reactivate PEOPLE",
        "delete PERSON",
        "delete GROUP",
        "push GROUP",
        "rename GROUP to NAME",
        "add PEOPLE to GROUP",
        "remove PEOPLE from GROUP",
        "retry failed",
    ];

    /// Reads a sentence. `is_group` tells which of the names in it are groups; all others must be `is_person`.
    ///
    /// # Errors
    /// In words a file's author can act on; no place, the caller adds it.
    pub fn parse(
        text: &str,
        is_person: impl Fn(&str) -> bool,
        is_group: impl Fn(&str) -> bool,
    ) -> Result<Self, String> {
        let person = |name: &str| declared(name, &is_person, "people");
        let people = |names: &str| declared_people(names, &is_person);
        let group = |name: &str| declared(name, &is_group, "groups");
        let either = |name: &str| {
            if is_group(name.trim()) {
                group(name)
            } else {
                person(name)
            }
        };
        let halves = |rest: &str, word: &str| {
            rest.split_once(&format!(" {word} "))
                .map(|(left, right)| (left.to_owned(), right.trim().to_owned()))
                .ok_or_else(|| format!("`{text}` lacks `{word}`"))
        };

        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        Ok(match (word, rest) {
            ("test", "connection") => Self::TestConnection,
            ("probe", "") => Self::Probe,
            ("import", "users") => Self::ImportUsers,
            ("retry", "failed") => Self::RetryFailed,
            ("assign", rest) => Self::Assign(people(rest)?),
            ("find", rest) => Self::Find(person(rest)?),
            ("read", rest) => Self::Read(either(rest)?),
            ("update", rest) => Self::Update(person(rest)?),
            ("deactivate", rest) => Self::Deactivate(people(rest)?),
            ("reactivate", rest) => Self::Reactivate(people(rest)?),
            ("delete", rest) => Self::Delete(either(rest)?),
            ("push", rest) => Self::Push(group(rest)?),
            ("rename", rest) => {
                let (from, to) = halves(rest, "to")?;
                if is_group(&from) {
                    Self::RenameGroup { group: from, to }
                } else {
                    Self::RenamePerson {
                        who: person(&from)?,
                        to,
                    }
                }
            }
            ("add", rest) => {
                let (who, to) = halves(rest, "to")?;
                Self::Add {
                    who: people(&who)?,
                    group: group(&to)?,
                }
            }
            ("remove", rest) => {
                let (who, from) = halves(rest, "from")?;
                Self::Remove {
                    who: people(&who)?,
                    group: group(&from)?,
                }
            }
            _ => {
                let known = quoted(Self::SENTENCES);
                return Err(format!("`{text}` is nothing a persona does; it does {known}"));
            }
        })
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TestConnection => f.write_str("test connection"),
            Self::Probe => f.write_str("probe"),
            Self::ImportUsers => f.write_str("import users"),
            Self::Assign(who) => write!(f, "assign {}", who.join(", ")),
            Self::Find(who) => write!(f, "find {who}"),
            Self::Read(what) => write!(f, "read {what}"),
            Self::Update(who) => write!(f, "update {who}"),
            Self::RenamePerson { who, to } => write!(f, "rename {who} to {to}"),
            Self::Deactivate(who) => write!(f, "deactivate {}", who.join(", ")),
            Self::Reactivate(who) => write!(f, "reactivate {}", who.join(", ")),
            Self::Delete(what) => write!(f, "delete {what}"),
            Self::Push(group) => write!(f, "push {group}"),
            Self::RenameGroup { group, to } => write!(f, "rename {group} to {to}"),
            Self::Add { who, group } => write!(f, "add {} to {group}", who.join(", ")),
            Self::Remove { who, group } => write!(f, "remove {} from {group}", who.join(", ")),
            Self::RetryFailed => f.write_str("retry failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parse(text: &str) -> Result<Verb, String> {
        Verb::parse(text, |name| ["alice", "bob"].contains(&name), |name| name == "eng")
    }

    #[rstest]
    #[case("test connection")]
    #[case("probe")]
    #[case("import users")]
    #[case("assign alice, bob")]
    #[case("find alice")]
    #[case("read eng")]
    #[case("read bob")]
    #[case("update alice")]
    #[case("rename alice to alicia")]
    #[case("rename eng to Platform")]
    #[case("deactivate alice")]
    #[case("reactivate alice")]
    #[case("delete eng")]
    #[case("push eng")]
    #[case("add alice, bob to eng")]
    #[case("remove bob from eng")]
    #[case("retry failed")]
    fn reads_back_what_it_writes(#[case] text: &str) {
        assert_eq!(parse(text).unwrap().to_string(), text);
    }

    #[rstest]
    #[case("assign carol", "`carol` is not in [people]")]
    #[case("push alice", "`alice` is not in [groups]")]
    #[case("add alice eng", "`add alice eng` lacks `to`")]
    fn says_which_name_is_wrong(#[case] text: &str, #[case] message: &str) {
        assert_eq!(parse(text).unwrap_err(), message);
    }

    #[test]
    fn lists_what_a_persona_does() {
        assert!(
            parse("fly alice")
                .unwrap_err()
                .starts_with("`fly alice` is nothing a persona does; it does `test connection`")
        );
    }
}
