//! What counts of the headers of proxies.

use std::net::IpAddr;

use axum::http::{HeaderName, HeaderValue};

use super::forwarded::Forwarded;

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
