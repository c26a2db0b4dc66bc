//! Pages: their size, and the links from one to the next.

use std::collections::BTreeSet;

use image_tags::image::{Image, ImageId, Visibility};
use serde_json::json;

use super::columns::ids;
use crate::support::{DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn the_list_has_the_visible_images_newest_first() {
    let app = TestApp::new();
    assert_eq!(ids(app.member(), "/v2/images").await, [UBUNTU, DEBIAN]);
    assert_eq!(ids(app.stranger(), "/v2/images").await, [UBUNTU]);
    let list = app.member().get("/v2/images").await.json();
    assert_eq!(list["first"], "/v2/images");
    assert_eq!(list["schema"], "/v2/schemas/images");
    assert_eq!(list.get("next"), None);
}

#[tokio::test]
async fn following_next_visits_every_image_once() {
    let app = TestApp::with(|config| {
        let moment = config.images[0].created_at();
        config.images.extend((0..60).map(|_| {
            // Created in the same microsecond, so the id decides.
            let mut image = Image::new(ImageId::random(), moment);
            image.visibility = Visibility::Public;
            image
        }));
    });
    for first in [
        "/v2/images",
        "/v2/images?limit=7",
        "/v2/images?limit=62",
        "/v2/images?limit=1000000",
    ] {
        let (mut path, mut found) = (first.to_owned(), Vec::new());
        loop {
            let list = app.member().get(&path).await.json();
            assert_eq!(list["first"], first);
            found.extend(
                list["images"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|image| image["id"].to_string()),
            );
            match list.get("next") {
                Some(next) => path = next.as_str().unwrap().to_owned(),
                None => break,
            }
        }
        assert_eq!(found.len(), 62);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 62);
    }
}

#[tokio::test]
async fn pages_stay_stable_while_images_change() {
    let app = TestApp::new();
    for number in 0..20 {
        app.member()
            .create(json!({"name": format!("{number:02}"), "mine": "1", "tags": ["a"]}))
            .await;
    }
    let (mut path, mut found) = ("/v2/images?mine=1&tag=a&limit=3".to_owned(), Vec::new());
    while !path.is_empty() {
        let list = app.member().get(&path).await.json();
        for image in list["images"].as_array().unwrap() {
            found.push(image["name"].as_str().unwrap().to_owned());
            app.member()
                .put_tag(image["id"].as_str().unwrap(), "seen")
                .await;
        }
        app.member()
            .create(json!({"name": "new", "mine": "1", "tags": ["a"]}))
            .await;
        path = list["next"].as_str().unwrap_or_default().to_owned();
    }
    let expected: Vec<_> = (0..20).rev().map(|number| format!("{number:02}")).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_page_has_at_most_a_thousand_images() {
    let app = TestApp::with(|config| {
        let moment = config.images[0].created_at();
        config.images = (0..1001)
            .map(|_| Image::new(ImageId::random(), moment))
            .collect();
    });
    assert_eq!(ids(app.admin(), "/v2/images?limit=5000").await.len(), 1000);
    let ids: BTreeSet<_> = ids(app.admin(), "/v2/images").await.into_iter().collect();
    assert_eq!(ids.len(), 25);
}

#[tokio::test]
async fn a_page_over_its_size_limit_ends_early_and_the_next_one_continues() {
    let app = TestApp::with(|config| {
        config.images.truncate(1);
        let moment = config.images[0].created_at();
        let heavy = |_| {
            let mut image = Image::new(ImageId::random(), moment);
            image.visibility = Visibility::Public;
            image.properties = (0..30)
                .map(|number| (format!("p{number}"), "x".repeat(65_535)))
                .collect();
            image
        };
        config.images = (0..5).map(heavy).collect();
    });
    let (mut path, mut pages) = ("/v2/images?limit=5".to_owned(), Vec::new());
    loop {
        let page = app.member().get(&path).await.json();
        pages.push(page["images"].as_array().unwrap().len());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        next.clone_into(&mut path);
    }
    assert_eq!(pages, [2, 2, 1]);
}
