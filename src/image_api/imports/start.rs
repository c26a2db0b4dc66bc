//! `POST /v2/images/{image_id}/import`: starts an import.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::{Timestamp, Unit};

use super::request::ImportRequest;
use super::web::{self, WebImport};
use crate::http::response::accepted;
use crate::image::{ImportMethod, ImportTask, TagEvent, TaskStatus};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::data::Target;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;
use crate::policy::Rule;

/// Starts an import. The checks come in the order in which Glance makes them.
pub(in crate::image_api) async fn start(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    let body = context.bodies.json(request).await?;
    let wanted = ImportRequest::read(&body, &context)?;
    drop(body);
    let image_ref = path.image()?;
    let image = context.visible_image(&caller, image_ref.clone(), Call::Other);
    let image = image.await?;
    image.check_import(wanted.method)?;
    let target = Target::of(&image, caller.clone(), image_ref, Rule::ModifyImage)?;
    drop(image);
    if let Some(store) = wanted.unknown_store {
        return Err(Error::NoSuchStore(store));
    }
    match wanted.method {
        ImportMethod::GlanceDirect => {
            let task = task(&caller, &target, wanted.method, None);
            let import = target.change(&context, move |image| image.import_staged(task.clone()));
            import.await?;
        }
        ImportMethod::WebDownload => {
            let (client, url) = web::checked(&context, &wanted.uri)?;
            let mut shown = url.clone();
            shown.set_query(None);
            shown.set_fragment(None);
            let task = task(&caller, &target, wanted.method, Some(shown.into()));
            let place = client.place().ok_or(Error::TooManyImports)?;
            let import = WebImport {
                client,
                url,
                place,
                target,
            };
            Box::pin(import.start(context, task)).await?;
        }
    }
    Ok(accepted())
}

/// The task of an import that begins now.
fn task(caller: &Caller, target: &Target, method: ImportMethod, uri: Option<String>) -> ImportTask {
    let now = Timestamp::now();
    // As precise as the times of images.
    let now = now.round(Unit::Microsecond).unwrap_or(now);
    let user = caller.identity().user.chars();
    ImportTask {
        id: target.key.upload,
        method,
        uri,
        status: TaskStatus::Processing,
        message: String::new(),
        owner: caller.identity().project.clone(),
        user: user.take(TagEvent::MAX_USER_CHARS).collect(),
        request_id: caller.request_id.as_str().to_owned(),
        created_at: now,
        updated_at: now,
    }
}
