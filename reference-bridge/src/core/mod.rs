//! The pure half of the bridge: what requests mean, with no input, output or clock.

pub(crate) mod address;
pub(crate) mod change;
pub(crate) mod draft;
pub(crate) mod error;
pub(crate) mod evaluate;
pub(crate) mod filter;
pub(crate) mod json;
pub(crate) mod paging;
pub(crate) mod patch;
pub(crate) mod path;
pub(crate) mod plan;
pub(crate) mod projection;
pub(crate) mod reach;
pub(crate) mod role;
pub(crate) mod schema;
