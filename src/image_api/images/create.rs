//! `POST /v2/images`

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::attributes::{self, GivenValue};
use super::show::image_response;
use crate::http::request::{self, Members, base_url, counted};
use crate::image::{Image, ImageId, NewImage, Refusal};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::imports::import_headers;
use crate::image_api::precondition::SentPreconditions;
use crate::store::WriteError;

/// Creates an image without data.
pub(in crate::image_api) async fn create(
    State(context): State<Arc<Context>>,
    caller: Caller,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let base = base_url(&context.settings, &request);
    let body = context.bodies.json(request).await?;
    let members = body.members()?;
    let members = members.ok_or_else(|| Error::invalid("Expected a JSON object."))?;
    let image = new_image(&context, &caller, members)?;
    let preconditions = preconditions.headers()?;
    caller.rights.may_add(&image)?;
    if preconditions.requires_existence() {
        return Err(Refusal::PreconditionFailed.into());
    }
    let (id, image) = (image.id(), NewImage::try_from(image)?);
    // From here on the image is all that is left of the body.
    let mut memory = body.into_memory();
    let size = counted(image.size());
    memory.resize(size, &context.budget).await?;

    let creation = context.write(caller, move |draft, tagging| {
        // The memory stays reserved until the write is done.
        let _ = &memory;
        draft.create(image.clone());
        tagging.settle(draft, id)
    });
    let created = creation.await?.and_then(|created| created.into_image(id));
    let image = created.map_err(|error| match error {
        WriteError::Exists if preconditions.requires_absence() => {
            Refusal::PreconditionFailed.into()
        }
        error => Error::from_create_error(error, id),
    })?;
    let location = [(header::LOCATION, format!("{base}/v2/images/{id}"))];
    let body = image_response(image, &context).await?;
    let imports = import_headers(&context);
    Ok((StatusCode::CREATED, location, imports, body).into_response())
}

/// The image that the body of a request describes.
pub(in crate::image_api) fn new_image(
    context: &Context,
    caller: &Caller,
    members: Members<'_>,
) -> Result<Image, Error> {
    let id = members.get("id").copied();
    let given = members
        .into_iter()
        .map(|(name, value)| Ok((attributes::given_value(&name, value)?, name)));
    let given: Vec<_> = given.collect::<Result<_, Error>>()?;
    let id = match id {
        Some(id) => request::part(id).map_err(|_| Error::invalid("It is no id."))?,
        None => ImageId::random(),
    };
    let mut image = Image::new(id, Timestamp::now());
    image.owner.clone_from(&caller.identity().project);
    for (given, name) in given.into_iter().filter(|(_, name)| name != "id") {
        attributes::check_name(&name)?;
        match given {
            GivenValue::Tags(tags) => image.set_tags(tags, context.quotas.tags)?,
            GivenValue::Scalar(value) => attributes::edit(&name, value)?.apply(&mut image)?,
        }
    }
    let properties = image.properties.len();
    context.quotas.properties.check_properties(properties)?;
    Ok(image)
}
