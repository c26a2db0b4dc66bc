//! The validation of tokens.

use std::sync::Arc;
use std::time::Duration;

use image_tags::auth::{Authenticator as _, KeystoneAuthenticator, Token};
use image_tags::metrics::Metrics;

use super::scrape::Scrape;
use crate::support::keystone::{MockKeystone, VALID, options, unknown, valid};

/// An authenticator of the Keystone at this URL, and its metrics.
fn authenticator(url: &str) -> (Arc<KeystoneAuthenticator>, Metrics) {
    let mut options = options(url).options().unwrap();
    options.max_retries = 1;
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
    assert!(scrape.value("keystone_request_seconds_total") > 0.0);
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
