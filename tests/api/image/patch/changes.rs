//! What a patch changes.

use axum::http::StatusCode;
use image_tags::image::Status;
use serde_json::json;

use super::patched::patched;
use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn attributes_and_properties_are_set_and_removed() {
    let (response, image) = patched(
        json!({"name": "a", "x": "1", "y": "2"}),
        json!([
            {"op": "replace", "path": "/name", "value": "é"},
            {"op": "add", "path": "/min_disk", "value": 3},
            {"op": "replace", "path": "/protected", "value": true},
            {"op": "add", "path": "/os_hidden", "value": true},
            {"op": "replace", "path": "/visibility", "value": "private"},
            {"op": "add", "path": "/disk_format", "value": "raw"},
            {"op": "remove", "path": "/x"},
            {"op": "replace", "path": "/y", "value": "3"},
            {"op": "add", "path": "/a~1b~0c", "value": "4"},
            {"op": "copy", "from": "/y", "path": "/z"},
            {"op": "move", "from": "/y", "path": "/w"}
        ]),
    )
    .await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    for (name, value) in [
        ("name", json!("é")),
        ("min_disk", json!(3)),
        ("protected", json!(true)),
        ("os_hidden", json!(true)),
        ("visibility", json!("private")),
        ("disk_format", json!("raw")),
        ("a/b~c", json!("4")),
        ("z", json!("3")),
        ("w", json!("3")),
    ] {
        assert_eq!(image[name], value, "{name}");
    }
    assert_eq!((image.get("x"), image.get("y")), (None, None));
}

#[tokio::test]
async fn a_patch_changes_all_tags_or_single_ones() {
    for (operations, expected) in [
        (
            json!([{"op": "add", "path": "/tags", "value": ["c", "a", "c"]}]),
            json!(["a", "c"]),
        ),
        (
            json!([{"op": "replace", "path": "/tags", "value": []}]),
            json!([]),
        ),
        (
            json!([{"op": "add", "path": "/tags/-", "value": "c"}]),
            json!(["a", "b", "c"]),
        ),
        (
            json!([{"op": "add", "path": "/tags/-", "value": "a"}]),
            json!(["a", "b"]),
        ),
        (
            json!([{"op": "add", "path": "/tags/7", "value": "c"}]),
            json!(["a", "b", "c"]),
        ),
        (json!([{"op": "remove", "path": "/tags/0"}]), json!(["b"])),
        (
            json!([{"op": "replace", "path": "/tags/1", "value": "é"}]),
            json!(["a", "é"]),
        ),
        // A generated change from [a, b] to [b, c]: b occurs twice in between.
        (
            json!([{"op": "replace", "path": "/tags/0", "value": "b"}, {"op": "replace", "path": "/tags/1", "value": "c"}]),
            json!(["b", "c"]),
        ),
        (
            json!([{"op": "add", "path": "/tags/0", "value": "x"}, {"op": "remove", "path": "/tags/2"}]),
            json!(["a", "x"]),
        ),
        (
            json!([{"op": "move", "from": "/tags/1", "path": "/tags/0"}]),
            json!(["a", "b"]),
        ),
        (
            json!([{"op": "test", "path": "/tags", "value": ["a", "b"]}, {"op": "add", "path": "/tags/-", "value": "c"}]),
            json!(["a", "b", "c"]),
        ),
        (
            json!([{"op": "test", "path": "/tags/1", "value": "b"}, {"op": "remove", "path": "/tags/1"}]),
            json!(["a"]),
        ),
        (
            json!([{"op": "test", "path": "/min_ram", "value": 0}, {"op": "test", "path": "/status", "value": "queued"}]),
            json!(["a", "b"]),
        ),
    ] {
        let (response, image) = patched(json!({"tags": ["a", "b"]}), operations.clone()).await;
        assert_eq!(
            response.status,
            StatusCode::OK,
            "{operations} {}",
            response.body
        );
        assert_eq!(image["tags"], expected, "{operations}");
    }
}

#[tokio::test]
async fn values_move_and_copy_between_tags_attributes_and_properties() {
    let image = json!({"name": "n", "tags": ["a", "prod"], "x": "1"});
    for (operations, changed) in [
        // What openstacksdk generates for a removed tag and a new property.
        (
            json!([{"op": "move", "from": "/tags/1", "path": "/stage"}]),
            json!({"tags": ["a"], "stage": "prod"}),
        ),
        (
            json!([{"op": "copy", "from": "/tags/0", "path": "/x"}]),
            json!({"x": "a"}),
        ),
        (
            json!([{"op": "copy", "from": "/tags/0", "path": "/name"}]),
            json!({"name": "a"}),
        ),
        (
            json!([{"op": "move", "from": "/x", "path": "/tags/-"}]),
            json!({"tags": ["1", "a", "prod"], "x": null}),
        ),
        (
            json!([{"op": "move", "from": "/x", "path": "/name"}]),
            json!({"name": "1", "x": null}),
        ),
        (
            json!([{"op": "copy", "from": "/name", "path": "/tags/0"}]),
            json!({"tags": ["a", "n", "prod"]}),
        ),
        (
            json!([{"op": "copy", "from": "/status", "path": "/was"}]),
            json!({"was": "queued"}),
        ),
        (
            json!([{"op": "copy", "from": "/min_ram", "path": "/min_disk"}]),
            json!({}),
        ),
        (
            json!([{"op": "copy", "from": "/tags", "path": "/tags"}]),
            json!({}),
        ),
    ] {
        let (response, after) = patched(image.clone(), operations.clone()).await;
        assert_eq!(
            response.status,
            StatusCode::OK,
            "{operations} {}",
            response.body
        );
        for (name, value) in changed.as_object().unwrap() {
            assert_eq!(&after[name], value, "{operations}");
        }
    }
}

#[tokio::test]
async fn numbers_are_accepted_and_compared_by_value() {
    let operations = json!([
        {"op": "test", "path": "/min_ram", "value": 0.0},
        {"op": "replace", "path": "/min_ram", "value": 512.0},
        {"op": "test", "path": "/min_ram", "value": 512},
        {"op": "add", "path": "/min_disk", "value": 1e3},
    ]);
    let (response, image) = patched(json!({}), operations).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(
        (&image["min_ram"], &image["min_disk"]),
        (&json!(512), &json!(1000))
    );
}

#[tokio::test]
async fn the_formats_of_an_image_in_status_importing_can_change() {
    let app = TestApp::with(|config| config.images[0].status = Status::Importing);
    let change = json!([{"op": "replace", "path": "/disk_format", "value": "raw"}]);
    assert_eq!(
        app.member().patch(DEBIAN, &change).await.status,
        StatusCode::OK
    );
}
