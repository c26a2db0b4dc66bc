//! HTTP requests to Keystone: every attempt has a timeout, failed attempts are retried with
//! backoff, and the size of a response is bounded.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;

use super::error::{KeystoneClientError, KeystoneError};
use super::options::KeystoneOptions;
use super::statistics::{RequestCounter, RequestOutcome};
use crate::trace_context::TraceContext;

/// Maximum size of a response body. A token without its catalog takes a few kilobytes, one with the
/// catalog of a large cloud a few hundred.
const MAX_RESPONSE_BYTES: usize = 1 << 20;

/// Backoff before the second attempt. It doubles with each further attempt.
const INITIAL_BACKOFF: Duration = Duration::from_millis(100);

/// Sends requests to Keystone and retries them.
#[derive(Debug)]
pub(super) struct HttpClient {
    pub(super) client: Client,
    pub(super) options: KeystoneOptions,
    /// Whether the latest attempt of any request timed out.
    is_hanging: AtomicBool,
    pub(super) requests: RequestCounter,
}

/// A response with its complete body.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
}

impl HttpClient {
    pub(super) fn new(options: KeystoneOptions) -> Result<Self, KeystoneClientError> {
        Ok(Self {
            client: options.client()?,
            options,
            is_hanging: AtomicBool::default(),
            requests: RequestCounter::default(),
        })
    }

    /// Whether Keystone hangs, as far as the latest attempt shows.
    pub(super) fn is_hanging(&self) -> bool {
        self.is_hanging.load(Ordering::Relaxed)
    }

    /// Records whether Keystone hangs.
    pub(super) fn set_hanging(&self, is_hanging: bool) {
        self.is_hanging.store(is_hanging, Ordering::Relaxed);
    }

    /// Prepares a `GET` that accepts JSON.
    pub(super) fn get(&self, url: Url) -> RequestBuilder {
        self.client.get(url).header(ACCEPT, "application/json")
    }

    /// Sends `request` and returns what `understand` makes of the response. Retries, with backoff,
    /// after errors that another attempt may resolve.
    pub(super) async fn send<T>(
        &self,
        request: RequestBuilder,
        understand: impl Fn(&Response) -> Result<T, KeystoneError> + Send + Sync,
    ) -> Result<T, KeystoneError> {
        let request = request.headers(headers_of_trace());
        let mut backoff = INITIAL_BACKOFF;
        for _ in 0..self.options.max_retries {
            let Some(attempt) = request.try_clone() else {
                break;
            };
            match self.send_once(attempt, &understand).await {
                Err(error) if error.is_retryable() => {
                    tracing::debug!(error = &error as &dyn Error, "another attempt");
                }
                outcome => return outcome,
            }
            tokio::time::sleep(backoff).await;
            backoff *= 2;
        }
        self.send_once(request, &understand).await
    }

    async fn send_once<T>(
        &self,
        request: RequestBuilder,
        understand: impl Fn(&Response) -> Result<T, KeystoneError>,
    ) -> Result<T, KeystoneError> {
        let mut attempt = Attempt {
            http: self,
            started: Instant::now(),
            outcome: RequestOutcome::Cancelled,
        };
        let response = exchange(request).await;
        let response = response.and_then(|response| understand(&response));
        attempt.outcome = RequestOutcome::of(&response);
        response
    }
}

/// A request in progress. It is counted when this is dropped: as cancelled if its client has gone,
/// which says nothing of Keystone, or if the time for the validation is over, which the validator
/// reports.
struct Attempt<'a> {
    http: &'a HttpClient,
    started: Instant,
    outcome: RequestOutcome,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.http
            .requests
            .count(self.outcome, self.started.elapsed());
        match self.outcome {
            RequestOutcome::Cancelled => {}
            RequestOutcome::TimedOut => self.http.set_hanging(true),
            _ => self.http.set_hanging(false),
        }
    }
}

impl RequestOutcome {
    /// The outcome of a request whose response was understood, or not.
    fn of<T>(response: &Result<T, KeystoneError>) -> Self {
        match response {
            Ok(_) => Self::Answered,
            Err(KeystoneError::Unreachable(error)) if error.is_timeout() => Self::TimedOut,
            Err(KeystoneError::Unreachable(_)) => Self::Unreachable,
            Err(KeystoneError::CredentialsRefused | KeystoneError::Forbidden) => Self::Refused,
            Err(_) => Self::Failed,
        }
    }
}

impl Response {
    /// Parses the body. The parser's message is dropped, because it may quote the body.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, KeystoneError> {
        serde_json::from_slice(&self.body).map_err(|_| KeystoneError::Malformed("its body"))
    }
}

/// The trace of the request that Keystone is asked for.
fn headers_of_trace() -> HeaderMap {
    let mut headers = HeaderMap::new();
    TraceContext::pass_on(TraceContext::current().as_ref(), &mut headers);
    headers
}

/// Sends `request` once and reads the whole response.
async fn exchange(request: RequestBuilder) -> Result<Response, KeystoneError> {
    let mut response = request.send().await.map_err(KeystoneError::Unreachable)?;
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(KeystoneError::Status(status));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(KeystoneError::Unreachable)? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(KeystoneError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response {
        status,
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}
