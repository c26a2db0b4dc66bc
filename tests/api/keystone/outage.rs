//! Keystone responds with errors, slowly or not at all: what clients get, and what stays hidden.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use super::{send_all, status};
use crate::support::keystone::{MockKeystone, VALID, app, body_of, in_an_hour, valid};

/// Timeout of one attempt, in tests of attempts that time out.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

#[tokio::test]
async fn every_unusable_response_gives_503_and_reveals_nothing_about_keystone() {
    let padding = "x".repeat(2 << 20);
    let answers = [
        (
            ResponseTemplate::new(404).set_body_string("default backend - 404"),
            1,
        ),
        (
            ResponseTemplate::new(404).set_body_json(json!({"error": {"code": 503}})),
            1,
        ),
        (ResponseTemplate::new(429), 1),
        (ResponseTemplate::new(500), 2),
        (ResponseTemplate::new(503), 2),
        (ResponseTemplate::new(403), 1),
        (
            ResponseTemplate::new(302)
                .insert_header("Location", "http://127.0.0.1:1/v3/auth/tokens"),
            1,
        ),
        (
            ResponseTemplate::new(200).set_body_string("{\"token\": {\"user\": \"of the secret\""),
            1,
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({"token": {}})),
            1,
        ),
        (
            ResponseTemplate::new(200).set_body_json(
                json!({ "token": body_of(VALID, in_an_hour()), "padding": padding }),
            ),
            1,
        ),
        (valid(VALID).set_delay(ATTEMPT_TIMEOUT * 2), 2),
    ];
    for (number, (answer, attempts)) in answers.into_iter().enumerate() {
        let keystone = MockKeystone::start().await;
        keystone.respond_to(VALID, answer, attempts).await;
        let app = keystone.app(|keystone| keystone.http_connect_timeout = ATTEMPT_TIMEOUT);
        let answer = app.with_token(VALID).get("/v2/images").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{number}");
        assert!(answer.header("retry-after").is_some());
        assert_eq!(
            answer.explanation(),
            "The server is currently unavailable. Please try again at a later time."
        );
        // The failure is not cached for the token.
        keystone.server.verify().await;
        keystone.server.reset().await;
        keystone.respond_to(VALID, valid(VALID), 1).await;
        assert_eq!(status(&app, VALID).await, StatusCode::OK, "{number}");
    }
}

#[tokio::test]
async fn a_retry_recovers_from_a_transient_error() {
    let keystone = MockKeystone::start().await;
    let error = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(1);
    error.mount(&keystone.server).await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    assert_eq!(status(&keystone.app(|_| {}), VALID).await, StatusCode::OK);
}

#[tokio::test]
async fn a_request_waits_for_a_permit_and_gets_503_after_the_timeout() {
    let keystone = MockKeystone::start().await;
    let app = keystone.app(|keystone| keystone.http_connect_timeout = ATTEMPT_TIMEOUT);
    assert_eq!(
        status(&app, "the first logs the service in").await,
        StatusCode::UNAUTHORIZED
    );
    keystone.respond_to_all_after(ATTEMPT_TIMEOUT * 3 / 4).await;
    let start = Instant::now();
    let mut answers = Vec::new();
    let mut requests = send_all(&app, (0..60).map(|number| format!("token-{number}")));
    while let Some(answer) = requests.join_next().await {
        answers.push(answer.unwrap());
        assert!(
            answers.last() != Some(&StatusCode::SERVICE_UNAVAILABLE)
                || start.elapsed() >= ATTEMPT_TIMEOUT
        );
    }
    // A client holds at most 18 permits: two rounds finish before the timeout, the third does not.
    let refused = answers
        .iter()
        .filter(|status| **status == StatusCode::UNAUTHORIZED)
        .count();
    assert_eq!(refused, 36, "{answers:?}");
    assert!(start.elapsed() < ATTEMPT_TIMEOUT * 2);
}

#[tokio::test]
async fn while_keystone_hangs_one_request_probes_it_and_others_with_the_same_token_fail_at_once() {
    let keystone = MockKeystone::start().await;
    keystone
        .respond_to(VALID, valid(VALID).set_delay(Duration::from_mins(1)), ..)
        .await;
    let app = keystone.app(|keystone| keystone.http_connect_timeout = ATTEMPT_TIMEOUT);
    let mut first = send_all(&app, [VALID.to_owned()]);
    while keystone.validations().await < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The first attempt has timed out, the second is in progress.
    let others = send_all(&app, vec![VALID.to_owned(); 100]).join_all().await;
    assert!(
        others
            .iter()
            .all(|status| *status == StatusCode::SERVICE_UNAVAILABLE)
    );
    assert!(
        first.try_join_next().is_none(),
        "they waited for the second attempt"
    );
    assert_eq!(first.join_all().await, [StatusCode::SERVICE_UNAVAILABLE]);

    keystone.server.reset().await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    let all = send_all(&app, vec![VALID.to_owned(); 100]).join_all().await;
    assert!(all.contains(&StatusCode::OK));
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
}

/// The listener accepts connections and never responds.
#[tokio::test]
async fn a_keystone_that_hangs_delays_no_request_longer_than_its_attempts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app(&url, |keystone| {
        keystone.http_connect_timeout = Duration::from_millis(500);
    });
    let start = Instant::now();
    let requests = send_all(&app, (0..100).map(|number| format!("token-{number}")));
    assert!(
        requests
            .join_all()
            .await
            .iter()
            .all(|status| *status == StatusCode::SERVICE_UNAVAILABLE)
    );
    // Sequentially they would take 50 seconds.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn while_keystone_hangs_cached_tokens_are_accepted_and_others_get_503_in_time() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    let app = keystone.app(|keystone| keystone.http_connect_timeout = Duration::from_millis(500));
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    keystone.respond_to_all_after(Duration::from_mins(1)).await;
    let start = Instant::now();
    let mut strangers = send_all(&app, (0..150).map(|number| format!("token-{number}")));
    while let Some(answer) = strangers.join_next().await {
        assert_eq!(answer.unwrap(), StatusCode::SERVICE_UNAVAILABLE);
        let asked = Instant::now();
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
        assert!(
            asked.elapsed() < Duration::from_secs(1),
            "{:?}",
            asked.elapsed()
        );
    }
    // Two attempts with a backoff between them; a request without a permit waited for one timeout.
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}
