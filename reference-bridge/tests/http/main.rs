//! The bridge over HTTP, with `mock-openai` behind it: what identity providers send, what they
//! get back, and what is upstream afterwards.

mod faults;
mod finding;
mod groups;
mod lifecycle;
mod restart;
mod roles;
mod support;
mod trouble;
mod users;
