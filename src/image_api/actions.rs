//! `POST /v2/images/{image_id}/actions/deactivate` and `reactivate`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::caller::Caller;
use super::context::Context;
use super::error::{Call, Error};
use super::image_path::ImagePath;
use crate::http::response::no_content;
use crate::image::{Image, Refusal};
use crate::policy::Rule;

/// Deactivates an image.
pub(super) async fn deactivate(
    state: State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    act(
        state,
        caller,
        path,
        request,
        Rule::Deactivate,
        Image::deactivate,
    )
    .await
}

/// Reactivates an image.
pub(super) async fn reactivate(
    state: State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    act(
        state,
        caller,
        path,
        request,
        Rule::Reactivate,
        Image::reactivate,
    )
    .await
}

async fn act(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
    rule: Rule,
    action: fn(&mut Image) -> Result<(), Refusal>,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let image = path.image()?;
    let rights = Arc::clone(&caller.rights);
    let change = move |image: &mut Image| {
        rights.may_modify_by(image, rule)?;
        action(image)
    };
    let changed = context.change_image(caller, image, Call::Other, change);
    changed.await?;
    Ok(no_content())
}
