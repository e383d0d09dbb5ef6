//! Shared set-up of the benches in this package.
