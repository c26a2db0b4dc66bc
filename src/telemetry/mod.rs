//! Logging: the subscriber, the format of a line, request ids, and the access log.
//!
//! No call that logs waits for whatever reads the log. Every request writes exactly one line.
//!
//! Start reading at `subscriber`.

mod access_line;
mod access_log;
mod field_format;
mod panic_hook;
mod request_id;
mod subscriber;
mod writer;

pub use access_log::AccessLogEntry;
pub use request_id::{RequestId, RequestIdError};
pub use subscriber::start;
pub use writer::{LogGuard, dropped_lines};
