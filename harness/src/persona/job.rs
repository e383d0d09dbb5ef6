//! What an identity provider has to do, and how it went. A job carries all it needs, so it can be done again later.

use crate::cast::{Actor, Team};
use crate::exchange::{Exchange, Outcome};

/// One piece of work of an identity provider; it is tried again as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Requests about nobody in particular: connection test, probe. Request lines in plain writing.
    Requests(Vec<String>),
    /// Read every user, page by page.
    ImportUsers,
    /// Look the person up, then create or take over.
    Assign(Actor),
    /// The look-up alone.
    FindUser(Actor),
    /// The person by id.
    ReadUser(Actor),
    /// Send these attributes, by SCIM name; an empty value clears. The person already has the new values.
    Update(Actor, Vec<Change>),
    /// Switch the person on or off.
    Switch(Actor, bool),
    /// Delete the person.
    DeleteUser(Actor),
    /// Look the group up, then create or take over, then what follows a create.
    Push(Team, Vec<Member>),
    /// The group by id.
    ReadGroup(Team),
    /// Send the group's name; it already has the new one. The members are there for a PUT.
    RenameGroup(Team, Vec<Member>),
    /// Add some members; the last list is what the group then consists of.
    AddMembers(Team, Vec<Member>, Vec<Member>),
    /// Remove some members; the last list is what the group then consists of.
    RemoveMembers(Team, Vec<Member>, Vec<Member>),
    /// Delete the group.
    DeleteGroup(Team),
}

/// One attribute that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// SCIM name: `title`, `name.givenName`, `department`, `openai_role`, `userName`, `email`.
    pub attribute: String,
    /// The new value; empty clears.
    pub value: String,
    /// What the directory had before; empty for nothing.
    pub before: String,
}

/// A member as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person's SCIM id.
    pub id: String,
    /// The person's userName.
    pub display: String,
}

/// One attempt at a job did not succeed in the identity provider's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind, which decides whether and when it tries again.
    pub kind: FailureKind,
    /// The check this stands for: `idp.match`, `idp.create`, …
    pub check: &'static str,
    /// What was wrong, in words.
    pub message: String,
}

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// 429, with the seconds of an integer `Retry-After`.
    Throttled(Option<u64>),
    /// 5xx or no answer, with the seconds of an integer `Retry-After`.
    Unanswered(Option<u64>),
    /// Another status that is no success.
    Refused,
    /// Success, but not what the identity provider can use; it would not notice that trying again could help.
    Unusable,
}

impl Failure {
    /// The failure that an exchange without success is.
    pub fn of(exchange: &Exchange, check: &'static str) -> Self {
        match &exchange.outcome {
            Outcome::Failed(trouble) => Self {
                kind: FailureKind::Unanswered(None),
                check,
                message: format!("{} was not answered: {trouble}", exchange.request_line()),
            },
            Outcome::Answered(answer) => {
                let retry_after = answer.header("Retry-After").and_then(|value| value.trim().parse().ok());
                let kind = match answer.status {
                    429 => FailureKind::Throttled(retry_after),
                    500.. => FailureKind::Unanswered(retry_after),
                    _ => FailureKind::Refused,
                };
                Self {
                    kind,
                    check,
                    message: format!("{} was answered {}", exchange.request_line(), answer.status),
                }
            }
        }
    }

    /// A success that is of no use.
    pub fn unusable(check: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Unusable,
            check,
            message: message.into(),
        }
    }
}
