//! Faults of our own: what a client is told of them, and what not.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use image_tags::auth::{AuthError, Authenticator, Token};
use image_tags::identity::Identity;
use image_tags::store::Memory;

use crate::support::stores::Fault;
use crate::support::{Answer, DEBIAN, TestApp, config};

async fn all_calls(app: &TestApp) -> [Answer; 4] {
    let client = app.member();
    let image = format!("/v2/images/{DEBIAN}");
    [
        client.put_tag(DEBIAN, "x").await,
        client.delete_tag(DEBIAN, "x").await,
        client.get(&image).await,
        client.get("/v2/images").await,
    ]
}

#[tokio::test]
async fn a_store_that_is_away_is_503_and_worth_another_try() {
    for answer in all_calls(&TestApp::faulty(Fault::Unavailable, |_| {})).await {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(
            answer.explanation(),
            "The server is currently unavailable. Please try again at a later time."
        );
    }
}

#[tokio::test]
async fn a_store_that_is_broken_is_500_and_says_nothing_of_the_inside() {
    for answer in all_calls(&TestApp::faulty(Fault::Internal, |_| {})).await {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.header("retry-after"), None);
        assert_eq!(
            answer.explanation(),
            "The server has either erred or is incapable of performing the requested operation."
        );
    }
}

#[tokio::test]
async fn a_panic_is_500_with_a_request_id() {
    for answer in all_calls(&TestApp::faulty(Fault::Panic, |_| {})).await {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.header("x-openstack-request-id").is_some());
        assert!(!answer.body.contains("secret"));
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_503_but_a_write_runs_to_its_end() {
    let slow = Fault::Slow(Duration::from_millis(200));
    let app = TestApp::faulty(slow, |config| {
        config.server.request_timeout = Duration::from_millis(20)
    });
    let answer = app.member().put_tag(DEBIAN, "late").await;
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, Some("1"))
    );
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
    panic!("the write did not run to its end");
}

#[derive(Debug)]
struct IdentityServiceIsAway;

#[async_trait]
impl Authenticator for IdentityServiceIsAway {
    async fn authenticate(
        &self,
        _: &Token,
        _: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        Err(AuthError("the secret address does not answer".into()))
    }
}

#[tokio::test]
async fn an_identity_service_that_is_away_is_503_but_no_token_is_401() {
    let app = TestApp::of(
        Arc::new(Memory::new()),
        Arc::new(IdentityServiceIsAway),
        config(),
    );
    for answer in all_calls(&app).await {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(!answer.body.contains("secret"));
    }
    assert_eq!(
        app.anon().get("/v2/images").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.anon().get("/").await.status,
        StatusCode::MULTIPLE_CHOICES
    );
}
