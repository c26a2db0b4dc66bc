//! Receives the data that a client sends for an image.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;

use super::purpose::Purpose;
use super::running::Running;
use super::target::Target;
use crate::http::HttpError;
use crate::http::request::{DataBody, media_type};
use crate::http::response::no_content;
use crate::image::Image;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;

/// The only media type of image data.
const MEDIA_TYPE: &str = "application/octet-stream";

/// The header with the size of data whose length the client does not announce otherwise.
const SIZE_HEADER: &str = "x-openstack-image-size";

/// Receives data for `purpose`. While it comes, the image has the status of that; if the upload
/// fails, the image is queued again.
pub(in crate::image_api) async fn receive(
    context: Arc<Context>,
    caller: Caller,
    path: ImagePath,
    request: Request,
    purpose: Purpose,
) -> Result<Response, Error> {
    let (head, body) = request.into_parts();
    let sent = media_type(&head.headers).unwrap_or_default();
    if sent != MEDIA_TYPE {
        return Err(unsupported(sent).into());
    }
    let size = declared_size(&head.headers)?;
    let image_ref = path.image()?;
    let image = context.visible_image(&caller, image_ref.clone(), Call::Other);
    let image = image.await?;
    let target = Target::of(&image, caller, image_ref, purpose.rule())?;
    if context.data.refuses() {
        return Err(Error::UploadsRefused);
    }
    purpose.check(&image)?;
    let body = context.bodies.data(&head.headers, body)?;
    // The image and its reservation are dropped before the data arrives, which may take long.
    drop(image);
    let body = SizedBody { body, size };
    if context.data.discards() {
        discard(&context, &target, body, purpose).await?;
    } else {
        Box::pin(store(context, target, body, purpose)).await?;
    }
    Ok(no_content())
}

/// A body, and the size that a header announces for it.
struct SizedBody {
    body: DataBody,
    size: Option<u64>,
}

impl SizedBody {
    /// How many bytes will come, if that is known.
    fn length(&self) -> Option<u64> {
        self.size.max(self.body.length)
    }

    /// The next bytes, of which `received` have come before; `None` at the end.
    async fn next(&mut self, received: u64) -> Result<Option<Bytes>, Error> {
        let next = self.body.next().await?;
        let received = received + next.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let problem = match self.size {
            Some(size) if received > size => "Size exceeds",
            Some(size) if received < size && next.is_none() => "Size mismatch",
            _ => return Ok(next),
        };
        let size = self.size.unwrap_or(0);
        Err(Error::invalid(format!(
            "{problem}: expected {size} bytes, got {received} bytes"
        )))
    }
}

/// Brings the data to the data store.
async fn store(
    context: Arc<Context>,
    target: Target,
    mut body: SizedBody,
    purpose: Purpose,
) -> Result<(), Error> {
    let key = target.key;
    let upload = context
        .data
        .start_upload(key, body.length(), &context.budget);
    // From here on the upload ends whatever happens to this request.
    let mut running = Running::new(Arc::clone(&context), upload.await?);
    let received = async {
        let start = move |image: &mut Image| purpose.start(image, key.upload);
        target.change(&context, start).await?;
        while let Some(bytes) = body.next(running.upload()?.size()).await? {
            running.upload()?.write(&bytes).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = received.await {
        running.fail(&error.to_string()).await;
        return Err(error);
    }
    let finishing = Arc::clone(&context);
    let finish = async move { running.finish(&finishing, &target).await };
    context.background.run_to_completion(finish).await?
}

/// Measures and hashes the data. Until all of it has come, the image does not change: nobody would
/// know of an upload that this process has not completed.
async fn discard(
    context: &Context,
    target: &Target,
    mut body: SizedBody,
    purpose: Purpose,
) -> Result<(), Error> {
    let upload = context.data.start_upload(target.key, None, &context.budget);
    let mut upload = upload.await?;
    while let Some(bytes) = body.next(upload.size()).await? {
        upload.write(&bytes).await?;
    }
    let data = upload.complete(target.inspected).await?;
    let data = data.map_err(|error| HttpError::Internal(error.into()))?;
    let complete = move |image: &mut Image| purpose.set(image, data.clone());
    target.change(context, complete).await
}

/// The size in the header of its own, which is a whole number. As in Glance, 0 announces nothing.
fn declared_size(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let Some(value) = headers.get(SIZE_HEADER) else {
        return Ok(None);
    };
    let size = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    let size =
        size.ok_or_else(|| Error::invalid("Invalid or missing image size in request headers."))?;
    Ok((size > 0).then_some(size))
}

fn unsupported(sent: String) -> HttpError {
    HttpError::UnsupportedMediaType {
        sent,
        supported: MEDIA_TYPE,
        header: None,
    }
}
