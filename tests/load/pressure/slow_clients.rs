//! Pressure by clients that send their requests slowly or do not read their answers.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::large_images::create_largest_image;
use super::target::{TOKEN, Target};
use crate::settings::amount;

/// Opens `count` connections, and sends `bytes` on each.
async fn open_connections(target: &Target, count: u64, bytes: &[u8]) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(&target.program.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(bytes).await.unwrap();
        streams.push(stream);
    }
    streams
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_bodies_byte_by_byte() {
    let mut target = Target::start().await;
    target.start_background_client().await;
    let head = format!(
        "POST /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {TOKEN}\r\nContent-Length: 65536\r\n\r\n{{\"a\":\""
    );
    let mut streams = open_connections(&target, amount(250, 1000), head.as_bytes()).await;
    let (start, mut sent) = (Instant::now(), 6);
    // A part at once, then single bytes until the time is up.
    for stream in &mut streams {
        stream.write_all(&vec![b'x'; 40_000]).await.unwrap();
    }
    sent += 40_000;
    while start.elapsed() < Duration::from_secs(amount(5, 25)) && sent < 65_000 {
        for stream in &mut streams {
            let _ = stream.write_all(b"x").await;
        }
        sent += 1;
    }
    println!("pressure: {sent} bytes of each body were sent");
    target.finish("bodies byte by byte").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_answers_that_no_client_reads() {
    let mut target = Target::start().await;
    let id = create_largest_image(&target).await;
    for image in 0..60 {
        target.create(&json!({"name": image.to_string(), "p": "x".repeat(65_535), "q": "y".repeat(65_535)})).await;
    }
    target.start_background_client().await;
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {TOKEN}\r\n\r\n");
    let count = amount(250, 1000) / 2;
    let images =
        open_connections(&target, count, get(&format!("/v2/images/{id}")).as_bytes()).await;
    let lists = open_connections(&target, count, get("/v2/images?limit=1000").as_bytes()).await;
    tokio::time::sleep(Duration::from_secs(amount(5, 20))).await;
    target.finish("answers that no client reads").await;
    drop((images, lists));
}
