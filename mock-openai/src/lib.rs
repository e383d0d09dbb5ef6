//! A stateful double of the identity side of the OpenAI Admin API: users, invites, groups, roles,
//! projects, service accounts, admin API keys and audit logs, with their errors, paging, ids and
//! headers.
//!
//! It is not OpenAI: where no source shows what the real API does, a [switch](settings) has a
//! default and alternatives, and invented error codes are marked by the header `x-mock-openai`.
//! It sends no mail: nobody accepts an invite unless somebody says so.
//!
//! The core, [`Org`], is a state machine without I/O: time and seed come in, the same calls give
//! the same bytes. Two fronts put it behind a socket: [`MockOpenAi`] for programs and load, and
//! `wiremock::respond` for Rust tests that already have a wiremock server.
//!
//! ```
//! use mock_openai::{Effect, MockOpenAi};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let openai = MockOpenAi::start().await.unwrap();
//! let invite = reqwest::Client::new()
//!     .post(format!("{}/organization/invites", openai.openai_base_url()))
//!     .bearer_auth(openai.admin_key())
//!     .json(&serde_json::json!({ "email": "ann@example.com", "role": "reader" }))
//!     .send()
//!     .await
//!     .unwrap();
//! assert_eq!(invite.status(), 200);
//!
//! let journal = openai.journal_after(0);
//! let Effect::InviteCreated { invite_id, .. } = &journal[0].effects[0] else { panic!() };
//! let ann = openai.org(|org, now| org.accept_invite(invite_id, Some("Ann"), now)).unwrap();
//! assert_eq!(ann.email(), "ann@example.com");
//! # });
//! ```

mod audit;
pub mod cli;
mod clock;
mod delay;
mod fault;
mod id;
pub mod journal;
mod json;
mod message;
mod operation;
mod org;
mod query;
mod record;
mod refusal;
mod route;
mod scan;
mod server;
pub mod settings;
mod store;
mod throttle;
mod timestamp;
#[cfg(feature = "wiremock")]
pub mod wiremock;

pub use self::clock::{Clock, NoClock};
pub use self::delay::Delay;
pub use self::fault::preset::FaultPreset;
pub use self::fault::text::FaultTextError;
pub use self::fault::{
    Address, FaultAction, FaultBody, FaultPlan, FaultRule, FaultStatus, Hits, Interlude, NoAddress, Phase, RetryAfter,
};
pub use self::journal::{
    Actor, Cause, Effect, Entry, Injected, Journal, JournalSize, RecordedAnswer, RecordedHeaders, RecordedRequest,
};
pub use self::message::{Answer, Reaction, Request};
pub use self::operation::{Operation, UnknownOperation};
pub use self::org::{
    AdminKeys, GroupState, ListOr, MAX_BODY, MadeUpGroups, MadeUpUsers, NewAdminKey, Org, ProjectState,
    ProjectUserState, Seed, SeedError, SeedGroup, SeedUser, Sown, State, StateError, WorldError,
};
pub use self::record::{
    AdminKey, Group, Invite, InviteProject, InviteStatus, KeyOwner, KeyOwnerKind, OrgRole, Principal, Project,
    ProjectGroup, ProjectRole, Residency, Role, RoleAssignment, Scope, ServiceAccount, ServiceAccountKey,
    ServiceAccountRole, User,
};
pub use self::server::{AddOrganizationError, Builder, KeepError, MockOpenAi};
pub use self::settings::Settings;
pub use self::throttle::{Bucket, NoThrottle, RetryAfterForm, Throttle};
pub use self::timestamp::Timestamp;
