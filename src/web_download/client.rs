//! Downloads within [`WebOptions`].

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::WebError;
use super::options::WebOptions;
use super::resolver::Resolver;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a server may be silent.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// Downloads from the web what [`WebOptions`] allow. Clones share everything.
#[derive(Clone, Debug)]
pub struct WebClient {
    client: Client,
    options: Arc<WebOptions>,
    permits: Arc<Semaphore>,
}

impl WebClient {
    /// A client that takes nothing from the environment: no proxy, no credentials.
    ///
    /// # Errors
    ///
    /// [`WebError::Client`] without certificates of the system to verify servers with.
    pub fn new(options: WebOptions) -> Result<Self, WebError> {
        // Fails only if a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Arc::new(options);
        let redirects = Arc::clone(&options);
        let builder = Client::builder()
            .http1_only()
            .no_proxy()
            .referer(false)
            .redirect(Policy::custom(move |next| follow(&redirects, next)))
            .dns_resolver(Resolver(Arc::clone(&options)))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .timeout(options.timeout)
            // A connection is for one download, and does not outlive the check of its address.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("image-tags/", env!("CARGO_PKG_VERSION")));
        let client = builder.build().map_err(WebError::Client)?;
        Ok(Self {
            client,
            permits: Arc::new(Semaphore::new(options.downloads)),
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

    /// Begins to download what is at `url`. Waits while as many downloads as are allowed go on.
    pub async fn get(&self, url: Url) -> Result<WebDownload, WebError> {
        if !self.options.allows(&url) {
            return Err(WebError::NotAllowed);
        }
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let answer = self.client.get(url).send().await;
        let response = answer.map_err(|error| self.failed(error))?;
        if response.status() != StatusCode::OK {
            return Err(WebError::Status(response.status()));
        }
        if response.content_length() > Some(self.options.max_bytes) {
            return Err(WebError::TooLarge(self.options.max_bytes));
        }
        let left = self.options.max_bytes;
        let client = self.clone();
        Ok(WebDownload {
            client,
            response,
            left,
            _permit: permit,
        })
    }

    fn failed(&self, error: reqwest::Error) -> WebError {
        match WebError::from(error) {
            WebError::Connection(error) if is_too_slow(&error) => {
                WebError::TooSlow(self.options.timeout)
            }
            error => error,
        }
    }
}

/// Whether the time of the whole download is up, and not that of making a connection.
fn is_too_slow(error: &reqwest::Error) -> bool {
    error.is_timeout() && !error.is_connect()
}

fn follow(options: &WebOptions, next: Attempt<'_>) -> reqwest::redirect::Action {
    if options.allows(next.url()) && next.previous().len() <= MAX_REDIRECTS {
        next.follow()
    } else {
        next.error(WebError::NotAllowed)
    }
}

/// A download in progress.
#[derive(Debug)]
pub struct WebDownload {
    client: WebClient,
    response: Response,
    left: u64,
    _permit: Option<OwnedSemaphorePermit>,
}

impl WebDownload {
    /// How many bytes will come, if the server says so.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, WebError> {
        let next = self.response.chunk().await;
        let next = next.map_err(|error| self.client.failed(error))?;
        if let Some(bytes) = &next {
            let left = self.left.checked_sub(bytes.len() as u64);
            let max_bytes = self.client.options.max_bytes;
            self.left = left.ok_or(WebError::TooLarge(max_bytes))?;
        }
        Ok(next)
    }
}
