//! The lines of the log on their way out: gathered in memory, and written in one piece by a thread of their own.
//!
//! Who logs never waits for who reads. A line that comes alone goes out at once, a crowd of them every few milliseconds;
//! so a busy service does not pay for a system call and a switch of threads with each request. When nobody reads, lines
//! are dropped, and a line that says how many follows on those that were kept.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long lines are gathered after some were written.
const GATHERED: Duration = Duration::from_millis(10);

/// How many bytes wait at most for somebody to read them, those that are being written included.
const MOST: usize = 4 << 20;

/// What is kept of the room for lines that a crowd of them took.
const USUAL: usize = 1 << 20;

/// How long the end of the program waits for the last lines to be taken.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes lines.
#[derive(Clone, Debug)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// The thread that writes. What it logs itself is always kept: it says how much is missing.
    writer: OnceLock<ThreadId>,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// How many bytes are being written.
    taken: usize,
    /// How many lines found no room since the last ones were taken.
    dropped: u64,
    ended: bool,
}

/// What was logged goes out until this is dropped.
#[must_use = "the last lines of the log are lost without it"]
#[derive(Debug)]
pub struct LogGuard {
    lines: Lines,
    /// Hangs up when everything has been written.
    written: mpsc::Receiver<()>,
}

impl Lines {
    /// Lines that go to `output`. When some were dropped, `tell` is called with their number, to log it.
    pub(super) fn to(
        mut output: impl Write + Send + 'static,
        tell: impl Fn(u64) + Send + 'static,
    ) -> (Self, LogGuard) {
        let lines = Self(Arc::default());
        let (writing, written) = mpsc::channel::<()>();
        let taken = lines.clone();
        thread::spawn(move || {
            let _writing = writing;
            let _ = taken.0.writer.set(thread::current().id());
            let mut some = Vec::new();
            while let Some(dropped) = taken.exchange(&mut some) {
                if dropped > 0 {
                    tell(dropped);
                }
                // There is nowhere to say that the log cannot be written.
                let _ = output.write_all(&some).and_then(|()| output.flush());
                taken.lock().taken = 0;
                some.clear();
                some.shrink_to(USUAL);
                thread::sleep(GATHERED);
            }
        });
        (lines.clone(), LogGuard { lines, written })
    }

    /// Waits for lines, gives the room of `written` ones for them, and tells how many were dropped behind them. `None` when
    /// there will be no more.
    fn exchange(&self, written: &mut Vec<u8>) -> Option<u64> {
        let waits = |waiting: &mut Waiting| {
            waiting.lines.is_empty() && waiting.dropped == 0 && !waiting.ended
        };
        let mut waiting = self
            .0
            .changed
            .wait_while(self.lock(), waits)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.lines, written);
        waiting.taken = written.len();
        let dropped = std::mem::take(&mut waiting.dropped);
        (dropped > 0 || !written.is_empty()).then_some(dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.lock();
        let is_full = waiting.taken + waiting.lines.len() + line.len() > MOST;
        if is_full && self.0.writer.get() != Some(&thread::current().id()) {
            waiting.dropped += 1;
        } else {
            let first = waiting.lines.is_empty();
            waiting.lines.extend_from_slice(line);
            drop(waiting);
            if first {
                self.0.changed.notify_one();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.lines.lock().ended = true;
        self.lines.0.changed.notify_one();
        let _ = self.written.recv_timeout(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes the first line, and no more until it is told to.
    struct Slow(mpsc::Sender<Vec<u8>>, mpsc::Receiver<()>);

    impl Write for Slow {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            self.0.send(lines.to_vec()).unwrap();
            self.1.recv().unwrap();
            Ok(lines.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(mut lines: &Lines, line: &[u8]) {
        lines.write_all(line).unwrap();
    }

    #[test]
    fn a_line_goes_out_at_once_and_the_ones_that_came_meanwhile_in_one_piece() {
        let (sender, written) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        let (lines, guard) = Lines::to(Slow(sender, told), |_| panic!("nothing is dropped"));
        log(&lines, b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        log(&lines, b"two\n");
        log(&lines, b"three\n");
        go_on.send(()).unwrap();
        go_on.send(()).unwrap();
        drop(guard);
        assert_eq!(written.recv().unwrap(), b"two\nthree\n");
        assert!(written.recv().is_err());
    }

    #[test]
    fn lines_that_nobody_reads_are_dropped_and_counted_in_their_place() {
        let (sender, written) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        let itself = Arc::new(Mutex::new(None::<Lines>));
        let later = Arc::clone(&itself);
        let tell = move |dropped| {
            log(
                later.lock().unwrap().as_ref().unwrap(),
                format!("{dropped} dropped\n").as_bytes(),
            );
        };
        let (lines, guard) = Lines::to(Slow(sender, told), tell);
        *itself.lock().unwrap() = Some(lines.clone());
        log(&lines, b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        let part = vec![b'x'; MOST / 4];
        for _ in 0..10 {
            log(&lines, &part);
        }
        go_on.send(()).unwrap();
        // Together with what was being written, a fourth one was too much.
        assert_eq!(written.recv().unwrap().len(), 3 * part.len());
        log(&lines, b"two\n");
        go_on.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), b"7 dropped\ntwo\n");
        go_on.send(()).unwrap();
        drop(guard);
    }
}
