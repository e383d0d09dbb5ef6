//! proofload: conformance and load tests for SCIM bridges.
//!
//! A bridge makes an invite-only OpenAI organization look like a SCIM 2.0 directory. This crate plays the identity
//! provider in front of it and the Admin API behind it, and judges what the bridge did: answer by answer, and in the
//! state it leaves behind.
//!
//! The way of a run: [`cli`] reads flags, environment and `proofload.toml` into a [`config::Config`]; [`target`] raises
//! a bridge with an upstream behind it; [`preflight`] makes sure that it can be tested at all; [`run`] lets a
//! [`persona`] tell each scenario and the [`judge`] look at both sides; [`event`]s go to the [`report`]s; [`exit`] says
//! how it went. Only [`wire`], [`target`] and the [`recorder`] touch the network.
//!
//! For tests of a bridge in Rust there is [`testing`]; that module is what versions of this crate promise. All others are the
//! inside of the program, public for the tests and benches beside it, and hidden here.

#[doc(hidden)]
pub mod baseline;
#[doc(hidden)]
pub mod cast;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod event;
#[doc(hidden)]
pub mod exchange;
#[doc(hidden)]
pub mod exit;
#[doc(hidden)]
pub mod finding;
#[doc(hidden)]
pub mod judge;
#[cfg(feature = "load")]
#[doc(hidden)]
pub mod load;
#[cfg(test)]
mod log;
mod outlet;
#[doc(hidden)]
pub mod persona;
#[doc(hidden)]
pub mod preflight;
#[doc(hidden)]
pub mod recorder;
#[doc(hidden)]
pub mod recording;
#[doc(hidden)]
pub mod redact;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod snapshot;
#[doc(hidden)]
pub mod target;
pub mod testing;
#[doc(hidden)]
pub mod transcript;
#[doc(hidden)]
pub mod wire;
