//! proofload: conformance and load tests for SCIM bridges.
//!
//! A bridge makes an invite-only OpenAI organization look like a SCIM 2.0 directory. This crate plays the identity
//! provider in front of it and the Admin API behind it, and judges what the bridge did: answer by answer, and in the
//! state it leaves behind.
//!
//! The way of a run: [`cli`] reads flags, environment and `proofload.toml` into a [`config::Config`]; [`target`] raises
//! a bridge with an upstream behind it; [`preflight`] makes sure that it can be tested at all; [`run`] lets a
//! [`persona`] tell each scenario and the [`judge`] look at both sides; [`event`]s go to the [`report`]s; [`exit`] says
//! how it went. Only [`wire`] and [`target`] touch the network.

pub mod baseline;
pub mod cast;
pub mod cli;
pub mod config;
pub mod event;
pub mod exchange;
pub mod exit;
pub mod finding;
pub mod judge;
#[cfg(feature = "load")]
pub mod load;
mod outlet;
pub mod persona;
pub mod preflight;
pub mod recorder;
pub mod recording;
pub mod redact;
pub mod report;
pub mod run;
pub mod target;
pub mod wire;
