//! The settings that HTTP handling needs, as plain data.

use std::time::Duration;

use axum::http::HeaderValue;

use super::response::Cors;
use crate::config::TrustedProxy;

/// How the service is reached and how long a request may take.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The base URL for links in answers, without a slash at its end. `None` derives it from each
    /// request.
    pub(crate) public_endpoint: Option<String>,
    /// The authority of the listening address: the last resort for a base URL.
    pub(crate) listen: String,
    /// The path prefix under which the service is also reachable, such as `/image`; empty for none.
    pub(crate) path_prefix: String,
    /// The proxies whose `Forwarded` and `X-Forwarded-*` headers count.
    pub(crate) trusted_proxies: Vec<TrustedProxy>,
    /// The value of the `WWW-Authenticate` header of a 401.
    pub(crate) www_authenticate: HeaderValue,
    /// The origins whose pages may read the answers; `None` for none.
    pub(crate) cors: Option<Cors>,
    /// The longest time that a request other than an upload may take.
    pub(crate) request_timeout: Duration,
    /// The limits of request bodies.
    pub(crate) bodies: BodyLimits,
}

/// Upper bounds on request bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// The longest body, in bytes, of a request that needs none, and of a login.
    pub(crate) ignored_bytes: usize,
    /// The longest JSON body, in bytes.
    pub(crate) json_bytes: usize,
    /// The longest image data, in bytes.
    pub(crate) upload_bytes: u64,
    /// The longest time that a body may take; for image data, that the next piece may take.
    pub(crate) timeout: Duration,
}
