//! Request bodies, which the tag calls do not need, and the forms of error bodies.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use insta::assert_snapshot;

use crate::support::{DEBIAN, TestApp};

fn path() -> String {
    format!("/v2/images/{DEBIAN}/tags/x")
}

#[tokio::test]
async fn a_body_is_ignored_whatever_json_it_is() {
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
            let answer = app
                .member()
                .send_body(method, &path(), &headers, body)
                .await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{content_type:?}");
        }
    }
}

#[tokio::test]
async fn a_body_of_another_media_type_is_415_on_put_only() {
    let app = TestApp::new();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "!!!",
    ] {
        let headers = [("Content-Type", content_type)];
        let answer = app
            .member()
            .send_body(Method::PUT, &path(), &headers, "x")
            .await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(
            answer.explanation(),
            format!(
                "The request media type {content_type} is not supported by this server. \n\n Send one of: \
                 application/json"
            )
        );
        assert_eq!(app.member().tags(DEBIAN).await, [""; 0]);
        // What glanceclient does: a media type, but no body.
        assert_eq!(
            app.member()
                .send(Method::PUT, &path(), &headers)
                .await
                .status,
            StatusCode::NO_CONTENT
        );
        let answer = app
            .member()
            .send_body(Method::DELETE, &path(), &headers, "x")
            .await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_before_it_is_415() {
    let app = TestApp::with(|config| config.limits.body_bytes = 8);
    for method in [Method::PUT, Method::DELETE] {
        let answer = app
            .member()
            .send_body(
                method.clone(),
                &path(),
                &[("Content-Type", "text/plain"), ("Content-Length", "9")],
                "123456789",
            )
            .await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(
            answer.body.starts_with(
                "413 Request Entity Too Large\n\nThe body of your request was too large"
            )
        );
        let unannounced = app
            .member()
            .send_body(
                method,
                &path(),
                &[("Content-Type", "text/plain")],
                Body::new("123456789".to_owned()),
            )
            .await;
        assert_eq!(unannounced.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
    assert_eq!(
        app.member()
            .send_body(Method::PUT, &path(), &[], "12345678")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn the_token_and_the_route_come_before_the_body_and_the_body_before_the_tag() {
    let app = TestApp::new();
    let headers = [("Content-Type", "text/plain")];
    let long = format!("/v2/images/nope/tags/{}", "a".repeat(256));
    assert_eq!(
        app.anon()
            .send_body(Method::PUT, &long, &headers, "x")
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.member()
            .send_body(Method::POST, &long, &headers, "x")
            .await
            .status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(
        app.member()
            .send_body(Method::PUT, &long, &headers, "x")
            .await
            .status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(
        app.member()
            .send_body(Method::PUT, &long, &[], "x")
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn an_error_comes_in_the_form_that_the_client_accepts() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags/absent");
    let answer = async |accept: &str| {
        app.member()
            .send(Method::DELETE, &path, &[("Accept", accept)])
            .await
    };
    assert_snapshot!(
        answer("application/json").await.body,
        @r#"{"message":"The resource could not be found.","code":"404 Not Found","title":"Not Found"}"#
    );
    assert_eq!(
        answer("application/json").await.header("content-type"),
        Some("application/json")
    );
    assert_eq!(
        answer("").await.body,
        "404 Not Found\n\nThe resource could not be found.\n\n   "
    );
    assert_eq!(
        answer("").await.header("content-type"),
        Some("text/plain; charset=UTF-8")
    );
    assert_eq!(
        answer("*/*").await.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
    let head = app
        .member()
        .send(Method::HEAD, &path, &[("Accept", "application/json")])
        .await;
    assert_eq!(
        (head.header("content-type"), &*head.body),
        (Some("text/html; charset=UTF-8"), "")
    );
}
