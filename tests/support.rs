//! Shared set-up of the tests in this package.
