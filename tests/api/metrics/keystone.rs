//! The validation of tokens.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use image_tags::auth::{Authenticator as _, KeystoneAuthenticator, KeystoneOptions, Token};
use image_tags::metrics::Metrics;
use tokio::time::timeout;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use super::scrape::Scrape;
use crate::support::keystone::{MockKeystone, VALID, options, unknown, valid};

/// An authenticator of the Keystone at this URL, and its metrics.
fn authenticator(url: &str) -> (Arc<KeystoneAuthenticator>, Metrics) {
    let mut options = options(url).options().unwrap();
    options.max_retries = 1;
    authenticator_with(options)
}

fn authenticator_with(options: KeystoneOptions) -> (Arc<KeystoneAuthenticator>, Metrics) {
    let keystone = KeystoneAuthenticator::new(options, Duration::from_secs(20)).unwrap();
    let (keystone, metrics) = (Arc::new(keystone), Metrics::new());
    metrics.add_keystone(Arc::clone(&keystone));
    (keystone, metrics)
}

fn token(text: &str) -> Token {
    Token::new(text.as_bytes()).unwrap()
}

#[tokio::test]
async fn look_ups_in_the_cache_and_requests_to_keystone_are_counted() {
    let mock = MockKeystone::start().await;
    mock.respond_to(VALID, valid(VALID), 1).await;
    mock.respond_to("invalid", unknown(), 1).await;
    let (keystone, metrics) = authenticator(&mock.server.uri());
    for text in [VALID, VALID, VALID, "invalid", "invalid"] {
        let identity = keystone.authenticate(&token(text), None).await.unwrap();
        assert_eq!(identity.is_some(), text == VALID);
    }
    Scrape::of_metrics(&metrics).assert(&[
        ("token_cache_lookups_total{outcome=\"valid\"}", 2.0),
        ("token_cache_lookups_total{outcome=\"invalid\"}", 1.0),
        ("token_cache_lookups_total{outcome=\"miss\"}", 2.0),
        // The login, and a validation for each token.
        ("keystone_requests_total{outcome=\"answered\"}", 3.0),
        ("keystone_requests_total{outcome=\"unreachable\"}", 0.0),
        ("keystone_validations{state=\"running\"}", 0.0),
        ("keystone_refusals_total", 0.0),
    ]);
    let scrape = Scrape::of_metrics(&metrics);
    assert!(scrape.value("keystone_request_duration_seconds_sum") > 0.0);
    scrape.assert(&[
        ("keystone_request_duration_seconds_count", 3.0),
        ("keystone_request_duration_seconds_bucket{le=\"+Inf\"}", 3.0),
    ]);
}

#[tokio::test]
async fn an_answer_counts_as_one_if_keystone_did_what_it_was_asked_for() {
    let proxy = || ResponseTemplate::new(404).set_body_string("default backend - 404");
    let page = || ResponseTemplate::new(200).set_body_string("<html>Sign in</html>");
    for (response, outcome) in [
        (unknown(), "answered"),
        (ResponseTemplate::new(401), "refused"),
        (ResponseTemplate::new(403), "refused"),
        (ResponseTemplate::new(429), "failed"),
        (proxy(), "failed"),
        (page(), "failed"),
    ] {
        let mock = MockKeystone::start().await;
        mock.respond_to("a", response, 1..).await;
        let (keystone, metrics) = authenticator(&mock.server.uri());
        let _ = keystone.authenticate(&token("a"), None).await;
        let series = format!("keystone_requests_total{{outcome=\"{outcome}\"}}");
        let scrape = Scrape::of_metrics(&metrics);
        assert!(scrape.value(&series) > 0.5, "{scrape:#?}");
        let answered = scrape.value("keystone_requests_total{outcome=\"answered\"}");
        // A login, and another one after a 401.
        let expected = mock.logins() + usize::from(outcome == "answered");
        let expected = f64::from(u32::try_from(expected).unwrap());
        assert!((answered - expected).abs() < 0.1, "{scrape:#?}");
    }
}

#[tokio::test]
async fn a_login_that_keystone_refuses_is_counted_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mock = MockKeystone::rejecting_logins(listener).await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&mock.server)
        .await;
    let (keystone, metrics) = authenticator(&mock.server.uri());
    assert!(keystone.authenticate(&token("a"), None).await.is_err());
    Scrape::of_metrics(&metrics).assert(&[
        ("keystone_requests_total{outcome=\"refused\"}", 1.0),
        ("keystone_requests_total{outcome=\"answered\"}", 0.0),
    ]);
}

#[tokio::test]
async fn a_client_that_leaves_cancels_its_request_and_says_nothing_of_keystone() {
    let mock = MockKeystone::start().await;
    mock.respond_to_all_after(Duration::from_mins(1)).await;
    let (keystone, metrics) = authenticator(&mock.server.uri());
    for name in ["a", "b"] {
        let token = token(name);
        let leaving = keystone.authenticate(&token, None);
        assert!(timeout(Duration::from_millis(500), leaving).await.is_err());
    }
    Scrape::of_metrics(&metrics).assert(&[
        ("keystone_requests_total{outcome=\"cancelled\"}", 2.0),
        ("keystone_requests_total{outcome=\"timeout\"}", 0.0),
        ("keystone_validations{state=\"running\"}", 0.0),
        ("keystone_refusals_total", 0.0),
    ]);
}

#[tokio::test]
async fn a_keystone_that_cannot_be_reached_is_counted_with_each_attempt() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (keystone, metrics) = authenticator(&url);
    assert!(keystone.authenticate(&token("any"), None).await.is_err());
    Scrape::of_metrics(&metrics).assert(&[
        ("keystone_requests_total{outcome=\"unreachable\"}", 2.0),
        ("keystone_requests_total{outcome=\"answered\"}", 0.0),
    ]);
}
