//! Hosts with or without a port, as requests and proxies name them.

use axum::http::uri::Authority;

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

/// Whether `host` is a name or an IPv4 address, with or without a port. Nearly all are, and need no
/// parser.
pub(super) fn is_usual_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let is_port = || port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    !name.is_empty() && name.bytes().all(is_in_name) && (port.is_empty() || is_port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_host_is_a_host() {
        for text in [
            "glance",
            "glance.example.com:9292",
            "127.0.0.1:65535",
            "a-b.",
            "a:",
            "a:007",
        ] {
            assert!(is_usual_host(text) && host(text).is_some(), "{text}");
        }
        for text in [
            "", ":1", "a:65536", "a:+1", "a b", "user@a", "[::1]:80", "a/b", "\u{e9}",
        ] {
            assert!(!is_usual_host(text), "{text}");
        }
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
