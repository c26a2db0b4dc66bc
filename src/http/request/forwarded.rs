//! The headers in which proxies describe the request that they pass on: `Forwarded` (RFC 7239), or
//! `X-Forwarded-*` without it.
//!
//! Every proxy appends on the right. The reader starts at the peer of the socket and moves left
//! only while the proxy that wrote an element is trusted. So nothing counts that a client may have
//! written.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::uri::Authority;

use super::authority::host;
use super::header_list::{elements, last_elements, trimmed, unquoted};
use crate::net::is_path;

/// The most proxies in a row that count. Elements further left are ignored.
const MAX_HOPS: usize = 32;

/// What trusted proxies say about the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Forwarded {
    /// The rightmost address that is not a trusted proxy's. If a proxy names none, the address of
    /// that proxy, which has none on a UNIX socket.
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<&'static str>,
    pub(super) authority: Option<Authority>,
    pub(super) prefix: Option<String>,
}

/// What one proxy says about the request that it received.
#[derive(Debug, Default)]
struct Hop {
    /// The address that sent the request to the proxy.
    node: Option<IpAddr>,
    scheme: Option<&'static str>,
    authority: Option<Authority>,
}

impl Forwarded {
    /// Reads the `headers` of a request from `peer`.
    ///
    /// Scheme and host are those of the outermost trusted proxy, the one that the client talked to.
    pub(super) fn read(
        headers: &HeaderMap,
        peer: Option<IpAddr>,
        is_trusted: impl Fn(Option<IpAddr>) -> bool,
    ) -> Self {
        let mut forwarded = Self {
            client: peer,
            scheme: None,
            authority: None,
            prefix: None,
        };
        if !is_trusted(peer) {
            return forwarded;
        }
        let is_standard = headers.contains_key("forwarded");
        let hops = last_elements(
            headers,
            if is_standard {
                "forwarded"
            } else {
                "x-forwarded-for"
            },
            MAX_HOPS,
        );
        let mut depth = 0;
        for text in hops.into_iter().rev() {
            let hop = if is_standard {
                Hop::read(text)
            } else {
                Hop {
                    node: node(&trimmed(text)),
                    ..Hop::default()
                }
            };
            depth += 1;
            forwarded.scheme = hop.scheme.or(forwarded.scheme);
            forwarded.authority = hop.authority.or(forwarded.authority);
            let Some(node) = hop.node else { break };
            forwarded.client = Some(node);
            if !is_trusted(Some(node)) {
                break;
            }
        }
        let outermost = |name| nth_from_right(headers, name, depth.max(1));
        if !is_standard {
            forwarded.scheme = outermost("x-forwarded-proto").and_then(|text| scheme(&text));
            forwarded.authority = outermost("x-forwarded-host").and_then(|text| host(&text));
        }
        let prefix =
            outermost("x-forwarded-prefix").map(|prefix| prefix.trim_end_matches('/').to_owned());
        forwarded.prefix = prefix.filter(|prefix| is_path(prefix));
        forwarded
    }
}

impl Hop {
    /// Reads one element of `Forwarded`: pairs of a name and a value.
    fn read(element: &[u8]) -> Self {
        let mut hop = Self::default();
        for pair in elements(element, b';') {
            let pair = trimmed(pair);
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let value = unquoted(value);
            match name.to_ascii_lowercase().as_str() {
                "for" => hop.node = hop.node.or_else(|| node(&value)),
                "proto" => hop.scheme = hop.scheme.or_else(|| scheme(&value)),
                "host" => hop.authority = hop.authority.or_else(|| host(&value)),
                _ => {}
            }
        }
        hop
    }
}

/// The element that proxy number `depth`, counted from the peer, wrote into a header. If proxies
/// replace the header instead of appending to it, it has fewer elements, and the leftmost one
/// counts.
fn nth_from_right<'a>(headers: &'a HeaderMap, name: &str, depth: usize) -> Option<Cow<'a, str>> {
    let elements = last_elements(headers, name, MAX_HOPS);
    elements
        .get(elements.len().saturating_sub(depth))
        .map(|text| trimmed(text))
}

/// An address with or without a port. `unknown` and obfuscated names are none.
fn node(text: &str) -> Option<IpAddr> {
    let bracketed = || {
        text.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<Ipv6Addr>()
            .ok()
            .map(IpAddr::from)
    };
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(bracketed)
        .or_else(with_port);
    address.map(|address| address.to_canonical())
}

fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"]
        .into_iter()
        .find(|scheme| scheme.eq_ignore_ascii_case(text))
}
