//! The program as a process, for the tests that need one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running program, killed without warning when the test is over.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Starts a command that is the program, or becomes it; gives its first line, which says where
    /// it is.
    pub(crate) fn start(command: &mut Command) -> (Self, Value) {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let line = serde_json::from_str(&line).expect("the first line is JSON");
        (Self(child), line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
