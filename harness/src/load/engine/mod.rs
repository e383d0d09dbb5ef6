//! What sends the traffic of a load run: a queue of jobs for each phase, a [crew](crew::Crew) of
//! [`workers`] that goose runs, a line to the bridge that takes the time, and the [meter] that keeps it.

pub mod cpu;
pub mod crew;
mod line;
pub mod meter;
mod queue;
mod quiet;
pub mod workers;
