//! The links that clients are given: where they lead, and whose word counts.

use axum::body::Body;
use axum::http::{Method, Request};
use image_tags::service::Peer;

use crate::support::log::Log;
use crate::support::raw::{Raw, RawAnswer};
use crate::support::{MEMBER, TestApp};

/// The link of the version list that a client of `app` gets when it sends `headers`.
async fn link(app: TestApp, headers: &str) -> String {
    let server = app.listen().await;
    let head = format!("GET / HTTP/1.1\r\nHost: inside:9292\r\n{headers}");
    first_link(&sent(&server.address, &head).await)
}

/// The answer to a request with this head, without the empty line after it.
async fn sent(address: &str, head: &str) -> RawAnswer {
    let mut client = Raw::connect(address).await;
    client.send(format!("{head}\r\n")).await;
    client.answer().await.unwrap()
}

fn first_link(answer: &RawAnswer) -> String {
    let versions: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    versions["versions"][0]["links"][0]["href"]
        .as_str()
        .unwrap()
        .to_owned()
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
async fn a_trusted_proxy_says_where_the_client_came_from() {
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
async fn the_word_of_others_does_not_count() {
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
        let answer = app.anon().send(Method::GET, path, &[("Host", "x")]).await;
        assert_eq!(
            answer.json()["versions"][0]["links"][0]["href"],
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
async fn a_proxy_that_comes_by_ipv4_to_a_listener_of_both_is_known_by_its_ipv4_address() {
    let app = trusting(&["10.0.0.0/8"]);
    let answer = app
        .api
        .answer(from(
            "[::ffff:10.0.0.1]:1",
            "X-Forwarded-Host",
            "cloud.example.com",
        ))
        .await;
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX)
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(&body).contains("http://cloud.example.com/v2/"));
}

/// A request that came from `peer`, with one header.
fn from(peer: &str, name: &str, value: &str) -> Request<Body> {
    let mut request = Request::get("/versions")
        .header(name, value)
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(Peer(peer.parse().unwrap()));
    request
}

#[tokio::test]
async fn the_log_shows_the_address_of_the_client_and_not_what_the_client_made_up() {
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

/// RFC 9112, 3.2. Glance answers a request without `Host` (recorded as `root_no_host`), and so does this service.
#[tokio::test]
async fn two_hosts_or_one_that_is_none_are_400_whatever_is_asked_for() {
    let server = TestApp::new().listen().await;
    for hosts in [
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nHost:\r\n",
        "Host: u@a\r\n",
        "Host: a/b\r\n",
        "Host: a:b\r\n",
    ] {
        for target in [
            "GET /",
            "PUT /v2/images/x/tags/y",
            "GET /healthcheck",
            "OPTIONS /v2",
            "GET http://b/identity/v3",
        ] {
            let head = format!("{target} HTTP/1.1\r\nAccept: application/json\r\n{hosts}");
            let answer = sent(&server.address, &head).await;
            assert_eq!(answer.status, 400, "{head}");
            assert!(answer.header("x-openstack-request-id").is_some());
            let error: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(error["code"], "400 Bad Request", "{head}");
        }
    }
    for hosts in [
        "",
        "Host:\r\n",
        "Host: [::1]:9292\r\n",
        "Host: under_score\r\n",
    ] {
        assert_eq!(
            sent(&server.address, &format!("GET / HTTP/1.1\r\n{hosts}"))
                .await
                .status,
            300,
            "{hosts}"
        );
    }
}

/// RFC 9112, 3.2.2.
#[tokio::test]
async fn the_host_in_the_request_line_comes_before_the_host_header_in_every_link() {
    let server = TestApp::with(|config| config.server.path_prefix = "/image".to_owned())
        .listen()
        .await;
    let get = async |method: &str, target: &str, rest: &str| {
        let head =
            format!("{method} http://outside:8080{target} HTTP/1.1\r\nHost: inside\r\n{rest}");
        sent(&server.address, &head).await
    };
    for target in ["/", "/image", "/versions", "//image//v2.3/", "/v2"] {
        let answer = get("GET", target, &format!("X-Auth-Token: {MEMBER}\r\n")).await;
        assert_eq!(
            first_link(&answer),
            "http://outside:8080/image/v2/",
            "{target}"
        );
    }
    let create = format!("X-Auth-Token: {MEMBER}\r\nContent-Length: 2\r\n\r\n{{}}");
    for target in ["/v2/images", "/image/v2/images", "/images"] {
        let answer = get("POST", target, &create).await;
        assert!(
            answer
                .header("location")
                .unwrap()
                .starts_with("http://outside:8080/image/v2/images/"),
            "{target}"
        );
    }
    for target in [
        "/identity/v3",
        "/image/identity//v3/",
        "/identity/v3/auth/catalog",
    ] {
        let answer = get("GET", target, &format!("X-Auth-Token: {MEMBER}\r\n")).await;
        let body = String::from_utf8(answer.body).unwrap();
        assert!(
            body.contains("http://outside:8080/image/identity") && !body.contains("inside"),
            "{target} {body}"
        );
    }
}
