//! A progress line: how many images have been read or written, updated in place every second.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// Time between two updates.
const UPDATE_INTERVAL: Duration = Duration::from_secs(1);

/// Counts the lines, one an image, that pass through a reader or writer. Draws the count on
/// `terminal`, and erases it when dropped.
pub(super) struct Progress<S, T: Write> {
    stream: S,
    terminal: T,
    /// Whether anything is drawn.
    is_visible: bool,
    /// What has happened to the images that are counted.
    verb: &'static str,
    images: usize,
    drawn_at: Instant,
    is_drawn: bool,
}

impl<S, T: Write> Progress<S, T> {
    /// Counts the lines of `stream`. Draws "images `verb`: …" on `terminal` if `is_visible`.
    pub(super) fn new(stream: S, terminal: T, is_visible: bool, verb: &'static str) -> Self {
        Self {
            stream,
            terminal,
            is_visible,
            verb,
            images: 0,
            drawn_at: Instant::now(),
            is_drawn: false,
        }
    }

    fn count(&mut self, bytes: &[u8]) {
        if !self.is_visible {
            return;
        }
        self.images += bytes.split(|byte| *byte == b'\n').count() - 1;
        if self.drawn_at.elapsed() >= UPDATE_INTERVAL {
            self.draw();
        }
    }

    /// A terminal that cannot be written is no reason to stop.
    fn draw(&mut self) {
        let _ = write!(self.terminal, "\rimages {}: {}", self.verb, self.images);
        let _ = self.terminal.flush();
        self.drawn_at = Instant::now();
        self.is_drawn = true;
    }
}

impl<S: Read, T: Write> Read for Progress<S, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer)?;
        self.count(&buffer[..length]);
        Ok(length)
    }
}

impl<S: Write, T: Write> Write for Progress<S, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.stream.write(bytes)?;
        self.count(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<S, T: Write> Drop for Progress<S, T> {
    fn drop(&mut self) {
        if self.is_drawn {
            // ESC [ K erases to the end of the line.
            let _ = write!(self.terminal, "\r\u{1b}[K");
            let _ = self.terminal.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_drawn_after_a_second_and_erased_at_the_end() {
        let (mut copy, mut terminal) = (Vec::new(), Vec::new());
        let mut progress = Progress::new(&mut copy, &mut terminal, true, "exported");
        progress.write_all(b"{}\n{}\n").unwrap();
        progress.drawn_at -= UPDATE_INTERVAL;
        progress.write_all(b"{}\n{").unwrap();
        drop(progress);
        assert_eq!(copy, b"{}\n{}\n{}\n{");
        assert_eq!(terminal, b"\rimages exported: 3\r\x1b[K");
    }

    #[test]
    fn nothing_is_drawn_where_there_is_no_terminal() {
        let (mut copy, mut terminal) = (Vec::new(), Vec::new());
        let mut progress = Progress::new(&b"{}\n"[..], &mut terminal, false, "read");
        progress.drawn_at -= UPDATE_INTERVAL;
        progress.read_to_end(&mut copy).unwrap();
        drop(progress);
        assert_eq!((copy, terminal), (b"{}\n".to_vec(), Vec::new()));
    }
}
