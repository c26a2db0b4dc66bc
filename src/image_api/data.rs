//! `/v2/images/{image_id}/file`: image data, of which the service keeps only size and digests.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use md5::Md5;
use sha2::{Digest, Sha512};

use super::context::{Caller, Context};
use super::error::Error;
use super::image_path::ImagePath;
use super::refusal::Call;
use crate::http::HttpError;
use crate::http::request::media_type;
use crate::http::response::no_content;
use crate::image::{Image, ImageData, Refusal};
use crate::policy;

/// The only media type of image data.
const MEDIA_TYPE: &str = "application/octet-stream";

/// Receives the data of a queued image and makes the image active once the data is complete.
///
/// Until then the image does not change. Of two concurrent uploads the first to complete counts.
pub(super) async fn upload(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    let (head, data) = request.into_parts();
    let sent = media_type(&head.headers).unwrap_or_default();
    if sent != MEDIA_TYPE {
        return Err(unsupported(sent).into());
    }
    let image_ref = path.image()?;
    let image = context.visible_image(&caller, image_ref.clone(), Call::Other);
    let image = image.await?;
    policy::may_change_by(&caller.identity, &image, "upload_image")?;
    image.may_take_data()?;
    // The image and its reservation are dropped before the data arrives, which may take long.
    let created_at = image.created_at();
    drop(image);

    let (mut size, mut md5, mut sha512) = (0, Md5::new(), Sha512::new());
    let received = context.bodies.stream(&head.headers, data, |bytes| {
        size += bytes.len() as u64;
        md5.update(&bytes);
        sha512.update(&bytes);
    });
    received.await?;
    let data = ImageData {
        size,
        checksum: hex::encode(md5.finalize()),
        sha512: hex::encode(sha512.finalize()),
    };

    let identity = Arc::clone(&caller.identity);
    let change = move |image: &mut Image| {
        if image.created_at() != created_at {
            // The image was deleted in the meantime, and another one has its id.
            return Err(Refusal::NotVisible);
        }
        policy::may_change_by(&identity, image, "upload_image")?;
        image.take_data(data.clone())
    };
    let changed = context.change_image(caller, image_ref, Call::Other, change);
    changed.await?;
    Ok(no_content())
}

/// Answers 204, as Glance does for an image without data. Here that is every image.
pub(super) async fn download(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    path: ImagePath,
) -> Result<Response, Error> {
    let image = context.visible_image(&caller, path.image()?, Call::Other);
    policy::may_download(&caller.identity, &*image.await?)?;
    Ok(no_content())
}

fn unsupported(sent: String) -> HttpError {
    HttpError::UnsupportedMediaType {
        sent,
        supported: MEDIA_TYPE,
        header: None,
    }
}
