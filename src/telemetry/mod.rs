//! Logging: the subscriber, the format of a line, request ids, and the access log.
//!
//! No call that logs waits for whatever reads the log. Every request writes exactly one line of the
//! access log; other lines that are logged for it name it too.
//!
//! Start reading at `subscriber`.

mod access_line;
#[cfg(test)]
mod access_line_tests;
mod access_log;
mod event_format;
mod oslo_format;
mod output;
mod panic_hook;
mod request_context;
mod request_id;
mod subscriber;
#[cfg(test)]
mod test_output;

pub(crate) use access_log::chain;
pub use access_log::{AccessLogEntry, CLIENT_CLOSED_REQUEST};
pub use output::dropped_lines;
pub use request_context::RequestContext;
pub use request_id::{RequestId, RequestIdError};
pub use subscriber::{Log, start};
