//! The steps of a request before routing, in the order in which they are taken.
//!
//! The steps are not layers of a router: what a router adds to an answer, such as `Allow`, would
//! tell a caller without a token what exists.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::configured_service::{AUTH_TOKEN, ConfiguredService};
use super::destination::Destination;
use super::error::ServiceError;
use super::health;
use crate::auth::Token;
use crate::http::Settings;
use crate::http::request::{base_url, check_host};
use crate::identity::Identity;
use crate::identity_api::IdentityApi;
use crate::image_api::{Caller, is_about_tags, version_list};
use crate::policy::Rights;
use crate::telemetry::{AccessLogEntry, RequestId};
use crate::trace_context::TraceContext;
use crate::upstream::Upstream;

impl ConfiguredService {
    /// The steps before routing.
    pub(super) async fn steps(
        &self,
        mut request: Request,
        destination: Destination,
        log: &AccessLogEntry,
    ) -> Result<Response, ServiceError> {
        let Self {
            settings,
            health,
            image_api,
            identity_api,
            development,
            upstream,
            ..
        } = self;
        check_host(&request)?;
        let upstream = upstream.as_ref();
        if let Some(upstream) = upstream.filter(|_| !self.is_preflight(&request)) {
            describe(&mut request, settings, log);
            if let Some(uri) = uri_for_glance(&destination, request.method()) {
                *request.uri_mut() = uri;
                let answer = Box::pin(upstream.pass(request)).await;
                return answer.map_err(Into::into);
            }
        }
        if request.method() == Method::OPTIONS {
            return Ok(([(header::CONTENT_LENGTH, 0)], Body::empty()).into_response());
        }
        let versions = |status| Ok(version_list(settings, &request, status));
        let uri = match destination {
            Destination::VersionChoice(_) => return versions(StatusCode::MULTIPLE_CHOICES),
            Destination::Versions(_) => return versions(StatusCode::OK),
            Destination::Live => return Ok(health::live()),
            Destination::Ready => return Ok(health.ready().await),
            Destination::Health => {
                return health.check(request.method(), request.headers()).await;
            }
            Destination::IdentityApi(uri) => match identity_api {
                Some(api) => return Ok(Box::pin(self.identity(api, uri, request)).await),
                None => return versions(StatusCode::MULTIPLE_CHOICES),
            },
            Destination::Development(path) => {
                let development = development.as_ref().ok_or(ServiceError::NotFound)?;
                let rights = self.rights(request.headers(), log).await?;
                let tokens = &*self.authenticator;
                let answer = development.answer(&rights, tokens, &path, request);
                return Ok(Box::pin(answer).await);
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
fn uri_for_glance(destination: &Destination, method: &Method) -> Option<Uri> {
    match destination {
        Destination::ImageApi(uri) => (!is_about_tags(method, uri)).then(|| uri.clone()),
        Destination::Versions(_) => Some(Uri::from_static("/versions")),
        Destination::VersionChoice(path) if path == "/" => Some(Uri::from_static("/")),
        Destination::Live
        | Destination::Ready
        | Destination::Health
        | Destination::Development(_)
        | Destination::VersionChoice(_)
        | Destination::IdentityApi(_) => None,
    }
}
