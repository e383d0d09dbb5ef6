//! goose says on standard output how many users it has started, whatever it is told; a report there must not begin with it.

/// Turns standard output off until it is dropped. Where that cannot be done, it stays on: it is only a line too many.
#[cfg(unix)]
pub(super) fn stdout() -> Option<Off> {
    use std::io::Write as _;
    std::io::stdout().flush().ok()?;
    let before = rustix::io::dup(std::io::stdout()).ok()?;
    let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null").ok()?;
    rustix::stdio::dup2_stdout(nowhere).ok()?;
    Some(Off(before))
}

/// Standard output as it was.
#[cfg(unix)]
pub(super) struct Off(rustix::fd::OwnedFd);

#[cfg(unix)]
impl Drop for Off {
    fn drop(&mut self) {
        _ = rustix::stdio::dup2_stdout(&self.0);
    }
}

/// There is no way here to turn it off.
#[cfg(not(unix))]
pub(super) fn stdout() {}
