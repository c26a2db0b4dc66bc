//! `GET /v2/images/{image_id}/file`

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::body::PieceBody;
use super::range::requested;
use crate::data::DataKey;
use crate::http::request::counted;
use crate::http::response::no_content;
use crate::image::ImageData;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;

/// The MD5 digest of all of the data, in hexadecimal as in Glance. RFC 1864 wants Base64.
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// Sends the data of an image, or the part of it that a `Range` asks for; 204 without data.
pub(in crate::image_api) async fn download(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    let image = context.visible_image(&caller, path.image()?, Call::Other);
    let image = image.await?;
    caller.rights.may_download(&image)?;
    let (upload, data) = match (image.published_upload(), &image.data) {
        (Some(upload), Some(data)) if !context.data.discards() => (upload, data.clone()),
        _ => return Ok(no_content()),
    };
    let key = DataKey {
        image: image.id(),
        upload,
    };
    // The image and its reservation are dropped before the data is sent, which may take long.
    drop(image);
    let size = u64::try_from(data.size()).unwrap_or(0);
    let range = requested(request.headers(), size)?;
    send(&context, key, &data, size, range).await
}

async fn send(
    context: &Context,
    key: DataKey,
    data: &ImageData,
    size: u64,
    range: Option<Range<u64>>,
) -> Result<Response, Error> {
    let bytes = range.clone().unwrap_or(0..size);
    let length = bytes.end - bytes.start;
    let mut download = context.data.download(key, bytes.clone()).await?;
    let memory = context.budget.reserve(counted(download.piece_bytes()));
    let memory = memory.await?;
    // If the data cannot be read, there is still time to say so.
    let first = download.next_piece().await?;
    let mut response = Response::new(Body::new(PieceBody::new(key, download, first, memory)));
    if range.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let headers = response.headers_mut();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, octets);
    headers.insert(header::CONTENT_LENGTH, length.into());
    if let Ok(checksum) = data.checksum().parse() {
        headers.insert(CONTENT_MD5, checksum);
    }
    let content_range = format!(
        "bytes {}-{}/{size}",
        bytes.start,
        bytes.end.saturating_sub(1)
    );
    if let (Some(_), Ok(value)) = (range, content_range.parse()) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}
