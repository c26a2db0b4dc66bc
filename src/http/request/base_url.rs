//! Where a request comes from, and the base URL under which its client reaches the service.
//!
//! Both are determined once per request, before its path is rewritten. Links in answers start with
//! the base URL.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;

use super::forwarded::{Forwarded, host, is_plain};
use crate::http::{HttpError, Settings};

/// The address of the connection's peer, as an extension of the request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Where a request comes from, as an extension of the request.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The address of the client: what trusted proxies say, or the peer.
    pub(crate) client: Option<IpAddr>,
    scheme: &'static str,
    authority: Option<Authority>,
    prefix: String,
}

impl Origin {
    /// Reads what trusted proxies say about `request`, and completes it from its `Host`.
    pub(crate) fn of(request: &Request, settings: &Settings) -> Self {
        let networks = &settings.trusted_proxies;
        let is_trusted = |address| networks.iter().any(|network| network.contains(&address));
        let forwarded =
            peer_address(request).map(|peer| Forwarded::read(request.headers(), peer, is_trusted));
        let client = forwarded.as_ref().map(|forwarded| forwarded.client);
        let (scheme, authority, prefix) = forwarded
            .map(|forwarded| (forwarded.scheme, forwarded.authority, forwarded.prefix))
            .unwrap_or_default();
        Self {
            client,
            scheme: scheme.unwrap_or("http"),
            authority: authority.or_else(|| requested_host(request).ok().flatten()),
            prefix: prefix.unwrap_or_default(),
        }
    }
}

/// The address of the connection's peer.
pub(crate) fn peer_address(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<Peer>();
    peer.map(|peer| peer.0.ip().to_canonical())
}

/// Checks the host that the request names: 400 for two `Host` headers, or for one that is no host.
pub(crate) fn check_host(request: &Request) -> Result<(), HttpError> {
    requested_host(request).map(drop)
}

/// The host that a client names: in the request target or, without one there, in `Host`.
///
/// `Host` may appear once and must name a host (RFC 9112, 3.2). A request without one is accepted,
/// as Glance does.
fn requested_host(request: &Request) -> Result<Option<Authority>, HttpError> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let in_header = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => {
            return Err(HttpError::invalid("There is more than one Host header."));
        }
        (Some(value), None) if !value.is_empty() => {
            let host = value.to_str().ok().and_then(host);
            Some(host.ok_or_else(|| HttpError::invalid("The Host header names no host."))?)
        }
        _ => None,
    };
    match request.uri().authority() {
        Some(authority) if is_plain(authority) => Ok(Some(authority.clone())),
        Some(_) => Err(HttpError::invalid(
            "The target of the request names no host.",
        )),
        None => Ok(in_header),
    }
}

/// The base URL of the service without a slash at its end: the configured one, or else the one that
/// the request's [`Origin`] gives.
pub(crate) fn base_url(settings: &Settings, request: &Request) -> String {
    if let Some(endpoint) = &settings.public_endpoint {
        return endpoint.clone();
    }
    let origin = request.extensions().get::<Arc<Origin>>();
    let (scheme, prefix) = origin.map_or(("http", ""), |origin| (origin.scheme, &origin.prefix));
    let authority = origin.and_then(|origin| origin.authority.as_ref());
    let authority = authority.map_or_else(|| settings.listen.to_string(), ToString::to_string);
    format!("{scheme}://{authority}{prefix}{}", settings.path_prefix)
}
