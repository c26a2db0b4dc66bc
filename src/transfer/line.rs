//! The lines of an export.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// Upper bound on the events of one page of an export, and on those that are imported at once.
pub(super) const MAX_PAGE_EVENTS: usize = 500;

/// A line with an event of the history. A line without this name is an image.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventLine<E> {
    pub(super) tag_event: E,
}

/// How every line with an event starts.
pub(super) const EVENT_START: &str = "{\"tag_event\":";

/// Writes one line.
pub(super) fn write_line(lines: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *lines, value)?;
    lines.write_all(b"\n")
}
