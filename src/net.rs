//! Predicates on the hosts and paths of URLs.

use std::net::IpAddr;

use axum::http::{HeaderValue, Uri};

/// Whether the host of a URL is a loopback one: `localhost`, an address in 127.0.0.0/8, or `::1`,
/// with or without brackets.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether `text` can be prepended to the path of a URL without escaping: `/image`, but neither `/`
/// nor `/image/`.
pub(crate) fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.ends_with('/')
        && !text.contains("//")
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte))
}

/// Whether `text` is an http or https URL without a query, which fits into a header.
pub(crate) fn is_http_url(text: &str) -> bool {
    let uri = text
        .parse::<Uri>()
        .ok()
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    uri.is_some_and(|uri| uri.query().is_none())
        && !text.contains(['"', '#', '@'])
        && HeaderValue::from_str(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_localhost_and_loopback_addresses_are_loopback() {
        for host in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "localhost.example.com",
            "0.0.0.0",
            "[::]",
            "10.0.0.1",
            "127.0.0.1.example.com",
            "2130706433",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_path_needs_no_escaping_and_has_no_slash_at_its_end() {
        for path in ["/image", "/a/b-c", "/~a._"] {
            assert!(is_path(path), "{path}");
        }
        for path in [
            "", "/", "image", "/image/", "/a//b", "/a b", "/a?b", "/\u{e9}", "/%41",
        ] {
            assert!(!is_path(path), "{path}");
        }
    }
}
