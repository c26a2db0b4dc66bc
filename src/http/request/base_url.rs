//! Where a request comes from, and the base URL under which its client reaches the service.
//!
//! Links in answers start with the base URL.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;

use super::authority::{host, is_plain, is_usual_host};
use super::forwarded::Forwarded;
use crate::http::{HttpError, Settings};

/// The address of the connection's peer, as an extension of the request. A peer on a UNIX socket
/// has none.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The address of the client: what trusted proxies say, or the peer.
pub(crate) fn client_address(request: &Request, settings: &Settings) -> Option<IpAddr> {
    forwarded(request, settings).client
}

/// The scheme by which the client reaches the service, if trusted proxies say it.
pub(crate) fn forwarded_scheme(request: &Request, settings: &Settings) -> Option<&'static str> {
    forwarded(request, settings).scheme
}

/// What trusted proxies say about `request`.
fn forwarded(request: &Request, settings: &Settings) -> Forwarded {
    let proxies = &settings.trusted_proxies;
    let is_trusted = |address| proxies.iter().any(|proxy| proxy.includes(address));
    Forwarded::read(request.headers(), peer_address(request), is_trusted)
}

/// The address of the connection's peer.
fn peer_address(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<Peer>();
    peer.map(|peer| peer.0.ip().to_canonical())
}

/// Checks the host that the request names: 400 for two `Host` headers, or for one that is no host.
pub(crate) fn check_host(request: &Request) -> Result<(), HttpError> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next(), request.uri().authority()) {
        (Some(host), None, None) if host.to_str().is_ok_and(is_usual_host) => Ok(()),
        _ => requested_host(request).map(drop),
    }
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

/// The base URL of the service without a slash at its end: the configured one, or else the one by
/// which trusted proxies or the request itself name the service.
pub(crate) fn base_url(settings: &Settings, request: &Request) -> String {
    if let Some(endpoint) = &settings.public_endpoint {
        return endpoint.clone();
    }
    let Forwarded {
        scheme,
        authority,
        prefix,
        ..
    } = forwarded(request, settings);
    let authority = authority.or_else(|| requested_host(request).ok().flatten());
    let authority = authority.map_or_else(|| settings.listen.clone(), |it| it.to_string());
    let (scheme, prefix) = (scheme.unwrap_or("http"), prefix.unwrap_or_default());
    format!("{scheme}://{authority}{prefix}{}", settings.path_prefix)
}
