//! `DELETE /v2/images/{image_id}`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::image::Refusal;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::image_path::ImagePath;
use crate::image_api::precondition::{self, SentPreconditions};
use crate::store::WriteError;
use crate::upstream::Upstream;

/// Lets Glance delete the image if the rules of tags allow it. What else there is to say against
/// it, Glance says.
pub(in crate::image_api) async fn delete(
    State(context): State<Arc<Context>>,
    upstream: Upstream,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let (head, body) = request.into_parts();
    let sent = Request::from_parts(head.clone(), body);
    context.bodies.discard(sent).await?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let subject = Subject::new(image.text, Call::DeleteImage);
    let Some(id) = image.id else {
        return Err(Error::refused(Refusal::NotVisible, subject));
    };
    let rights = Arc::clone(&caller.rights);
    let deletion = context.rehearse(caller, move |draft, tagging| {
        let image = draft.stored(id)?;
        rights.may_get(image)?;
        let checked = preconditions.check(image);
        let deleted = draft.delete(id);
        let deleted = deleted.and_then(|()| tagging.settle(draft, id));
        precondition::outcome(checked, deleted)
    });
    match deletion.await? {
        Ok(()) | Err(WriteError::NoSuchImage | WriteError::Refused(Refusal::NotVisible)) => {}
        Err(error) => return Err(Error::from_write_error(error, subject)),
    }
    Ok(upstream.send(head, Body::empty()).await?)
}
