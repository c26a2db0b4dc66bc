//! `POST /v2/images/{image_id}/actions/deactivate` and `reactivate`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;

use super::context::{Caller, Context};
use super::error::Error;
use super::path::Named;
use super::{body, no_content};
use crate::image::{Image, Refusal};
use crate::policy;

/// Takes an image out of use.
pub(super) async fn deactivate(
    state: State<Arc<Context>>,
    caller: Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    act(
        state,
        caller,
        named,
        request,
        "deactivate",
        Image::deactivate,
    )
    .await
}

/// Puts an image back into use.
pub(super) async fn reactivate(
    state: State<Arc<Context>>,
    caller: Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    act(
        state,
        caller,
        named,
        request,
        "reactivate",
        Image::reactivate,
    )
    .await
}

async fn act(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
    policy: &'static str,
    action: fn(&mut Image) -> Result<(), Refusal>,
) -> Result<Response, Error> {
    body::ignore(request, &context.settings).await?;
    let image = named.image()?;
    let identity = Arc::clone(&caller.identity);
    let change = move |image: &mut Image| {
        policy::may_modify_by(&identity, image, policy)?;
        action(image)
    };
    context
        .change_image(caller, &image, Error::NoImageFound, change)
        .await?;
    Ok(no_content())
}
