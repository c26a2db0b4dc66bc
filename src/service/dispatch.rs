//! The steps of a request before routing, in the order in which they are taken.
//!
//! The steps are not layers of a router: what a router adds to an answer, such as `Allow`, would
//! tell a caller without a token what exists.

use std::any::Any;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tokio::time::timeout_at;

use super::destination::Destination;
use super::error::ServiceError;
use super::exchange::Exchange;
use super::health::{self, Health};
use super::route_labels;
use crate::auth::{Authenticator, Token};
use crate::development::{Development, Injection};
use crate::http::Settings;
use crate::http::request::{base_url, check_host, client_address, forwarded_scheme};
use crate::http::response::Cors;
use crate::identity::Identity;
use crate::identity_api::IdentityApi;
use crate::image_api::{Caller, ImageApi, is_about_tags, is_about_tags_alone, version_list};
use crate::metrics::RequestMetrics;
use crate::policy::{Policy, Rights};
use crate::telemetry::{AccessLogEntry, RequestId};
use crate::trace_context::TraceContext;
use crate::upstream::Upstream;

/// The header with the caller's token.
const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The headers whose values no `Debug` output shows.
static SENSITIVE_HEADERS: [HeaderName; 3] = [
    AUTH_TOKEN,
    HeaderName::from_static("x-subject-token"),
    header::AUTHORIZATION,
];

/// The parts of the service as one configuration describes them. A request is answered by those
/// that were in force when it came.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) settings: Arc<Settings>,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) policy: Policy,
    pub(super) health: Arc<Health>,
    pub(super) image_api: ImageApi,
    pub(super) identity_api: Option<IdentityApi>,
    /// Only with `auth.development`.
    pub(super) development: Option<Development>,
    /// Glance, if the images belong to it.
    pub(super) upstream: Option<Upstream>,
    /// Measures requests.
    pub(super) requests: RequestMetrics,
    /// Whether the service drops what is still in flight.
    pub(super) is_stopped: Arc<AtomicBool>,
}

impl Parts {
    /// Answers one request and logs it in one line. Every request gets an answer, and every answer
    /// has a request id.
    pub(super) async fn answer(&self, mut request: Request) -> Response {
        hide_secrets(request.headers_mut());
        let settings = &self.settings;
        let cors = settings.cors.as_ref().map(|cors| cors.answer(&request));
        let client = client_address(&request, settings);
        let exchange = Exchange::open(&request, client, &self.requests, &self.is_stopped);
        let injection = self.injection(&request);
        // What a panic leaves behind is dropped with the request, or behind a lock that expects it.
        let answer = AssertUnwindSafe(self.within_time(request, &exchange)).catch_unwind();
        let answer = answer.map(|answer| answer.unwrap_or_else(answer_to_panic));
        let answer = exchange.log.request().scope(answer);
        let answer = match injection {
            Some(injection) => injection.apply(answer).await,
            None => answer.await,
        };
        let mut response = exchange.close(answer);
        if let Some(injection) = injection {
            injection.mark(&mut response);
        }
        if let Some(cors) = cors {
            cors.add_to(response.headers_mut());
        }
        response
    }

    /// What happens to the request on purpose, if anything does.
    fn injection(&self, request: &Request) -> Option<Injection> {
        let development = self.development.as_ref()?;
        let destination = Destination::of(request.uri(), &self.settings.path_prefix);
        let path = destination.path_of_injections(request.uri())?;
        development.choose(request.method(), path)
    }

    /// Takes the steps within the time that a request may take. An upload may take any time.
    async fn within_time(&self, request: Request, exchange: &Exchange<'_>) -> Response {
        let (settings, log) = (&self.settings, &exchange.log);
        let destination = Destination::of(request.uri(), &settings.path_prefix);
        self.note_route(&destination, exchange);
        log.request().note_route(|| {
            let label = route_labels::position(&destination, &self.image_api)?;
            route_labels::labels(&self.image_api).nth(label)
        });
        log.request()
            .note_scheme(|| forwarded_scheme(&request, settings));
        let is_upload = destination.is_upload(request.method());
        // Glance takes the time that it needs.
        let is_for_glance = self.upstream.is_some()
            && matches!(&destination, Destination::ImageApi(uri) if !is_about_tags_alone(uri));
        let steps = pin!(self.steps(request, destination, log));
        let outcome = if is_upload || is_for_glance {
            steps.await
        } else {
            let deadline = log.started() + settings.request_timeout;
            let outcome = timeout_at(deadline, steps).await;
            outcome.unwrap_or(Err(ServiceError::TimedOut))
        };
        outcome.into_response()
    }

    /// Has the request counted by its route, whether it gets there or not, and a probe logged as
    /// one.
    pub(super) fn note_route(&self, destination: &Destination, exchange: &Exchange<'_>) {
        if destination.is_probe() {
            exchange.log.mark_as_probe();
        }
        let image_api = &self.image_api;
        let route = || route_labels::position(destination, image_api);
        exchange.timer.note_route(route);
    }

