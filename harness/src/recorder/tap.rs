//! Bodies that are looked at while they pass by.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::recording::secret::RawBody;

/// What is kept of a body.
#[derive(Debug)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    limit: usize,
    total: usize,
    /// Whether the end was seen.
    pub(super) has_ended: bool,
}

impl Kept {
    /// Nothing yet, and never more than `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            total: 0,
            has_ended: false,
        }
    }

    pub(super) fn add(&mut self, data: &[u8]) {
        self.total = self.total.saturating_add(data.len());
        if self.total <= self.limit {
            self.bytes.extend_from_slice(data);
        } else {
            self.bytes = Vec::new();
        }
    }

    /// The body, if there is all of it. `undo` takes its encoding away.
    pub(super) fn take(&mut self, undo: impl FnOnce(Bytes) -> Result<Bytes, String>) -> RawBody {
        if self.total > self.limit {
            return RawBody::LeftOut(format!("{} bytes are more than the limit", self.total));
        }
        if !self.has_ended {
            return RawBody::LeftOut("it was not sent to its end".to_owned());
        }
        match undo(std::mem::take(&mut self.bytes).into()) {
            Ok(bytes) => RawBody::Bytes(bytes.into()),
            Err(why) => RawBody::LeftOut(why),
        }
    }
}

/// Hears what passes by.
pub(super) trait Listener {
    /// A part of the body.
    fn data(&mut self, data: &[u8]);
    /// Its end, before whoever reads it hears of it.
    fn end(&mut self);
    /// It broke off.
    fn failed(&mut self);
}

/// A body that passes by.
pub(super) struct Tap<L> {
    body: Incoming,
    listener: L,
}

impl<L: Listener> Tap<L> {
    pub(super) fn new(body: Incoming, mut listener: L) -> Self {
        if body.is_end_stream() {
            listener.end();
        }
        Self { body, listener }
    }
}

impl<L: Listener + Unpin> Body for Tap<L> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.listener.data(data);
                }
                // Where the length is known, the last part is the end, and nobody need ask for another.
                if this.body.is_end_stream() {
                    this.listener.end();
                }
            }
            Some(Err(_)) => this.listener.failed(),
            None => this.listener.end(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
