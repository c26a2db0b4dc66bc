//! One line for every request, also for one whose client went away before the answer.

use std::borrow::Cow;
use std::error::Error;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::http::{Method, StatusCode, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tracing::{debug, error, info};

use super::RequestId;
use crate::identity::Identity;

/// Characters that a logged path does not show as they are: what could make a line look like two, or like another.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'\\');

/// What of a path is logged: no request makes a line much longer than this. A tag of 255 characters fits in.
const MAX_PATH_BYTES: usize = 4096;

/// The log line of a request, written when this is dropped.
#[derive(Debug)]
pub struct RequestLog {
    started: Instant,
    id: RequestId,
    client: Option<IpAddr>,
    method: Method,
    uri: Uri,
    /// Whom the token stands for, once that is known.
    pub caller: OnceLock<Arc<Identity>>,
    outcome: Option<(StatusCode, Option<String>)>,
}

impl RequestLog {
    /// Begins the line of the request `id` from the address `client`.
    #[must_use]
    pub fn begin(id: RequestId, method: Method, uri: &Uri, client: Option<IpAddr>) -> Self {
        let uri = uri.clone();
        Self {
            started: Instant::now(),
            id,
            client,
            method,
            uri,
            caller: OnceLock::new(),
            outcome: None,
        }
    }

    /// The id of the request.
    #[must_use]
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// The address of the client.
    #[must_use]
    pub fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// Ends the line with the status of the answer and, for a fault of ours, its cause.
    pub fn end(mut self, status: StatusCode, cause: Option<&dyn Error>) {
        self.outcome = Some((status, cause.map(chain)));
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let (status, cause) = match self.outcome.take() {
            Some((status, cause)) => (status.as_u16(), cause),
            // What nginx calls it: the client closed the connection.
            None => (499, None),
        };
        let caller = self.caller.get();
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    request_id = self.id.as_str(),
                    client = self.client.map(tracing::field::display),
                    method = self.method.as_str(),
                    path = &*shortened(self.uri.path()),
                    status,
                    elapsed_us =
                        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
                    user = caller.map(|identity| identity.user.as_str()),
                    project = caller
                        .and_then(|identity| identity.project.as_ref())
                        .map(|project| project.as_str()),
                    cause,
                    "request"
                )
            };
        }
        match status {
            500.. => line!(error),
            _ if self.uri.path() == "/healthcheck" => line!(debug),
            _ => line!(info),
        }
    }
}

/// A path as a log can show it.
fn shortened(path: &str) -> Cow<'_, str> {
    let mut shown = Cow::from(utf8_percent_encode(path, UNSAFE));
    if shown.len() > MAX_PATH_BYTES {
        shown.to_mut().truncate(MAX_PATH_BYTES);
        shown.to_mut().push_str("...");
    }
    shown
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
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
    fn a_path_is_shown_in_ascii_without_what_could_end_a_line() {
        assert_eq!(
            shortened("/v2/é \"\\\u{7f}%0A"),
            "/v2/%C3%A9%20%22%5C%7F%0A"
        );
        assert_eq!(shortened(&"é".repeat(10_000)).len(), MAX_PATH_BYTES + 3);
    }
}
