//! An upload that has to end, whatever becomes of its request.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tracing::warn;

use super::target::Target;
use crate::data::Upload;
use crate::http::HttpError;
use crate::image::Image;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::recovery;
use crate::store::ImageStore;

/// How long the answer to a failed upload waits until its image is queued again. If the store is
/// not available, that goes on in the background.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the image is made queued again while the store is not available, and the pause
/// between. After that, the expired lease of the upload leads others to it.
const MAX_ATTEMPTS: u32 = 60;
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Why an upload failed that was dropped.
const BROKEN_OFF: &str = "The upload was broken off.";

/// An upload in progress. If it is dropped, because the client has broken off or the handler has
/// panicked, its image is made queued again and its data is removed.
pub(in crate::image_api) struct Running {
    context: Arc<Context>,
    upload: Option<Upload>,
}

impl Running {
    pub(in crate::image_api) fn new(context: Arc<Context>, upload: Upload) -> Self {
        Self {
            context,
            upload: Some(upload),
        }
    }

    pub(in crate::image_api) fn upload(&mut self) -> Result<&mut Upload, HttpError> {
        let ended = || HttpError::Internal("the upload has ended".into());
        self.upload.as_mut().ok_or_else(ended)
    }

    /// Publishes the data and tells the image of it. Ends the upload, whether that succeeds or not.
    pub(in crate::image_api) async fn finish(
        mut self,
        context: &Context,
        target: &Target,
    ) -> Result<(), Error> {
        match self.publish(context, target).await {
            Ok(()) => {
                self.succeed().await;
                Ok(())
            }
            Err(error) => {
                self.fail(&error.to_string()).await;
                Err(error)
            }
        }
    }

    async fn publish(&mut self, context: &Context, target: &Target) -> Result<(), Error> {
        let data = self.upload()?.complete(target.inspected).await?;
        let data = data.map_err(|error| HttpError::Internal(error.into()))?;
        let (upload, inspected) = (target.key.upload, target.inspected);
        let now = Timestamp::now();
        let complete = move |image: &mut Image| {
            // The data was looked into as one of a format that may have changed.
            let fits = image.inspected_format() == inspected;
            let data = if fits {
                data.clone()
            } else {
                data.clone().uninspected()
            };
            image.complete_upload(upload, data, now)
        };
        target.change(context, complete).await
    }

    /// Ends the upload: the image has its data.
    async fn succeed(&mut self) {
        if let Some(upload) = self.upload.take() {
            let key = upload.key();
            if let Err(error) = upload.keep().await {
                warn!(error = &error as &dyn std::error::Error, %key, "the lease of a complete upload was not removed");
            }
        }
    }

    /// Ends the upload: the image is queued again, and what came is removed. An import has failed
    /// for this `reason`.
    pub(in crate::image_api) async fn fail(&mut self, reason: &str) {
        if let Some(upload) = self.upload.take() {
            let store = Arc::clone(&self.context.store);
            let end =
                self.context
                    .background
                    .run_to_completion(end(store, upload, reason.to_owned()));
            let _ = tokio::time::timeout(END_TIMEOUT, end).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let (Some(upload), Ok(runtime)) = (self.upload.take(), Handle::try_current()) {
            let store = Arc::clone(&self.context.store);
            let end = end(store, upload, BROKEN_OFF.to_owned());
            self.context.background.run_in_background(&runtime, end);
        }
    }
}

async fn end(store: Arc<dyn ImageStore>, upload: Upload, reason: String) {
    let key = upload.key();
    for _ in 0..MAX_ATTEMPTS {
        match recovery::requeue(&*store, key, &reason).await {
            Ok(has_data) => {
                let ended = if has_data {
                    upload.keep().await
                } else {
                    upload.remove().await
                };
                if let Err(error) = ended {
                    warn!(error = &error as &dyn std::error::Error, %key, "what an upload has written was not removed yet");
                }
                return;
            }
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    %key,
                    "the image of a failed upload is not queued again yet"
                );
            }
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}
