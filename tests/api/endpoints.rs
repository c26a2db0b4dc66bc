//! The links that clients are given: where they lead, and whose word counts.

use axum::body::Body;
use axum::http::{Method, Request};
use image_tags::api::Peer;

use crate::support::TestApp;
use crate::support::raw::Raw;

/// The link of the version list that a client of `app` gets when it sends `headers`.
async fn link(app: TestApp, headers: &str) -> String {
    let server = app.listen().await;
    let mut client = Raw::connect(&server.address).await;
    client.send(format!("GET / HTTP/1.1\r\nHost: inside:9292\r\n{headers}\r\n")).await;
    let versions: serde_json::Value = serde_json::from_slice(&client.answer().await.unwrap().body).unwrap();
    versions["versions"][0]["links"][0]["href"].as_str().unwrap().to_owned()
}

fn trusting(networks: &[&str]) -> TestApp {
    TestApp::with(|config| {
        config.server.trusted_proxies = networks.iter().map(|network| network.parse().unwrap()).collect();
    })
}

#[tokio::test]
async fn a_trusted_proxy_says_where_the_client_came_from() {
    for (headers, expected) in [
        ("", "http://inside:9292/v2/"),
        ("X-Forwarded-Proto: https\r\n", "https://inside:9292/v2/"),
        ("X-Forwarded-Proto: https\r\nX-Forwarded-Host: cloud.example.com\r\n", "https://cloud.example.com/v2/"),
        (
            "X-Forwarded-Proto: https, http\r\nX-Forwarded-Host: a.example.com, b.example.com\r\n",
            "https://a.example.com/v2/",
        ),
        (
            "X-Forwarded-Host: cloud.example.com\r\nX-Forwarded-Prefix: /image/\r\n",
            "http://cloud.example.com/image/v2/",
        ),
        (
            "Forwarded: for=192.0.2.1;proto=https;host=\"cloud.example.com:8443\"\r\nX-Forwarded-Proto: http\r\n",
            "https://cloud.example.com:8443/v2/",
        ),
        (
            "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: user@x\r\nX-Forwarded-Prefix: \"><x>\r\n",
            "http://inside:9292/v2/",
        ),
    ] {
        assert_eq!(link(trusting(&["10.0.0.0/8", "127.0.0.0/8"]), headers).await, expected, "{headers}");
    }
}

#[tokio::test]
async fn the_word_of_others_does_not_count() {
    let headers = "Forwarded: proto=https;host=evil.example.com\r\nX-Forwarded-Host: evil.example.com\r\nX-Forwarded-Prefix: /x\r\n";
    for networks in [&[][..], &["10.0.0.0/8", "::1/128"]] {
        assert_eq!(link(trusting(networks), headers).await, "http://inside:9292/v2/");
    }
}

#[tokio::test]
async fn the_prefix_is_part_of_every_link_and_may_be_in_every_path() {
    let app = TestApp::with(|config| config.server.path_prefix = "/image".to_owned());
    for path in ["/", "/image", "/image/", "/image/versions", "/versions"] {
        let answer = app.anon().send(Method::GET, path, &[("Host", "x")]).await;
        assert_eq!(answer.json()["versions"][0]["links"][0]["href"], "http://x/image/v2/", "{path}");
    }
    for path in ["/image/v2/images", "/v2/images", "/image/images", "/image/v2.7/images"] {
        assert_eq!(app.member().get(path).await.json()["images"].as_array().unwrap().len(), 2, "{path}");
    }
    assert_eq!(app.anon().get("/image/healthcheck").await.body, "OK");
    let created = app.member().send_body(Method::POST, "/image/v2/images", &[("Host", "x")], "{}").await;
    assert!(created.header("location").unwrap().starts_with("http://x/image/v2/images/"));
}

#[tokio::test]
async fn a_proxy_that_comes_by_ipv4_to_a_listener_of_both_is_known_by_its_ipv4_address() {
    let app = trusting(&["10.0.0.0/8"]);
    let mut request =
        Request::get("/versions").header("X-Forwarded-Host", "cloud.example.com").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer("[::ffff:10.0.0.1]:1".parse().unwrap()));
    let answer = app.api.answer(request).await;
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("http://cloud.example.com/v2/"));
}
