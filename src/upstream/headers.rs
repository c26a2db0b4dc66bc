//! The headers of a request on its way to Glance.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The headers about one connection (RFC 9110, 7.6.1), which end with it.
static OF_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    // This service has answered it.
    header::EXPECT,
];

/// The headers in which proxies describe the request.
static OF_PROXIES: [HeaderName; 5] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-port"),
];

/// Removes what is about the connection, also what `Connection` names.
pub(super) fn remove_those_of_the_connection(headers: &mut HeaderMap) {
    let named: Vec<_> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse::<HeaderName>().ok())
        .collect();
    for name in OF_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
}

/// Describes the request as this service has understood it: what the client itself wrote about it
/// does not reach Glance.
pub(super) fn describe_client(headers: &mut HeaderMap, client: Option<IpAddr>, base: &str) {
    for name in &OF_PROXIES {
        headers.remove(name);
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", ""));
    let host = rest.split('/').next().unwrap_or_default();
    let client = client.map(|client| client.to_string());
    for (name, value) in OF_PROXIES[1..4]
        .iter()
        .zip([client.as_deref(), Some(host), Some(scheme)])
    {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn what_is_about_the_connection_does_not_pass() {
        let mut sent = headers(&[
            ("connection", "close, X-Own"),
            ("x-own", "1"),
            ("transfer-encoding", "chunked"),
            ("expect", "100-continue"),
            ("x-auth-token", "token"),
        ]);
        remove_those_of_the_connection(&mut sent);
        assert_eq!(sent, headers(&[("x-auth-token", "token")]));
    }

    #[test]
    fn glance_is_told_who_the_client_is_and_not_who_it_says_it_is() {
        let mut sent = headers(&[
            ("forwarded", "for=10.0.0.1"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-port", "1"),
        ]);
        let client = "192.0.2.7".parse().ok();
        describe_client(&mut sent, client, "https://images.example:9292/image");
        let expected = [
            ("x-forwarded-for", "192.0.2.7"),
            ("x-forwarded-host", "images.example:9292"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(sent, headers(&expected));
    }
}
