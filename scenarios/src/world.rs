//! What happens upstream without the bridge: the words after `world =`.

use std::fmt;

use crate::names::{declared, declared_people, quoted};

/// Something a person, another administrator or the machine does, not through the bridge.
///
/// "By hand" is what another administrator does at OpenAI. A name of a person may be the name of a crowd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldEvent {
    /// `alice accepts`: follows the link in the invite and becomes a member.
    Accepts(Vec<String>),
    /// `alice joins`: becomes a member without the invite, as by domain sign-up; a pending invite stays as it is.
    Joins(Vec<String>),
    /// `alice is invited by hand`.
    Invited(Vec<String>),
    /// `invite of alice expires`.
    InviteExpires(Vec<String>),
    /// `invite of alice is deleted by hand`.
    InviteDeleted(Vec<String>),
    /// `alice is removed by hand`: no longer a member.
    Removed(Vec<String>),
    /// `alice is made owner by hand`.
    RoleChanged {
        /// Who.
        who: Vec<String>,
        /// To what.
        role: HandRole,
    },
    /// `eng is made by hand`: another administrator makes a group of this name.
    GroupMade(String),
    /// `eng is deleted by hand`.
    GroupDeleted(String),
    /// `eng gets a role by hand`: a role of OpenAI is assigned to the group.
    GroupGetsRole(String),
    /// `alice is put into eng by hand`.
    PutInto {
        /// Who.
        who: Vec<String>,
        /// Into which group.
        group: String,
    },
    /// `alice is taken out of eng by hand`.
    TakenOut {
        /// Who.
        who: Vec<String>,
        /// Out of which group.
        group: String,
    },
    /// `the bridge is killed`: without warning, and then it is started again with the state it left.
    BridgeKilled,
    /// `trouble ends`: upstream makes no more trouble on purpose.
    TroubleEnds,
}

/// A role that an administrator gives by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandRole {
    /// May do everything.
    Owner,
    /// Everybody else.
    Reader,
}

impl HandRole {
    /// The word used in files and by OpenAI.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Reader => "reader",
        }
    }
}

impl WorldEvent {
    /// The sentences there are, for messages and documentation.
    pub const SENTENCES: &'static [&'static str] = &[
        "PEOPLE accepts",
        "PEOPLE joins",
        "PEOPLE is invited by hand",
        "invite of PEOPLE expires",
        "invite of PEOPLE is deleted by hand",
        "PEOPLE is removed by hand",
        "PEOPLE is made owner by hand",
        "PEOPLE is made reader by hand",
        "GROUP is made by hand",
        "GROUP is deleted by hand",
        "GROUP gets a role by hand",
        "PEOPLE is put into GROUP by hand",
        "PEOPLE is taken out of GROUP by hand",
        "the bridge is killed",
        "trouble ends",
    ];

    /// Reads a sentence. `is_person` and `is_group` tell what the names in it are.
    ///
    /// # Errors
    /// In words a file's author can act on; no place, the caller adds it.
    pub fn parse(
        text: &str,
        is_person: impl Fn(&str) -> bool,
        is_group: impl Fn(&str) -> bool,
    ) -> Result<Self, String> {
        let people = |names: &str| declared_people(names, &is_person);
        let group = |name: &str| declared(name, &is_group, "groups");
        if text == "trouble ends" {
            return Ok(Self::TroubleEnds);
        }
        if text == "the bridge is killed" {
            return Ok(Self::BridgeKilled);
        }
        if let Some(rest) = text.strip_prefix("invite of ") {
            if let Some(who) = rest.strip_suffix(" expires").or_else(|| rest.strip_suffix(" expire")) {
                return people(who).map(Self::InviteExpires);
            }
            if let Some(who) = by_hand(rest, "deleted") {
                return people(who).map(Self::InviteDeleted);
            }
        }
        if let Some(who) = text.strip_suffix(" accepts").or_else(|| text.strip_suffix(" accept")) {
            return people(who).map(Self::Accepts);
        }
        if let Some(who) = text.strip_suffix(" joins").or_else(|| text.strip_suffix(" join")) {
            return people(who).map(Self::Joins);
        }
        if let Some(who) = by_hand(text, "invited") {
            return people(who).map(Self::Invited);
        }
        if let Some(who) = by_hand(text, "removed") {
            return people(who).map(Self::Removed);
        }
        for role in [HandRole::Owner, HandRole::Reader] {
            if let Some(who) = by_hand(text, &format!("made {}", role.as_str())) {
                return people(who).map(|who| Self::RoleChanged { who, role });
            }
        }
        if let Some(name) = by_hand(text, "made") {
            return group(name).map(Self::GroupMade);
        }
        if let Some(name) = by_hand(text, "deleted") {
            return group(name).map(Self::GroupDeleted);
        }
        if let Some(name) = text.strip_suffix(" gets a role by hand") {
            return group(name).map(Self::GroupGetsRole);
        }
        if let Some((who, into)) = between(text, "put into") {
            return Ok(Self::PutInto {
                who: people(who)?,
                group: group(into)?,
            });
        }
        if let Some((who, from)) = between(text, "taken out of") {
            return Ok(Self::TakenOut {
                who: people(who)?,
                group: group(from)?,
            });
        }
        let known = quoted(Self::SENTENCES);
        Err(format!(
            "`{text}` is nothing that happens without the bridge; {known} do"
        ))
    }

    /// Whether it is about OpenAI, so that it means nothing for a server without one. Whoever accepts an invite is
    /// simply there for such a server.
    pub fn needs_upstream(&self) -> bool {
        !matches!(self, Self::Accepts(_) | Self::BridgeKilled)
    }
}

