//! Many new tokens at once, and floods of random tokens: valid tokens are accepted nevertheless.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use image_tags::service::Peer;
use tokio::task::JoinSet;

use super::status;
use crate::support::keystone::{MockKeystone, NEW, VALID, valid};
use crate::support::raw::Raw;
use crate::support::{DEBIAN, TestApp};

/// Response time of the Keystone of these tests.
const DELAY: Duration = Duration::from_millis(50);

/// Number of connections that send random tokens.
const FLOOD: usize = 48;

/// The address from which floods come.
const STRANGER: [u8; 4] = [203, 0, 113, 9];

/// Sends a `PUT` of a tag with `token` from the address `client`.
async fn put_from(api: image_tags::service::Service, client: IpAddr, token: String) -> StatusCode {
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    let mut request = Request::put(path)
        .header("X-Auth-Token", token)
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(Peer((client, 1).into()));
    api.answer(request).await.status()
}

/// Does the same with `count` new valid tokens concurrently. Returns how many set the tag.
async fn passed(app: &TestApp, client: IpAddr, count: usize) -> usize {
    let put = |number| put_from(app.api.clone(), client, format!("{NEW}{number}"));
    let answers = (0..count).map(put).collect::<JoinSet<_>>().join_all().await;
    answers
        .into_iter()
        .filter(|status| *status == StatusCode::NO_CONTENT)
        .count()
}

/// Sends random tokens until the result is dropped.
fn flood(app: &TestApp, client: IpAddr) -> JoinSet<()> {
    let send = |_| {
        let api = app.api.clone();
        async move {
            loop {
                put_from(
                    api.clone(),
                    client,
                    format!("random-{}", fastrand::u128(..)),
                )
                .await;
            }
        }
    };
    (0..FLOOD).map(send).collect()
}

/// The service with a Keystone that takes [`DELAY`], and with the default timeout.
async fn slow(keystone: &MockKeystone, cache_seconds: u32) -> TestApp {
    keystone.respond_to_all_after(DELAY).await;
    keystone.app(|options| {
        options.http_connect_timeout = Duration::from_secs(5);
        options.token_cache_time = cache_seconds;
    })
}

#[tokio::test]
async fn all_of_150_concurrent_new_tokens_are_accepted() {
    let keystone = MockKeystone::start().await;
    let app = slow(&keystone, 300).await;
    assert_eq!(passed(&app, [192, 0, 2, 1].into(), 150).await, 150);
}

#[tokio::test]
async fn new_tokens_are_accepted_during_a_flood_from_the_same_address_and_from_another() {
    for client in [STRANGER, [192, 0, 2, 1]] {
        let keystone = MockKeystone::start().await;
        let app = slow(&keystone, 300).await;
        let _flood = flood(&app, STRANGER.into());
        tokio::time::sleep(DELAY * 4).await;
        let start = Instant::now();
        let passed = passed(&app, client.into(), 148).await;
        println!("{passed} of 148 from {client:?} in {:?}", start.elapsed());
        assert!(passed * 100 >= 148 * 95, "{passed}");
    }
}

/// The flood sends tokens as fast as it can. A cached token is refreshed in time nevertheless.
#[tokio::test]
async fn a_token_in_use_stays_cached_during_a_flood_long_past_its_cache_time() {
    let keystone = MockKeystone::start().await;
    let app = slow(&keystone, 3).await;
    let delay = Duration::from_millis(400);
    keystone
        .respond_to(VALID, valid(VALID).set_delay(delay), 4..=6)
        .await;
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    let _flood = flood(&app, STRANGER.into());
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let asked = Instant::now();
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
        assert!(asked.elapsed() < delay, "it was new: {:?}", asked.elapsed());
        tokio::time::sleep(DELAY).await;
    }
}

/// A token that was not in use for a while has to be validated, but does not queue behind tokens
/// that were never valid.
#[tokio::test]
async fn a_token_that_was_valid_before_does_not_queue_behind_a_flood() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to(VALID, valid(VALID), 2).await;
    let app = keystone.app(|options| options.token_cache_time = 1);
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    keystone.respond_to_all_after(Duration::from_secs(3)).await;
    let floods: Vec<_> = (0..4)
        .map(|number| flood(&app, [203, 0, 113, number].into()))
        .collect();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let start = Instant::now();
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    assert!(
        start.elapsed() < Duration::from_millis(1500),
        "{:?}",
        start.elapsed()
    );
    drop(floods);
}

/// The same over sockets, behind a proxy that forwards the clients' addresses. Runs at reduced size
/// unless `FULL` is set.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_tokens_are_accepted_over_sockets_during_a_flood() {
    let (flooding, honest) = if std::env::var_os("FULL").is_some() {
        (48, 148)
    } else {
        (12, 37)
    };
    let keystone = MockKeystone::start().await;
    keystone.respond_to_all_after(DELAY).await;
    let server = keystone.app_with(|config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.auth.keystone.http_connect_timeout = Duration::from_secs(5);
    });
    let server = server.listen().await;
    let put = |client: &str, token: &str| {
        let made_up = "10.9.8.7, ";
        format!(
            "PUT /v2/images/{DEBIAN}/tags/x HTTP/1.1\r\nHost: x\r\n\
             X-Forwarded-For: {made_up}{client}\r\nX-Auth-Token: {token}\r\n\r\n"
        )
    };
    let mut flood = JoinSet::new();
    for _ in 0..flooding {
        let address = server.address.clone();
        flood.spawn(async move {
            let mut client = Raw::connect(&address).await;
            loop {
                client
                    .send(put(
                        "203.0.113.9",
                        &format!("random-{}", fastrand::u128(..)),
                    ))
                    .await;
                client.response().await.unwrap();
            }
        });
    }
    for (round, from) in ["203.0.113.9", "192.0.2.1"].into_iter().enumerate() {
        let mut clients = JoinSet::new();
        for number in 0..honest {
            let (address, request) = (
                server.address.clone(),
                put(from, &format!("{NEW}{round}-{number}")),
            );
            clients.spawn(async move {
                let mut client = Raw::connect(&address).await;
                client.send(request).await;
                client.response().await.unwrap().status
            });
        }
        let passed = clients
            .join_all()
            .await
            .into_iter()
            .filter(|status| *status == 204)
            .count();
        println!("{passed} of {honest} from {from}");
        assert!(
            passed * 100 >= honest * 95,
            "{passed} of {honest} from {from}"
        );
    }
}
