//! The method `web-download`.

use std::sync::Arc;

use tokio::runtime::Handle;
use tracing::{info, warn};
use url::Url;

use crate::image::{Image, ImportTask};
use crate::image_api::context::Context;
use crate::image_api::data::{Running, Target};
use crate::image_api::error::Error;
use crate::recovery::PROCESS_GONE;
use crate::web_download::{WebClient, WebError};

/// The longest URL in bytes.
const MAX_URL_BYTES: usize = 2048;

/// An import that downloads the data.
pub(super) struct WebImport {
    pub(super) client: WebClient,
    pub(super) url: Url,
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
        context.run_in_background(&Handle::current(), work);
        Ok(())
    }

    /// Downloads the data, and makes the image active or queued again.
    async fn run(self, context: Arc<Context>, mut running: Running) {
        let key = self.target.key;
        let downloaded = tokio::select! {
            outcome = self.download(&mut running) => outcome,
            () = context.stopping.cancelled() => Err(WebImportError::Stopping),
        };
        let outcome = match downloaded {
            Ok(()) => {
                let finished = running.finish(&context, &self.target).await;
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

    async fn download(&self, running: &mut Running) -> Result<(), WebImportError> {
        let mut download = self.client.get(self.url.clone()).await?;
        while let Some(bytes) = download.next().await? {
            let upload = running.upload().map_err(Error::from)?;
            upload.write(&bytes).await.map_err(Error::from)?;
        }
        Ok(())
    }
}
