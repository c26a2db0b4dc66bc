//! Pressure by large data of images.

use axum::body::Bytes;
use md5::{Digest, Md5};
use reqwest::{Body, Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::target::TOKEN;
use crate::program::Program;
use crate::settings::amount;

/// The bytes of a piece that the client sends.
const PIECE_BYTES: usize = 1 << 20;

/// Upper bound on the peak resident memory of the process, in KiB.
const MAX_PEAK_KIB: u64 = 64 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn large_data_goes_in_and_comes_out_in_pieces() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let directory = TempDir::new().unwrap();
    let root = directory.path().display();
    let data_url = std::env::var("DATA_URL").unwrap_or_else(|_| format!("file://{root}/data"));
    let mut program = Program::with_data(&format!("sqlite://{root}/images.db"), &data_url, &[]);
    program.ready().await;
    let http = Client::builder().no_proxy().tls_certs_only([]);
    let http = http.build().unwrap();
    let images = format!("http://{}/v2/images", program.address);

    let formats = json!({"disk_format": "raw", "container_format": "bare"});
    let created = http.post(&images).header("X-Auth-Token", TOKEN);
    let image: Value = created
        .json(&formats)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let url = format!("{images}/{}", image["id"].as_str().unwrap());
    let pieces = amount(512, 2048);
    let piece = |number: u64| {
        let mut piece = vec![0; PIECE_BYTES];
        piece[..8].copy_from_slice(&number.to_be_bytes());
        Bytes::from(piece)
    };
    let mut md5 = Md5::new();
    (0..pieces).for_each(|number| md5.update(piece(number)));
    let checksum = hex::encode(md5.finalize());

    let body = futures_util::stream::iter(
        (0..pieces).map(move |number| Ok::<_, std::io::Error>(piece(number))),
    );
    let sent = http
        .put(format!("{url}/file"))
        .header("X-Auth-Token", TOKEN)
        .header("Content-Type", "application/octet-stream")
        .body(Body::wrap_stream(body))
        .send();
    assert_eq!(sent.await.unwrap().status(), StatusCode::NO_CONTENT);
    let shown = http.get(&url).header("X-Auth-Token", TOKEN).send();
    let image: Value = shown.await.unwrap().json().await.unwrap();
    assert_eq!(image["size"], pieces * PIECE_BYTES as u64);
    assert_eq!(image["checksum"], checksum);

    let received = http
        .get(format!("{url}/file"))
        .header("X-Auth-Token", TOKEN);
    let mut received = received.send().await.unwrap();
    let mut md5 = Md5::new();
    while let Some(bytes) = received.chunk().await.unwrap() {
        md5.update(&bytes);
    }
    assert_eq!(hex::encode(md5.finalize()), checksum);
    let peak = program.peak_kib();
    println!("pressure: {pieces} MiB of data: peak {} MiB", peak >> 10);
    assert!(peak <= MAX_PEAK_KIB, "{} MiB", peak >> 10);
}
