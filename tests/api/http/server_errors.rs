//! 500 and 503: what a client gets, and what stays secret.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use image_tags::auth::{AuthError, Authenticator, Token};
use image_tags::identity::Identity;
use image_tags::store::Memory;
use insta::assert_snapshot;

use crate::support::stores::Fault;
use crate::support::{DEBIAN, Response, TestApp, config};

/// The responses to four calls as texts, one for each distinct response.
async fn responses(app: &TestApp) -> Vec<String> {
    let client = app.member();
    let image = format!("/v2/images/{DEBIAN}");
    let responses = [
        client.put_tag(DEBIAN, "x").await,
        client.delete_tag(DEBIAN, "x").await,
        client.get(&image).await,
        client.get("/v2/images").await,
    ];
    for response in &responses {
        assert!(response.header("x-openstack-request-id").is_some());
        assert!(!response.body.contains("secret"));
    }
    let mut texts: Vec<_> = responses.iter().map(Response::to_text).collect();
    texts.dedup();
    texts
}

#[tokio::test]
async fn an_unavailable_store_is_503_with_retry_after() {
    let texts = responses(&TestApp::faulty(Fault::Unavailable, |_| {})).await;
    assert_snapshot!(texts.join("\n"), @"
    503 Service Unavailable
    content-type: text/plain; charset=UTF-8
    retry-after: 1

    503 Service Unavailable

    The server is currently unavailable. Please try again at a later time.
    ");
}

#[tokio::test]
async fn a_broken_store_is_500_and_reveals_nothing() {
    let texts = responses(&TestApp::faulty(Fault::Internal, |_| {})).await;
    assert_snapshot!(texts.join("\n"), @"
    500 Internal Server Error
    content-type: text/plain; charset=UTF-8

    500 Internal Server Error

    The server has either erred or is incapable of performing the requested operation.
    ");
}

#[tokio::test]
async fn a_panic_is_500_with_a_request_id() {
    let texts = responses(&TestApp::faulty(Fault::Panic, |_| {})).await;
    assert_snapshot!(texts.join("\n"), @"
    500 Internal Server Error
    content-type: text/plain; charset=UTF-8

    500 Internal Server Error

    The server has either erred or is incapable of performing the requested operation.
    ");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_503_but_its_write_runs_to_completion() {
    let slow = Fault::Slow(Duration::from_millis(200));
    let app = TestApp::faulty(slow, |config| {
        config.server.request_timeout = Duration::from_millis(20);
    });
    let response = app.member().put_tag(DEBIAN, "late").await;
    assert_snapshot!(response.to_text(), @"
    503 Service Unavailable
    content-type: text/plain; charset=UTF-8
    retry-after: 1

    503 Service Unavailable

    The server is currently unavailable. Please try again at a later time.
    ");
    let tags = async || {
        app.store
            .image(DEBIAN.parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .tags
            .len()
    };
    for _ in 0..100 {
        if tags().await == 1 {
            return;
        }
    }
    panic!("the write did not run to completion");
}

#[derive(Debug)]
struct UnavailableIdentityService;

#[async_trait]
impl Authenticator for UnavailableIdentityService {
    async fn authenticate(
        &self,
        _: &Token,
        _: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        Err(AuthError("the secret address does not answer".into()))
    }
}

#[tokio::test]
async fn an_unavailable_identity_service_is_503_but_no_token_is_401() {
    let app = TestApp::of(
        Arc::new(Memory::new()),
        Arc::new(UnavailableIdentityService),
        config(),
    );
    assert_snapshot!(responses(&app).await.join("\n"), @"
    503 Service Unavailable
    content-type: text/plain; charset=UTF-8
    retry-after: 1

    503 Service Unavailable

    The server is currently unavailable. Please try again at a later time.
    ");
    assert_eq!(
        app.anon().get("/v2/images").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.anon().get("/").await.status,
        StatusCode::MULTIPLE_CHOICES
    );
}
