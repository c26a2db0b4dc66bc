//! Where a request comes from, and the URL under which its client reaches the service, for the links that it is given.
//!
//! Both are worked out once a request, before its path is rewritten.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;

use super::Peer;
use super::context::Settings;
use super::error::Error;
use super::forwarded::{Told, host, is_plain};

/// Where a request comes from, as an extension of it.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The address of the client: of the peer, or what proxies that are trusted say.
    pub(super) client: Option<IpAddr>,
    scheme: &'static str,
    authority: Option<Authority>,
    prefix: String,
}

impl Origin {
    /// As the connection, the proxies that are trusted and the client say, in this order.
    pub(super) fn of(request: &Request, settings: &Settings) -> Self {
        let is_trusted = |address| {
            settings
                .trusted_proxies
                .iter()
                .any(|network| network.contains(&address))
        };
        let told = peer(request).map(|peer| Told::by(request.headers(), peer, is_trusted));
        let client = told.as_ref().map(|told| told.client);
        let (scheme, authority, prefix) = told
            .map(|told| (told.scheme, told.authority, told.prefix))
            .unwrap_or_default();
        Self {
            client,
            scheme: scheme.unwrap_or("http"),
            authority: authority.or_else(|| named(request).ok().flatten()),
            prefix: prefix.unwrap_or_default(),
        }
    }
}

/// The address of the peer of the connection.
pub(super) fn peer(request: &Request) -> Option<IpAddr> {
    request
        .extensions()
        .get::<Peer>()
        .map(|peer| peer.0.ip().to_canonical())
}

/// The host that a client names: in the request line or, if there is none, in `Host`. `Host` is there once at most, and
/// names a host (RFC 9112, 3.2). Without one it is a request all the same, as for Glance.
pub(super) fn named(request: &Request) -> Result<Option<Authority>, Error> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let in_header = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => return Err(Error::invalid("There is more than one Host header.")),
        (Some(value), None) if !value.is_empty() => {
            let host = value.to_str().ok().and_then(host);
            Some(host.ok_or_else(|| Error::invalid("The Host header names no host."))?)
        }
        _ => None,
    };
    match request.uri().authority() {
        Some(authority) if is_plain(authority) => Ok(Some(authority.clone())),
        Some(_) => Err(Error::invalid("The target of the request names no host.")),
        None => Ok(in_header),
    }
}

/// The URL of the service without a slash at its end: as configured; else as its [`Origin`] says.
pub(super) fn base(settings: &Settings, request: &Request) -> String {
    if let Some(endpoint) = &settings.public_endpoint {
        return endpoint.clone();
    }
    let origin = request.extensions().get::<Arc<Origin>>();
    let (scheme, prefix) = origin.map_or(("http", ""), |origin| (origin.scheme, &origin.prefix));
    let authority = origin.and_then(|origin| origin.authority.as_ref());
    let authority = authority.map_or_else(|| settings.listen.to_string(), ToString::to_string);
    format!("{scheme}://{authority}{prefix}{}", settings.path_prefix)
}
