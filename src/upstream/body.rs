//! The body of a request on its way to Glance.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tower_http::timeout::TimeoutBody;

/// A body that fails if its next piece takes too long. The lock makes it `Sync`, as the client
/// wants it.
pub(super) struct StreamedBody(Mutex<http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>>);

impl StreamedBody {
    /// The `body`, each piece of which comes within `timeout`.
    pub(super) fn new(body: Body, timeout: Duration) -> Self {
        Self(Mutex::new(TimeoutBody::new(timeout, body).boxed_unsync()))
    }
}

impl HttpBody for StreamedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let body = self.get_mut().0.get_mut();
        Pin::new(body.unwrap_or_else(PoisonError::into_inner)).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.size_hint()
    }
}
