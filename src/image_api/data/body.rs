//! The body of a download: one piece of the data at a time.
//!
//! The next piece is read once the last one has been written to the socket, so that a slow reader
//! costs one piece, whatever the size of the data. The reservation for it is made before the
//! response begins and passes from piece to piece, so that no download breaks off for lack of
//! memory.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Task, Poll, Waker, ready};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tracing::warn;

use crate::budget::Reservation;
use crate::data::{DataError, DataKey, Download};

type Reading = Pin<Box<dyn Future<Output = (Download, Result<Option<Bytes>, DataError>)> + Send>>;

/// The body of a download.
pub(super) struct PieceBody {
    key: DataKey,
    state: State,
    /// How many bytes have not been handed over yet.
    left: u64,
    memory: Arc<Memory>,
}

enum State {
    /// A piece that was read before the body was polled.
    Read(Download, Bytes),
    Idle(Download),
    Reading(Reading),
    End,
}

/// The reservation for a piece, while no piece has it, and who waits for it.
#[derive(Default)]
struct Memory(Mutex<(Option<Reservation>, Option<Waker>)>);

/// A piece on its way to the socket. hyper drops it once it is written.
struct Piece {
    bytes: Bytes,
    reservation: Option<Reservation>,
    memory: Arc<Memory>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.bytes = Bytes::new();
        let waker = {
            let mut memory = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
            memory.0 = self.reservation.take();
            memory.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl PieceBody {
    /// The body with what `download` has left, after its piece `first`. `memory` is as large as a
    /// piece.
    pub(super) fn new(
        key: DataKey,
        download: Download,
        first: Option<Bytes>,
        memory: Reservation,
    ) -> Self {
        let left = download.left() + first.as_ref().map_or(0, Bytes::len) as u64;
        Self {
            key,
            state: match first {
                Some(first) => State::Read(download, first),
                None => State::End,
            },
            left,
            memory: Arc::new(Memory(Mutex::new((Some(memory), None)))),
        }
    }

    /// Takes the reservation, or waits for it.
    fn poll_memory(&self, task: &Task<'_>) -> Poll<Reservation> {
        let mut memory = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reservation) = memory.0.take() {
            return Poll::Ready(reservation);
        }
        memory.1 = Some(task.waker().clone());
        Poll::Pending
    }

    /// Puts back what was taken only to see whether it is there.
    fn return_memory(&self, reservation: Reservation) {
        let mut memory = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.0 = Some(reservation);
    }

    fn piece(&mut self, bytes: Bytes, reservation: Reservation) -> Frame<Bytes> {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        Frame::data(Bytes::from_owner(Piece {
            bytes,
            reservation: Some(reservation),
            memory: Arc::clone(&self.memory),
        }))
    }
}

impl HttpBody for PieceBody {
    type Data = Bytes;
    type Error = DataError;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, DataError>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        // Nothing is read before the last piece has been written.
        let reservation = ready!(this.poll_memory(task));
        loop {
            match std::mem::replace(&mut this.state, State::End) {
                State::End => return Poll::Ready(None),
                State::Read(download, bytes) => {
                    this.state = State::Idle(download);
                    return Poll::Ready(Some(Ok(this.piece(bytes, reservation))));
                }
                State::Idle(mut download) => {
                    this.state = State::Reading(Box::pin(async move {
                        let piece = download.next_piece().await;
                        (download, piece)
                    }));
                }
                State::Reading(mut reading) => match reading.as_mut().poll(task) {
                    Poll::Pending => {
                        this.state = State::Reading(reading);
                        this.return_memory(reservation);
                        return Poll::Pending;
                    }
                    Poll::Ready((download, Ok(Some(bytes)))) => {
                        this.state = State::Read(download, bytes);
                    }
                    Poll::Ready((_, Ok(None))) => return Poll::Ready(None),
                    Poll::Ready((_, Err(error))) => {
                        let cause: &dyn std::error::Error = &error;
                        warn!(error = cause, key = %this.key, "a download broke off");
                        return Poll::Ready(Some(Err(error)));
                    }
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