/// `alice` in `alice is WHAT by hand`, also `are`.
fn by_hand<'a>(text: &'a str, what: &str) -> Option<&'a str> {
    let text = text.strip_suffix(" by hand")?.strip_suffix(what)?;
    text.strip_suffix(" is ").or_else(|| text.strip_suffix(" are "))
}

/// `alice` and `eng` in `alice is WHAT eng by hand`.
fn between<'a>(text: &'a str, what: &str) -> Option<(&'a str, &'a str)> {
    let text = text.strip_suffix(" by hand")?;
    text.split_once(&format!(" is {what} "))
        .or_else(|| text.split_once(&format!(" are {what} ")))
}

impl fmt::Display for WorldEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepts(who) => write!(f, "{} accepts", who.join(", ")),
            Self::Joins(who) => write!(f, "{} joins", who.join(", ")),
            Self::Invited(who) => write!(f, "{} is invited by hand", who.join(", ")),
            Self::InviteExpires(who) => write!(f, "invite of {} expires", who.join(", ")),
            Self::InviteDeleted(who) => write!(f, "invite of {} is deleted by hand", who.join(", ")),
            Self::Removed(who) => write!(f, "{} is removed by hand", who.join(", ")),
            Self::RoleChanged { who, role } => write!(f, "{} is made {} by hand", who.join(", "), role.as_str()),
            Self::GroupMade(group) => write!(f, "{group} is made by hand"),
            Self::GroupDeleted(group) => write!(f, "{group} is deleted by hand"),
            Self::GroupGetsRole(group) => write!(f, "{group} gets a role by hand"),
            Self::PutInto { who, group } => write!(f, "{} is put into {group} by hand", who.join(", ")),
            Self::TakenOut { who, group } => write!(f, "{} is taken out of {group} by hand", who.join(", ")),
            Self::BridgeKilled => f.write_str("the bridge is killed"),
            Self::TroubleEnds => f.write_str("trouble ends"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parse(text: &str) -> Result<WorldEvent, String> {
        WorldEvent::parse(text, |name| ["alice", "bob"].contains(&name), |name| name == "eng")
    }

    #[rstest]
    #[case("alice, bob accepts")]
    #[case("alice joins")]
    #[case("alice is invited by hand")]
    #[case("invite of alice, bob expires")]
    #[case("invite of alice is deleted by hand")]
    #[case("alice is removed by hand")]
    #[case("alice is made owner by hand")]
    #[case("bob is made reader by hand")]
    #[case("eng is made by hand")]
    #[case("eng is deleted by hand")]
    #[case("eng gets a role by hand")]
    #[case("alice, bob is put into eng by hand")]
    #[case("alice is taken out of eng by hand")]
    #[case("the bridge is killed")]
    #[case("trouble ends")]
    fn reads_back_what_it_writes(#[case] text: &str) {
        assert_eq!(parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn several_people_may_be_many() {
        assert_eq!(
            parse("alice, bob are removed by hand"),
            parse("alice, bob is removed by hand")
        );
    }

    #[rstest]
    #[case("carol accepts", "`carol` is not in [people]")]
    #[case("alice is made by hand", "`alice` is not in [groups]")]
    #[case("alice is put into bob by hand", "`bob` is not in [groups]")]
    #[case(
        "alice leaves",
        "`alice leaves` is nothing that happens without the bridge; `PEOPLE accepts`"
    )]
    fn says_what_is_wrong(#[case] text: &str, #[case] message: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
}
