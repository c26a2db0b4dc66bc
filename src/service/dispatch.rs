//! The steps of a request before routing, in the order in which they are taken.
//!
//! The steps are not layers of a router: what a router adds to an answer, such as `Allow`, would
//! tell a caller without a token what exists. The layers around all steps are tower-http's.

use std::any::Any;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

use super::destination::{Destination, is_upload};
use super::error::ServiceError;
use super::exchange::Exchange;
use super::health::Health;
use crate::auth::{Authenticator, Token};
use crate::http::request::{Origin, base_url, check_host, peer_address};
use crate::http::{Settings, call};
use crate::identity::Identity;
use crate::identity_api::IdentityApi;
use crate::image_api::{Caller, ImageApi, version_list};
use crate::telemetry::{AccessLogEntry, RequestId};

/// The header with the caller's token.
const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The headers whose values no `Debug` output shows.
const SENSITIVE_HEADERS: [HeaderName; 3] = [
    AUTH_TOKEN,
    HeaderName::from_static("x-subject-token"),
    header::AUTHORIZATION,
];

/// The whole service. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service {
    parts: Arc<Parts>,
    sensitive_headers: SetSensitiveRequestHeadersLayer,
}

/// The parts of the service.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) settings: Arc<Settings>,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) health: Health,
    pub(super) image_api: ImageApi,
    pub(super) identity_api: Option<IdentityApi>,
}

impl Service {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            sensitive_headers: SetSensitiveRequestHeadersLayer::new(SENSITIVE_HEADERS),
        }
    }

    /// Answers one request and logs it in one line. Every request gets an answer, and every answer
    /// has a request id.
    pub async fn answer(&self, mut request: Request) -> Response {
        let origin = Arc::new(Origin::of(&request, &self.parts.settings));
        let exchange = Exchange::open(&request, origin.client);
        request.extensions_mut().insert(origin);
        let layers = ServiceBuilder::new()
            .layer(self.sensitive_headers.clone())
            .layer(CatchPanicLayer::custom(answer_to_panic));
        let steps = layers.service_fn(async |request| {
            Ok::<_, Infallible>(self.within_time(request, &exchange.log).await)
        });
        let response = call(steps, request).await;
        exchange.close(response.map(Body::new))
    }

    /// The answer to a request on a connection past the limit.
    #[must_use]
    pub fn turn_away(request: &Request) -> Response {
        let response = ServiceError::TooManyConnections.into_response();
        Exchange::open(request, peer_address(request)).close(response)
    }

    /// Ends what goes on in the background. To be called when a shutdown begins.
    pub fn stop(&self) {
        self.parts.image_api.stop();
    }

    /// Waits for the writes whose clients have disconnected. To be called once no request is in
    /// flight.
    pub async fn wait_for_writes(&self) {
        self.parts.image_api.wait_for_writes().await;
    }

    /// Takes the steps within the time that a request may take. An upload may take any time.
    async fn within_time(&self, request: Request, log: &AccessLogEntry) -> Response {
        let timeout = if is_upload(&request) {
            Duration::MAX
        } else {
            self.parts.settings.request_timeout
        };
        let steps = tokio::time::timeout(timeout, self.steps(request, log));
        let outcome = steps.await.unwrap_or(Err(ServiceError::TimedOut));
        outcome.into_response()
    }

    /// The steps before routing.
    async fn steps(
        &self,
        mut request: Request,
        log: &AccessLogEntry,
    ) -> Result<Response, ServiceError> {
        let Parts {
            settings,
            health,
            image_api,
            identity_api,
            ..
        } = &*self.parts;
        check_host(&request)?;
        if request.method() == Method::OPTIONS {
            return Ok(([(header::CONTENT_LENGTH, 0)], Body::empty()).into_response());
        }
        let versions = |status| Ok(version_list(settings, &request, status));
        let uri = match Destination::of(request.uri(), &settings.path_prefix) {
            Destination::VersionChoice => return versions(StatusCode::MULTIPLE_CHOICES),
            Destination::Versions => return versions(StatusCode::OK),
            Destination::Health => {
                return health.check(request.method(), request.headers()).await;
            }
            Destination::IdentityApi(uri) => match identity_api {
                Some(api) => return Ok(self.identity(api, uri, request).await),
                None => return versions(StatusCode::MULTIPLE_CHOICES),
            },
            Destination::ImageApi(uri) => uri,
        };
        *request.uri_mut() = uri;
        let identity = self.authenticate(request.headers(), log.client()).await?;
        let _ = log.caller.set(Arc::clone(&identity));
        if let Some(id) = request.headers().get(RequestId::HEADER) {
            RequestId::from_client(id)?;
        }
        let request_id = log.id().clone();
        Ok(image_api
            .answer(
                request,
                Caller {
                    identity,
                    request_id,
                },
            )
            .await)
    }

    /// The answer of the embedded identity, which authenticates by itself.
    async fn identity(&self, api: &IdentityApi, uri: Uri, mut request: Request) -> Response {
        let settings = &self.parts.settings;
        let base = base_url(settings, &request);
        *request.uri_mut() = uri;
        let mut response = api.answer(request, base).await;
        if response.status() == StatusCode::UNAUTHORIZED {
            let challenge = settings.www_authenticate.clone();
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// The identity behind the token of a request: 401 for no token, two tokens, or an invalid one.
    async fn authenticate(
        &self,
        headers: &HeaderMap,
        client: Option<IpAddr>,
    ) -> Result<Arc<Identity>, ServiceError> {
        let mut tokens = headers.get_all(AUTH_TOKEN).iter();
        let token = match (tokens.next(), tokens.next()) {
            (Some(token), None) => Token::new(token.as_bytes()),
            _ => None,
        };
        let identity = match token {
            Some(token) => {
                self.parts
                    .authenticator
                    .authenticate(&token, client)
                    .await?
            }
            None => None,
        };
        let challenge = &self.parts.settings.www_authenticate;
        identity.ok_or_else(|| ServiceError::Unauthorized(challenge.clone()))
    }
}

/// 500 for a panic in a handler. The panic hook has logged the panic.
fn answer_to_panic(_: Box<dyn Any + Send>) -> Response {
    ServiceError::Panicked("a handler panicked".into()).into_response()
}
