//! `/v2/images` and `/v2/images/{image_id}`: create, list, show, change, delete.

mod attributes;
mod list;
mod patch;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde_json::{Map, Value};

use self::patch::{Form, Patch, Quotas};
use super::body;
use super::context::{Caller, Context};
use super::error::{Error, PATCH_TYPES};
use super::path::Named;
use super::view::{ImageList, ImageView};
use super::{endpoint, json, no_content, query, schemas};
use crate::image::{Image, ImageId};
use crate::policy;
use crate::store::{CreateError, PAGE_BYTES, Page};

/// One image.
pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
) -> Result<Response, Error> {
    let image = context.visible_image(&caller, named.image()?).await?;
    Ok(Json(ImageView(&image)).into_response())
}

/// The images that the caller sees and asks for, a page at a time.
pub(super) async fn list(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Error> {
    policy::may_list(&caller.identity).map_err(Error::Refused)?;
    let parameters = query::parameters(uri.query().unwrap_or_default())?;
    let query = list::query(policy::viewer(&caller.identity), &parameters)?;
    let marker = query.marker.map(|marker| marker.to_string()).unwrap_or_default();
    let mut page = context.store.list(&query).await.map_err(|error| Error::of_list(error, &marker))?;
    end_early(&mut page);
    Ok(Json(ImageList::new(&page, &parameters)).into_response())
}

/// Ends a page before its properties are more than [`PAGE_BYTES`], though not before its first image.
fn end_early(page: &mut Page) {
    let mut bytes = 0;
    let fits = |image: &&Arc<Image>| {
        bytes += image.properties.bytes();
        bytes <= PAGE_BYTES
    };
    let fitting = page.images.iter().take_while(fits).count().max(1);
    if fitting < page.images.len() {
        page.images.truncate(fitting);
        page.more = true;
    }
}

/// A new image, without data.
pub(super) async fn create(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Error> {
    let base = endpoint::base(&context.settings, &request);
    let body = json::read(request, &context.settings).await?;
    let attributes = body.as_object().ok_or(Error::Invalid("Expected a JSON object.".into()))?;
    let image = new_image(&context, &caller, attributes)?;
    policy::may_create(&caller.identity, &image).map_err(Error::Refused)?;
    let id = image.id();

    let store = Arc::clone(&context.store);
    let image = context.to_its_end(async move { store.create(image, &caller.author()).await }).await?;
    let image = image.map_err(|error| match error {
        CreateError::Exists => Error::ImageExists(id),
        CreateError::Refused(refusal) => Error::Refused(refusal),
        CreateError::Store(error) => error.into(),
    })?;
    let location = format!("{base}/v2/images/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(ImageView(&image))).into_response())
}

/// The image that the body of a request describes.
fn new_image(context: &Context, caller: &Caller, attributes: &Map<String, Value>) -> Result<Image, Error> {
    schemas::check(attributes)?;
    let id = match attributes.get("id").and_then(Value::as_str) {
        Some(id) => id.parse().map_err(|_| Error::Invalid("It is no id.".into()))?,
        None => ImageId::random(),
    };
    let mut image = Image::new(id, Timestamp::now());
    image.owner.clone_from(&caller.identity.project);
    for (name, value) in attributes.iter().filter(|(name, _)| *name != "id") {
        attributes::check_name(name)?;
        if name == "tags" {
            image.set_tags(attributes::tags(value)?, context.settings.tag_quota).map_err(Error::Refused)?;
        } else {
            attributes::edit(name, value)?.apply(&mut image).map_err(Error::Refused)?;
        }
    }
    context.settings.property_quota.allow_properties(image.properties.len()).map_err(Error::Refused)?;
    Ok(image)
}

/// The image after a patch.
pub(super) async fn update(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    let sent = body::media_type(request.headers()).unwrap_or_default();
    let form = match sent.as_str() {
        "application/openstack-images-v2.0-json-patch" => Form::Old,
        "application/openstack-images-v2.1-json-patch" | "application/json-patch+json" => Form::New,
        _ => return Err(Error::MediaType { sent, wanted: PATCH_TYPES }),
    };
    let body = json::read(request, &context.settings).await?;
    let patch = Patch::read(&body, form)?;
    let settings = &context.settings;
    let quotas = Quotas { tags: settings.tag_quota, properties: settings.property_quota };
    let image = named.image()?;
    let identity = Arc::clone(&caller.identity);
    let change = move |image: &mut Image| patch.apply(&identity, image, quotas);
    let image = context.change_image(caller, &image, Error::NoImageFound, change).await?;
    Ok(Json(ImageView(&image)).into_response())
}

/// Deletes the image, which must not be protected.
pub(super) async fn delete(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    body::ignore(request, &context.settings).await?;
    let image = named.image()?;
    let missing = || Error::NoImageToDelete(image.text.clone());
    let id = image.id.ok_or_else(missing)?;
    let store = Arc::clone(&context.store);
    let deletion = async move {
        let check = |image: &Image| policy::may_delete(&caller.identity, image);
        store.delete(id, &caller.author(), &check).await
    };
    context.to_its_end(deletion).await?.map_err(|error| Error::of_change(error, missing()))?;
    Ok(no_content())
}
