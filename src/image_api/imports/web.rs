//! The method `web-download`.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tracing::{info, warn};
use url::Url;

use crate::data::DataKey;
use crate::image::{Image, ImportTask};
use crate::image_api::context::Context;
use crate::image_api::data::{Running, Target};
use crate::image_api::error::Error;
use crate::recovery::PROCESS_GONE;
use crate::store::ImageStore;
use crate::web_download::{WebClient, WebDownload, WebError, WebPlace};

/// The longest URL in bytes.
const MAX_URL_BYTES: usize = 2048;

/// How often an import looks whether its image still waits for it.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// An import that downloads the data.
pub(super) struct WebImport {
    pub(super) client: WebClient,
    pub(super) url: Url,
    pub(super) place: WebPlace,
    pub(super) target: Target,
}

/// Why the data of an import did not come. `Display` is for the user.
#[derive(Debug, thiserror::Error)]
enum WebImportError {
    #[error(transparent)]
    Web(#[from] WebError),
    #[error(transparent)]
    Data(#[from] Error),
    #[error("{PROCESS_GONE}")]
    Stopping,
    #[error("The image does not wait for the import any more.")]
    NotAwaited,
}

/// The client, and the URL in `uri` if it may be downloaded.
pub(super) fn checked(context: &Context, uri: &str) -> Result<(WebClient, Url), Error> {
    let client = context.web.clone();
    let short = Some(uri).filter(|uri| uri.len() <= MAX_URL_BYTES);
    let found = client.and_then(|client| Some((client.allowed(short?)?, client)));
    let Some((url, client)) = found else {
        let shown: String = uri.chars().take(MAX_URL_BYTES).collect();
        let text = format!("URI for web-download does not pass filtering: {shown}");
        return Err(Error::invalid(text));
    };
    Ok((client, url))
}

impl WebImport {
    /// Makes the image `importing`, and lets the download go on in the background.
    pub(super) async fn start(self, context: Arc<Context>, task: ImportTask) -> Result<(), Error> {
        let upload = context
            .data
            .start_upload(self.target.key, None, &context.budget);
        // From here on the upload ends whatever happens.
        let mut running = Running::new(Arc::clone(&context), upload.await?);
        let start = move |image: &mut Image| image.start_download(task.clone());
        if let Err(error) = self.target.change(&context, start).await {
            running.fail(&error.to_string()).await;
            return Err(error);
        }
        let work = self.run(Arc::clone(&context), running);
        context
            .background
            .run_in_background(&Handle::current(), work);
        Ok(())
    }

    /// Downloads the data, and makes the image active or queued again.
    async fn run(self, context: Arc<Context>, mut running: Running) {
        let Self {
            client,
            url,
            place,
            target,
        } = self;
        let (key, max_bytes) = (target.key, context.settings.bodies.upload_bytes);
        let downloaded = tokio::select! {
            outcome = download(client.get(url, max_bytes, place), &mut running) => outcome,
            () = context.background.stopping.cancelled() => Err(WebImportError::Stopping),
            () = is_not_awaited(&*context.store, key) => Err(WebImportError::NotAwaited),
        };
        let outcome = match downloaded {
            Ok(()) => {
                let finished = running.finish(&context, &target).await;
                finished.map_err(WebImportError::from)
            }
            Err(error) => {
                running.fail(&error.to_string()).await;
                Err(error)
            }
        };
        match outcome {
            Ok(()) => info!(%key, "an import has succeeded"),
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, %key, "an import has failed");
            }
        }
    }
}

async fn download(
    begun: impl Future<Output = Result<WebDownload, WebError>>,
    running: &mut Running,
) -> Result<(), WebImportError> {
    let mut download = begun.await?;
    while let Some(bytes) = download.next().await? {
        let upload = running.upload().map_err(Error::from)?;
        upload.write(&bytes).await.map_err(Error::from)?;
    }
    Ok(())
}

/// Completes once the image does not wait for the import any more, because it was deleted for
/// example.
async fn is_not_awaited(store: &dyn ImageStore, key: DataKey) {
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let image = store.image(key.image).await;
        if image.is_ok_and(|image| image.is_none_or(|image| !image.awaits(key.upload))) {
            return;
        }
    }
}
