//! `PATCH /v2/images/{image_id}`

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::answer::image_of_glance;
use super::tags_of_patch::TagsOfPatch;
use crate::image::{Image, Refusal};
use crate::image_api::context::{Caller, Context};
use crate::image_api::error::Error;
use crate::image_api::image_path::ImagePath;
use crate::image_api::images::{Patch, dialect};
use crate::image_api::precondition::{self, SentPreconditions};
use crate::image_api::refusal::{Call, Subject};
use crate::upstream::Upstream;

/// Applies the operations on tags here and lets Glance apply the others.
///
/// With both, the tags are checked first. If Glance refuses its part, nothing is changed. If the
/// tags are changed by somebody else meanwhile so that they are refused after all, or if the
/// database fails, Glance's part stays.
pub(in crate::image_api) async fn patch(
    State(context): State<Arc<Context>>,
    upstream: Upstream,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let dialect = dialect(request.headers())?;
    let (head, body) = request.into_parts();
    let sent = Request::from_parts(head.clone(), body);
    let body = context.bodies.json(sent).await?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let Some(operations) = body.items()? else {
        return Ok(upstream.send(head, body.text()?.to_owned()).await?);
    };
    let divided = TagsOfPatch::of(operations)?;
    if divided.tags.is_empty() {
        return Ok(upstream.send(head, body.text()?.to_owned()).await?);
    }
    let others = (!divided.others.is_empty()).then(|| divided.others());
    let tags = Arc::new(Patch::of(divided.tags, dialect)?);
    let (identity, quotas) = (Arc::clone(&caller.identity), context.quotas);
    let change = move |image: &mut Image| tags.apply(&identity, image, quotas);
    let Some(others) = others else {
        let changed = context.change_image_if(caller, image, Call::Other, preconditions, change);
        changed.await?;
        return image_of_glance(&upstream, head).await;
    };
    let subject = Subject::new(image.text.clone(), Call::Other);
    let Some(id) = image.id else {
        return Err(Error::refused(Refusal::NotVisible, subject));
    };
    let rehearsed = change.clone();
    let rehearsal = context.rehearse(caller.clone(), move |draft, tagging| {
        let image = draft.image(id)?;
        let checked = preconditions.check(image);
        let changed = rehearsed(image).map_err(Into::into);
        let changed = changed.and_then(|()| tagging.settle(draft, id));
        precondition::outcome(checked, changed)
    });
    let rehearsal = rehearsal.await?;
    rehearsal.map_err(|error| Error::from_write_error(error, subject))?;
    let answer = upstream.send(head.clone(), others).await?;
    if answer.status() != StatusCode::OK {
        return Ok(answer);
    }
    context
        .change_image(caller, image, Call::Other, change)
        .await?;
    image_of_glance(&upstream, head).await
}
