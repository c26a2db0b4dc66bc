//! Malformed headers.

use axum::http::Method;
use insta::assert_snapshot;

use super::calls::{READS, WRITES, current};
use crate::support::{DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn a_malformed_header_is_400_and_changes_nothing() {
    let app = TestApp::new();
    let before = current(&app, UBUNTU).await;
    for call in READS.into_iter().chain(WRITES) {
        for name in ["If-Match", "If-None-Match"] {
            for value in ["", "x", "\"x", "*, \"x\"", "\"x\" \"y\"", "\"é ü\""] {
                let response = call.send(app.member(), UBUNTU, &[(name, value)]).await;
                assert_eq!(response.status.as_u16(), 400, "{call:?} {name}: {value}");
                let unknown = call.send(app.member(), "no-id", &[(name, value)]).await;
                assert_eq!(unknown.status.as_u16(), 400, "{call:?} {name}: {value}");
            }
        }
    }
    assert_eq!(current(&app, UBUNTU).await, before);
    let post = app
        .member()
        .send_body(Method::POST, "/v2/images", &[("If-Match", "x")], "{}")
        .await;
    assert_snapshot!(post.to_text(), @"
    400 Bad Request
    content-type: text/plain; charset=UTF-8

    400 Bad Request

    If-Match must be * or a list of entity tags in quotation marks.
    ");
    let many = ["\"x\""; 101].join(", ");
    let many = [("If-None-Match", &*many)];
    let put = WRITES[0].send(app.member(), UBUNTU, &many).await;
    assert_snapshot!(put.to_line(), @"400 If-None-Match has more than 100 entity tags.");
}

#[tokio::test]
async fn an_error_in_the_body_comes_before_one_in_the_header() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags");
    let headers = [("If-Match", "x"), ("Content-Type", "text/plain")];
    let put = app
        .member()
        .send_body(Method::PUT, &path, &headers, "{}")
        .await;
    assert_eq!(put.status.as_u16(), 415);
    let put = app
        .member()
        .send_body(Method::PUT, &path, &headers[..1], "{")
        .await;
    assert_snapshot!(put.to_line(), @"400 Malformed JSON in request body.");
}
