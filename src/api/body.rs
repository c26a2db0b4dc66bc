//! Request bodies: how much of one is read, for how long, and of which media type it may be.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::context::{Context, Settings};
use super::error::Error;
use crate::budget::{Budget, Reservation};

/// A body or an answer of so many bytes is not counted: each connection may have one.
pub(super) const UNCOUNTED_BYTES: usize = 4 << 10;

/// Reads a body that nobody needs to its end and forgets it, so that a request is acted on only when it has come whole.
///
/// One that is too large is refused before it is read, where its length is known. A body is ignored in every method, but
/// `PUT` wants one that is there to be JSON, if it says what it is.
pub(super) async fn ignore(request: Request, settings: &Settings) -> Result<(), Error> {
    let (head, body) = request.into_parts();
    let length = refuse_longer_than(settings.body_bytes as u64, &head.headers)?;
    let check_type = || match (&head.method, media_type(&head.headers)) {
        (&Method::PUT, Some(sent)) if !is_json(&sent) => Err(Error::MediaType {
            sent,
            wanted: "application/json",
        }),
        _ => Ok(()),
    };
    if body.is_end_stream() {
        return Ok(());
    }
    if length > Some(0) {
        check_type()?;
    }
    let size = async {
        let mut body = Limited::new(body, settings.body_bytes);
        let mut size = 0;
        while let Some(frame) = body.frame().await {
            size += frame.map_err(broken)?.data_ref().map_or(0, Bytes::len);
        }
        Ok::<_, Error>(size)
    };
    if tokio::time::timeout(settings.body, size)
        .await
        .map_err(|_| Error::BodyTooSlow)??
        > 0
    {
        check_type()?;
    }
    Ok(())
}

/// What is to be reserved for so many bytes that a request holds: nothing for a few.
pub(super) fn counted(bytes: usize) -> usize {
    if bytes <= UNCOUNTED_BYTES { 0 } else { bytes }
}

/// A body that has been read whole, with what is reserved for it of the memory budget.
#[derive(Debug)]
pub(super) struct WholeBody {
    pub(super) bytes: Vec<u8>,
    /// As much as the bytes take. What is made of them may take it over.
    pub(super) memory: Reservation,
}

/// Reads a body that is needed, such as JSON, up to `limit` bytes.
///
/// It is copied into one piece, for a client that sends it byte by byte would make as many pieces, and memory is reserved as
/// it comes, for a length that is only announced costs a client nothing.
pub(super) async fn collect(
    request: Request,
    limit: usize,
    context: &Context,
) -> Result<WholeBody, Error> {
    let (head, body) = request.into_parts();
    let length = refuse_longer_than(limit as u64, &head.headers)?;
    let longest = length
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(limit);
    let whole = async {
        let mut body = Limited::new(body, limit);
        let mut whole = WholeBody {
            bytes: Vec::new(),
            memory: Reservation::default(),
        };
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(broken)?.into_data() {
                whole.push(&data, longest, &context.budget).await?;
            }
        }
        Ok(whole)
    };
    tokio::time::timeout(context.settings.body, whole)
        .await
        .map_err(|_| Error::BodyTooSlow)?
}

impl WholeBody {
    /// Adds `data`. The room for it is doubled as long as that is not more than the `longest` that the body may become.
    async fn push(&mut self, data: &[u8], longest: usize, budget: &Budget) -> Result<(), Error> {
        let length = self.bytes.len() + data.len();
        if length > self.bytes.capacity() {
            let capacity = (self.bytes.capacity() * 2)
                .max(UNCOUNTED_BYTES)
                .min(longest)
                .max(length);
            self.memory.resize(counted(capacity), budget).await?;
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

/// Reads a body of any length piece by piece, up to `settings.upload_bytes`. It may take as long as it comes on.
pub(super) async fn stream(
    headers: &HeaderMap,
    body: Body,
    settings: &Settings,
    mut take: impl FnMut(Bytes),
) -> Result<(), Error> {
    refuse_longer_than(settings.upload_bytes, headers)?;
    let mut body = body;
    let mut size = 0;
    loop {
        let frame = tokio::time::timeout(settings.body, body.frame())
            .await
            .map_err(|_| Error::BodyTooSlow)?;
        let Some(frame) = frame else { return Ok(()) };
        if let Ok(data) = frame.map_err(|error| broken(error.into()))?.into_data() {
            size += data.len() as u64;
            if size > settings.upload_bytes {
                return Err(Error::BodyTooLarge);
            }
            take(data);
        }
    }
}

/// The length that a request says its body has, if it does and that is not more than `limit`.
fn refuse_longer_than(limit: u64, headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if length > Some(limit) {
        Err(Error::BodyTooLarge)
    } else {
        Ok(length)
    }
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match error.downcast::<LengthLimitError>() {
        Ok(_) => Error::BodyTooLarge,
        Err(error) => Error::BodyBroken(error),
    }
}

/// The media type of a body in lower case and without parameters, if one is given.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let media_type = text
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    (!media_type.is_empty()).then_some(media_type)
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}
