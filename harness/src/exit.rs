//! How the program ends. Every exit code there is, in one place.

/// The bridge conforms: nothing was found at or above the level that fails a run.
pub const CONFORMS: u8 = 0;
/// Something was found at or above `--fail-on`.
pub const FINDINGS: u8 = 1;
/// The command line, a scenario file or a configuration file is wrong. Nothing was run.
pub const USAGE: u8 = 2;
/// The target cannot be tested: unreachable, wrong token, wrong base path. No check was made.
pub const TARGET: u8 = 3;
/// Trouble of our own.
pub const TROUBLE: u8 = 4;
/// A load threshold was missed.
pub const THRESHOLD: u8 = 5;
/// Ended by Ctrl-C; what was known was reported.
pub const INTERRUPTED: u8 = 130;
