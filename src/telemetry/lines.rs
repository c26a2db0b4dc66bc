//! The lines of the log on their way out: gathered in memory, and written in one piece by a thread of their own.
//!
//! Who logs never waits for who reads. A line that comes alone goes out at once, a crowd of them every few milliseconds;
//! so a busy service does not pay for a system call and a switch of threads with each request. When nobody reads, lines
//! are dropped.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long lines are gathered after some were written.
const GATHERED: Duration = Duration::from_millis(10);

/// How many bytes wait at most for somebody to read them.
const MOST: usize = 32 << 20;

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
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
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
    /// Lines that go to `output`.
    pub(super) fn to(mut output: impl Write + Send + 'static) -> (Self, LogGuard) {
        let lines = Self(Arc::default());
        let (writing, written) = mpsc::channel::<()>();
        let taken = lines.clone();
        thread::spawn(move || {
            let _writing = writing;
            let mut some = Vec::new();
            while taken.exchange(&mut some) {
                // There is nowhere to say that the log cannot be written.
                let _ = output.write_all(&some).and_then(|()| output.flush());
                some.clear();
                some.shrink_to(USUAL);
                thread::sleep(GATHERED);
            }
        });
        (lines.clone(), LogGuard { lines, written })
    }

    /// Waits for lines and gives the room of `written` ones for them. `false` when there will be no more.
    fn exchange(&self, written: &mut Vec<u8>) -> bool {
        let waits = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.ended;
        let mut waiting = self.0.changed.wait_while(self.lock(), waits).unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.lines, written);
        !written.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.lock();
        if waiting.lines.len() + line.len() <= MOST {
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

    #[test]
    fn a_line_goes_out_at_once_and_the_ones_that_came_meanwhile_in_one_piece() {
        let (sender, written) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        let (lines, guard) = Lines::to(Slow(sender, told));
        let log = |line: &[u8]| (&lines).write_all(line).unwrap();
        log(b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        log(b"two\n");
        log(b"three\n");
        log(&vec![b'x'; MOST]);
        go_on.send(()).unwrap();
        go_on.send(()).unwrap();
        drop(guard);
        assert_eq!(written.recv().unwrap(), b"two\nthree\n");
        assert!(written.recv().is_err());
    }
}
