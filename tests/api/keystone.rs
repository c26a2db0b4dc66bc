//! Keystone authentication: which tokens are validated, how often, and how long results are cached.

mod login;
mod options;
mod outage;
mod pressure;
mod renewal;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use crate::support::keystone::{MockKeystone, VALID, body_of, unknown, valid};
use crate::support::{DEBIAN, TestApp};

/// Sends the same request with each of `tokens`, all concurrently.
fn send_all(app: &TestApp, tokens: impl IntoIterator<Item = String>) -> JoinSet<StatusCode> {
    let send = |token: String| {
        let api = app.api.clone();
        let request = Request::get("/v2/images")
            .header("X-Auth-Token", token)
            .body(Body::empty())
            .unwrap();
        async move { api.answer(request).await.status() }
    };
    tokens.into_iter().map(send).collect()
}

async fn status(app: &TestApp, token: &str) -> StatusCode {
    app.with_token(token).get("/v2/images").await.status
}

#[tokio::test]
async fn a_token_is_validated_once_and_then_cached() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    let app = keystone.app(|_| {});
    let client = app.with_token(VALID);
    assert_eq!(
        client.put_tag(DEBIAN, "x").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        client.delete_tag(DEBIAN, "x").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.get("/v2/images").await.status, StatusCode::OK);
    assert_eq!((keystone.validations().await, keystone.logins()), (1, 1));
}

#[tokio::test]
async fn a_thousand_requests_with_one_new_token_share_one_validation() {
    let keystone = MockKeystone::start().await;
    keystone
        .respond_to(VALID, valid(VALID).set_delay(Duration::from_millis(200)), 1)
        .await;
    let app = keystone.app(|_| {});
    let requests = send_all(&app, vec![VALID.to_owned(); 1000]);
    assert!(
        requests
            .join_all()
            .await
            .iter()
            .all(|status| *status == StatusCode::OK)
    );
    assert_eq!(keystone.validations().await, 1);
}

#[tokio::test]
async fn a_token_unknown_to_keystone_gets_401_and_is_validated_once() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to("nobody", unknown(), 1).await;
    let app = keystone.app(|_| {});
    for _ in 0..3 {
        let answer = app.with_token("nobody").get("/v2/images").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.header("www-authenticate").is_some());
    }
}

#[tokio::test]
async fn a_malformed_token_gets_401_without_a_validation() {
    let keystone = MockKeystone::start().await;
    let app = keystone.app(|_| {});
    for token in ["", "a b", "\u{e9}", &"x".repeat(8193)] {
        assert_eq!(status(&app, token).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(keystone.server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_flood_of_invalid_tokens_evicts_no_valid_one() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    let app = keystone.app(|_| {});
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    for number in 0..200 {
        assert_eq!(
            status(&app, &format!("random-{number}")).await,
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
}

#[tokio::test]
async fn a_token_is_not_accepted_past_its_expiry() {
    let keystone = MockKeystone::start().await;
    let soon = Timestamp::now() + SignedDuration::from_secs(3);
    let answer = ResponseTemplate::new(200).set_body_json(body_of("short", soon));
    keystone.respond_to("short", answer, 2).await;
    let expired = body_of("expired", Timestamp::now() - SignedDuration::from_secs(1));
    keystone
        .respond_to(
            "expired",
            ResponseTemplate::new(200).set_body_json(expired),
            1,
        )
        .await;
    let app = keystone.app(|_| {});
    assert_eq!(status(&app, "short").await, StatusCode::OK);
    assert_eq!(status(&app, "expired").await, StatusCode::UNAUTHORIZED);
    let left = soon.duration_since(Timestamp::now()) + SignedDuration::from_millis(50);
    tokio::time::sleep(left.unsigned_abs()).await;
    assert_eq!(status(&app, "short").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_a_cache_time_every_request_is_validated() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to(VALID, valid(VALID), 3).await;
    let app = keystone.app(|keystone| keystone.token_cache_time = 0);
    for _ in 0..3 {
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_after_the_cache_time() {
    let keystone = MockKeystone::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(valid(VALID))
        .up_to_n_times(1);
    once.mount(&keystone.server).await;
    let app = keystone.app(|keystone| keystone.token_cache_time = 3);
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert_eq!(status(&app, VALID).await, StatusCode::UNAUTHORIZED);
}
