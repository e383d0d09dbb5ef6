//! Ctrl-C, and SIGTERM where there is one: CI systems cancel with it, and a bridge we started must not outlive us.

use std::io;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// One message for every time somebody asks the program to end. None is missed between two of them.
#[cfg(unix)]
pub(super) fn requests() -> io::Result<UnboundedReceiver<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (requests, received) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if requests.send(()).is_err() {
                return;
            }
        }
    });
    Ok(received)
}

/// One message for every Ctrl-C.
#[cfg(not(unix))]
pub(super) fn requests() -> io::Result<UnboundedReceiver<()>> {
    let (requests, received) = unbounded_channel();
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && requests.send(()).is_ok() {} });
    Ok(received)
}
