//! What identity providers send to SCIM bridges, as files, and the types those files are read into.
//!
//! Data first: the folders beside `src/` are the product, this crate only reads them. It does no network or
//! judging; the harness does both. Everything a person can write wrongly in a file is found here, while loading,
//! and told with path, line and caret ([`FileError`]).
//!
//! Start at [`Catalogue`]; the file format is described in `scenarios/README.md`.

mod catalogue;
mod error;
mod evidence_table;
mod expect;
mod fault_plan;
#[cfg(test)]
mod generated;
mod idp;
mod keep;
mod level;
mod matcher;
mod names;
mod people;
mod policy;
mod profile;
mod reading;
mod requirement;
mod scaffold;
mod scenario;
mod step;
mod table;
mod tagged;
mod template;
mod verb;
mod world;

pub use catalogue::Catalogue;
pub use error::{FileError, Place};
pub use expect::{Count, Expect, JsonExpectation, ListedExpectation, Presence, UpstreamExpectation, UpstreamState};
pub use fault_plan::{FaultRule, RetryAfter, RuleHits, Trouble};
pub use idp::{
    Connection, Encoding, Evidence, ExternalId, GroupManner, GroupUpdate, Idp, MemberShape, PatchDialect, Quarantine,
    RetryManner, UserManner, UserUpdate,
};
pub use keep::Keep;
pub use level::Level;
pub use matcher::Matcher;
pub use people::{Group, GroupStart, Mail, Person, RoleSpelling, UpstreamStart};
pub use policy::{Policies, Policy, PolicyChoice};
pub use profile::{
    Acceptance, AcceptanceCurve, Churn, Company, CompanyKind, LoadPace, LoadVerb, PhaseSpec, Profile, Profiles,
    PushMembers, RateLimit, Source, Surroundings,
};
pub use reading::Reading;
pub use requirement::{Binding, Clash, Requirement, Requirements};
pub use scaffold::{NewFile, new_persona, new_scenario};
pub use scenario::{DuplicateInvite, Given, Scenario};
pub use step::{Action, Alternative, RawRequest, Step, Token};
pub use tagged::Tagged;
pub use template::{Template, fill, placeholders};
pub use verb::Verb;
pub use world::{HandRole, WorldEvent};
