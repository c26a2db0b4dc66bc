//! The service as one configuration describes it: what an answer is made of, and what each answer
//! gets, however the request ends.

use std::any::Any;
use std::cell::LazyCell;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tokio::time::timeout_at;

use super::destination::{Destination, OTHER_LABELS};
use super::error::ServiceError;
use super::exchange::Exchange;
use super::health::{self, Health};
use crate::auth::Authenticator;
use crate::development::{Development, InjectedFault};
use crate::http::Settings;
use crate::http::request::{client_address, forwarded_scheme};
use crate::http::response::{Cors, CorsAnswer};
use crate::identity_api::IdentityApi;
use crate::image_api::{ImageApi, is_about_tags_alone};
use crate::metrics::RequestMetrics;
use crate::policy::Policy;
use crate::upstream::Upstream;

/// The header with the caller's token.
pub(super) const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The headers whose values no `Debug` output shows.
static SENSITIVE_HEADERS: [HeaderName; 3] = [
    AUTH_TOKEN,
    HeaderName::from_static("x-subject-token"),
    header::AUTHORIZATION,
];

/// The service as one configuration describes it. A request is answered by the one that was in
/// force when it came.
#[derive(Debug)]
pub(super) struct ConfiguredService {
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

impl ConfiguredService {
    /// Answers one request and logs it in one line. Every request gets an answer, and every answer
    /// has a request id.
    pub(super) async fn answer(&self, mut request: Request) -> Response {
        hide_secrets(request.headers_mut());
        let destination = Destination::of(request.uri(), &self.settings.path_prefix);
        let cors = self.cors(&request);
        let exchange = self.open(&request, &destination);
        let injected = self.injected_fault(&request, &destination);
        let delay = injected.as_ref().map(InjectedFault::latency);
        let delay = delay.unwrap_or_default();
        let answer = {
            // Pinned here, because each wrapper that the future is moved to keeps room for it.
            let steps = pin!(self.within_time(request, destination, &exchange, delay));
            // What a panic leaves behind is dropped with the request, or behind a lock that
            // expects it.
            let answer = AssertUnwindSafe(steps).catch_unwind();
            let answer = answer.map(|answer| answer.unwrap_or_else(answer_to_panic));
            let answer = exchange.log.request().scope(answer);
            match &injected {
                Some(injected) => Box::pin(injected.apply(answer)).await,
                None => answer.await,
            }
        };
        let mut response = exchange.close(answer);
        if let Some(injected) = injected {
            injected.mark(response.headers_mut(), &self.settings.www_authenticate);
        }
        with_cors(response, cors)
    }

    /// The answer to a request on a connection past the limit. `/livez` still gets 200: restarting
    /// an overloaded process would make things worse.
    pub(super) fn reject(&self, request: &Request) -> Response {
        let destination = Destination::of(request.uri(), &self.settings.path_prefix);
        let exchange = self.open(request, &destination);
        let answer = match destination {
            Destination::Live => health::live(),
            _ => ServiceError::TooManyConnections.into_response(),
        };
        with_cors(exchange.close(answer), self.cors(request))
    }

    /// Whether a browser asks by this request, which needs no token, about another one.
    pub(super) fn is_preflight(&self, request: &Request) -> bool {
        self.settings.cors.is_some() && Cors::is_preflight(request)
    }

    /// What the answer says of the origin of `request`.
    fn cors(&self, request: &Request) -> Option<CorsAnswer> {
        let cors = self.settings.cors.as_ref();
        cors.map(|cors| cors.answer(request))
    }

    /// Begins with `request`, which is counted by its route, whether it gets there or not.
    fn open(&self, request: &Request, destination: &Destination) -> Exchange<'_> {
        let settings = &self.settings;
        let client = client_address(request, settings);
        let exchange = Exchange::open(request, client, &self.requests, &self.is_stopped);
        if destination.is_probe() {
            exchange.log.mark_as_probe();
        }
        let position = LazyCell::new(|| match destination {
            Destination::ImageApi(uri) => self.image_api.position(uri.path()),
            other => {
                let label = other.label();
                let other = OTHER_LABELS
                    .iter()
                    .position(|other| Some(*other) == label)?;
                Some(self.image_api.paths().len() + other)
            }
        });
        exchange.timer.note_route(|| *position);
        let label = || labels(&self.image_api).nth((*position)?);
        let log = exchange.log.request();
        log.note_route(label);
        log.note_scheme(|| forwarded_scheme(request, settings));
        exchange
    }

    /// What happens to the request on purpose, if anything does.
    fn injected_fault(
        &self,
        request: &Request,
        destination: &Destination,
    ) -> Option<InjectedFault> {
        let development = self.development.as_ref()?;
        // A page would never send the request that it asks about.
        if Cors::is_preflight(request) {
            return None;
        }
        development.inject(request.method(), destination.path_of_faults()?)
    }

    /// Takes the steps within the time that a request may take, after a `delay` on purpose. An
    /// upload may take any time.
    async fn within_time(
        &self,
        request: Request,
        destination: Destination,
        exchange: &Exchange<'_>,
        delay: Duration,
    ) -> Response {
        let log = &exchange.log;
        let is_upload = destination.is_upload(request.method());
        // Glance takes the time that it needs.
        let is_for_glance = self.upstream.is_some()
            && matches!(&destination, Destination::ImageApi(uri) if !is_about_tags_alone(uri));
        let steps = pin!(self.steps(request, destination, log));
        let outcome = if is_upload || is_for_glance {
            steps.await
        } else {
            let deadline = log.started() + delay + self.settings.request_timeout;
            let outcome = timeout_at(deadline, steps).await;
            outcome.unwrap_or(Err(ServiceError::TimedOut))
        };
        outcome.into_response()
    }
}

/// The labels by which requests are counted: the paths of the routes of the Image API, and after
/// them the other parts of the service.
pub(super) fn labels(image_api: &ImageApi) -> impl Iterator<Item = &'static str> {
    image_api.paths().iter().copied().chain(OTHER_LABELS)
}

fn with_cors(mut response: Response, cors: Option<CorsAnswer>) -> Response {
    if let Some(cors) = cors {
        cors.add_to(response.headers_mut());
    }
    response
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
