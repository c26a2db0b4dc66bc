//! `PATCH /v2/images/{image_id}`

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;

use super::patch::{Dialect, Patch};
use super::show::image_response;
use crate::http::HttpError;
use crate::http::request::media_type;
use crate::image::Image;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;
use crate::image_api::precondition::SentPreconditions;

/// The media types that `PATCH` accepts.
const MEDIA_TYPES: &str = "application/json-patch+json, \
                           application/openstack-images-v2.0-json-patch, \
                           application/openstack-images-v2.1-json-patch";

/// Applies a JSON patch and answers the image after it.
pub(in crate::image_api) async fn update(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let dialect = dialect(request.headers())?;
    let body = context.bodies.json(request).await?;
    let operations = Patch::read(body, dialect)?;
    let operations = operations.reserved(&context.budget).await?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let (rights, quotas) = (Arc::clone(&caller.rights), context.quotas);
    let change = move |image: &mut Image| operations.apply(&rights, image, quotas);
    let changed = context.change_image_if(caller, image, Call::Other, preconditions, change);
    image_response(changed.await?, &context).await
}

/// The dialect of a patch by its media type.
pub(in crate::image_api) fn dialect(headers: &HeaderMap) -> Result<Dialect, HttpError> {
    let sent = media_type(headers).unwrap_or_default();
    match sent.as_str() {
        "application/openstack-images-v2.0-json-patch" => Ok(Dialect::V2_0),
        "application/openstack-images-v2.1-json-patch" | "application/json-patch+json" => {
            Ok(Dialect::V2_1)
        }
        _ => Err(unsupported(sent)),
    }
}

/// 415, with the supported types in `Accept-Patch` (RFC 5789).
fn unsupported(sent: String) -> HttpError {
    HttpError::UnsupportedMediaType {
        sent,
        supported: MEDIA_TYPES,
        header: Some(HeaderName::from_static("accept-patch")),
    }
}
