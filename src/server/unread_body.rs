//! Request bodies that a handler has not read to the end when the response is ready (RFC 9112,
//! 9.3).
//!
//! A connection can carry another request only after the complete body of this one. So the server
//! discards a short remainder, and otherwise the response has to announce that the connection
//! closes. [`BodyRemainder::drain`] alone decides between the two.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::oneshot;

/// How long a response waits for the remainder of the request body.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Wraps the body of a request. The second value receives what is unread once the first is dropped.
pub(super) fn track(body: Incoming) -> (Body, BodyRemainder) {
    if body.is_end_stream() {
        return (Body::empty(), BodyRemainder(None));
    }
    let (sender, receiver) = oneshot::channel();
    (
        Body::new(TrackedBody {
            body: Some(body),
            is_polled: false,
            remainder: Some(sender),
        }),
        BodyRemainder(Some(receiver)),
    )
}

/// What the handler leaves unread of a body; `None` for a body without content.
#[derive(Debug)]
pub(super) struct BodyRemainder(Option<oneshot::Receiver<Remainder>>);

#[derive(Debug)]
enum Remainder {
    /// The body is malformed or cut off, so it cannot be read to its end.
    Broken,
    /// The end of the body has not been read.
    Unread { body: Incoming, is_polled: bool },
}

impl BodyRemainder {
    /// Whether the request has no body content, so that its head is all of it.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Reads and discards the remainder. Returns whether the body is complete, and so whether the
    /// connection can carry another request.
    ///
    /// Gives up on a remainder of more than `max_bytes` and after [`DRAIN_TIMEOUT`]. A client that
    /// waits for `100 Continue` (`expects_continue`) sends no body until a handler polls it, so
    /// such a body is not drained.
    pub(super) async fn drain(self, expects_continue: bool, max_bytes: u64) -> bool {
        let Some(mut receiver) = self.0 else {
            return true;
        };
        match receiver.try_recv() {
            Err(oneshot::error::TryRecvError::Closed) => true,
            // A detached task is still reading the body.
            Err(oneshot::error::TryRecvError::Empty) | Ok(Remainder::Broken) => false,
            Ok(Remainder::Unread {
                is_polled: false, ..
            }) if expects_continue => false,
            Ok(Remainder::Unread { body, .. }) => {
                tokio::time::timeout(DRAIN_TIMEOUT, discard(body, max_bytes))
                    .await
                    .unwrap_or(false)
            }
        }
    }
}

/// Reads up to `max_bytes` of `body`. Returns whether that was all of it.
async fn discard(mut body: Incoming, max_bytes: u64) -> bool {
    if body.size_hint().lower() > max_bytes {
        return false;
    }
    let mut allowed = max_bytes;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        let Some(left) = allowed.checked_sub(length) else {
            return false;
        };
        allowed = left;
    }
    true
}

/// A body that sends its remainder to [`BodyRemainder`] when it is dropped before its end.
struct TrackedBody {
    body: Option<Incoming>,
    /// Whether a handler has polled the body; hyper then sends `100 Continue`.
    is_polled: bool,
    remainder: Option<oneshot::Sender<Remainder>>,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        this.is_polled = true;
        let polled = Pin::new(body).poll_frame(task);
        match &polled {
            Poll::Ready(None) => this.body = None,
            Poll::Ready(Some(Err(_))) => {
                this.body = None;
                this.send(Remainder::Broken);
            }
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl TrackedBody {
    fn send(&mut self, remainder: Remainder) {
        if let Some(sender) = self.remainder.take() {
            let _ = sender.send(remainder);
        }
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            let is_polled = self.is_polled;
            self.send(Remainder::Unread { body, is_polled });
        }
    }
}
