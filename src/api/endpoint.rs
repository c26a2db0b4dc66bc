//! The URL under which a client reaches the service, for the links that it is given.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

use super::Peer;
use super::context::Settings;
use crate::config::is_path;

/// The URL of the service without a slash at its end: as configured; else as a proxy that is trusted says; else as the
/// client names it, if that is a host and nothing more.
pub(super) fn base(settings: &Settings, request: &Request) -> String {
    if let Some(endpoint) = &settings.public_endpoint {
        return endpoint.clone();
    }
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    let is_trusted = peer.is_some_and(|peer| settings.trusted_proxies.iter().any(|network| network.contains(&peer)));
    let told = if is_trusted { Forwarded::of(request.headers()) } else { Forwarded::default() };
    let scheme = told.scheme.unwrap_or("http");
    let authority = told.authority.or_else(|| named(request.uri(), request.headers()));
    let authority = authority.map_or_else(|| settings.listen.to_string(), |authority| authority.to_string());
    format!("{scheme}://{authority}{}{}", told.prefix.unwrap_or_default(), settings.path_prefix)
}

/// The host that a client names in the request line or in `Host`.
fn named(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let in_header = || host(headers.get(header::HOST)?.to_str().ok()?);
    uri.authority().cloned().filter(is_plain).or_else(in_header)
}

/// What a proxy says of the request that it passes on.
#[derive(Debug, Default)]
struct Forwarded {
    scheme: Option<&'static str>,
    authority: Option<Authority>,
    prefix: Option<String>,
}

impl Forwarded {
    /// From `Forwarded` (RFC 7239), else from `X-Forwarded-Proto`, `-Host` and `-Prefix`. Of several proxies the first
    /// counts: it is the one that the client talked to.
    fn of(headers: &HeaderMap) -> Self {
        let first = |name: &str| headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim);
        let prefix =
            first("x-forwarded-prefix").map(|prefix| prefix.trim_end_matches('/')).filter(|prefix| is_path(prefix));
        let prefix = prefix.map(str::to_owned);
        if let Some(element) = first("forwarded") {
            let parameter = |wanted: &str| {
                let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
                pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim_matches('"'))
            };
            return Self {
                scheme: parameter("proto").and_then(scheme),
                authority: parameter("host").and_then(host),
                prefix,
            };
        }
        Self {
            scheme: first("x-forwarded-proto").and_then(scheme),
            authority: first("x-forwarded-host").and_then(host),
            prefix,
        }
    }
}

fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(text))
}

fn host(text: &str) -> Option<Authority> {
    text.parse().ok().filter(is_plain)
}

/// A host and perhaps a port, without a user.
fn is_plain(authority: &Authority) -> bool {
    !authority.as_str().contains('@') && !authority.host().is_empty()
}
