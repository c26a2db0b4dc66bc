//! Connections through a UNIX socket.

use std::path::PathBuf;
use std::time::Duration;

use image_tags::config::{Config, Listen};
use image_tags::server::{self, Listener};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::support::TestApp;
use crate::support::log::Log;

/// Serves on a UNIX socket in a directory of its own.
fn serve(change: impl FnOnce(&mut Config)) -> (PathBuf, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let app = TestApp::with(|config| {
        config.server.listen = Listen::Unix(path.clone());
        change(config);
    });
    let listener = Listener::bind(&app.config.server).unwrap();
    tokio::spawn(async move {
        server::run(listener, app.api, &app.config, std::future::pending()).await;
    });
    (path, directory)
}

/// The response to `GET /versions` with `headers`.
async fn versions(path: &PathBuf, headers: &str) -> String {
    let mut client = UnixStream::connect(path).await.unwrap();
    let request = format!("GET /versions HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    response
}

const FORWARDED: &str = "Forwarded: for=192.0.2.1;proto=https;host=cloud.example.com\r\n";

#[tokio::test]
async fn a_client_has_no_address_and_its_forwarding_headers_do_not_count() {
    let log = Log::start();
    let (path, _directory) = serve(|config| {
        config.server.trusted_proxies = vec!["0.0.0.0/0".parse().unwrap()];
    });
    let response = versions(&path, FORWARDED).await;
    assert!(response.contains("\"http://localhost/v2/\""), "{response}");
    assert!(log.requests().last().unwrap()["client"].is_null());
}

#[tokio::test]
async fn a_proxy_on_a_trusted_socket_determines_the_base_url_and_the_client() {
    let log = Log::start();
    let (path, _directory) = serve(|config| {
        config.server.trusted_proxies = vec!["unix:".parse().unwrap()];
    });
    let response = versions(&path, FORWARDED).await;
    let link = "\"https://cloud.example.com/v2/\"";
    assert!(response.contains(link), "{response}");
    assert_eq!(log.requests().last().unwrap()["client"], "192.0.2.1");
}

#[tokio::test]
async fn a_client_that_does_not_read_its_responses_is_disconnected() {
    let (path, _directory) = serve(|config| {
        config.server.idle_timeout = Duration::from_millis(200);
    });
    let mut client = UnixStream::connect(&path).await.unwrap();
    let requests = "GET /versions HTTP/1.1\r\n\r\n".repeat(5000);
    // More responses than the socket holds. The server stops reading when it cannot write.
    let _ = client.write_all(requests.as_bytes()).await;
    let closed = async {
        while client.write_all(b"G").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let closed = tokio::time::timeout(Duration::from_mins(1), closed).await;
    assert!(closed.is_ok(), "the connection is still open");
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_all_of_its_responses() {
    let (path, _directory) = serve(|config| {
        config.server.idle_timeout = Duration::from_millis(500);
    });
    let (mut reader, mut writer) = UnixStream::connect(&path).await.unwrap().into_split();
    let count = 1000;
    let last = "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n";
    let requests = "GET /versions HTTP/1.1\r\n\r\n".repeat(count) + last;
    let sent = tokio::spawn(async move { writer.write_all(requests.as_bytes()).await });
    let mut responses = Vec::new();
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut piece = vec![0; 64 << 10];
        match reader.read(&mut piece).await.unwrap() {
            0 => break,
            length => responses.extend_from_slice(&piece[..length]),
        }
    }
    sent.await.unwrap().unwrap();
    let responses = String::from_utf8(responses).unwrap();
    assert_eq!(responses.matches("HTTP/1.1 200 OK").count(), count + 1);
    assert!(responses.ends_with("\r\n\r\nok"));
}
