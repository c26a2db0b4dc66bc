//! Writes lines to an output that may fail in the middle of one, such as a file on a full disk.

use std::io::{ErrorKind, Write};

/// The output, and whether it took only the beginning of a line.
pub(super) struct LineOutput<W> {
    output: W,
    is_torn: bool,
}

impl<W: Write> LineOutput<W> {
    pub(super) fn new(output: W) -> Self {
        Self {
            output,
            is_torn: false,
        }
    }

    /// Writes whole lines. Returns how many of them the output did not take.
    pub(super) fn write_lines(&mut self, lines: &[u8]) -> u64 {
        // A line that follows a torn one would be lost with it.
        if self.is_torn && self.write(b"\n").is_empty() {
            self.is_torn = false;
        }
        let left = if self.is_torn {
            lines
        } else {
            self.write(lines)
        };
        let taken = &lines[..lines.len() - left.len()];
        self.is_torn |= !left.is_empty() && taken.last().is_some_and(|byte| *byte != b'\n');
        let _ = self.output.flush();
        left.split_inclusive(|byte| *byte == b'\n').count() as u64
    }

    /// Writes as much as the output takes, and returns the rest.
    fn write<'a>(&mut self, mut bytes: &'a [u8]) -> &'a [u8] {
        while !bytes.is_empty() {
            match self.output.write(bytes) {
                Ok(0) => break,
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        bytes
    }
}
