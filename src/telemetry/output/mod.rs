//! Where the lines of the log go: through a buffer to standard error.
//!
//! Start reading at [`LogWriter`].

mod line_output;
mod writer;

pub use writer::dropped_lines;
pub(super) use writer::{LogGuard, LogWriter};
