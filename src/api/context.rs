//! What the handlers work with: the store, the authenticator and the settings; and who is calling.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::http::HeaderValue;
use ipnet::IpNet;
use tokio_util::task::TaskTracker;

use super::error::Error;
use super::health::Health;
use super::identity::IdentityService;
use super::path::ImageRef;
use crate::auth::Authenticator;
use crate::budget::Budget;
use crate::config::Config;
use crate::identity::Identity;
use crate::image::{Image, Quota, Refusal};
use crate::policy;
use crate::store::{Author, ImageStore, StoredImage};
use crate::telemetry::RequestId;

/// What the handlers work with.
#[derive(Debug)]
pub struct Context {
    /// Where images and tags are kept.
    pub store: Arc<dyn ImageStore>,
    /// Who knows the tokens.
    pub authenticator: Arc<dyn Authenticator>,
    /// The embedded identity, if there is one.
    pub identity: Option<IdentityService>,
    /// The bytes that requests may hold.
    pub budget: Budget,
    /// The rest.
    pub settings: Settings,
    /// Whether the store is well.
    pub(super) health: Health,
    /// The writes that are under way, which a stop has to wait for.
    writes: TaskTracker,
}

/// The part of the configuration that the API needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The URL of the service for the links that clients are given, without a slash at its end; `None`: as the client says.
    pub public_endpoint: Option<String>,
    /// The address of the service, for those links if the client does not say where it found it.
    pub listen: SocketAddr,
    /// The value of the `WWW-Authenticate` header.
    pub www_authenticate: HeaderValue,
    /// The path below which the service is reached, such as `/image`; empty for none.
    pub path_prefix: String,
    /// The networks of the proxies whose word counts.
    pub trusted_proxies: Vec<IpNet>,
    /// How many tags an image may have.
    pub tag_quota: Quota,
    /// How many properties an image may have.
    pub property_quota: Quota,
    /// How many members an image may have.
    pub member_quota: Quota,
    /// The most bytes of a body that nobody needs, and of a login.
    pub body_bytes: usize,
    /// The most bytes of a body in JSON.
    pub json_bytes: usize,
    /// The most bytes of an image's data.
    pub upload_bytes: u64,
    /// How long a body may take; the data of an image, the next piece of it.
    pub body: Duration,
    /// How long a request may take.
    pub request: Duration,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        let Config {
            server,
            auth,
            limits,
            ..
        } = config;
        let endpoint = server.public_endpoint.trim_end_matches('/');
        let challenge = format!("Keystone uri=\"{}\"", auth.challenge());
        Self {
            public_endpoint: (!endpoint.is_empty()).then(|| endpoint.to_owned()),
            listen: server.listen,
            // The check of the configuration has seen to it that the URI can stand in a header.
            www_authenticate: challenge
                .parse()
                .unwrap_or(HeaderValue::from_static("Keystone")),
            path_prefix: server.path_prefix.clone(),
            trusted_proxies: server.trusted_proxies.clone(),
            tag_quota: Quota::new(limits.tags_per_image),
            property_quota: Quota::new(limits.properties_per_image),
            member_quota: Quota::new(limits.members_per_image),
            body_bytes: limits.body_bytes,
            json_bytes: limits.json_bytes,
            upload_bytes: limits.upload_bytes,
            body: server.body_timeout,
            request: server.request_timeout,
        }
    }
}

/// Who is calling, as an extension of every request that came past the token.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) identity: Arc<Identity>,
    pub(super) request_id: RequestId,
}

impl Caller {
    pub(super) fn author(&self) -> Author<'_> {
        Author {
            user: &self.identity.user,
            project: self.identity.project.as_ref(),
            request_id: self.request_id.as_str(),
        }
    }
}

impl Context {
    /// What the handlers work with.
    #[must_use]
    pub fn new(
        store: Arc<dyn ImageStore>,
        authenticator: Arc<dyn Authenticator>,
        budget: Budget,
        settings: Settings,
    ) -> Self {
        Self {
            store,
            authenticator,
            identity: None,
            budget,
            settings,
            health: Health::default(),
            writes: TaskTracker::new(),
        }
    }

    /// The same with an embedded identity.
    #[must_use]
    pub fn with_identity(mut self, identity: IdentityService) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Waits until no write is under way any more.
    pub(super) async fn writes_done(&self) {
        self.writes.close();
        self.writes.wait().await;
    }

    /// The image, if `caller` can see it.
    pub(super) async fn visible_image(
        &self,
        caller: &Caller,
        image: ImageRef,
    ) -> Result<StoredImage, Error> {
        let found = match image.id {
            Some(id) => self.store.image(id).await?,
            None => None,
        };
        found
            .filter(|image| policy::may_see(&caller.identity, image).is_ok())
            .ok_or(Error::NoImageFound(image.text))
    }

    /// Applies `change`, which has to ask the policy itself, to the image; `missing` makes the answer if there is none that
    /// can be seen.
    pub(super) async fn change_image(
        &self,
        caller: Caller,
        image: &ImageRef,
        missing: fn(String) -> Error,
        change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<StoredImage, Error> {
        let missing = || missing(image.text.clone());
        let Some(id) = image.id else {
            return Err(missing());
        };
        let store = Arc::clone(&self.store);
        let write =
            self.to_its_end(async move { store.change(id, &caller.author(), &change).await });
        write
            .await?
            .map_err(|error| Error::of_change(error, missing()))
    }

    /// Runs a write to its end, also when the client goes away or the request takes too long. One that need not wait for
    /// anything, as in memory, is done at once; only what is left of another is worth a task.
    pub(super) async fn to_its_end<T: Send + 'static>(
        &self,
        write: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        let mut write = Box::pin(write);
        match poll_fn(|task| Poll::Ready(write.as_mut().poll(task))).await {
            Poll::Ready(outcome) => Ok(outcome),
            Poll::Pending => self
                .writes
                .spawn(write)
                .await
                .map_err(|panic| Error::Internal(panic.into())),
        }
    }
}
