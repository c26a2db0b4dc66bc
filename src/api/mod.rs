//! The Image API: the way of a request from its arrival to its answer, and the route table.
//!
//! The steps before routing stand in `Api::steps`, in the order in which they are taken. They are not layers of the
//! router, because what a router adds to an answer (an `Allow` header, say) would tell a caller without a token what is
//! there.

mod accept;
mod actions;
mod body;
mod context;
mod data;
mod endpoint;
mod envelope;
mod error;
mod forwarded;
mod health;
mod identity;
mod images;
mod json;
mod members;
mod page;
mod path;
mod python;
mod query;
mod reply;
mod schemas;
mod tags;
mod versions;
mod view;

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use tower::ServiceExt;

pub use context::{Context, Settings};
pub use identity::IdentityService;

use context::Caller;
use endpoint::Origin;
use envelope::Envelope;
use error::Error;
use path::Place;

use crate::auth::Token;
use crate::identity::Identity;
use crate::telemetry::{AccessLogEntry, RequestId};

/// Every path below `/v2`, and what may be done there.
fn routes(context: Arc<Context>) -> Router {
    let image = "/v2/images/{image_id}";
    Router::new()
        .route("/v2", resource("GET").get(versions::supported))
        .route("/v2/", resource("GET").get(versions::supported))
        .route("/v2/versions", resource("GET").get(versions::supported))
        .route("/v2/schemas/image", resource("GET").get(schemas::IMAGE))
        .route("/v2/schemas/images", resource("GET").get(schemas::IMAGES))
        .route("/v2/schemas/member", resource("GET").get(schemas::MEMBER))
        .route("/v2/schemas/members", resource("GET").get(schemas::MEMBERS))
        .route(
            "/v2/images",
            resource("GET, POST").get(images::list).post(images::create),
        )
        .route(
            image,
            resource("GET, PATCH, DELETE")
                .get(images::show)
                .patch(images::update)
                .delete(images::delete),
        )
        .route(
            &format!("{image}/file"),
            resource("GET, PUT").get(data::download).put(data::upload),
        )
        .route(
            &format!("{image}/actions/deactivate"),
            resource("POST").post(actions::deactivate),
        )
        .route(
            &format!("{image}/actions/reactivate"),
            resource("POST").post(actions::reactivate),
        )
        .route(
            &format!("{image}/tags/{{tag}}"),
            resource("PUT, DELETE").put(tags::add).delete(tags::remove),
        )
        .route(
            &format!("{image}/members"),
            resource("GET, POST").get(members::list).post(members::add),
        )
        .route(
            &format!("{image}/members/{{member_id}}"),
            resource("GET, PUT, DELETE")
                .get(members::show)
                .put(members::update)
                .delete(members::remove),
        )
        .fallback(no_such_route)
        .with_state(context)
}

/// A resource that has the methods `allow` and no other: 405 for the rest, `HEAD` included, as in Glance.
fn resource(allow: &'static str) -> MethodRouter<Arc<Context>> {
    let refuse = move |method: Method| async move { Error::MethodNotAllowed { method, allow } };
    MethodRouter::new().head(refuse).fallback(refuse)
}

/// 404, or 501 for a method that Glance does not know.
async fn no_such_route(method: Method) -> Error {
    match method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::DELETE
        | Method::PATCH => Error::NoSuchRoute,
        _ => Error::MethodNotImplemented(method),
    }
}

/// What a router makes of a request.
async fn route(router: &Router, request: Request) -> Result<Response, Error> {
    match router.clone().oneshot(request).await {
        Ok(response) => Ok(response),
        Err(never) => match never {},
    }
}

/// 204 with the content type that the API documents show.
fn no_content() -> Response {
    (
        StatusCode::NO_CONTENT,
        [(header::CONTENT_TYPE, "text/html; charset=UTF-8")],
    )
        .into_response()
}

/// The peer of the connection, as an extension of the request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The whole service: takes requests, gives answers.
#[derive(Clone, Debug)]
pub struct Api {
    context: Arc<Context>,
    routes: Router,
    identity_routes: Router,
}

impl Api {
    /// The service over what `context` holds.
    #[must_use]
    pub fn new(context: Context) -> Self {
        let context = Arc::new(context);
        let identity_routes = identity::routes(Arc::clone(&context));
        Self {
            routes: routes(Arc::clone(&context)),
            identity_routes,
            context,
        }
    }

