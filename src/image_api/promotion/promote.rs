//! `PUT /v2/tags/{tag}/image`: moves a tag to an image.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::answer::answer;
use super::body::Promotion;
use super::change::Move;
use crate::image::Refusal;
use crate::image_api::caller::Caller;
use crate::image_api::catalogue::{Parameters, TagPath, TagPreconditions};
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::precondition::SentPreconditions;

/// Puts the tag on the image and takes it from all others in its scope.
pub(in crate::image_api) async fn promote(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: TagPath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let uri = request.uri().clone();
    let body = context.bodies.declared_json(request).await?;
    let Promotion { image, reason } = Promotion::read(&body)?;
    drop(body);
    let tag = path.tag_to_set()?;
    Parameters::read(&uri, &[])?;
    let change = Move {
        tag: tag.clone(),
        preconditions: TagPreconditions::read(preconditions)?,
        quota: context.quotas.tags,
    };
    let subject = Subject::new(image.text, Call::Tag);
    let Some(id) = image.id else {
        return Err(Error::refused(Refusal::NotVisible, subject));
    };
    let rights = Arc::clone(&caller.rights);
    let written = context.write_because(caller, reason, move |draft, tagging| {
        change.to(draft, tagging, &rights, id)
    });
    let written = written.await?;
    let written = written.map_err(|error| Error::from_write_error(error, subject))?;
    answer(&context, &written, &tag, id).await
}
