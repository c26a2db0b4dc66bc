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

/// A host with or without a port, and nothing else.
pub(super) fn host(text: &str) -> Option<Authority> {
    text.parse().ok().filter(is_plain)
}

/// Whether an authority has no user, and its port, if any, is a number.
pub(super) fn is_plain(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let port = authority.as_str().strip_prefix(authority.host());
    let is_port = |port: &str| matches!(port, "" | ":") || authority.port_u16().is_some();
    !authority.host().is_empty() && port.is_some_and(is_port)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn read(headers: &[(&str, &str)]) -> Forwarded {
        let header = |(name, value): &(&str, &str)| {
            (
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            )
        };
        let headers = headers.iter().map(header).collect();
        let is_trusted = |address: Option<IpAddr>| match address {
            Some(IpAddr::V4(address)) => address.octets()[0] == 10,
            _ => false,
        };
        Forwarded::read(&headers, PROXY.parse().ok(), is_trusted)
    }

    fn client(name: &str, value: &str) -> String {
        read(&[(name, value)]).client.unwrap().to_string()
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_is_the_client() {
        for (value, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("203.0.113.9, 192.0.2.1", "192.0.2.1"),
            ("203.0.113.9, 192.0.2.1,10.0.0.7 , 10.0.0.8", "192.0.2.1"),
            ("2001:db8::1, 10.0.0.7", "2001:db8::1"),
            ("[2001:db8::1]:80, 10.0.0.7", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            // Only proxies that are trusted: one of them asks for itself.
            ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
            ("192.0.2.1, unknown, 10.0.0.7", "10.0.0.7"),
            ("", PROXY),
        ] {
            assert_eq!(client("X-Forwarded-For", value), expected, "{value}");
        }
    }

    #[test]
    fn elements_of_forwarded_are_read_as_rfc_7239_has_them() {
        for (value, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            (
                "For=\"192.0.2.1:4711\" ; proto=https;by=10.0.0.1",
                "192.0.2.1",
            ),
            ("for=\"[2001:db8::1]:4711\", for=10.0.0.7", "2001:db8::1"),
            ("for=\"[2001:db8::1]\"", "2001:db8::1"),
            ("for=\"192.0.2.\\1\"", "192.0.2.1"),
            (
                "for=203.0.113.9, for=192.0.2.1;ext=\"a, \\\"for=b\";host=x, for=10.0.0.7",
                "192.0.2.1",
            ),
            ("for=192.0.2.1, for=_hidden, for=10.0.0.7", "10.0.0.7"),
            ("for=unknown", PROXY),
            ("proto=https", PROXY),
            // What a client leaves open hides nothing of what proxies add.
            ("for=\"203.0.113.9, for=192.0.2.1", "192.0.2.1"),
            (
                "for=\"203.0.113.9\\, for=\"[2001:db8::1]:80\"",
                "2001:db8::1",
            ),
            ("\u{e9}, for=192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(client("Forwarded", value), expected, "{value}");
        }
    }

    #[test]
    fn lines_of_one_header_are_one_list() {
        let lines = [
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Forwarded-For", "192.0.2.1"),
            ("X-Forwarded-For", PROXY),
        ];
        assert_eq!(read(&lines).client.unwrap().to_string(), "192.0.2.1");
    }

    #[test]
    fn scheme_and_host_are_those_of_the_outermost_trusted_proxy() {
        let forwarded = read(&[(
            "Forwarded",
            "for=a;proto=http;host=evil, for=192.0.2.1;proto=https;host=cloud:8443, for=10.0.0.7;proto=http;host=in",
        )]);
        assert_eq!(
            (forwarded.scheme, forwarded.authority.unwrap().as_str()),
            (Some("https"), "cloud:8443")
        );
        let silent = read(&[(
            "Forwarded",
            "for=192.0.2.1, for=10.0.0.7;proto=https;host=cloud",
        )]);
        assert_eq!(
            (silent.scheme, silent.authority.unwrap().as_str()),
            (Some("https"), "cloud")
        );

        let of = |addresses, proto, host| {
            read(&[
                ("X-Forwarded-For", addresses),
                ("X-Forwarded-Proto", proto),
                ("X-Forwarded-Host", host),
                ("X-Forwarded-Prefix", "/evil, /image/, /in"),
            ])
        };
        let lists = of(
            "203.0.113.9, 192.0.2.1, 10.0.0.7",
            "ftp, https, http",
            "evil, cloud, in",
        );
        assert_eq!(
            (lists.scheme, lists.authority.unwrap().as_str()),
            (Some("https"), "cloud")
        );
        assert_eq!(lists.prefix.unwrap(), "/image");
        // Proxies that replace these headers leave one word, which is as good.
        let single = of("203.0.113.9, 192.0.2.1, 10.0.0.7", "https", "cloud");
        assert_eq!(
            (single.scheme, single.authority.unwrap().as_str()),
            (Some("https"), "cloud")
        );
    }

    #[test]
    fn a_list_of_absurd_length_is_heard_only_to_its_32nd_element() {
        let flood = format!("192.0.2.1{}", ", 10.0.0.7".repeat(6000));
        assert_eq!(client("X-Forwarded-For", &flood), "10.0.0.7");
        assert_eq!(
            client(
                "Forwarded",
                &format!("{}for=192.0.2.1", "\",".repeat(30_001))
            ),
            "192.0.2.1"
        );
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for text in [
            "x",
            "x:",
            "x:80",
            "a_b.example.com",
            "192.0.2.1:80",
            "[2001:db8::1]:80",
        ] {
            assert!(host(text).is_some(), "{text}");
        }
        for text in [
            "", ":80", "u@x", "x@x:80", "u:p@x", "x:y", "x:99999", "x/y", "x y", "[::1",
        ] {
            assert!(host(text).is_none(), "{text}");
        }
    }
}
