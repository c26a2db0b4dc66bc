//! `PUT /v2/images/{image_id}/file`

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::running::Running;
use crate::data::DataKey;
use crate::http::HttpError;
use crate::http::request::{DataBody, media_type};
use crate::http::response::no_content;
use crate::image::{ContainerFormat, DiskFormat, Image, Refusal, UploadId};
use crate::image_api::context::{Caller, Context};
use crate::image_api::error::Error;
use crate::image_api::image_path::{ImagePath, ImageRef};
use crate::image_api::refusal::{Call, Subject};
use crate::policy;
use crate::store::{StoredImage, WriteError};

/// The only media type of image data.
const MEDIA_TYPE: &str = "application/octet-stream";

/// The header with the size of data whose length the client does not announce otherwise.
const SIZE_HEADER: &str = "x-openstack-image-size";

/// Glance's name of the policy rule.
const POLICY: &str = "upload_image";

/// Receives the data of a queued image. The image is `saving` while data comes, and active once the
/// data store has all of it; if the upload fails, the image is queued again.
pub(in crate::image_api) async fn upload(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    path: ImagePath,
    request: Request,
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
    policy::may_modify_by(&caller.identity, &image, POLICY)?;
    if context.data.refuses() {
        return Err(Error::UploadsRefused);
    }
    image.check_upload()?;
    let body = context.bodies.data(&head.headers, body)?;
    let started = Started::of(&image, caller, image_ref);
    // The image and its reservation are dropped before the data arrives, which may take long.
    drop(image);
    if context.data.discards() {
        discard(&context, started, body).await?;
    } else {
        store(context, started, body, size).await?;
    }
    Ok(no_content())
}

/// An upload that the caller may begin.
struct Started {
    caller: Caller,
    image: ImageRef,
    /// The image may be deleted, and another one be created with its id.
    created_at: jiff::Timestamp,
    key: DataKey,
    /// The format of the disk, if it is looked into: as in Glance, not inside of a container.
    inspected: Option<DiskFormat>,
}

impl Started {
    fn of(image: &StoredImage, caller: Caller, image_ref: ImageRef) -> Self {
        let is_bare = image.container_format == Some(ContainerFormat::Bare);
        Self {
            caller,
            image: image_ref,
            created_at: image.created_at(),
            key: DataKey {
                image: image.id(),
                upload: UploadId::random(),
            },
            inspected: image.disk_format.filter(|_| is_bare),
        }
    }

    /// Applies `change` to the image, by the rules of an upload.
    async fn change(
        &self,
        context: &Context,
        change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let (identity, created_at) = (Arc::clone(&self.caller.identity), self.created_at);
        let id = self.key.image;
        let written = context.write(self.caller.clone(), move |draft, tagging| {
            let image = draft.image(id)?;
            if image.created_at() != created_at {
                return Err(Refusal::UploadGone.into());
            }
            policy::may_modify_by(&identity, image, POLICY)?;
            change(image)?;
            tagging.settle(draft, id)
        });
        let subject = Subject::new(self.image.text.clone(), Call::Other);
        match written.await? {
            Ok(_) => Ok(()),
            Err(WriteError::NoSuchImage) => Err(Error::refused(Refusal::UploadGone, subject)),
            Err(error) => Err(Error::from_write_error(error, subject)),
        }
    }
}

/// Brings the data to the data store.
async fn store(
    context: Arc<Context>,
    started: Started,
    mut body: DataBody,
    size: Option<u64>,
) -> Result<(), Error> {
    let key = started.key;
    let length = size.max(body.length);
    let upload = context.data.start_upload(key, length, &context.budget);
    // From here on the upload ends whatever happens to this request.
    let mut running = Running::new(Arc::clone(&context), upload.await?);
    let received = async {
        let start = move |image: &mut Image| image.start_upload(key.upload);
        started.change(&context, start).await?;
        while let Some(bytes) = body.next().await? {
            running.upload()?.write(&bytes).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = received.await {
        running.fail().await;
        return Err(error);
    }
    let finishing = Arc::clone(&context);
    let finish = async move {
        let finished = finish(&finishing, &started, &mut running).await;
        match finished {
            Ok(()) => running.succeed().await,
            Err(_) => running.fail().await,
        }
        finished
    };
    context.run_to_completion(finish).await?
}

/// Publishes the data, and makes the image active.
async fn finish(context: &Context, started: &Started, running: &mut Running) -> Result<(), Error> {
    let data = running.upload()?.complete(started.inspected).await?;
    let data = data.map_err(|error| HttpError::Internal(error.into()))?;
    let upload = started.key.upload;
    let complete = move |image: &mut Image| image.complete_upload(upload, data.clone());
    started.change(context, complete).await
}

/// Measures and hashes the data. Until all of it has come, the image does not change: nobody would
/// know of an upload that this process has not completed.
async fn discard(context: &Context, started: Started, mut body: DataBody) -> Result<(), Error> {
    let upload = context
        .data
        .start_upload(started.key, None, &context.budget);
    let mut upload = upload.await?;
    while let Some(bytes) = body.next().await? {
        upload.write(&bytes).await?;
    }
    let data = upload.complete(started.inspected).await?;
    let data = data.map_err(|error| HttpError::Internal(error.into()))?;
    let complete = move |image: &mut Image| image.set_data(data.clone());
    started.change(context, complete).await
}

/// The size in the header of its own, which is a whole number.
fn declared_size(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let Some(value) = headers.get(SIZE_HEADER) else {
        return Ok(None);
    };
    let size = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    size.map(Some)
        .ok_or_else(|| Error::invalid("Invalid or missing image size in request headers."))
}

fn unsupported(sent: String) -> HttpError {
    HttpError::UnsupportedMediaType {
        sent,
        supported: MEDIA_TYPE,
        header: None,
    }
}
