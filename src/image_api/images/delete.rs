//! `DELETE /v2/images/{image_id}`

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::response::Response;

use crate::data::DataKey;
use crate::http::response::no_content;
use crate::image::Refusal;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error, Subject};
use crate::image_api::image_path::ImagePath;
use crate::image_api::precondition::{self, SentPreconditions};

/// Deletes the image, which must not be protected, nor have a tag that the caller may not remove.
pub(in crate::image_api) async fn delete(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let subject = Subject::new(image.text, Call::DeleteImage);
    let Some(id) = image.id else {
        return Err(Error::refused(Refusal::NotVisible, subject));
    };
    let rights = Arc::clone(&caller.rights);
    // What the run that counted has seen. An upload in progress removes its data by itself.
    let deleted = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&deleted);
    let deletion = context.write(caller, move |draft, tagging| {
        let image = draft.stored(id)?;
        rights.may_delete(image)?;
        let checked = preconditions.check(image);
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = image.stored_upload();
        let deleted = draft.delete(id);
        let deleted = deleted.and_then(|()| tagging.settle(draft, id));
        precondition::outcome(checked, deleted)
    });
    deletion
        .await?
        .map_err(|error| Error::from_write_error(error, subject))?;
    let upload = *deleted.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(upload) = upload {
        context.remove_data(DataKey { image: id, upload }).await;
    }
    Ok(no_content())
}
