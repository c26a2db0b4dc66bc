//! `/v2/images/{image_id}/file`: the data of an image, of which only size and digests are kept.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use md5::Md5;
use sha2::{Digest, Sha512};

use super::context::{Caller, Context};
use super::error::Error;
use super::path::Named;
use super::{body, no_content};
use crate::image::{Image, ImageData, Refusal};
use crate::policy;

/// The one media type of data.
const OCTETS: &str = "application/octet-stream";

/// Takes the data of a queued image: measures and hashes it as it comes, and makes the image active when it has come
/// whole. Until then the image stays as it is; of two uploads at once the first to end counts.
pub(super) async fn upload(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    let (head, data) = request.into_parts();
    let sent = body::media_type(&head.headers).unwrap_or_default();
    if sent != OCTETS {
        return Err(Error::MediaType {
            sent,
            wanted: OCTETS,
        });
    }
    let named = named.image()?;
    let image = context.visible_image(&caller, named.clone()).await?;
    let may_upload = |image: &Image| policy::may_modify_by(&caller.identity, image, "upload_image");
    may_upload(&image)
        .and_then(|()| image.check_upload())
        .map_err(Error::Refused)?;
    // The image, and what is reserved for it, is not kept while the data comes.
    let created_at = image.created_at();
    drop(image);

    let (mut size, mut md5, mut sha512) = (0, Md5::new(), Sha512::new());
    body::stream(&head.headers, data, &context.settings, |bytes| {
        size += bytes.len() as u64;
        md5.update(&bytes);
        sha512.update(&bytes);
    })
    .await?;
    let data = ImageData::new(size, hex(&md5.finalize()), hex(&sha512.finalize()))
        .map_err(|error| Error::Internal(error.into()))?;

    let identity = Arc::clone(&caller.identity);
    let change = move |image: &mut Image| {
        if image.created_at() != created_at {
            // It was deleted meanwhile; this is another one with its id.
            return Err(Refusal::NotVisible);
        }
        policy::may_modify_by(&identity, image, "upload_image")?;
        image.set_data(data.clone())
    };
    context
        .change_image(caller, &named, Error::NoImageFound, change)
        .await?;
    Ok(no_content())
}

/// What Glance answers for an image without data: 204. Here that is every image.
pub(super) async fn download(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
) -> Result<Response, Error> {
    let image = context.visible_image(&caller, named.image()?).await?;
    policy::may_download(&caller.identity, &image).map_err(Error::Refused)?;
    Ok(no_content())
}

fn hex(digest: &[u8]) -> String {
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
