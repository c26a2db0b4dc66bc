//! `POST /v2/tags/{tag}/assign`: moves a tag to the image that has another tag.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::answer::answer;
use super::body::Assignment;
use super::change::Move;
use crate::image::{ImageId, Refusal, ScopedTag};
use crate::image_api::caller::Caller;
use crate::image_api::catalogue::{Parameters, TagPath, TagPreconditions, scope_of_owner};
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::precondition::SentPreconditions;
use crate::store::{Carriers, WriteError};

/// Puts the tag on the one image that has another tag, and takes it from all others in its scope,
/// in one write. The image keeps the other tag.
pub(in crate::image_api) async fn assign(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: TagPath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let uri = request.uri().clone();
    let body = context.bodies.declared_json(request).await?;
    let Assignment { from_tag, reason } = Assignment::read(&body)?;
    drop(body);
    let tag = path.tag_to_set()?;
    let owner = Parameters::read(&uri, &["owner"])?.owner_to_change(&caller.rights)?;
    let source = scope_of_owner(&context, &from_tag, owner.as_ref());
    let change = Move {
        tag: tag.clone(),
        preconditions: TagPreconditions::read(preconditions)?,
        quota: context.quotas.tags,
    };
    let (rights, from) = (Arc::clone(&caller.rights), source.clone());
    let written = context.write_because(caller, reason, move |draft, tagging| {
        let id = only_carrier(&from, draft.carriers(&from)?)?;
        if draft.stored(id)?.owner != owner {
            // The one image that has a tag in the whole service may belong to somebody else.
            return Err(Refusal::NoImageWithTag(from.tag.clone()).into());
        }
        change.to(draft, tagging, &rights, id)
    });
    let written = written
        .await?
        .map_err(|error| from_write_error(error, &source))?;
    let carriers = written.carriers.get(&source).cloned().unwrap_or_default();
    let id = only_carrier(&source, &carriers)?;
    answer(&context, &written, &tag, id).await
}

/// The image among `carriers`, if it is the only one.
fn only_carrier(tag: &ScopedTag, carriers: &Carriers) -> Result<ImageId, Refusal> {
    match carriers.images[..] {
        [] => Err(Refusal::NoImageWithTag(tag.tag.clone())),
        [id] => Ok(id),
        _ => Err(Refusal::SeveralImagesWithTag(tag.tag.clone())),
    }
}

fn from_write_error(error: WriteError, source: &ScopedTag) -> Error {
    match error {
        // There is nothing wrong with many images that have a tag like this.
        WriteError::Refused(Refusal::TooManyCarriers { tag, .. }) if tag == source.tag => {
            Refusal::SeveralImagesWithTag(tag).into()
        }
        error => error.into(),
    }
}
