//! JSON answers. A long one consists of pieces, and hyper frees each piece as soon as it is sent.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use serde::Serialize;

use crate::budget::{Budget, Reservation};
use crate::http::HttpError;
use crate::http::request::UNCOUNTED_BYTES;

/// The length of a piece.
const PIECE_BYTES: usize = 64 << 10;

/// 200 with `value` as JSON of at most `size` bytes.
///
/// The bytes are reserved before they are written: from `memory`, and from `budget` if `memory` is
/// too small.
pub(crate) async fn json(
    value: &(impl Serialize + Sync),
    size: usize,
    mut memory: Reservation,
    budget: &Budget,
) -> Result<Response, HttpError> {
    let body = if size <= UNCOUNTED_BYTES {
        let mut text = Vec::with_capacity(size);
        serde_json::to_writer(&mut text, value)
            .map_err(|error| HttpError::Internal(error.into()))?;
        text.into()
    } else {
        if memory.bytes() < size {
            memory.resize(size, budget).await?;
        }
        let mut pieces = Pieces {
            memory,
            ..Pieces::default()
        };
        serde_json::to_writer(&mut pieces, value)
            .map_err(|error| HttpError::Internal(error.into()))?;
        Body::new(pieces.finish())
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

/// A body that consists of pieces.
#[derive(Debug, Default)]
struct Pieces {
    whole: VecDeque<Bytes>,
    /// The bytes in `whole`.
    length: usize,
    last: Vec<u8>,
    /// The reservation for bytes that are not in a whole piece yet.
    memory: Reservation,
}

/// A piece of a body with its reservation. hyper drops it once it is written to the socket.
struct Piece {
    bytes: Vec<u8>,
    _memory: Reservation,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Pieces {
    /// Closes the last piece and releases the rest of the reservation.
    fn finish(mut self) -> Self {
        self.last.shrink_to_fit();
        self.close_piece();
        self.memory = Reservation::default();
        self
    }

    fn close_piece(&mut self) {
        let bytes = std::mem::take(&mut self.last);
        self.length += bytes.len();
        let memory = self.memory.split(bytes.len());
        self.whole.push_back(Bytes::from_owner(Piece {
            bytes,
            _memory: memory,
        }));
    }
}

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.last.len() == PIECE_BYTES {
            self.close_piece();
        }
        if self.last.capacity() == 0 {
            self.last.reserve_exact(PIECE_BYTES);
        }
        let fitting = bytes.len().min(PIECE_BYTES - self.last.len());
        self.last.extend_from_slice(&bytes[..fitting]);
        Ok(fitting)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.whole.pop_front();
        self.length -= piece.as_ref().map_or(0, Bytes::len);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.whole.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length as u64)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_long_answer_comes_whole_and_is_released_piece_by_piece() {
        let budget = Budget::new(1 << 20);
        let texts = vec!["x".repeat(1000); 300];
        let expected = serde_json::to_vec(&texts).unwrap();
        let is_free = |bytes| budget.try_reserve(bytes).is_ok();

        let response = json(&texts, 400_000, Reservation::default(), &budget)
            .await
            .unwrap();
        let mut body = response.into_body();
        assert_eq!(body.size_hint().exact(), Some(expected.len() as u64));
        assert!(is_free((1 << 20) - expected.len()) && !is_free((1 << 20) - expected.len() + 1));
        let mut received = Vec::new();
        while let Some(frame) = body.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            assert!(data.len() <= PIECE_BYTES);
            received.extend_from_slice(&data);
            drop(data);
            assert!(is_free((1 << 20) - expected.len() + received.len()));
        }
        assert_eq!(received, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_for_which_there_is_no_memory_is_not_made() {
        let budget = Budget::new(1 << 20);
        let held = budget.try_reserve(1 << 20).unwrap();
        assert!(matches!(
            json(&[0; 9], 5000, Reservation::default(), &budget).await,
            Err(HttpError::Unavailable(_))
        ));
        assert!(
            json(&[0; 9], 100, Reservation::default(), &budget)
                .await
                .is_ok(),
            "a short one is always to be had"
        );
        assert!(
            json(&[0; 9], 5000, held, &budget).await.is_ok(),
            "there is enough reserved already"
        );
    }
}
