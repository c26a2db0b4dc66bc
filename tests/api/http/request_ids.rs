//! `X-Openstack-Request-Id`.

use axum::http::{Method, StatusCode};

use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn every_response_has_a_request_id_that_the_client_may_choose() {
    let app = TestApp::new();
    for (sent, got) in [("abc", "req-abc"), ("req-abc", "req-abc")] {
        for path in ["/", "/healthcheck", "/v2/images", "/v2/nope"] {
            let response = app
                .member()
                .send(Method::GET, path, &[("X-Openstack-Request-Id", sent)])
                .await;
            assert_eq!(response.header("x-openstack-request-id"), Some(got));
        }
    }
    let unauthorized = app
        .anon()
        .send(
            Method::GET,
            "/v2/images",
            &[("X-Openstack-Request-Id", "abc")],
        )
        .await;
    assert_eq!(
        unauthorized.header("x-openstack-request-id"),
        Some("req-abc")
    );
}

#[tokio::test]
async fn a_malformed_request_id_is_400_with_a_new_one_once_the_token_is_valid() {
    let app = TestApp::new();
    let long = "r".repeat(65);
    for id in [long.as_str(), "a b", "é"] {
        let headers = [("X-Openstack-Request-Id", id)];
        let response = app
            .member()
            .send(
                Method::PUT,
                &format!("/v2/images/{DEBIAN}/tags/x"),
                &headers,
            )
            .await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
        assert_eq!(response.header("x-openstack-request-id").unwrap().len(), 40);
        assert_eq!(
            app.anon().send(Method::GET, "/v2", &headers).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            app.anon().send(Method::GET, "/", &headers).await.status,
            StatusCode::MULTIPLE_CHOICES
        );
    }
    assert_eq!(app.member().tags(DEBIAN).await, [""; 0]);
}
