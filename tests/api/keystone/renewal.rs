//! Background renewal, before expiry, of cached tokens and of the service's own session.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use wiremock::matchers::method;
use wiremock::{Mock, Request, ResponseTemplate};

use super::{send_all, status};
use crate::support::keystone::{
    MockKeystone, NEW, SERVICE, VALID, body_of, in_an_hour, unknown, valid,
};

/// The `token_cache_time` of these tests, in seconds.
const CACHE_SECONDS: u32 = 6;
/// Just after a refresh becomes due.
const REFRESH_DUE: Duration = Duration::from_millis(4300);
/// Just after an entry that was not refreshed expires.
const PAST_EXPIRY: Duration = Duration::from_millis(6400);

/// Longer than a response that needs no validation takes, and shorter than [`DELAY`].
const SOON: Duration = Duration::from_secs(1);
/// Response time of Keystone.
const DELAY: Duration = Duration::from_millis(1200);

async fn sleep_until(start: Instant, after: Duration) {
    tokio::time::sleep_until((start + after).into()).await;
}

#[tokio::test]
async fn one_of_many_requests_starts_the_refresh_and_none_waits_for_it() {
    let keystone = MockKeystone::start().await;
    keystone
        .respond_to(VALID, valid(VALID).set_delay(DELAY), 2)
        .await;
    let app = keystone.app(|options| options.token_cache_time = CACHE_SECONDS);
    let start = Instant::now();
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    sleep_until(start, REFRESH_DUE).await;
    let asked = Instant::now();
    let answers = send_all(&app, vec![VALID.to_owned(); 100]).join_all().await;
    assert!(answers.iter().all(|status| *status == StatusCode::OK));
    assert!(asked.elapsed() < SOON, "they waited: {:?}", asked.elapsed());
    // The token is cached past its first expiry, without another validation.
    sleep_until(start, PAST_EXPIRY).await;
    let asked = Instant::now();
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    assert!(asked.elapsed() < SOON);
    assert_eq!(keystone.validations().await, 2);
}

#[tokio::test]
async fn a_refresh_that_finds_a_token_invalid_evicts_it_at_once() {
    let keystone = MockKeystone::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(valid(VALID))
        .up_to_n_times(1);
    once.mount(&keystone.server).await;
    let app = keystone.app(|options| options.token_cache_time = CACHE_SECONDS);
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    tokio::time::sleep(REFRESH_DUE).await;
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    tokio::time::sleep(SOON / 2).await;
    assert_eq!(status(&app, VALID).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_token_and_is_retried_after_a_backoff() {
    let keystone = MockKeystone::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(valid(VALID))
        .up_to_n_times(1);
    once.mount(&keystone.server).await;
    let app = keystone.app(|options| options.token_cache_time = CACHE_SECONDS);
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    let start = Instant::now();
    // An error that is not retried.
    let error = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(429))
        .up_to_n_times(1)
        .expect(1);
    error.mount(&keystone.server).await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    sleep_until(start, REFRESH_DUE).await;
    for _ in 0..5 {
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(keystone.validations().await, 2);
    sleep_until(start, REFRESH_DUE + SOON / 2).await;
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    sleep_until(start, PAST_EXPIRY).await;
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    assert_eq!(keystone.validations().await, 3);
}

#[tokio::test]
async fn a_token_that_expires_within_its_cache_time_is_not_refreshed() {
    let keystone = MockKeystone::start().await;
    let soon = Timestamp::now() + SignedDuration::from_secs(3);
    keystone
        .respond_to(
            VALID,
            ResponseTemplate::new(200).set_body_json(body_of(VALID, soon)),
            1,
        )
        .await;
    let app = keystone.app(|_| {});
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(2500) {
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn the_service_renews_its_session_once_while_the_old_one_is_valid_and_no_request_waits() {
    let keystone = MockKeystone::start().await;
    keystone.server.reset().await;
    keystone.respond_to_all_after(Duration::ZERO).await;
    let end = Timestamp::now() + SignedDuration::from_secs(8);
    let login = |token: &str, end, delay| {
        ResponseTemplate::new(201)
            .insert_header("X-Subject-Token", token)
            .set_body_json(body_of(SERVICE, end))
            .set_delay(delay)
    };
    let first = Mock::given(method("POST"))
        .respond_with(login("first", end, Duration::ZERO))
        .up_to_n_times(1);
    first.mount(&keystone.server).await;
    let second = Mock::given(method("POST"))
        .respond_with(login("second", in_an_hour(), DELAY))
        .expect(1);
    second.mount(&keystone.server).await;
    let app = keystone.app(|_| {});
    assert_eq!(status(&app, &format!("{NEW}0")).await, StatusCode::OK);
    let left = end.duration_since(Timestamp::now()) - SignedDuration::from_millis(1700);
    tokio::time::sleep(left.unsigned_abs()).await;
    let asked = Instant::now();
    let answers = send_all(&app, (1..=15).map(|number| format!("{NEW}{number}")))
        .join_all()
        .await;
    assert!(answers.iter().all(|status| *status == StatusCode::OK));
    assert!(asked.elapsed() < SOON, "they waited: {:?}", asked.elapsed());
    tokio::time::sleep(DELAY).await;
    assert_eq!(status(&app, &format!("{NEW}16")).await, StatusCode::OK);
    let last: Request = keystone
        .server
        .received_requests()
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(last.headers["x-auth-token"], "second");
}

#[tokio::test]
async fn a_revoked_token_is_accepted_no_longer_than_the_cache_time_after_the_validation_started() {
    let keystone = MockKeystone::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(valid(VALID).set_delay(DELAY))
        .up_to_n_times(1);
    once.mount(&keystone.server).await;
    let later = Mock::given(method("GET"))
        .respond_with(unknown())
        .with_priority(10);
    later.mount(&keystone.server).await;
    let app = keystone.app(|options| options.token_cache_time = CACHE_SECONDS);
    let start = Instant::now();
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    sleep_until(start, PAST_EXPIRY).await;
    assert_eq!(status(&app, VALID).await, StatusCode::UNAUTHORIZED);
}
