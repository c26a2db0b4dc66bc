//! What the handlers work with: the store, the authenticator and the settings; and who is calling.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;

use super::error::Error;
use super::path::ImageRef;
use crate::auth::Authenticator;
use crate::config::Config;
use crate::identity::Identity;
use crate::image::{Image, Refusal, TagQuota};
use crate::policy;
use crate::store::{Author, ImageStore};
use crate::telemetry::RequestId;

/// What the handlers work with.
#[derive(Debug)]
pub struct Context {
    /// Where images and tags are kept.
    pub store: Arc<dyn ImageStore>,
    /// Who knows the tokens.
    pub authenticator: Arc<dyn Authenticator>,
    /// The rest.
    pub settings: Settings,
}

/// The part of the configuration that the API needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The URL of the service for the links in the version list, without a slash at its end; `None`: as the client says.
    pub public_endpoint: Option<String>,
    /// The address of the service, for those links if the client does not say where it found it.
    pub listen: SocketAddr,
    /// The value of the `WWW-Authenticate` header.
    pub www_authenticate: HeaderValue,
    /// How many tags an image may have.
    pub tag_quota: TagQuota,
    /// The most bytes of a body that nobody needs.
    pub body_bytes: usize,
    /// How long a body may take.
    pub body: Duration,
    /// How long a request may take.
    pub request: Duration,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        let Config { server, auth, limits, .. } = config;
        let endpoint = server.public_endpoint.trim_end_matches('/');
        let challenge = format!("Keystone uri=\"{}\"", auth.www_authenticate_uri);
        Self {
            public_endpoint: (!endpoint.is_empty()).then(|| endpoint.to_owned()),
            listen: server.listen,
            // The check of the configuration has seen to it that the URI can stand in a header.
            www_authenticate: challenge.parse().unwrap_or(HeaderValue::from_static("Keystone")),
            tag_quota: TagQuota::new(limits.tags_per_image),
            body_bytes: limits.body_bytes,
            body: server.body,
            request: server.request,
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
    fn author(&self) -> Author {
        Author {
            user: self.identity.user.clone(),
            project: self.identity.project.clone(),
            request_id: self.request_id.as_str().to_owned(),
        }
    }
}

impl Context {
    /// Changes an image that `caller` may change. Runs to its end also when the client goes away.
    pub(super) async fn change_image(
        &self,
        caller: Caller,
        image: ImageRef,
        change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<Arc<Image>, Error> {
        let Some(id) = image.id else { return Err(Error::NoSuchImage(image.text)) };
        let store = Arc::clone(&self.store);
        let write = tokio::spawn(async move {
            let allowed_change = |image: &mut Image| {
                policy::may_change(&caller.identity, image)?;
                change(image)
            };
            store.change(id, &caller.author(), &allowed_change).await
        });
        match write.await {
            Ok(outcome) => outcome.map_err(|error| Error::of_change(error, image.text)),
            Err(panic) => Err(Error::Internal(panic.into())),
        }
    }
}
