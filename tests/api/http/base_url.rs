//! The links that clients get: where they lead, and whose forwarding headers count.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use image_tags::service::Peer;

use super::host::{first_link, sent};
use crate::support::log::Log;
use crate::support::{Response, TestApp};

/// The link in the version list for a client of `app` that sends `headers`.
async fn link(app: TestApp, headers: &str) -> String {
    let server = app.listen().await;
    let head = format!("GET / HTTP/1.1\r\nHost: inside:9292\r\n{headers}");
    first_link(&sent(&server.address, &head).await)
}

fn trusting(networks: &[&str]) -> TestApp {
    TestApp::with(|config| {
        config.server.trusted_proxies = networks
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
    })
}

#[tokio::test]
async fn a_trusted_proxy_determines_the_base_url() {
    for (headers, expected) in [
        ("", "http://inside:9292/v2/"),
        ("X-Forwarded-Proto: https\r\n", "https://inside:9292/v2/"),
        (
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: cloud.example.com\r\n",
            "https://cloud.example.com/v2/",
        ),
        (
            "X-Forwarded-Proto: gopher, https\r\nX-Forwarded-Host: evil.example.com, cloud.example.com\r\n",
            "https://cloud.example.com/v2/",
        ),
        (
            "X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\nX-Forwarded-For: 10.0.0.7\r\n\
             X-Forwarded-Proto: gopher, https, http\r\nX-Forwarded-Host: evil.example.com, a.example.com, in\r\n",
            "https://a.example.com/v2/",
        ),
        (
            "X-Forwarded-Host: cloud.example.com\r\nX-Forwarded-Prefix: /image/\r\n",
            "http://cloud.example.com/image/v2/",
        ),
        (
            "Forwarded: host=evil.example.com, for=192.0.2.1;proto=https;host=\"cloud.example.com:8443\"\r\nX-Forwarded-Proto: http\r\n",
            "https://cloud.example.com:8443/v2/",
        ),
        (
            "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: user@x\r\nX-Forwarded-Prefix: \"><x>\r\n",
            "http://inside:9292/v2/",
        ),
    ] {
        assert_eq!(
            link(trusting(&["10.0.0.0/8", "127.0.0.0/8"]), headers).await,
            expected,
            "{headers}"
        );
    }
}

#[tokio::test]
async fn forwarding_headers_of_other_peers_are_ignored() {
    let headers = "Forwarded: proto=https;host=evil.example.com\r\nX-Forwarded-Host: evil.example.com\r\nX-Forwarded-Prefix: /x\r\n";
    for networks in [&[][..], &["10.0.0.0/8", "::1/128"]] {
        assert_eq!(
            link(trusting(networks), headers).await,
            "http://inside:9292/v2/"
        );
    }
}

#[tokio::test]
async fn the_prefix_is_part_of_every_link_and_may_be_in_every_path() {
    let app = TestApp::with(|config| config.server.path_prefix = "/image".to_owned());
    for path in ["/", "/image", "/image/", "/image/versions", "/versions"] {
        let response = app.anon().send(Method::GET, path, &[("Host", "x")]).await;
        assert_eq!(
            response.json()["versions"][0]["links"][0]["href"],
            "http://x/image/v2/",
            "{path}"
        );
    }
    for path in [
        "/image/v2/images",
        "/v2/images",
        "/image/images",
        "/image/v2.7/images",
    ] {
        assert_eq!(
            app.member().get(path).await.json()["images"]
                .as_array()
                .unwrap()
                .len(),
            2,
            "{path}"
        );
    }
    assert_eq!(app.anon().get("/image/healthcheck").await.body, "OK");
    let created = app
        .member()
        .send_body(Method::POST, "/image/v2/images", &[("Host", "x")], "{}")
        .await;
    assert!(
        created
            .header("location")
            .unwrap()
            .starts_with("http://x/image/v2/images/")
    );
}

#[tokio::test]
async fn a_trusted_proxy_is_recognized_by_its_ipv4_mapped_address() {
    let app = trusting(&["10.0.0.0/8"]);
    let response = app
        .api
        .answer(from(
            "[::ffff:10.0.0.1]:1",
            "X-Forwarded-Host",
            "cloud.example.com",
        ))
        .await;
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(&body).contains("http://cloud.example.com/v2/"));
}

/// A request from `peer` with one header.
fn from(peer: &str, name: &str, value: &str) -> Request<Body> {
    let mut request = Request::get("/versions")
        .header(name, value)
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(Peer(peer.parse().unwrap()));
    request
}

#[tokio::test]
async fn the_log_shows_the_address_of_the_client_and_no_forged_one() {
    let log = Log::start();
    let app = trusting(&["10.0.0.0/8"]);
    for (peer, name, value, expected) in [
        (
            "10.0.0.1:1",
            "X-Forwarded-For",
            "203.0.113.9, 192.0.2.1, 10.0.0.7",
            "192.0.2.1",
        ),
        (
            "10.0.0.1:1",
            "Forwarded",
            "for=203.0.113.9, for=\"[2001:db8::1]:80\"",
            "2001:db8::1",
        ),
        ("192.0.2.2:1", "X-Forwarded-For", "203.0.113.9", "192.0.2.2"),
        (
            "[::ffff:192.0.2.2]:1",
            "Forwarded",
            "for=203.0.113.9",
            "192.0.2.2",
        ),
    ] {
        app.api.answer(from(peer, name, value)).await;
        assert_eq!(
            log.requests().last().unwrap()["client"],
            expected,
            "{peer} {value}"
        );
    }
}

fn href(response: &Response) -> String {
    response.json()["versions"][0]["links"][0]["href"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn links_lead_to_the_host_of_the_request_if_it_is_valid() {
    let app = TestApp::new();
    for (host, expected) in [
        (
            "image.example.com:8080",
            "http://image.example.com:8080/v2/",
        ),
        ("[::1]:9292", "http://[::1]:9292/v2/"),
        ("", "http://127.0.0.1:9292/v2/"),
    ] {
        assert_eq!(
            href(&app.anon().send(Method::GET, "/", &[("Host", host)]).await),
            expected
        );
    }
    for host in ["user@image.example.com", "a b", "x/../y"] {
        assert_eq!(
            app.anon()
                .send(Method::GET, "/", &[("Host", host)])
                .await
                .status,
            StatusCode::BAD_REQUEST
        );
    }
}

#[tokio::test]
async fn the_public_endpoint_overrides_the_host_of_the_request() {
    let app = TestApp::with(|config| {
        config.server.public_endpoint = "https://cloud.example.com/image/".to_owned();
    });
    let response = app
        .anon()
        .send(Method::GET, "/", &[("Host", "evil.example.com")])
        .await;
    assert_eq!(href(&response), "https://cloud.example.com/image/v2/");
}
