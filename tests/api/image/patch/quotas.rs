//! Quotas of tags and properties.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn an_image_over_its_quota_can_lose_tags_but_not_get_new_ones() {
    let app = TestApp::with(|config| {
        config.limits.tags_per_image = 2;
        config.images[0].tags = ["a", "b", "c", "d"].map(|tag| tag.parse().unwrap()).into();
    });
    let set = async |tags: Value| {
        let operations = json!([{"op": "add", "path": "/tags", "value": tags}]);
        app.member().patch(DEBIAN, &operations).await.to_line()
    };
    assert_snapshot!(set(json!(["a", "b", "x"])).await, @"413 The limit has been exceeded on the number of allowed image tags. Attempted: 3, Maximum: 2");
    assert_snapshot!(set(json!(["a", "b", "c"])).await, @"200");
    assert_snapshot!(set(json!(["a", "x"])).await, @"200");
}

fn add(name: &str) -> Value {
    json!({"op": "add", "path": format!("/{name}"), "value": "3"})
}

fn copy(name: &str) -> Value {
    json!({"op": "copy", "from": "/a", "path": format!("/{name}")})
}

fn remove(name: &str) -> Value {
    json!({"op": "remove", "path": format!("/{name}")})
}

#[tokio::test]
async fn the_quota_of_properties_counts_the_result_but_each_copy_at_once() {
    let app = TestApp::with(|config| config.limits.properties_per_image = 2);
    let id = app.member().create(json!({"a": "1", "b": "2"})).await;
    let patch = async |operations: Value| app.member().patch(&id, &operations).await.to_line();
    assert_snapshot!(patch(json!([add("c")])).await, @"413 The limit has been exceeded on the number of allowed image properties. Attempted: 3, Maximum: 2");
    assert_snapshot!(patch(json!([copy("c")])).await, @"413 The limit has been exceeded on the number of allowed image properties. Attempted: 3, Maximum: 2");
    // The quota applies to a copy at once, because its text may be long.
    assert_snapshot!(patch(json!([copy("c"), remove("c")])).await, @"413 The limit has been exceeded on the number of allowed image properties. Attempted: 3, Maximum: 2");
    assert_snapshot!(patch(json!([add("c"), remove("b")])).await, @"200");
    let image = app.store.image(id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(image.properties.keys().collect::<Vec<_>>(), ["a", "c"]);
}

#[tokio::test]
async fn an_image_over_its_quota_can_lose_properties_but_not_get_new_ones() {
    let app = TestApp::with(|config| {
        config.limits.properties_per_image = 1;
        config.images[0].properties = ["a", "b", "c"]
            .map(|name| (name.to_owned(), "1".to_owned()))
            .into();
    });
    let removed = app.member().patch(DEBIAN, &json!([remove("a")])).await;
    assert_eq!(removed.status, StatusCode::OK);
    let refused = app.member().patch(DEBIAN, &json!([add("d")])).await;
    assert_snapshot!(refused.to_text(), @"
    413 Request Entity Too Large
    content-type: text/plain; charset=UTF-8

    413 Request Entity Too Large

    The limit has been exceeded on the number of allowed image properties. Attempted: 3, Maximum: 1
    ");
}
