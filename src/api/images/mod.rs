//! `/v2/images` and `/v2/images/{image_id}`: create, list, show, change, delete.

mod attributes;
mod list;
mod patch;

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use self::attributes::Stated;
use self::patch::{Form, Patch};
use super::body;
use super::context::{Caller, Context};
use super::error::{Error, PATCH_TYPES};
use super::json::Members;
use super::path::Named;
use super::view::{ImageList, ImageView};
use super::{endpoint, json, no_content, query, reply};
use crate::image::{Image, ImageId, NewImage};
use crate::policy;
use crate::store::{CreateError, StoredImage};

/// One image.
pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
) -> Result<Response, Error> {
    shown(
        context.visible_image(&caller, named.image()?).await?,
        &context,
    )
    .await
}

/// 200 with the image. The text of it does not need the image any more.
async fn shown(stored: StoredImage, context: &Context) -> Result<Response, Error> {
    let StoredImage { image, memory } = stored;
    reply::json(&ImageView(&image), image.size(), memory, &context.budget).await
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
    let marker = query
        .marker
        .map(|marker| marker.to_string())
        .unwrap_or_default();
    let mut page = context
        .store
        .list(&query)
        .await
        .map_err(|error| Error::of_list(error, &marker))?;
    let memory = std::mem::take(&mut page.memory);
    let list = ImageList::new(&page, &parameters);
    reply::json(
        &list,
        page.size() + list.links_bytes(),
        memory,
        &context.budget,
    )
    .await
}

/// A new image, without data.
pub(super) async fn create(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Error> {
    let base = endpoint::base(&context.settings, &request);
    let body = json::read(request, &context).await?;
    let attributes = body
        .members()?
        .ok_or(Error::Invalid("Expected a JSON object.".into()))?;
    let image = new_image(&context, &caller, attributes)?;
    policy::may_add(&caller.identity, &image).map_err(Error::Refused)?;
    let (id, image) = (
        image.id(),
        NewImage::try_from(image).map_err(Error::Refused)?,
    );
    // From here on the image is all that is left of the body.
    let mut memory = body.into_memory();
    memory
        .resize(body::counted(image.size()), &context.budget)
        .await?;

    let store = Arc::clone(&context.store);
    let creation = async move {
        let created = store.create(image, &caller.author()).await;
        drop(memory);
        created
    };
    let image = context.to_its_end(creation).await?;
    let image = image.map_err(|error| match error {
        CreateError::Exists => Error::ImageExists(id),
        CreateError::Store(error) => error.into(),
    })?;
    let location = format!("{base}/v2/images/{id}");
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        shown(image, &context).await?,
    )
        .into_response())
}

/// The image that the body of a request describes.
fn new_image(context: &Context, caller: &Caller, attributes: Members<'_>) -> Result<Image, Error> {
    let id = attributes.get("id").copied();
    let stated = attributes
        .into_iter()
        .map(|(name, value)| Ok((attributes::stated(&name, value)?, name)));
    let stated: Vec<_> = stated.collect::<Result<_, Error>>()?;
    let id = match id {
        Some(id) => json::part(id).map_err(|_| Error::Invalid("It is no id.".into()))?,
        None => ImageId::random(),
    };
    let mut image = Image::new(id, Timestamp::now());
    image.owner.clone_from(&caller.identity.project);
    for (stated, name) in stated.into_iter().filter(|(_, name)| name != "id") {
        attributes::check_name(&name)?;
        let changed = match stated {
            Stated::Tags(tags) => image.set_tags(tags, context.settings.quotas.tags),
            Stated::Value(value) => attributes::edit(&name, value)?.apply(&mut image),
        };
        changed.map_err(Error::Refused)?;
    }
    context
        .settings
        .quotas
        .properties
        .check_properties(image.properties.len())
        .map_err(Error::Refused)?;
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
        _ => {
            return Err(Error::MediaType {
                sent,
                wanted: PATCH_TYPES,
            });
        }
    };
    let body = json::read(request, &context).await?;
    let patch = Patch::read(body, form)?.reserved(&context.budget).await?;
    let quotas = context.settings.quotas;
    let image = named.image()?;
    let identity = Arc::clone(&caller.identity);
    let change = move |image: &mut Image| patch.apply(&identity, image, quotas);
    shown(
        context
            .change_image(caller, &image, Error::NoImageFound, change)
            .await?,
        &context,
    )
    .await
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
    context
        .to_its_end(deletion)
        .await?
        .map_err(|error| Error::of_change(error, missing()))?;
    Ok(no_content())
}
