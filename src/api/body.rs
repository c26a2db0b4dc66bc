//! Request bodies: how much of one is read, for how long, and of which media type it may be.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::context::Settings;
use super::error::Error;

/// Reads a body that nobody needs to its end and forgets it, so that a request is acted on only when it has come whole.
///
/// One that is too large is refused before it is read, where its length is known. A body is ignored in every method, but
/// `PUT` wants one that is there to be JSON, if it says what it is.
pub(super) async fn ignore(request: Request, settings: &Settings) -> Result<(), Error> {
    let (head, body) = request.into_parts();
    let length = content_length(&head.headers);
    if length > Some(settings.body_bytes as u64) {
        return Err(Error::BodyTooLarge);
    }
    let check_type = || match head.method {
        Method::PUT => check_is_json(&head.headers),
        _ => Ok(()),
    };
    if length > Some(0) {
        check_type()?;
    }
    let size = tokio::time::timeout(settings.body, read(body, settings.body_bytes)).await;
    if size.map_err(|_| Error::BodyTooSlow)?? > 0 {
        check_type()?;
    }
    Ok(())
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a body to its end, which comes after `limit` bytes at the latest, and says how long it was.
async fn read(body: Body, limit: usize) -> Result<usize, Error> {
    let mut body = Limited::new(body, limit);
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match error.downcast::<LengthLimitError>() {
            Ok(_) => Error::BodyTooLarge,
            Err(error) => Error::BodyBroken(error),
        })?;
        size += frame.data_ref().map_or(0, Bytes::len);
    }
    Ok(size)
}

/// A `Content-Type` must be `application/json` or end in `+json`; none at all is fine.
fn check_is_json(headers: &HeaderMap) -> Result<(), Error> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let media_type = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.is_empty() || media_type == "application/json" || media_type.ends_with("+json") {
        Ok(())
    } else {
        Err(Error::MediaType(media_type))
    }
}
