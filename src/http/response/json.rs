//! JSON answers. A long one consists of pieces, and hyper frees each piece as soon as it is sent.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, Write};
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
    memory: Reservation,
    budget: &Budget,
) -> Result<Response, HttpError> {
    let write = |json: &mut JsonText| Ok(serde_json::to_writer(json, value)?);
    written_json(write, size, memory, budget).await
}

/// The same for JSON that `write` writes.
pub(crate) async fn written_json(
    write: impl FnOnce(&mut JsonText) -> io::Result<()>,
    size: usize,
    mut memory: Reservation,
    budget: &Budget,
) -> Result<Response, HttpError> {
    if size <= UNCOUNTED_BYTES {
        memory = Reservation::default();
    } else if memory.bytes() < size {
        memory.resize(size, budget).await?;
    }
    let mut text = JsonText::new(size, memory);
    write(&mut text).map_err(|error| HttpError::Internal(error.into()))?;
    let mut response = Response::new(text.into_body());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

/// JSON that consists of pieces.
#[derive(Debug)]
pub(crate) struct JsonText {
    whole: VecDeque<Bytes>,
    /// The bytes in `whole`.
    length: usize,
    last: Vec<u8>,
    /// The length of a piece that is whole.
    piece_bytes: usize,
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

impl JsonText {
    /// A text of probably no more than `size` bytes, for which there is `memory`.
    fn new(size: usize, memory: Reservation) -> Self {
        let piece_bytes = size.clamp(1, PIECE_BYTES);
        Self {
            whole: VecDeque::new(),
            length: 0,
            last: Vec::with_capacity(piece_bytes),
            piece_bytes,
            memory,
        }
    }

    /// Closes the last piece and releases the rest of the reservation.
    fn into_body(mut self) -> Body {
        if self.whole.is_empty() && self.memory.bytes() == 0 {
            return self.last.into();
        }
        self.last.shrink_to_fit();
        self.close_piece();
        self.memory = Reservation::default();
        Body::new(self)
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

impl Write for JsonText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.last.len() == self.piece_bytes {
            self.close_piece();
            self.last.reserve_exact(self.piece_bytes);
        }
        let fitting = bytes.len().min(self.piece_bytes - self.last.len());
        self.last.extend_from_slice(&bytes[..fitting]);
        Ok(fitting)
    }

    /// Nearly every part of a text fits into its piece, without the loop.
    #[inline]
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.len() <= self.piece_bytes - self.last.len() {
            self.last.extend_from_slice(bytes);
            return Ok(());
        }
        while !bytes.is_empty() {
            let written = self.write(bytes)?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a text with its quotation marks.
pub(crate) fn write_text(json: &mut impl Write, text: &str) -> io::Result<()> {
    let is_plain = |byte| !matches!(byte, ..b' ' | b'"' | b'\\');
    // Without a branch for each byte, the compiler looks at many at once.
    if !text
        .bytes()
        .fold(true, |plain, byte| plain & is_plain(byte))
    {
        return Ok(serde_json::to_writer(json, text)?);
    }
    json.write_all(b"\"")?;
    json.write_all(text.as_bytes())?;
    json.write_all(b"\"")
}

impl HttpBody for JsonText {
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
