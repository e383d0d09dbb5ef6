//! `proofload load`: a whole company comes on board, and it is proven that nobody was lost.
//!
//! A profile (`scenarios/load/*.toml`) says what happens. [`directory`] invents the company from the seed, [`plan`] turns
//! both into [`task`]s, and the [`engine`] lets goose's workers do them through the same [personas](crate::persona) that
//! tell scenarios. The [`book`] keeps what the identity provider was told; the [`watch`] follows the upstream journal
//! meanwhile, and [`end_state`] compares the two, person by person. The [`meter`](engine::meter) keeps the times, [`result`]
//! is what is left of a run, [`threshold`]s decide about it. Several machines share a run out by
//! [shards](directory::Shard) whose results are [merged](result::merge), by themselves or led by Locust (`locust`, with the
//! feature of that name).

pub mod account;
pub mod book;
pub mod compare;
pub mod convergence;
pub mod directory;
pub mod efficiency;
pub mod end_state;
pub mod engine;
mod foreman;
pub mod growth;
pub mod job;
#[cfg(feature = "locust")]
pub mod locust;
pub mod oversight;
pub mod parameters;
pub mod plan;
pub mod quarantine;
pub mod report;
pub mod result;
pub mod run;
pub mod surroundings;
pub mod tally;
pub mod task;
pub mod threshold;
pub mod times;
pub mod watch;
mod words;

#[cfg(test)]
mod example;
#[cfg(test)]
mod lab;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use self::run::Progress;

/// What the lock protects is never left half done, so one that a panic poisoned is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
