//! Judges what a bridge did: pure functions from what was seen to what is wrong with it.
//!
//! Two kinds of checks. A scenario's own expectations ([`expectation`]) and the rules that hold at all times
//! ([`Invariant`]): each answer by itself ([`answer`]), the ids in all answers and the state that was acknowledged
//! ([`ledger`]), what upstream was asked ([`effects`], [`patience`]) and where it stands in the end ([`owed`]).
//!
//! Nothing here waits, sends or reads a clock. The runner calls it after every step.

pub mod answer;
mod breach;
mod check;
mod counting;
pub mod effects;
pub mod expectation;
mod intent;
mod invariant;
pub mod ledger;
mod listing;
mod matcher;
pub mod owed;
pub mod patience;
mod record;
pub mod standing;
mod upstream;

pub use breach::Breach;
pub use check::Check;
pub use intent::{Intent, MemberChange, UserSaid};
pub use invariant::Invariant;
pub use ledger::Ledger;
pub use record::{Attempt, JobRecord, StepRecord};
pub use upstream::{Upstream, UpstreamGroup};
