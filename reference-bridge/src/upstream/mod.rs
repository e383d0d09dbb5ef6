//! The OpenAI Admin API as this bridge uses it: users, invites, groups, group members.
//!
//! [`Session`] makes calls within the time of one SCIM request, obeys rate limits and looks again
//! after lost answers. Nothing here knows SCIM.

mod cooldown;
mod group_calls;
mod http;
mod invite_book;
mod invite_calls;
mod looks;
mod object;
mod operation;
mod session;
mod trouble;
mod user_calls;
mod wait;

pub(crate) use http::Upstream;
pub(crate) use object::{Group, Invite, User};
pub(crate) use operation::Operation;
pub(crate) use session::Session;
pub(crate) use trouble::Trouble;
