//! Downloads within [`WebOptions`].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, StatusCode, Url};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tracing::warn;

use super::download::WebDownload;
use super::error::WebError;
use super::options::WebOptions;
use super::place::WebPlace;
use super::resolver::Resolver;
use super::thread::DownloadThread;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a server may be silent.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// How many downloads wait at most.
const MAX_WAITING: usize = 100;

/// Downloads from the web what [`WebOptions`] allow. Clones share everything.
#[derive(Clone, Debug)]
pub struct WebClient {
    client: Client,
    options: Arc<WebOptions>,
    /// Of the downloads that go on or wait.
    places: Arc<Semaphore>,
    /// Of the downloads that go on.
    slots: Arc<Semaphore>,
    thread: Arc<DownloadThread>,
}

impl WebClient {
    /// A client that takes nothing from the environment: no proxy, no credentials.
    ///
    /// # Errors
    ///
    /// [`WebError::Client`] if the client or its thread cannot be made.
    pub fn new(options: WebOptions) -> Result<Self, WebError> {
        // Fails only if a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Arc::new(options);
        let client = builder(&options).build().or_else(|_| {
            warn!("import: the system has no CA certificates: nothing is downloaded by https");
            builder(&options).tls_certs_only([]).build()
        });
        Ok(Self {
            client: client.map_err(|error| WebError::Client(io::Error::other(error)))?,
            places: Arc::new(Semaphore::new(options.downloads + MAX_WAITING)),
            slots: Arc::new(Semaphore::new(options.downloads)),
            thread: Arc::new(DownloadThread::start().map_err(WebError::Client)?),
            options,
        })
    }

    /// The URL in `text`, if it may be downloaded as far as that can be told without asking for the
    /// addresses of its host.
    #[must_use]
    pub fn allowed(&self, text: &str) -> Option<Url> {
        let url = text.parse().ok();
        url.filter(|url| self.options.allows(url))
    }

    /// A place among the downloads that go on or wait; `None` if there are too many.
    #[must_use]
    pub fn place(&self) -> Option<WebPlace> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(WebPlace {
            _permit: permit,
            deadline: Instant::now() + self.options.timeout,
        })
    }

    /// Begins to download what is at `url`, of `max_bytes` at most. Waits while as many downloads
    /// as are allowed go on.
    pub async fn get(
        &self,
        url: Url,
        max_bytes: u64,
        place: WebPlace,
    ) -> Result<WebDownload, WebError> {
        let slot = Arc::clone(&self.slots).acquire_owned();
        let slot = tokio::time::timeout_at(place.deadline, slot).await;
        let too_slow = |_| WebError::TooSlow(self.options.timeout);
        // The semaphore is never closed.
        let slot = slot.map_err(too_slow)?.ok();
        let (sender, pieces) = mpsc::channel(1);
        let options = Arc::clone(&self.options);
        let fetch = fetch(self.client.clone(), options, url, max_bytes, sender);
        Ok(WebDownload {
            pieces,
            fetch: self.thread.spawn(fetch),
            timeout: self.options.timeout,
            place,
            _slot: slot,
        })
    }
}

fn builder(options: &Arc<WebOptions>) -> reqwest::ClientBuilder {
    let redirects = Arc::clone(options);
    Client::builder()
        .http1_only()
        .no_proxy()
        .referer(false)
        .redirect(Policy::custom(move |next| follow(&redirects, next)))
        .dns_resolver(Resolver(Arc::clone(options)))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        // A connection is for one download, and does not outlive the check of its address.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("image-tags/", env!("CARGO_PKG_VERSION")))
}

fn follow(options: &WebOptions, next: Attempt<'_>) -> reqwest::redirect::Action {
    if options.allows(next.url()) && next.previous().len() <= MAX_REDIRECTS {
        next.follow()
    } else {
        next.error(WebError::NotAllowed)
    }
}

/// Downloads what is at `url`, and sends it piece by piece. An empty piece ends it.
async fn fetch(
    client: Client,
    options: Arc<WebOptions>,
    url: Url,
    max_bytes: u64,
    pieces: mpsc::Sender<Result<Bytes, WebError>>,
) {
    let fetched = async {
        if !options.allows(&url) {
            return Err(WebError::NotAllowed);
        }
        let mut response = client.get(url).send().await?;
        if response.status() != StatusCode::OK {
            return Err(WebError::Status(response.status()));
        }
        let mut left = max_bytes;
        let too_large = || WebError::TooLarge(max_bytes);
        if response.content_length() > Some(left) {
            return Err(too_large());
        }
        while let Some(piece) = response.chunk().await? {
            left = left.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
            if !piece.is_empty() && pieces.send(Ok(piece)).await.is_err() {
                // Nobody wants the rest.
                break;
            }
        }
        Ok(Bytes::new())
    };
    let end = fetched.await;
    let _ = pieces.send(end).await;
}
