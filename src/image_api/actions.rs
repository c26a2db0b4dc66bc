//! `POST /v2/images/{image_id}/actions/deactivate` and `reactivate`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::context::{Caller, Context};
use super::error::Error;
use super::image_path::ImagePath;
use super::refusal::Call;
use crate::http::response::no_content;
use crate::image::{Image, Refusal};
use crate::policy;

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
        "deactivate",
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
        "reactivate",
        Image::reactivate,
    )
    .await
}

async fn act(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
    policy: &'static str,
    action: fn(&mut Image) -> Result<(), Refusal>,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let image = path.image()?;
    let identity = Arc::clone(&caller.identity);
    let change = move |image: &mut Image| {
        policy::may_modify_by(&identity, image, policy)?;
        action(image)
    };
    let changed = context.change_image(caller, image, Call::Other, change);
    changed.await?;
    Ok(no_content())
}
