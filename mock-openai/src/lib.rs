//! A stateful double of the identity side of the OpenAI Admin API.
mod fault;
mod id;
pub mod journal;
mod message;
mod operation;
mod org;
mod query;
mod record;
mod refusal;
mod route;
mod server;
pub mod settings;
mod store;
mod throttle;
mod timestamp;

pub use self::fault::text::FaultTextError;
pub use self::fault::{
    FaultAction, FaultBody, FaultPlan, FaultRule, FaultStatus, Hits, Phase, RetryAfter,
};
pub use self::journal::{Cause, Effect, Entry, Injected, Journal, JournalSize};
pub use self::message::{Answer, Reaction, Request};
pub use self::operation::{Operation, UnknownOperation};
pub use self::org::{AdminKeys, GroupState, MAX_BODY, Org, State, StateError, WorldError};
pub use self::record::{Group, Invite, InviteProject, InviteStatus, OrgRole, ProjectRole, User};
pub use self::server::{Builder, MockOpenAi};
pub use self::settings::Settings;
pub use self::throttle::{Bucket, RetryAfterForm, Throttle};
pub use self::timestamp::Timestamp;
