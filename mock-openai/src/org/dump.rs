//! The state as JSON text, piece by piece: what a large organization is read as without holding it
//! up, and without a second copy of it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Org, ProjectState};
use crate::record::{Group, Project};
use crate::store::{Direction, Position, Row, Store};

/// Rows in one step.
const STEP: usize = 500;

/// How far the text has come. The pieces make the JSON of [`Org::state`], its fields in another
/// order; they belong together because nothing may change between the first and the last.
#[derive(Debug, Clone)]
pub(crate) struct Dump {
    revision: u64,
    part: Part,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    /// All but the lists below, which are the long ones.
    Rest,
    Users(Option<Position>),
    Invites(Option<Position>),
    Groups(Option<Position>),
    Projects(Option<Position>),
    End,
}

/// The organization has changed since the first piece.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the organization changed while it was read")]
pub(crate) struct Changed;

impl Org {
    /// A dump that has not begun.
    pub(crate) fn dump(&self) -> Dump {
        let (revision, part) = (self.revision, Part::Rest);
        Dump { revision, part }
    }

    /// Appends further pieces until `text` has this length. Gives whether there is more.
    pub(crate) fn go_on(&self, dump: &mut Dump, text: &mut Vec<u8>, length: usize) -> Result<bool, Changed> {
        if dump.revision != self.revision {
            return Err(Changed);
        }
        while text.len() < length {
            dump.part = match dump.part {
                Part::Rest => {
                    self.begin(text);
                    open(text, "users");
                    Part::Users(None)
                }
                Part::Users(behind) => {
                    let behind = list(text, &self.users, behind, |user, text| write(text, user));
                    behind.map_or_else(
                        || {
                            open(text, "invites");
                            Part::Invites(None)
                        },
                        |behind| Part::Users(Some(behind)),
                    )
                }
                Part::Invites(behind) => {
                    let behind = list(text, &self.invites, behind, |invite, text| write(text, invite));
                    behind.map_or_else(
                        || {
                            open(text, "groups");
                            Part::Groups(None)
                        },
                        |behind| Part::Invites(Some(behind)),
                    )
                }
                Part::Groups(behind) => {
                    let row = |group: &Group, text: &mut Vec<u8>| write(text, &self.group_state(group));
                    let behind = list(text, &self.groups, behind, row);
                    behind.map_or_else(
                        || {
                            open(text, "projects");
                            Part::Projects(None)
                        },
                        |behind| Part::Groups(Some(behind)),
                    )
                }
                Part::Projects(behind) => {
                    let row = |project: &Project, text: &mut Vec<u8>| write(text, &ProjectState::of(self, project));
                    let behind = list(text, &self.projects, behind, row);
                    behind.map_or_else(
                        || {
                            text.push(b'}');
                            Part::End
                        },
                        |behind| Part::Projects(Some(behind)),
                    )
                }
                Part::End => return Ok(false),
            };
        }
        Ok(true)
    }

    /// The object without its long lists and without its end.
    fn begin(&self, text: &mut Vec<u8>) {
        let rest = serde_json::to_value(self.rest_of_state()).unwrap_or_default();
        let mut rest = match rest {
            Value::Object(rest) => rest,
            _ => Map::new(),
        };
        for name in ["users", "invites", "groups", "projects"] {
            rest.remove(name);
        }
        write(text, &rest);
        text.pop();
    }

    /// A dump in one go, while nothing can change.
    pub(crate) fn dump_whole(&self) -> Vec<u8> {
        let mut text = Vec::new();
        // The revision is the one of a moment ago, so this cannot fail.
        let _ = self.go_on(&mut self.dump(), &mut text, usize::MAX);
        text
    }
}

fn open(text: &mut Vec<u8>, name: &str) {
    // Behind the fields that come first, of which there always are some, or behind another list.
    text.extend_from_slice(format!(",\"{name}\":[").as_bytes());
}

/// Appends a step of a list, or its end if that is reached: then there is no cursor.
fn list<T: Row>(
    text: &mut Vec<u8>,
    store: &Store<T>,
    behind: Option<Position>,
    row: impl Fn(&T, &mut Vec<u8>),
) -> Option<Position> {
    let mut last = None;
    for (position, found) in store.walk(Direction::Ascending, behind).take(STEP) {
        if behind.or(last).is_some() {
            text.push(b',');
        }
        row(found, text);
        last = Some(position);
    }
    if last.is_none() {
        text.push(b']');
    }
    last
}

fn write(text: &mut Vec<u8>, value: &impl Serialize) {
    // Our own types: string keys and no failing serializers, so this cannot fail.
    let _ = serde_json::to_writer(text, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::State;
    use crate::record::OrgRole;
    use crate::settings::Settings;
    use crate::timestamp::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn crowd(users: usize) -> Org {
        let mut org = Org::new(Settings::default(), 1);
        let ids: Vec<_> = (0..users)
            .map(|number| org.add_member(&format!("u{number}@x.org"), None, OrgRole::Reader, NOW))
            .collect();
        org.add_invite("new@x.org", OrgRole::Owner, NOW);
        org.add_group("Staff", &ids, false, NOW);
        org.add_group("Nobody", &[], true, NOW);
        org
    }

    /// Whatever is added to the state is in the dump: both are compared whole.
    #[test]
    fn pieces_make_the_state() {
        for users in [0, 1, STEP - 1, STEP, 2 * STEP + 1] {
            let org = crowd(users);
            let (mut dump, mut whole, mut pieces) = (org.dump(), Vec::new(), 0);
            loop {
                let mut text = Vec::new();
                let is_more = org.go_on(&mut dump, &mut text, 1000).unwrap();
                whole.append(&mut text);
                pieces += 1;
                if !is_more {
                    break;
                }
            }
            assert_eq!(serde_json::from_slice::<State>(&whole).unwrap(), org.state());
            assert_eq!(org.dump_whole(), whole);
            assert!(pieces > users / STEP, "{pieces} pieces");
        }
    }

    #[test]
    fn a_change_breaks_it_off_and_a_read_does_not() {
        let mut org = crowd(2 * STEP);
        let mut dump = org.dump();
        assert_eq!(org.go_on(&mut dump, &mut Vec::new(), 1), Ok(true));
        org.handle(&crate::Request::get("/v1/organization/users").bearer("k"), NOW);
        assert_eq!(org.go_on(&mut dump, &mut Vec::new(), 1), Ok(true));
        org.add_member("late@x.org", None, OrgRole::Reader, NOW);
        assert_eq!(org.go_on(&mut dump, &mut Vec::new(), 1), Err(Changed));
    }
}
