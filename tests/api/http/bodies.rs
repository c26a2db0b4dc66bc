//! Request bodies of the tag calls, which need none.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use insta::assert_snapshot;

use crate::support::{DEBIAN, TestApp};

fn path() -> String {
    format!("/v2/images/{DEBIAN}/tags/x")
}

#[tokio::test]
async fn a_body_is_ignored_whatever_json_it_holds() {
    let app = TestApp::new();
    for (content_type, body) in [
        (None, "hello"),
        (Some("application/json"), "null"),
        (Some("application/json; charset=utf-8"), "{broken"),
        (Some("APPLICATION/JSON"), "[]"),
        (
            Some("application/openstack-images-v2.1-json-patch+json"),
            "[]",
        ),
        (Some(""), "x"),
    ] {
        let headers: Vec<_> = content_type
            .map(|value| ("Content-Type", value))
            .into_iter()
            .collect();
        for method in [Method::PUT, Method::DELETE] {
            let response = app
                .member()
                .send_body(method, &path(), &headers, body)
                .await;
            assert_eq!(response.status, StatusCode::NO_CONTENT, "{content_type:?}");
        }
    }
}

#[tokio::test]
async fn a_body_of_another_media_type_is_415_on_put_only() {
    let app = TestApp::new();
    let mut refusals = Vec::new();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "!!!",
    ] {
        let headers = [("Content-Type", content_type)];
        let send = async |method: Method, body: &'static str| {
            app.member()
                .send_body(method, &path(), &headers, body)
                .await
        };
        refusals.push(send(Method::PUT, "x").await.to_line());
        assert_eq!(app.member().tags(DEBIAN).await, [""; 0]);
        // glanceclient sends a media type without a body.
        let without_body = app.member().send(Method::PUT, &path(), &headers).await;
        assert_eq!(without_body.status, StatusCode::NO_CONTENT);
        let deleted = send(Method::DELETE, "x").await;
        assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    }
    assert_snapshot!(refusals.join("\n"), @r"
    415 The request media type text/plain is not supported by this server. \n\n Send one of: application/json
    415 The request media type application/x-www-form-urlencoded is not supported by this server. \n\n Send one of: application/json
    415 The request media type application/jsonx is not supported by this server. \n\n Send one of: application/json
    415 The request media type !!! is not supported by this server. \n\n Send one of: application/json
    ");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_before_it_is_415() {
    let app = TestApp::with(|config| config.limits.body_bytes = 8);
    let mut refusals = BTreeSet::new();
    for method in [Method::PUT, Method::DELETE] {
        let announced = [("Content-Type", "text/plain"), ("Content-Length", "9")];
        let response = app
            .member()
            .send_body(method.clone(), &path(), &announced, "123456789")
            .await;
        refusals.insert(response.to_text());
        let unannounced = app
            .member()
            .send_body(
                method,
                &path(),
                &announced[..1],
                Body::new("123456789".to_owned()),
            )
            .await;
        assert_eq!(unannounced.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
    assert_eq!(refusals.len(), 1);
    assert_snapshot!(refusals.first().unwrap(), @"
    413 Request Entity Too Large
    content-type: text/plain; charset=UTF-8

    413 Request Entity Too Large

    The body of your request was too large for this server.
    ");
    let longest = app
        .member()
        .send_body(Method::PUT, &path(), &[], "12345678")
        .await;
    assert_eq!(longest.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_checks_of_token_and_route_precede_that_of_the_body_which_precedes_that_of_the_tag() {
    let app = TestApp::new();
    let plain = &[("Content-Type", "text/plain")][..];
    let path = format!("/v2/images/nope/tags/{}", "a".repeat(256));
    for (client, method, headers, status) in [
        (app.anon(), Method::PUT, plain, StatusCode::UNAUTHORIZED),
        (
            app.member(),
            Method::POST,
            plain,
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (
            app.member(),
            Method::PUT,
            plain,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (app.member(), Method::PUT, &[], StatusCode::BAD_REQUEST),
    ] {
        let response = client.send_body(method, &path, headers, "x").await;
        assert_eq!(response.status, status);
    }
}
