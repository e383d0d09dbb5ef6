//! What identity providers send to SCIM bridges, as files, and the types those files are read into.
//!
//! Data first: the folders beside `src/` are the product, this crate only reads them. It does no network or
//! judging; the harness does both. Everything a person can write wrongly in a file is found here, while loading,
//! and told with path, line and caret ([`FileError`]).
//!
//! Start at [`Catalogue`]; the file format is described in `scenarios/README.md`.

mod catalogue;
mod error;
mod expect;
mod idp;
mod level;
mod people;
mod policy;
mod scenario;
mod step;
mod table;
mod template;
mod verb;
mod world;

pub use catalogue::Catalogue;
pub use error::{FileError, Place};
pub use expect::{Count, Expect, JsonExpectation, Matcher, Presence, UpstreamExpectation, UpstreamState};
pub use idp::{
    Connection, Encoding, Evidence, ExternalId, GroupManner, GroupUpdate, Idp, MemberShape, PatchDialect, RetryManner,
    UserManner, UserUpdate,
};
pub use level::Level;
pub use people::{Group, Person, RoleSpelling, UpstreamStart};
pub use policy::{Policies, Policy, PolicyChoice};
pub use scenario::{DuplicateInvite, Given, Scenario};
pub use step::{Action, Alternative, FaultRule, RawRequest, RetryAfter, Step, Token, Trouble};
pub use template::{Template, fill, placeholders};
pub use verb::Verb;
pub use world::WorldEvent;
