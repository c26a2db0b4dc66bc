//! The access log: one line per request, including requests whose client disconnected before the
//! response.

use std::borrow::Cow;
use std::error::Error;
use std::io::Write as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::{Method, Request, StatusCode, Uri};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tokio::time::Instant;
use tracing::Level;

use super::access_line::AccessLine;
use super::output::LogWriter;
use super::request_context::RequestContext;
use super::request_id::RequestId;
use crate::config::LogFormat;

/// nginx's status for a request whose client disconnected before the response.
pub const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Characters that are percent-encoded in a logged path, so that no path can forge a line or a
/// field.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'\\');

/// Longer paths are truncated. With [`MAX_METHOD_BYTES`] and the bounds of ids and identities this
/// bounds the length of a line. A tag of 255 characters fits.
const MAX_PATH_BYTES: usize = 4096;

/// Longer methods are truncated. The longest registered one has 17 characters.
const MAX_METHOD_BYTES: usize = 32;

/// The access log line of one request, written when this is dropped.
#[derive(Debug)]
pub struct AccessLogEntry {
    started: Instant,
    request: Arc<RequestContext>,
    client: Option<IpAddr>,
    method: Method,
    uri: Uri,
    is_probe: AtomicBool,
    outcome: Option<(StatusCode, Option<String>)>,
}

impl AccessLogEntry {
    /// Starts the entry, and its clock, for a request from the address `client`.
    #[must_use]
    pub fn start<B>(request: &Request<B>, client: Option<IpAddr>) -> Self {
        Self {
            started: Instant::now(),
            request: RequestContext::begin(request, client),
            client,
            method: request.method().clone(),
            uri: request.uri().clone(),
            is_probe: AtomicBool::new(false),
            outcome: None,
        }
    }

    /// What the lines of the request have in common.
    #[must_use]
    pub fn request(&self) -> &Arc<RequestContext> {
        &self.request
    }

    /// The id of the request.
    #[must_use]
    pub fn id(&self) -> &RequestId {
        self.request.id()
    }

    /// When the request started.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The address of the client.
    #[must_use]
    pub fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// Has the request logged at the level `DEBUG`, unless it fails: load balancers and
    /// orchestrators repeat it all the time.
    pub fn mark_as_probe(&self) {
        self.is_probe.store(true, Ordering::Relaxed);
    }

    /// Has the line show the status of the response and, for a 5xx, the cause.
    pub fn finish(&mut self, status: StatusCode, cause: Option<&dyn Error>) {
        self.outcome = Some((status, cause.map(chain)));
    }
}

/// What most lines fit in.
const USUAL_LINE_BYTES: usize = 512;

/// Where the lines go once the process logs.
static OUTPUT: OnceLock<(LogWriter, LogFormat)> = OnceLock::new();

/// Writes all further lines to `writer`. Until then, they are events of `tracing`.
pub(super) fn write_to(writer: LogWriter, format: LogFormat) {
    let _ = OUTPUT.set((writer, format));
}

impl Drop for AccessLogEntry {
    fn drop(&mut self) {
        let answered = self.outcome.as_ref().map(|(status, _)| status.as_u16());
        let (status, cause) = match self.outcome.take() {
            Some((status, cause)) => (status.as_u16(), cause),
            None => (CLIENT_CLOSED_REQUEST, None),
        };
        let level = match (status, *self.is_probe.get_mut()) {
            // A service that is taken out of rotation says so to each probe.
            (500.., true) if cause.is_none() => Level::DEBUG,
            (500.., _) => Level::ERROR,
            (_, true) => Level::DEBUG,
            (_, false) => Level::INFO,
        };
        let path = loggable(self.uri.path());
        self.request.end(&path, answered);
        let line = AccessLine {
            time: Timestamp::now(),
            level,
            request: &self.request,
            client: self.client,
            method: bounded(&self.method),
            path: &path,
            status,
            elapsed_us: u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            cause: cause.as_deref(),
        };
        if !line.is_enabled() {
            return;
        }
        match OUTPUT.get() {
            Some((writer, format)) => {
                let mut text = Vec::with_capacity(USUAL_LINE_BYTES);
                // Neither the text nor the writer refuses bytes.
                let written = line.write(*format, &mut text);
                let _ = written.and_then(|()| { writer }.write_all(&text));
            }
            None => line.trace(),
        }
    }
}

/// The method, truncated. It is a token of ASCII.
fn bounded(method: &Method) -> &str {
    let method = method.as_str();
    method.get(..MAX_METHOD_BYTES).unwrap_or(method)
}

/// Escapes and truncates a path for the log.
fn loggable(path: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    let mut escaped = if path.bytes().all(is_plain) {
        Cow::from(path)
    } else {
        utf8_percent_encode(path, ESCAPED).into()
    };
    if escaped.len() > MAX_PATH_BYTES {
        escaped.to_mut().truncate(MAX_PATH_BYTES);
        escaped.to_mut().push_str("...");
    }
    escaped
}

/// Formats an error and its chain of sources on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_path_is_bounded_ascii_that_cannot_end_a_line() {
        assert_eq!(loggable("/v2/é \"\\\u{7f}%0A"), "/v2/%C3%A9%20%22%5C%7F%0A");
        assert_eq!(loggable(&"é".repeat(10_000)).len(), MAX_PATH_BYTES + 3);
    }

    #[test]
    fn a_logged_method_is_bounded_too() {
        let method: Method = "X".repeat(60_000).parse().unwrap();
        assert_eq!(bounded(&method), "X".repeat(MAX_METHOD_BYTES));
        assert_eq!(bounded(&Method::OPTIONS), "OPTIONS");
    }
}
