//! The background writer: log lines are buffered in memory and written in batches by a thread of
//! its own.
//!
//! Logging never blocks on the reader of the log. The first line after a quiet time is written at
//! once, further ones in batches every few milliseconds, so a busy service does not pay a system
//! call and a context switch per request. While the buffer is full, new lines are dropped, and so
//! are those that the output does not take; a line with their number follows the next ones that
//! were written.

use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::line_output::LineOutput;

/// Time between two batches.
const BATCH_INTERVAL: Duration = Duration::from_millis(10);

/// Upper bound on the bytes in memory, those of the batch that is being written included.
const MAX_BUFFERED_BYTES: usize = 4 << 20;

/// Capacity that a buffer keeps after a large batch, in bytes.
const RETAINED_CAPACITY_BYTES: usize = 1 << 20;

/// Time for the last batch to be written at exit.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The lines that this process has dropped.
static DROPPED_LINES: AtomicU64 = AtomicU64::new(0);

/// How many lines of the log this process has dropped.
#[must_use]
pub fn dropped_lines() -> u64 {
    DROPPED_LINES.load(Ordering::Relaxed)
}

/// A handle to the background writer. Each write is one whole line.
#[derive(Clone, Debug)]
pub(in crate::telemetry) struct LogWriter(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    changed: Condvar,
    /// The writer thread. Lines that it logs itself are never dropped: they report the number of
    /// dropped lines.
    thread: OnceLock<ThreadId>,
}

#[derive(Debug, Default)]
struct Buffer {
    lines: Vec<u8>,
    /// Bytes of the batch that is being written.
    in_flight: usize,
    /// Lines dropped since the last batch.
    dropped: u64,
    is_closed: bool,
}

/// Stops the background writer when dropped, after it has written what is buffered or after a
/// second.
#[must_use = "the last lines of the log are lost without it"]
#[derive(Debug)]
pub(in crate::telemetry) struct LogGuard {
    writer: LogWriter,
    /// Disconnected once the writer thread has written everything.
    written: mpsc::Receiver<()>,
}

impl LogWriter {
    /// Spawns a writer thread for `output`. It calls `log_dropped` with the number of lines that
    /// were dropped.
    pub(in crate::telemetry) fn spawn(
        output: impl Write + Send + 'static,
        log_dropped: impl Fn(u64) + Send + 'static,
    ) -> (Self, LogGuard) {
        let writer = Self(Arc::default());
        let (writing, written) = mpsc::channel::<()>();
        let source = writer.clone();
        thread::spawn(move || {
            let _writing = writing;
            let _ = source.0.thread.set(thread::current().id());
            let mut batch = Vec::new();
            // Lines that the output did not take, since it took some. There is nowhere to report
            // them before.
            let mut lost = 0;
            let mut output = LineOutput::new(output);
            while let Some(dropped) = source.next_batch(&mut batch) {
                if dropped > 0 {
                    log_dropped(dropped);
                }
                match output.write_lines(&batch) {
                    0 if lost > 0 => log_dropped(mem::take(&mut lost)),
                    more => {
                        DROPPED_LINES.fetch_add(more, Ordering::Relaxed);
                        lost += more;
                    }
                }
                source.lock().in_flight = 0;
                batch.clear();
                batch.shrink_to(RETAINED_CAPACITY_BYTES);
                thread::sleep(BATCH_INTERVAL);
            }
        });
        (writer.clone(), LogGuard { writer, written })
    }

