//! Runs a bridge on a listener until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Error;
use crate::bridge::Bridge;
use crate::front;
use crate::settings::Settings;
use crate::variant::Variant;

/// How long requests that are being answered may go on after the end was asked for.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Serves SCIM on `listener` until `shutdown` is ready.
///
/// # Errors
/// When the state folder cannot be used or the HTTP client cannot be built.
pub async fn serve(listener: TcpListener, settings: Settings, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    let bridge = Arc::new(Bridge::new(settings)?);
    let polls = !bridge.is(Variant::NoPoller);
    let background = Arc::clone(&bridge);
    let poller = tokio::spawn(async move {
        if polls {
            background.poll().await;
        }
    });
    let listener = listener.tap_io(|stream| {
        // Answers are small; waiting to fill packets would only delay them.
        let _ = stream.set_nodelay(true);
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, front::router(bridge)).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let server = tokio::spawn(server.into_future());
    shutdown.await;
    let _ = stop.send(());
    let abort = server.abort_handle();
    let ended = tokio::time::timeout(LAST_WORDS, server).await;
    abort.abort();
    poller.abort();
    // Awaited so that nobody holds the state file any more when this returns.
    let _ = poller.await;
    match ended {
        Ok(Ok(result)) => Ok(result?),
        Ok(Err(_)) | Err(_) => Ok(()),
    }
}
