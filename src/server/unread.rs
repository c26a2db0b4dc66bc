//! What becomes of a request body that was not read to its end before the answer was there (RFC 9112, 9.3).
//!
//! A connection can carry another request only after the whole body of this one. So a short rest is read and thrown away,
//! and otherwise the answer has to announce that the connection ends. [`Rest::comes_soon`] is the only place that decides.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::oneshot;

/// How long an answer waits for the rest of the body.
const PATIENCE: Duration = Duration::from_secs(1);

/// Gives out the body of a request, and what tells later how much of it was read.
pub(super) fn watch(body: Incoming) -> (Body, Rest) {
    if body.is_end_stream() {
        return (Body::empty(), Rest(None));
    }
    let (left, rest) = oneshot::channel();
    (
        Body::new(Watched {
            body: Some(body),
            is_asked_for: false,
            left: Some(left),
        }),
        Rest(Some(rest)),
    )
}

/// What is left of a body once nobody reads it any more.
#[derive(Debug)]
pub(super) struct Rest(Option<oneshot::Receiver<Left>>);

#[derive(Debug)]
enum Left {
    /// The body cannot be read any further: malformed, or cut off.
    Broken,
    /// The body has not come whole.
    Unread { body: Incoming, is_asked_for: bool },
}

impl Rest {
    /// Whether the whole body had come in advance.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Reads what is left of the body and throws it away. Says whether it came whole, and so whether the connection can
    /// carry another request.
    ///
    /// A rest of more than `limit` bytes, or one that takes too long, is not worth it. Neither is a body that the client
    /// wants to be asked for (`is_expected`: with `100 Continue`) and that nobody has asked for.
    pub(super) async fn comes_soon(self, is_expected: bool, limit: u64) -> bool {
        let Some(mut left) = self.0 else { return true };
        match left.try_recv() {
            Err(oneshot::error::TryRecvError::Closed) => true,
            // Somebody else still reads it.
            Err(oneshot::error::TryRecvError::Empty) | Ok(Left::Broken) => false,
            Ok(Left::Unread {
                is_asked_for: false,
                ..
            }) if is_expected => false,
            Ok(Left::Unread { body, .. }) => {
                tokio::time::timeout(PATIENCE, ends_within(body, limit))
                    .await
                    .unwrap_or(false)
            }
        }
    }
}

async fn ends_within(mut body: Incoming, mut limit: u64) -> bool {
    if body.size_hint().lower() > limit {
        return false;
    }
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        let Some(less) = limit.checked_sub(length) else {
            return false;
        };
        limit = less;
    }
    true
}

/// A body that hands over what is left of it when it is dropped before its end.
struct Watched {
    body: Option<Incoming>,
    /// Whether somebody has wanted to read it; hyper sends `100 Continue` then.
    is_asked_for: bool,
    left: Option<oneshot::Sender<Left>>,
}

impl HttpBody for Watched {
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
        this.is_asked_for = true;
        let polled = Pin::new(body).poll_frame(task);
        match &polled {
            Poll::Ready(None) => this.body = None,
            Poll::Ready(Some(Err(_))) => {
                this.body = None;
                this.hand_over(Left::Broken);
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

impl Watched {
    fn hand_over(&mut self, left: Left) {
        if let Some(sender) = self.left.take() {
            let _ = sender.send(left);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            let is_asked_for = self.is_asked_for;
            self.hand_over(Left::Unread { body, is_asked_for });
        }
    }
}
