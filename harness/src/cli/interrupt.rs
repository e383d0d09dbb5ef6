//! Ctrl-C, and SIGTERM where there is one: CI systems cancel with it, and a bridge we started must not outlive us.

use std::io;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// One message for every time somebody asks the program to end. None is missed between two of them. Can be had once.
///
/// The handler of Ctrl-C is set by the crate that goose sets its own with, and which takes only the first: goose's ends the
/// program without a report.
pub(super) fn requests() -> io::Result<UnboundedReceiver<()>> {
    let (requests, received) = unbounded_channel();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let requests = requests.clone();
        tokio::spawn(async move { while terminate.recv().await.is_some() && requests.send(()).is_ok() {} });
    }
    ctrlc::set_handler(move || _ = requests.send(())).map_err(io::Error::other)?;
    Ok(received)
}
