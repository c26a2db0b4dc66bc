//! The graceful shutdown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use image_tags::store::{ImageStore, Memory};
use tokio::net::TcpStream;

use crate::support::raw::{Raw, head, request};
use crate::support::stores::{Fault, Faulty};
use crate::support::{DEBIAN, TestApp, config};

const DELAY: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_shutdown_finishes_requests_in_flight_and_accepts_no_connection() {
    let mut server = TestApp::faulty(Fault::Slow(DELAY), |_| {}).listen().await;
    let address = server.address.clone();
    let mut idle = Raw::connect(&address).await;
    let mut busy = Raw::connect(&address).await;
    busy.send(request("PUT", "x")).await;
    tokio::time::sleep(DELAY / 4).await;
    server.stop();
    assert_eq!(busy.response().await.unwrap().status, 204);
    assert!(busy.is_closed().await);
    assert!(idle.is_closed().await);
    server.stopped().await;
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_idle_clients() {
    let mut server = TestApp::new().listen().await;
    let mut idle = Raw::connect(&server.address).await;
    idle.send(head("PUT", "x") + "Content-Length: 2\r\n\r\n{}")
        .await;
    assert_eq!(idle.response().await.unwrap().status, 204);
    let started = Instant::now();
    server.stop();
    server.stopped().await;
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_shutdown_waits_for_a_write_whose_client_has_disconnected() {
    let inner = Memory::with_images(config().images);
    let store = Arc::new(Faulty::new(Fault::Slow(DELAY * 10), inner));
    let mut server = TestApp::with_store(Arc::clone(&store) as _, config())
        .listen()
        .await;
    let mut client = Raw::before_body(&server.address, head("PUT", "x")).await;
    client.send("{}").await;
    tokio::time::sleep(DELAY * 3).await;
    drop(client);
    server.stop();
    server.stopped().await;
    let image = store
        .inner
        .image(DEBIAN.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(image.tags.len(), 1);
}

#[tokio::test]
async fn a_shutdown_closes_connections_with_an_incomplete_head() {
    let grace = Duration::from_mins(1);
    let mut server = TestApp::with(|config| config.server.shutdown_timeout = grace)
        .listen()
        .await;
    let mut first = Raw::connect(&server.address).await;
    first.send("GET / HT").await;
    let mut second = Raw::connect(&server.address).await;
    second.send(request("PUT", "x")).await;
    assert_eq!(second.response().await.unwrap().status, 204);
    second.send("GET / HT").await;
    tokio::time::sleep(DELAY / 4).await;
    let started = Instant::now();
    server.stop();
    assert!(first.is_closed().await);
    assert!(second.is_closed().await);
    server.stopped().await;
    assert!(started.elapsed() < grace / 4);
}
