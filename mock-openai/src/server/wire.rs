//! What is done on sockets that hyper does not do: the end of a connection, in order or by a reset,
//! and a body that promises more than it sends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How much is read and thrown away after the last answer, and for how long, while the client goes on
/// sending. Closing earlier would reset the connection and take the answer (a 431, say) from a
/// client that has not read it yet (RFC 9112 §9.6).
const MAX_LINGERED: usize = 64 << 20;
const LINGER: Duration = Duration::from_secs(5);

/// A TCP stream that closes in order, or with a reset (RST) if told so: `SO_LINGER` with a time of
/// zero, set just before the socket is closed.
pub(super) struct Wire {
    stream: TcpStream,
    reset: Reset,
    /// Set once our side has ended.
    lingering: Option<Lingering>,
}

struct Lingering {
    end: Pin<Box<Sleep>>,
    read: usize,
}

/// Tells a [`Wire`] to reset. Whoever sets it then makes hyper drop the connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Reset(Arc<AtomicBool>);

impl Reset {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream, reset: Reset) -> Self {
        let lingering = None;
        Self {
            stream,
            reset,
            lingering,
        }
    }

    /// Reads until the client ends its side too, or has sent too much for too long.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(lingering) = &mut self.lingering else {
            return Poll::Ready(());
        };
        let mut waste = [0; 16 << 10];
        while lingering.read < MAX_LINGERED && lingering.end.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut waste);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => lingering.read += buffer.filled().len(),
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.0.load(Ordering::Relaxed) {
            // If the option cannot be set the connection ends in the ordinary way.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.0.load(Ordering::Relaxed) {
            // No FIN before the RST.
            return Poll::Ready(Ok(()));
        }
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            let end = Box::pin(tokio::time::sleep(LINGER));
            self.lingering = Some(Lingering { end, read: 0 });
        }
        self.poll_linger(context).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// The body of an answer.
pub(super) enum Reply {
    /// All of it; `None` once it is sent.
    Whole(Option<Bytes>),
    /// A part of it, under the length of the whole.
    Half {
        /// What is still to be sent.
        part: Option<Bytes>,
        /// What the client is promised.
        promised: u64,
        /// Whether hyper had the time to flush the part.
        is_flushed: bool,
    },
}

impl Reply {
    pub(super) fn half(body: &Bytes) -> Self {
        let part = Some(body.slice(..body.len() / 2));
        Self::Half {
            part,
            promised: body.len() as u64,
            is_flushed: false,
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Whole(body) => Poll::Ready(body.take().map(Frame::data).map(Ok)),
            Self::Half { part, is_flushed, .. } => {
                if let Some(part) = part.take().filter(|part| !part.is_empty()) {
                    return Poll::Ready(Some(Ok(Frame::data(part))));
                }
                if *is_flushed {
                    let broken = io::Error::other("half a body was asked for");
                    return Poll::Ready(Some(Err(broken)));
                }
                // hyper flushes when a body has nothing ready, and drops what is not flushed
                // when a body fails. So have nothing once, then fail.
                *is_flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(body) => body.as_ref().map_or(0, |body| body.len() as u64),
            Self::Half { promised, .. } => *promised,
        })
    }
}
