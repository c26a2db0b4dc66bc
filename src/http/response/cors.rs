//! Cross-origin requests (CORS): which pages of other origins may read the answers.
//!
//! As with the filter of oslo.middleware in front of Glance, every answer to a request from an
//! allowed origin says so, and a preflight is an `OPTIONS` request, which needs no token. The lists
//! of methods and headers are Glance's, and what this API has beyond them.

use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

/// Methods that a page may use.
const METHODS: &str = "GET,PUT,POST,DELETE,PATCH,HEAD";

/// Headers that a page may send.
const REQUEST_HEADERS: &str = "\
     Accept,Accept-Language,Content-Type,Cache-Control,Content-Language,Expires,Last-Modified,\
     Pragma,Content-MD5,X-Image-Meta-Checksum,X-Storage-Token,Accept-Encoding,X-Auth-Token,\
     X-Identity-Status,X-Roles,X-Service-Catalog,X-User-Id,X-Tenant-Id,X-OpenStack-Request-ID,\
     If-Match,If-None-Match,Range,X-Subject-Token";

/// Headers of an answer that a page may read, besides those that it always may.
const RESPONSE_HEADERS: &str = "\
     X-Image-Meta-Checksum,X-Auth-Token,X-Subject-Token,X-Service-Token,X-OpenStack-Request-ID,\
     ETag,Location,Content-Location,Content-Range,Content-MD5,Retry-After,\
     OpenStack-image-import-methods";

/// The origins whose pages may read the answers.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    /// The origins; `None` for any.
    origins: Option<Vec<HeaderValue>>,
    allow_credentials: bool,
    max_age: HeaderValue,
    /// The headers of an answer that a page may read.
    exposed: HeaderValue,
}

/// What is said of the origin of one request.
#[derive(Debug)]
pub(crate) struct CorsAnswer(HeaderMap);

impl Cors {
    /// Allows `origins`; `None` is any.
    pub(crate) fn new(
        origins: Option<Vec<HeaderValue>>,
        allow_credentials: bool,
        max_age: Duration,
    ) -> Self {
        Self {
            origins,
            allow_credentials,
            max_age: max_age.as_secs().into(),
            exposed: HeaderValue::from_static(RESPONSE_HEADERS),
        }
    }

    /// Has pages read the header `name` too.
    pub(crate) fn exposing(self, name: &HeaderName) -> Self {
        let exposed = format!("{RESPONSE_HEADERS},{name}").parse();
        Self {
            exposed: exposed.unwrap_or(self.exposed),
            ..self
        }
    }

    /// Whether a browser asks by this request if its page may send another one.
    pub(crate) fn is_preflight(request: &Request) -> bool {
        let headers = request.headers();
        request.method() == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// What the answer to `request` says of its origin.
    pub(crate) fn answer(&self, request: &Request) -> CorsAnswer {
        let mut headers = HeaderMap::new();
        // Also without an origin, or a cache would give such an answer to a page.
        headers.insert(VARY, HeaderValue::from_static("Origin"));
        let Some(allowed) = self.allowed(request.headers()) else {
            return CorsAnswer(headers);
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
        if self.allow_credentials {
            say(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        if Self::is_preflight(request) {
            say(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            say(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
        } else {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
        }
        CorsAnswer(headers)
    }

    /// The allowed origin that a request comes from, if there is one.
    fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        match &self.origins {
            None => Some(HeaderValue::from_static("*")),
            Some(origins) => origins.iter().find(|allowed| *allowed == origin).cloned(),
        }
    }
}

impl CorsAnswer {
    /// Adds the headers to those of an answer, unless they are Glance's, which then knows better.
    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        for (name, value) in &self.0 {
            headers.append(name, value.clone());
        }
    }
}
