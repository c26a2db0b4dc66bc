//! Version documents, the versions in a path, and paths that no route has.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;

use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn the_versions_need_no_token() {
    let app = TestApp::new();
    for (path, status) in [
        ("/", 300),
        ("/v1", 300),
        ("/v3/images", 300),
        ("/favicon.ico", 300),
        ("/versions", 200),
        ("/versions/x", 200),
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let response = app.anon().send(method, path, &[]).await;
            assert_eq!(response.status.as_u16(), status, "{path}");
            assert_eq!(response.header("content-type"), Some("application/json"));
            assert!(
                response
                    .header("x-openstack-request-id")
                    .unwrap()
                    .starts_with("req-")
            );
        }
    }
    let versions = app
        .anon()
        .send(Method::GET, "/", &[("Host", "image.example.com")])
        .await;
    assert_snapshot!(versions.body, @r#"{"versions":[{"id":"v2.7","status":"CURRENT","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.6","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.5","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.4","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.3","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.2","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.1","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]},{"id":"v2.0","status":"SUPPORTED","links":[{"rel":"self","href":"http://image.example.com/v2/"}]}]}"#);
}

#[tokio::test]
async fn an_endpoint_with_a_version_shows_the_versions_to_a_valid_token() {
    let app = TestApp::new();
    for path in ["/v2", "/v2/", "/v2.5", "//v2//"] {
        assert_eq!(app.anon().get(path).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(app.member().get(path).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn every_served_version_is_the_same_api() {
    let app = TestApp::new();
    for version in ["v2.0", "v2.7", "v2.13", "v2.15", "v2.17"] {
        let response = app
            .member()
            .send(
                Method::PUT,
                &format!("/{version}/images/{DEBIAN}/tags/{version}"),
                &[],
            )
            .await;
        assert_eq!(response.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(
        app.member().tags(DEBIAN).await,
        ["v2.0", "v2.13", "v2.15", "v2.17", "v2.7"]
    );
}

#[tokio::test]
async fn runs_of_slashes_count_as_one() {
    let app = TestApp::new();
    let response = app
        .member()
        .send(
            Method::PUT,
            &format!("//v2///images//{DEBIAN}//tags//x"),
            &[],
        )
        .await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_unknown_route_is_404_and_an_unknown_method_on_it_501() {
    let app = TestApp::new();
    let mut not_implemented = BTreeSet::new();
    for path in [
        "/v2/nope",
        "/v2/images/",
        "/v2/images/x/tags/",
        "/v2/images/x/tags/a/b",
    ] {
        for method in ["GET", "PUT", "DELETE", "POST", "PATCH", "HEAD"] {
            let response = app.member().send(method.parse().unwrap(), path, &[]).await;
            assert_eq!(response.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
        let response = app
            .member()
            .send("PROPFIND".parse().unwrap(), path, &[])
            .await;
        not_implemented.insert(response.to_text());
    }
    assert_eq!(not_implemented.len(), 1);
    assert_snapshot!(not_implemented.first().unwrap(), @"
    501 Not Implemented
    content-type: text/plain; charset=UTF-8

    501 Not Implemented

     The request method PROPFIND is not implemented for this server.
    ");
}