    /// Answers one request, and logs it in one line. Every answer has a request id; no request is without an answer.
    pub async fn answer(&self, mut request: Request) -> Response {
        let origin = Arc::new(Origin::of(&request, &self.context.settings));
        let envelope = Envelope::open(&request, origin.client);
        request.extensions_mut().insert(origin);
        let response = self.guarded(request, &envelope.log).await;
        envelope.close(response)
    }

    /// Waits for the writes whose clients went away. To be called when no request is in flight any more.
    pub async fn writes_done(&self) {
        self.context.writes_done().await;
    }

    /// The answer to a request that came over one connection too many.
    #[must_use]
    pub fn turn_away(request: &Request) -> Response {
        Envelope::open(request, endpoint::peer(request))
            .close(Error::TooManyConnections.into_response())
    }

    /// Takes the steps, but not for ever, and survives a panic in one of them.
    async fn guarded(&self, request: Request, log: &AccessLogEntry) -> Response {
        let limit = if path::is_upload(&request) {
            Duration::MAX
        } else {
            self.context.settings.request
        };
        let mut steps = pin!(self.steps(request, log));
        let survived = poll_fn(|task| {
            let polled = catch_unwind(AssertUnwindSafe(|| steps.as_mut().poll(task)));
            polled.unwrap_or_else(|_| Poll::Ready(Err(error::panicked())))
        });
        tokio::time::timeout(limit, survived)
            .await
            .unwrap_or(Err(Error::Slow))
            .into_response()
    }

    /// The checks before routing, in their order.
    async fn steps(&self, mut request: Request, log: &AccessLogEntry) -> Result<Response, Error> {
        endpoint::named(&request)?;
        if request.method() == Method::OPTIONS {
            return Ok(([(header::CONTENT_LENGTH, 0)], Body::empty()).into_response());
        }
        match path::place(request.uri(), &self.context.settings.path_prefix) {
            Place::Choices => {
                return Ok(versions::list(
                    &self.context,
                    &request,
                    StatusCode::MULTIPLE_CHOICES,
                ));
            }
            Place::Versions => return Ok(versions::list(&self.context, &request, StatusCode::OK)),
            Place::Health => {
                return health::check(&self.context, request.method(), request.headers()).await;
            }
            Place::Identity(uri) if self.context.identity.is_some() => {
                return self.identity(uri, request).await;
            }
            Place::Identity(_) => {
                return Ok(versions::list(
                    &self.context,
                    &request,
                    StatusCode::MULTIPLE_CHOICES,
                ));
            }
            Place::Api(uri) => *request.uri_mut() = uri,
        }
        let identity = self.authenticate(request.headers(), log.client()).await?;
        let _ = log.caller.set(Arc::clone(&identity));
        if let Some(id) = request.headers().get(RequestId::HEADER) {
            RequestId::from_client(id)?;
        }
        request.extensions_mut().insert(Caller {
            identity,
            request_id: log.id().clone(),
        });
        route(&self.routes, request).await
    }

    /// What the embedded identity answers. It looks for tokens itself.
    async fn identity(&self, uri: Uri, mut request: Request) -> Result<Response, Error> {
        let base = identity::Base(endpoint::base(&self.context.settings, &request));
        *request.uri_mut() = uri;
        request.extensions_mut().insert(base);
        let mut answer = route(&self.identity_routes, request).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            let challenge = self.context.settings.www_authenticate.clone();
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        Ok(answer)
    }

    /// Whom the token of a request stands for. One token is needed: none, two, or one that is not valid is 401.
    async fn authenticate(
        &self,
        headers: &HeaderMap,
        client: Option<IpAddr>,
    ) -> Result<Arc<Identity>, Error> {
        let mut tokens = headers.get_all("x-auth-token").iter();
        let token = match (tokens.next(), tokens.next()) {
            (Some(token), None) => Token::new(token.as_bytes()),
            _ => None,
        };
        let identity = match token {
            Some(token) => {
                self.context
                    .authenticator
                    .authenticate(&token, client)
                    .await?
            }
            None => None,
        };
        identity.ok_or_else(|| Error::Unauthorized(self.context.settings.www_authenticate.clone()))
    }
}
