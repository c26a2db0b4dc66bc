//! Tokens that are renewed in the background before they are forgotten: those of callers, and the service's own.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use wiremock::matchers::method;
use wiremock::{Mock, Request, ResponseTemplate};

use super::{at_once, status};
use crate::support::keystone::{NEW, SERVICE, StandIn, VALID, body_of, in_an_hour, unknown, valid};

/// `token_cache_time` here, and when the last part of it begins.
const CACHE: u32 = 6;
const LAST_PART: Duration = Duration::from_millis(4300);
const PAST_ITS_END: Duration = Duration::from_millis(6400);

/// Longer than an answer takes for which Keystone is not asked, and less than Keystone takes.
const SOON: Duration = Duration::from_secs(1);
const DELAY: Duration = Duration::from_millis(1200);

async fn sleep_until(start: Instant, after: Duration) {
    tokio::time::sleep_until((start + after).into()).await;
}

#[tokio::test]
async fn one_of_many_requests_renews_a_token_and_none_waits_for_it() {
    let keystone = StandIn::start().await;
    keystone
        .answers(VALID, valid(VALID).set_delay(DELAY), 2)
        .await;
    let app = keystone.app(|options| options.token_cache_time = CACHE);
    let start = Instant::now();
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    sleep_until(start, LAST_PART).await;
    let asked = Instant::now();
    let answers = at_once(&app, vec![VALID.to_owned(); 100]).join_all().await;
    assert!(answers.iter().all(|status| *status == StatusCode::OK));
    assert!(asked.elapsed() < SOON, "they waited: {:?}", asked.elapsed());
    // It is good past the end of its first time, without having been asked for again.
    sleep_until(start, PAST_ITS_END).await;
    let asked = Instant::now();
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    assert!(asked.elapsed() < SOON);
    assert_eq!(keystone.validations().await, 2);
}

#[tokio::test]
async fn a_renewal_that_finds_a_token_not_valid_drops_it_at_once() {
    let keystone = StandIn::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(valid(VALID))
        .up_to_n_times(1);
    once.mount(&keystone.server).await;
    let app = keystone.app(|options| options.token_cache_time = CACHE);
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    tokio::time::sleep(LAST_PART).await;
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    tokio::time::sleep(SOON / 2).await;
    assert_eq!(status(&app, VALID).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_renewal_that_fails_leaves_the_token_and_is_tried_again_after_a_pause() {
    let keystone = StandIn::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(valid(VALID))
        .up_to_n_times(1);
    once.mount(&keystone.server).await;
    let app = keystone.app(|options| options.token_cache_time = CACHE);
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    let start = Instant::now();
    // A fault that no second attempt helps against.
    let fault = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(429))
        .up_to_n_times(1)
        .expect(1);
    fault.mount(&keystone.server).await;
    keystone.answers(VALID, valid(VALID), 1).await;
    sleep_until(start, LAST_PART).await;
    for _ in 0..5 {
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(keystone.validations().await, 2);
    sleep_until(start, LAST_PART + SOON / 2).await;
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    sleep_until(start, PAST_ITS_END).await;
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    assert_eq!(keystone.validations().await, 3);
}

#[tokio::test]
async fn a_token_that_ends_before_it_is_forgotten_is_not_asked_for_again() {
    let keystone = StandIn::start().await;
    let soon = Timestamp::now() + SignedDuration::from_secs(3);
    keystone
        .answers(
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
async fn the_service_renews_its_own_login_once_while_the_old_one_is_good_and_nobody_waits() {
    let keystone = StandIn::start().await;
    keystone.server.reset().await;
    keystone.takes(Duration::ZERO).await;
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
    let answers = at_once(&app, (1..=15).map(|number| format!("{NEW}{number}")))
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
async fn a_revoked_token_is_taken_no_longer_than_the_cache_time_from_when_keystone_was_asked() {
    let keystone = StandIn::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(valid(VALID).set_delay(DELAY))
        .up_to_n_times(1);
    once.mount(&keystone.server).await;
    let later = Mock::given(method("GET"))
        .respond_with(unknown())
        .with_priority(10);
    later.mount(&keystone.server).await;
    let app = keystone.app(|options| options.token_cache_time = CACHE);
    let start = Instant::now();
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    sleep_until(start, PAST_ITS_END).await;
    assert_eq!(status(&app, VALID).await, StatusCode::UNAUTHORIZED);
}