    /// The steps before routing.
    async fn steps(
        &self,
        mut request: Request,
        destination: Destination,
        log: &AccessLogEntry,
    ) -> Result<Response, ServiceError> {
        let Parts {
            settings,
            health,
            image_api,
            identity_api,
            development,
            upstream,
            ..
        } = self;
        check_host(&request)?;
        let is_preflight = settings.cors.is_some() && Cors::is_preflight(&request);
        if let Some(upstream) = upstream.as_ref().filter(|_| !is_preflight) {
            describe(&mut request, settings, log);
            if let Some(uri) = uri_for_glance(&destination, &request) {
                *request.uri_mut() = uri;
                let answer = upstream.pass(request).await;
                return answer.map_err(Into::into);
            }
        }
        if request.method() == Method::OPTIONS {
            return Ok(([(header::CONTENT_LENGTH, 0)], Body::empty()).into_response());
        }
        let versions = |status| Ok(version_list(settings, &request, status));
        let uri = match destination {
            Destination::VersionChoice => return versions(StatusCode::MULTIPLE_CHOICES),
            Destination::Versions => return versions(StatusCode::OK),
            Destination::Live => return Ok(health::live()),
            Destination::Ready => return Ok(health.ready().await),
            Destination::Health => {
                return health.check(request.method(), request.headers()).await;
            }
            Destination::IdentityApi(uri) => match identity_api {
                Some(api) => return Ok(self.identity(api, uri, request).await),
                None => return versions(StatusCode::MULTIPLE_CHOICES),
            },
            Destination::Development(path) => {
                let development = development.as_ref().ok_or(ServiceError::NotFound)?;
                let rights = self.rights(request.headers(), log).await?;
                let tokens = &*self.authenticator;
                return Ok(development.answer(&rights, tokens, &path, request).await);
            }
            Destination::ImageApi(uri) => uri,
        };
        *request.uri_mut() = uri;
        let rights = self.rights(request.headers(), log).await?;
        if let Some(id) = request.headers().get(RequestId::HEADER) {
            RequestId::from_client(id)?;
        }
        let caller = Caller {
            rights: Arc::new(rights),
            request_id: log.id().clone(),
        };
        Ok(image_api.answer(request, caller).await)
    }

    /// The answer of the embedded identity, which authenticates by itself.
    async fn identity(&self, api: &IdentityApi, uri: Uri, mut request: Request) -> Response {
        let settings = &self.settings;
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

    /// What the caller may do, who is noted for the log.
    async fn rights(
        &self,
        headers: &HeaderMap,
        log: &AccessLogEntry,
    ) -> Result<Rights, ServiceError> {
        let identity = self.authenticate(headers, log.client()).await?;
        let _ = log.request().caller.set(Arc::clone(&identity));
        Ok(Rights::new(identity, self.policy.clone()))
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
            Some(token) => self.authenticator.authenticate(&token, client).await?,
            None => None,
        };
        let challenge = &self.settings.www_authenticate;
        identity.ok_or_else(|| ServiceError::Unauthorized(challenge.clone()))
    }
}

/// Tells Glance who the client is, under which id the request is logged, and in which trace.
fn describe(request: &mut Request, settings: &Settings, log: &AccessLogEntry) {
    let base = base_url(settings, request);
    let headers = request.headers_mut();
    Upstream::describe(headers, log.client(), &base);
    headers.insert(RequestId::HEADER, log.id().to_header());
    TraceContext::pass_on(log.request().trace(), headers);
}

/// The URI of the request for Glance, if Glance answers it: the choice of versions, and what is not
/// about tags. Glance may serve more versions than this service, which would not see what they are
/// about.
fn uri_for_glance(destination: &Destination, request: &Request) -> Option<Uri> {
    match destination {
        Destination::ImageApi(uri) => (!is_about_tags(request.method(), uri)).then(|| uri.clone()),
        Destination::Versions => Some(Uri::from_static("/versions")),
        Destination::VersionChoice if request.uri().path() == "/" => Some(Uri::from_static("/")),
        Destination::Live
        | Destination::Ready
        | Destination::Health
        | Destination::Development(_)
        | Destination::VersionChoice
        | Destination::IdentityApi(_) => None,
    }
}

/// Keeps tokens and passwords out of every `Debug` output.
fn hide_secrets(headers: &mut HeaderMap) {
    for (name, value) in headers {
        if SENSITIVE_HEADERS.contains(name) {
            value.set_sensitive(true);
        }
    }
}

/// 500 for a panic in a handler. The panic hook has logged the panic.
fn answer_to_panic(_: Box<dyn Any + Send>) -> Response {
    ServiceError::Panicked("a handler panicked".into()).into_response()
}
