//! Request bodies: how many bytes of one are read, for how long, and of which media type.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::json::JsonBody;
use super::memory::WholeBody;
use crate::budget::{Budget, Reservation};
use crate::http::{BodyLimits, Cause, HttpError};

/// Reads request bodies within their limits and within the memory budget.
#[derive(Debug)]
pub(crate) struct BodyReader {
    limits: BodyLimits,
    budget: Budget,
}

impl BodyReader {
    pub(crate) fn new(limits: BodyLimits, budget: Budget) -> Self {
        Self { limits, budget }
    }

    /// Reads and discards a body that the request does not need, so that the service acts on a
    /// request only when it has arrived completely.
    ///
    /// A body that is too long is refused before it is read if its length is known. Every method
    /// may have a body, but a `PUT` with a content type must have a JSON one.
    pub(crate) async fn discard(&self, request: Request) -> Result<(), HttpError> {
        let (head, body) = request.into_parts();
        let limit = self.limits.ignored_bytes;
        let length = check_length(limit as u64, &head.headers)?;
        let check_type = || match (&head.method, media_type(&head.headers)) {
            (&Method::PUT, Some(sent)) if !is_json(&sent) => Err(not_json(sent)),
            _ => Ok(()),
        };
        if body.is_end_stream() {
            return Ok(());
        }
        if length > Some(0) {
            check_type()?;
        }
        let size = async {
            let mut body = Limited::new(body, limit);
            let mut size = 0;
            while let Some(frame) = body.frame().await {
                size += frame.map_err(broken)?.data_ref().map_or(0, Bytes::len);
            }
            Ok::<_, HttpError>(size)
        };
        let size = timeout(self.limits.timeout, size).await;
        if size.map_err(|_| HttpError::BodyTooSlow)?? > 0 {
            check_type()?;
        }
        Ok(())
    }

    /// Reads a JSON body.
    pub(crate) async fn json(&self, request: Request) -> Result<JsonBody, HttpError> {
        let whole = self.collect(request, self.limits.json_bytes).await?;
        JsonBody::check(whole, &self.budget).await
    }

    /// Reads a JSON body whose content type, if it has one, is JSON. Otherwise refuses the body
    /// without reading it.
    pub(crate) async fn declared_json(&self, request: Request) -> Result<JsonBody, HttpError> {
        let whole = self.declared(request).await?;
        JsonBody::check(whole, &self.budget).await
    }

    /// The same, for a request that needs no body.
    pub(crate) async fn optional_json(
        &self,
        request: Request,
    ) -> Result<Option<JsonBody>, HttpError> {
        let whole = self.declared(request).await?;
        if whole.bytes.is_empty() {
            return Ok(None);
        }
        JsonBody::check(whole, &self.budget).await.map(Some)
    }

    async fn declared(&self, request: Request) -> Result<WholeBody, HttpError> {
        check_length(self.limits.json_bytes as u64, request.headers())?;
        match media_type(request.headers()) {
            Some(sent) if !is_json(&sent) && !request.body().is_end_stream() => Err(not_json(sent)),
            _ => self.collect(request, self.limits.json_bytes).await,
        }
    }

    /// Reads a JSON body of a caller who is not authenticated yet: it may be no longer than a body
    /// that the request does not need.
    pub(crate) async fn short_json(&self, request: Request) -> Result<JsonBody, HttpError> {
        let whole = self.collect(request, self.limits.ignored_bytes).await?;
        JsonBody::check(whole, &self.budget).await
    }

    /// Image data, to be read piece by piece. It may take any time as long as the pieces keep
    /// coming.
    pub(crate) fn data(&self, headers: &HeaderMap, body: Body) -> Result<DataBody, HttpError> {
        let length = check_length(self.limits.upload_bytes, headers)?;
        Ok(DataBody {
            body,
            length,
            left: self.limits.upload_bytes,
            timeout: self.limits.timeout,
        })
    }

    /// Reads a body of up to `limit` bytes into one piece.
    ///
    /// One piece, because a client that sends byte by byte would make as many pieces. Memory is
    /// reserved as bytes arrive, because announcing a length costs a client nothing.
    async fn collect(&self, request: Request, limit: usize) -> Result<WholeBody, HttpError> {
        let (head, body) = request.into_parts();
        let length = check_length(limit as u64, &head.headers)?;
        let longest = length.and_then(|length| usize::try_from(length).ok());
        let longest = longest.unwrap_or(limit);
        let whole = async {
            let mut body = Limited::new(body, limit);
            let mut whole = WholeBody {
                bytes: Vec::new(),
                memory: Reservation::default(),
            };
            while let Some(frame) = body.frame().await {
                if let Ok(data) = frame.map_err(broken)?.into_data() {
                    whole.push(&data, longest, &self.budget).await?;
                }
            }
            Ok(whole)
        };
        let whole = timeout(self.limits.timeout, whole).await;
        whole.map_err(|_| HttpError::BodyTooSlow)?
    }
}

/// The body of an upload.
#[derive(Debug)]
pub(crate) struct DataBody {
    body: Body,
    /// The announced length, if there is one.
    pub(crate) length: Option<u64>,
    /// How many bytes may still come.
    left: u64,
    timeout: Duration,
}

impl DataBody {
    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let frame = timeout(self.timeout, self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| HttpError::BodyTooSlow)? else {
                return Ok(None);
            };
            if let Ok(data) = frame.map_err(|error| broken(error.into()))?.into_data() {
                let left = self.left.checked_sub(data.len() as u64);
                self.left = left.ok_or(HttpError::BodyTooLarge)?;
                return Ok(Some(data));
            }
        }
    }
}

/// The announced length of a body, if there is one. It must not exceed `limit`.
fn check_length(limit: u64, headers: &HeaderMap) -> Result<Option<u64>, HttpError> {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
    if length > Some(limit) {
        Err(HttpError::BodyTooLarge)
    } else {
        Ok(length)
    }
}

fn broken(error: Cause) -> HttpError {
    match error.downcast::<LengthLimitError>() {
        Ok(_) => HttpError::BodyTooLarge,
        Err(error) => HttpError::BodyBroken(error),
    }
}

/// The media type of a body in lower case and without parameters, if the request names one.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let media_type = text.split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    (!media_type.is_empty()).then_some(media_type)
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

fn not_json(sent: String) -> HttpError {
    HttpError::UnsupportedMediaType {
        sent,
        supported: "application/json",
        header: None,
    }
}
