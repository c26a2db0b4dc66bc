//! A Keystone that answers wrongly, slowly or not at all, and what of it a client gets to know.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use super::{at_once, status};
use crate::support::keystone::{StandIn, VALID, app, body_of, in_an_hour, valid};

/// How long one attempt may take, where a test is about those that take too long.
const IMPATIENCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn whatever_is_no_answer_is_503_and_says_nothing_of_keystone() {
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
        (valid(VALID).set_delay(IMPATIENCE * 2), 2),
    ];
    for (number, (answer, attempts)) in answers.into_iter().enumerate() {
        let keystone = StandIn::start().await;
        keystone.answers(VALID, answer, attempts).await;
        let app = keystone.app(|keystone| keystone.http_connect_timeout = IMPATIENCE);
        let answer = app.with_token(VALID).get("/v2/images").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{number}");
        assert!(answer.header("retry-after").is_some());
        assert_eq!(
            answer.explanation(),
            "The server is currently unavailable. Please try again at a later time."
        );
        // It is not held against the token.
        keystone.server.verify().await;
        keystone.server.reset().await;
        keystone.answers(VALID, valid(VALID), 1).await;
        assert_eq!(status(&app, VALID).await, StatusCode::OK, "{number}");
    }
}

#[tokio::test]
async fn another_attempt_helps_against_a_passing_fault() {
    let keystone = StandIn::start().await;
    let fault = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(1);
    fault.mount(&keystone.server).await;
    keystone.answers(VALID, valid(VALID), 1).await;
    assert_eq!(status(&keystone.app(|_| {}), VALID).await, StatusCode::OK);
}

#[tokio::test]
async fn who_finds_no_slot_waits_for_one_and_gets_503_when_that_takes_too_long() {
    let keystone = StandIn::start().await;
    let app = keystone.app(|keystone| keystone.http_connect_timeout = IMPATIENCE);
    assert_eq!(
        status(&app, "the first logs the service in").await,
        StatusCode::UNAUTHORIZED
    );
    keystone.takes(IMPATIENCE * 3 / 4).await;
    let start = Instant::now();
    let mut answers = Vec::new();
    let mut requests = at_once(&app, (0..60).map(|number| format!("token-{number}")));
    while let Some(answer) = requests.join_next().await {
        answers.push(answer.unwrap());
        assert!(
            answers.last() != Some(&StatusCode::SERVICE_UNAVAILABLE)
                || start.elapsed() >= IMPATIENCE
        );
    }
    // A client has at most 18 slots: two rounds fit into the time, the third does not.
    let refused = answers
        .iter()
        .filter(|status| **status == StatusCode::UNAUTHORIZED)
        .count();
    assert_eq!(refused, 36, "{answers:?}");
    assert!(start.elapsed() < IMPATIENCE * 2);
}

#[tokio::test]
async fn while_keystone_hangs_one_request_waits_and_the_others_with_its_token_need_not() {
    let keystone = StandIn::start().await;
    keystone
        .answers(VALID, valid(VALID).set_delay(Duration::from_mins(1)), ..)
        .await;
    let app = keystone.app(|keystone| keystone.http_connect_timeout = IMPATIENCE);
    let mut first = at_once(&app, [VALID.to_owned()]);
    while keystone.validations().await < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The first attempt has ended, the second has begun.
    let others = at_once(&app, vec![VALID.to_owned(); 100]).join_all().await;
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
    keystone.answers(VALID, valid(VALID), 1).await;
    let all = at_once(&app, vec![VALID.to_owned(); 100]).join_all().await;
    assert!(all.contains(&StatusCode::OK));
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
}

/// Connections are taken, and nothing comes back.
#[tokio::test]
async fn a_keystone_that_hangs_keeps_nobody_longer_than_the_attempts_take() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app(&url, |keystone| {
        keystone.http_connect_timeout = Duration::from_millis(500);
    });
    let start = Instant::now();
    let requests = at_once(&app, (0..100).map(|number| format!("token-{number}")));
    assert!(
        requests
            .join_all()
            .await
            .iter()
            .all(|status| *status == StatusCode::SERVICE_UNAVAILABLE)
    );
    // One after the other they would take 50 seconds.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn tokens_that_are_remembered_go_on_while_keystone_hangs_and_the_others_get_503_in_time() {
    let keystone = StandIn::start().await;
    keystone.answers(VALID, valid(VALID), 1).await;
    let app = keystone.app(|keystone| keystone.http_connect_timeout = Duration::from_millis(500));
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    keystone.takes(Duration::from_mins(1)).await;
    let start = Instant::now();
    let mut strangers = at_once(&app, (0..150).map(|number| format!("token-{number}")));
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
    // Two attempts with a pause between them; whoever had no slot waited for the length of one.
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}
