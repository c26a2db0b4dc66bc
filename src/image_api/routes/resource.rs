//! The methods of a resource, and the answers to those that it does not have.

use std::fmt;
use std::pin::Pin;

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::{IntoResponse as _, Response};

use crate::image_api::error::Error;
use crate::image_api::request_state::RequestState;

/// The answer to be.
type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Calls a handler.
type Endpoint = Box<dyn Fn(Request, RequestState) -> Answer + Send + Sync>;

/// A function whose parameters axum extracts from the request.
pub(in crate::image_api) trait RouteHandler<T>:
    Handler<T, RequestState>
{
}

impl<T, H: Handler<T, RequestState>> RouteHandler<T> for H {}

/// A resource: a path, or all paths of one form.
pub(in crate::image_api) struct Resource {
    /// The methods for `Allow`; `None` if other methods are answered as if there were no such path.
    allow: Option<&'static str>,
    endpoints: Vec<(Method, Endpoint)>,
}

/// A resource that supports the methods in `allow`: 405 for every other one, `HEAD` included, as in
/// Glance.
pub(in crate::image_api) fn resource(allow: &'static str) -> Resource {
    Resource {
        allow: Some(allow),
        endpoints: Vec::new(),
    }
}

/// A resource that does not exist for other methods than those that it has.
pub(in crate::image_api) fn hidden_resource() -> Resource {
    Resource {
        allow: None,
        ..resource("")
    }
}

impl Resource {
    /// Whether a handler answers the method.
    pub(in crate::image_api) fn has(&self, method: &Method) -> bool {
        self.endpoints.iter().any(|(own, _)| own == method)
    }

    /// Has `handler` answer `GET`.
    pub(in crate::image_api) fn get<T: 'static>(self, handler: impl RouteHandler<T>) -> Self {
        self.on(Method::GET, handler)
    }

    /// Has `handler` answer `HEAD`.
    pub(in crate::image_api) fn head<T: 'static>(self, handler: impl RouteHandler<T>) -> Self {
        self.on(Method::HEAD, handler)
    }

    /// Has `handler` answer `PUT`.
    pub(in crate::image_api) fn put<T: 'static>(self, handler: impl RouteHandler<T>) -> Self {
        self.on(Method::PUT, handler)
    }

    /// Has `handler` answer `POST`.
    pub(in crate::image_api) fn post<T: 'static>(self, handler: impl RouteHandler<T>) -> Self {
        self.on(Method::POST, handler)
    }

    /// Has `handler` answer `PATCH`.
    pub(in crate::image_api) fn patch<T: 'static>(self, handler: impl RouteHandler<T>) -> Self {
        self.on(Method::PATCH, handler)
    }

    /// Has `handler` answer `DELETE`.
    pub(in crate::image_api) fn delete<T: 'static>(self, handler: impl RouteHandler<T>) -> Self {
        self.on(Method::DELETE, handler)
    }

    fn on<T: 'static>(mut self, method: Method, handler: impl RouteHandler<T>) -> Self {
        let endpoint =
            move |request, state| -> Answer { Box::pin(handler.clone().call(request, state)) };
        self.endpoints.push((method, Box::new(endpoint)));
        self
    }

    /// Answers a request to the resource.
    pub(in crate::image_api) async fn answer(
        &self,
        request: Request,
        state: RequestState,
    ) -> Response {
        let mut endpoints = self.endpoints.iter();
        let method = request.method();
        match endpoints.find(|(supported, _)| supported == method) {
            Some((_, endpoint)) => endpoint(request, state).await,
            None => self.refusal(method.clone()).into_response(),
        }
    }

    fn refusal(&self, method: Method) -> Error {
        match self.allow {
            Some(allow) => Error::MethodNotAllowed { method, allow },
            None => no_such_route(method),
        }
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods = self.endpoints.iter().map(|(method, _)| method);
        f.debug_list().entries(methods).finish()
    }
}

/// 404, or 501 for a method that Glance does not know.
pub(in crate::image_api) fn no_such_route(method: Method) -> Error {
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
