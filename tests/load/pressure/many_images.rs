//! A million images in memory: how much they take, how long an export of them takes to load, and
//! that requests cost what they cost with a thousand images.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use image_tags::budget::Budget;
use image_tags::config::Config;
use image_tags::image::{Image, ImageId, TagRules};
use image_tags::service::Service;
use image_tags::store::Memory;
use image_tags::transfer;
use jiff::Timestamp;

const FEW: usize = 1000;
const MILLION: usize = 1_000_000;

/// How much longer a request may take with many images than with few.
const MAX_RATIO: f64 = 1.2;

/// What an image with five tags may take in memory, its places in the indexes included.
const MAX_IMAGE_BYTES: usize = 1024;

/// How long the import of all images may take.
const MAX_IMPORT_TIME: Duration = Duration::from_secs(10);

/// The requests of one measurement.
const REQUESTS: usize = 10_000;

/// The measurements, of which the fastest counts.
const ROUNDS: usize = 7;

const MEMBER_TOKEN: &str = "0c3a50a694f44b748abd8e0660ecbd45";
const PROJECT: &str = "5ef70662f8b34079a6eddb8da9d75fe8";

fn id(number: usize) -> String {
    // In no order, as random ids are.
    let spread = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{:08x}-0000-4000-8000-{number:012x}", spread >> 32)
}

/// An image with five tags, of which twenty images have the first.
fn image(number: usize) -> Image {
    let id: ImageId = id(number).parse().unwrap();
    let time = Timestamp::from_second(1_700_000_000 + i64::try_from(number).unwrap()).unwrap();
    let mut image = Image::new(id, time);
    image.name = format!("image-{number}").parse().ok();
    image.owner = PROJECT.parse().ok();
    let sets = [("os", 10), ("arch", 3), ("team", 100), ("build", 1000)];
    let tags = sets.map(|(set, count)| format!("{set}-{}", number % count));
    let tags = tags.into_iter().chain([format!("twenty-{}", number / 20)]);
    image.tags = tags.map(|tag| tag.parse().unwrap()).collect();
    image
}

fn write_export(file: &Path, count: usize) {
    let mut lines = BufWriter::new(File::create(file).unwrap());
    for number in 0..count {
        serde_json::to_writer(&mut lines, &image(number)).unwrap();
        lines.write_all(b"\n").unwrap();
    }
    lines.flush().unwrap();
}

/// The memory of this process, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: usize = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kib << 10
}

/// The service over a store in memory with the images of an export, and how long the import took.
async fn loaded(file: &Path, count: usize, config: &Config) -> (Service, Duration) {
    let store = Memory::new();
    let started = Instant::now();
    let lines = BufReader::new(File::open(file).unwrap());
    let imported = transfer::import(&store, &TagRules::default(), lines)
        .await
        .unwrap();
    assert_eq!(imported.created, count as u64);
    let time = started.elapsed();
    let budget = Budget::new(config.limits.memory_bytes);
    let service = Service::with_store(Arc::new(store), budget, config).unwrap();
    (service, time)
}

/// The requests that are measured: a name, a method, and the path of request number `index`.
const KINDS: [(&str, Method, fn(usize) -> String); 3] = [
    ("PUT of a set tag", Method::PUT, |number| {
        format!("/v2/images/{}/tags/os-{}", id(number), number % 10)
    }),
    ("GET of an image", Method::GET, |number| {
        format!("/v2/images/{}", id(number))
    }),
    ("list by tag", Method::GET, |number| {
        format!("/v2/images?tag=twenty-{}&limit=20", number / 20)
    }),
];

/// The time of one request, in seconds, if they are about `count` images one after the other.
async fn time(service: &Service, method: &Method, path: fn(usize) -> String, count: usize) -> f64 {
    let request = |index: usize| {
        let request = Request::builder()
            .method(method)
            .uri(path(index * 7919 % count));
        let request = request.header("X-Auth-Token", MEMBER_TOKEN);
        request.body(Body::empty()).unwrap()
    };
    let requests: Vec<_> = (0..REQUESTS).map(request).collect();
    let started = Instant::now();
    for request in requests {
        let response = service.answer(request).await;
        assert!(matches!(
            response.status(),
            StatusCode::OK | StatusCode::NO_CONTENT
        ));
        to_bytes(response.into_body(), usize::MAX).await.unwrap();
    }
    started.elapsed().as_secs_f64() / REQUESTS as f64
}

#[tokio::test]
#[ignore = "takes a minute and 3 GiB: `make pressure`"]
async fn a_million_images_in_memory_are_small_and_cost_requests_no_more_than_a_thousand() {
    let home = tempfile::tempdir().unwrap();
    let example = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml"));
    let config = Config::load(example, [], None).unwrap();
    let [few, many] = [FEW, MILLION].map(|count| {
        let file = home.path().join(count.to_string());
        write_export(&file, count);
        file
    });
    let (few, _) = loaded(&few, FEW, &config).await;
    let before = resident();
    let (many, import_time) = loaded(&many, MILLION, &config).await;
    let image_bytes = (resident() - before) / MILLION;
    println!("an image takes {image_bytes} bytes; the import took {import_time:?}");
    let mut ratios = Vec::new();
    for (name, method, path) in KINDS {
        let mut best = [f64::INFINITY; 2];
        for _ in 0..ROUNDS {
            for (best, (service, count)) in best.iter_mut().zip([(&few, FEW), (&many, MILLION)]) {
                *best = best.min(time(service, &method, path, count).await);
            }
        }
        let [few, many] = best.map(|seconds| seconds * 1e6);
        println!("{name}: {few:.2} µs with {FEW} images, {many:.2} µs with {MILLION}");
        ratios.push((name, many / few));
    }
    assert!(image_bytes < MAX_IMAGE_BYTES);
    assert!(import_time < MAX_IMPORT_TIME);
    for (name, ratio) in ratios {
        assert!(ratio <= MAX_RATIO, "{name}: {ratio:.2}");
    }
}
