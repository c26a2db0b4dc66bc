//! `/livez`, `/readyz`, and the file that takes the service out of rotation.

use std::path::Path;

use axum::http::{Method, StatusCode};
use image_tags::config::Config;

use crate::support::raw::Raw;
use crate::support::stores::Fault;
use crate::support::{Response, TestApp};

const PLAIN: &str = "text/plain; charset=UTF-8";

/// The service that `file` disables.
fn disabled_by(file: &Path) -> TestApp {
    TestApp::with(|config: &mut Config| {
        config.server.disable_file = file.into();
        config.server.path_prefix = "/image".into();
    })
}

fn parts(response: &Response) -> (u16, Option<&str>, &str) {
    let content_type = response.header("content-type");
    (response.status.as_u16(), content_type, &response.body)
}

#[tokio::test]
async fn the_process_lives_whatever_its_store_does() {
    for fault in [Fault::Unavailable, Fault::Panic] {
        let app = TestApp::faulty(fault, |config| {
            config.server.path_prefix = "/image".into();
        });
        for path in ["/livez", "/livez/", "/image/livez"] {
            let response = app.anon().get(path).await;
            assert_eq!(parts(&response), (200, Some(PLAIN), "ok"), "{path}");
            assert!(response.header("x-openstack-request-id").is_some());
        }
        let head = app.anon().send(Method::HEAD, "/livez", &[]).await;
        assert_eq!(head.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_service_is_ready_while_its_store_is() {
    let app = TestApp::new();
    for path in ["/readyz", "/readyz/"] {
        let response = app.anon().get(path).await;
        assert_eq!(parts(&response), (200, Some(PLAIN), "ok"), "{path}");
    }
    let app = TestApp::faulty(Fault::Unavailable, |_| {});
    let response = app.anon().get("/readyz").await;
    let reason = "The store is not available.";
    assert_eq!(parts(&response), (503, Some(PLAIN), reason));
    assert_eq!(response.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_file_takes_the_service_out_of_rotation_and_leaves_the_api_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("disabled");
    let app = disabled_by(&file);
    assert_eq!(app.anon().get("/healthcheck").await.body, "OK");
    std::fs::write(&file, "").unwrap();
    for path in [
        "/healthcheck",
        "/readyz",
        "/image/healthcheck",
        "/image/readyz",
    ] {
        let response = app.anon().get(path).await;
        assert_eq!(parts(&response), (503, Some(PLAIN), "DISABLED BY FILE"));
        assert_eq!(response.header("retry-after"), None);
    }
    assert_eq!(app.anon().get("/livez").await.status, StatusCode::OK);
    assert_eq!(app.member().get("/v2/images").await.status, StatusCode::OK);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(app.anon().get("/healthcheck").await.body, "OK");
    assert_eq!(app.anon().get("/readyz").await.body, "ok");
}

#[tokio::test]
async fn a_file_disables_in_the_words_of_oslo_middleware() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let app = disabled_by(file.path());
    let json = [("Accept", "application/json")];
    let response = app.anon().send(Method::GET, "/healthcheck", &json).await;
    let body =
        "{\n    \"detailed\": false,\n    \"reasons\": [\n        \"DISABLED BY FILE\"\n    ]\n}";
    assert_eq!(parts(&response), (503, Some("application/json"), body));
    let head = app.anon().send(Method::HEAD, "/healthcheck", &json).await;
    assert_eq!(parts(&head), (503, Some(PLAIN), ""));
}

#[tokio::test]
async fn the_process_lives_also_on_a_connection_over_the_limit() {
    let server = TestApp::with(|config| config.limits.connections = 1)
        .listen()
        .await;
    let ask = async |path: &str| {
        let mut client = Raw::connect(&server.address).await;
        client.send(format!("GET {path} HTTP/1.1\r\n\r\n")).await;
        let response = client.response().await.unwrap();
        (client, response.status)
    };
    let (_first, status) = ask("/readyz").await;
    assert_eq!(status, 200);
    assert_eq!(ask("/readyz").await.1, 503);
    assert_eq!(ask("/livez").await.1, 200);
}