    /// Waits for lines and swaps them with the empty `batch`. Returns the number of lines dropped
    /// since the batch before, or `None` once the buffer is empty and closed.
    fn next_batch(&self, batch: &mut Vec<u8>) -> Option<u64> {
        let is_idle = |buffer: &mut Buffer| {
            buffer.lines.is_empty() && buffer.dropped == 0 && !buffer.is_closed
        };
        let mut buffer = self
            .0
            .changed
            .wait_while(self.lock(), is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut buffer.lines, batch);
        buffer.in_flight = batch.len();
        let dropped = std::mem::take(&mut buffer.dropped);
        (dropped > 0 || !batch.is_empty()).then_some(dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.0.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for &LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut buffer = self.lock();
        let is_full = buffer.in_flight + buffer.lines.len() + line.len() > MAX_BUFFERED_BYTES;
        if is_full && self.0.thread.get() != Some(&thread::current().id()) {
            buffer.dropped += 1;
            DROPPED_LINES.fetch_add(1, Ordering::Relaxed);
        } else {
            let is_first = buffer.lines.is_empty();
            buffer.lines.extend_from_slice(line);
            drop(buffer);
            if is_first {
                self.0.changed.notify_one();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.writer.lock().is_closed = true;
        self.writer.0.changed.notify_one();
        let _ = self.written.recv_timeout(FLUSH_TIMEOUT);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::ErrorKind;

    use super::*;

    /// Reports each write on a channel, and blocks in it until the test sends on the other.
    struct Blocking(mpsc::Sender<Vec<u8>>, mpsc::Receiver<()>);

    impl Write for Blocking {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            self.0.send(lines.to_vec()).unwrap();
            self.1.recv().unwrap();
            Ok(lines.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(mut writer: &LogWriter, line: &[u8]) {
        writer.write_all(line).unwrap();
    }

    #[test]
    fn the_first_line_is_written_at_once_and_those_logged_meanwhile_in_one_batch() {
        let (sender, written) = mpsc::channel();
        let (unblock, unblocked) = mpsc::channel();
        let (writer, guard) = LogWriter::spawn(Blocking(sender, unblocked), |_| {
            panic!("nothing is dropped")
        });
        log(&writer, b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        log(&writer, b"two\n");
        log(&writer, b"three\n");
        unblock.send(()).unwrap();
        unblock.send(()).unwrap();
        drop(guard);
        assert_eq!(written.recv().unwrap(), b"two\nthree\n");
        assert!(written.recv().is_err());
    }

    /// Takes as many bytes as the next number says, and then all. Zero is a failure. Reports what
    /// it has taken.
    struct Failing(VecDeque<usize>, mpsc::Sender<Vec<u8>>);

    impl Write for Failing {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            let length = self.0.pop_front().unwrap_or(lines.len());
            self.1.send(lines[..length].to_vec()).unwrap();
            match length {
                0 => Err(ErrorKind::StorageFull.into()),
                length => Ok(length),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_reported_once_others_can() {
        let (sender, written) = mpsc::channel();
        let (reports, reported) = mpsc::channel();
        let output = Failing([2, 0, 0].into(), sender);
        let before = dropped_lines();
        let (writer, guard) = LogWriter::spawn(output, move |lost| reports.send(lost).unwrap());
        log(&writer, b"one\n");
        assert_eq!(written.recv().unwrap(), b"on");
        assert_eq!(written.recv().unwrap(), b"");
        log(&writer, b"two\n");
        assert_eq!(written.recv().unwrap(), b"");
        log(&writer, b"three\n");
        drop(guard);
        // The end of the torn line.
        assert_eq!(written.recv().unwrap(), b"\n");
        assert_eq!(written.recv().unwrap(), b"three\n");
        assert_eq!(reported.recv().unwrap(), 2);
        assert!(dropped_lines() >= before + 2);
    }

    #[test]
    fn lines_past_the_buffer_are_dropped_and_their_number_is_logged() {
        let (sender, written) = mpsc::channel();
        let (unblock, unblocked) = mpsc::channel();
        let itself = Arc::new(Mutex::new(None::<LogWriter>));
        let later = Arc::clone(&itself);
        let log_dropped = move |dropped| {
            log(
                later.lock().unwrap().as_ref().unwrap(),
                format!("{dropped} dropped\n").as_bytes(),
            );
        };
        let (writer, guard) = LogWriter::spawn(Blocking(sender, unblocked), log_dropped);
        *itself.lock().unwrap() = Some(writer.clone());
        log(&writer, b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        let part = vec![b'x'; MAX_BUFFERED_BYTES / 4];
        for _ in 0..10 {
            log(&writer, &part);
        }
        unblock.send(()).unwrap();
        // With the batch in flight, a fourth part exceeds the bound.
        assert_eq!(written.recv().unwrap().len(), 3 * part.len());
        log(&writer, b"two\n");
        unblock.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), b"7 dropped\ntwo\n");
        unblock.send(()).unwrap();
        drop(guard);
    }
}
