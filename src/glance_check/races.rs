//! What Glance does while the tags of an image are changed.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::api::GlanceApi;
use super::error::CheckError;
use super::image::CheckedImage;
use super::origin::{Origin, PIECE, PIECES};
use super::outcome::Outcome;
use crate::store::ImageStore;

/// How many images are patched, one after the other, by how many clients, and how many tags each of
/// them gets meanwhile.
const IMAGES: usize = 8;
const CLIENTS: usize = 4;
const TAGS: usize = 12;

/// The pause between two changes of tags, and between two pieces of slow data.
const PAUSE: Duration = Duration::from_millis(10);
const SLOW: Duration = Duration::from_millis(250);

/// How long Glance may take until an image is active or hashed.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Changes tags in `store` while Glance patches images, takes an upload, and hashes the data of a
/// location, which comes from this machine at `origin`.
pub async fn check(
    api: &GlanceApi,
    store: &dyn ImageStore,
    origin: Option<IpAddr>,
) -> Result<Outcome, CheckError> {
    let mut outcome = Outcome::default();
    for _ in 0..IMAGES {
        outcome.add(on_new_image(api, store, patches).await?);
    }
    outcome.add(on_new_image(api, store, upload).await?);
    match origin {
        Some(address) => {
            let hashing = async |image: &mut CheckedImage<'_>| hashing(image, address).await;
            outcome.add(on_new_image(api, store, hashing).await?);
        }
        None => outcome.not_tried.push("the hashing of a location"),
    }
    Ok(outcome)
}

/// Runs `race` on a new image, which is deleted afterwards, and tells what became of its tags.
async fn on_new_image(
    api: &GlanceApi,
    store: &dyn ImageStore,
    race: impl AsyncFnOnce(&mut CheckedImage<'_>) -> Result<(), CheckError>,
) -> Result<Outcome, CheckError> {
    let mut image = CheckedImage::create(api, store).await?;
    let raced = race(&mut image).await;
    let outcome = image.judge().await;
    raced?;
    outcome
}

/// Clients patch the name of an image.
async fn patches(image: &mut CheckedImage<'_>) -> Result<(), CheckError> {
    let (api, path, is_over) = (image.api, image.path(), AtomicBool::new(false));
    let client = async |client: usize| {
        let (mut failed, mut number) = (0, 0);
        while !is_over.load(Ordering::Relaxed) {
            number += 1;
            let name = format!("{client}, {number}");
            let rename = json!([{"op": "replace", "path": "/name", "value": name}]);
            failed += usize::from(api.patch(&path, &rename).await? != StatusCode::OK);
        }
        Ok::<_, CheckError>(failed)
    };
    let clients = futures_util::future::try_join_all((0..CLIENTS).map(client));
    let changes = async {
        let changed = change_tags(image).await;
        is_over.store(true, Ordering::Relaxed);
        changed
    };
    let (failed, ()) = tokio::try_join!(clients, changes)?;
    image.outcome.failed += failed.into_iter().sum::<usize>();
    Ok(())
}

/// Adds tags, and removes every third of them again.
async fn change_tags(image: &mut CheckedImage<'_>) -> Result<(), CheckError> {
    for number in 0..TAGS {
        image.change(&format!("tag-{number}"), true).await?;
        if number % 3 == 2 {
            image.change(&format!("tag-{}", number - 1), false).await?;
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// A client uploads data that comes slowly.
async fn upload(image: &mut CheckedImage<'_>) -> Result<(), CheckError> {
    let api = image.api;
    let pieces = stream::unfold(0, async |sent| {
        if sent == PIECES {
            return None;
        }
        sleep(SLOW).await;
        Some((Ok::<_, std::io::Error>(PIECE), sent + 1))
    });
    let path = format!("{}/file", image.path());
    let body = Body::from_stream(pieces);
    // Some servers in front of Glance take no chunks.
    let upload = api.upload(&path, body, PIECE.len() * PIECES);
    let changes = async {
        sleep(SLOW * 3).await;
        change_while_busy(image).await
    };
    let (status, ()) = tokio::try_join!(upload, changes)?;
    image.outcome.failed += usize::from(status != StatusCode::NO_CONTENT);
    Ok(())
}

/// Glance hashes the data of a location.
async fn hashing(image: &mut CheckedImage<'_>, address: IpAddr) -> Result<(), CheckError> {
    let origin = Origin::start(address, SLOW).await?;
    let path = format!("{}/locations", image.path());
    let body = json!({"url": origin.url()}).to_string().into();
    let added = image
        .api
        .send(Method::POST, &path, ("application/json", body));
    if added.await?.0 != StatusCode::ACCEPTED {
        let what = "the hashing of a location: Glance takes no location over HTTP";
        image.outcome.not_tried.push(what);
        return Ok(());
    }
    wait_for(image, |shown| shown["status"] == "active").await?;
    change_while_busy(image).await?;
    wait_for(image, |shown| shown["os_hash_value"].is_string()).await?;
    // The hash is saved before the last save of the image.
    sleep(SLOW * 4).await;
    Ok(())
}

/// Adds a tag and removes the one from the start.
async fn change_while_busy(image: &mut CheckedImage<'_>) -> Result<(), CheckError> {
    image.change("added-meanwhile", true).await?;
    image.change("base", false).await
}

async fn wait_for(
    image: &CheckedImage<'_>,
    is_so: impl Fn(&Value) -> bool,
) -> Result<(), CheckError> {
    let start = Instant::now();
    while !is_so(&image.shown().await?) {
        if start.elapsed() > TIMEOUT {
            return Err(CheckError::Answer {
                request: format!("GET {}", image.path()),
                status: 200,
                text: "the image does not become active and hashed".to_owned(),
            });
        }
        sleep(SLOW).await;
    }
    Ok(())
}
