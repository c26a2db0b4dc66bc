//! The order of a list.

use serde_json::json;

use super::columns::names;
use crate::support::TestApp;

#[tokio::test]
async fn a_list_has_the_requested_order() {
    let app = TestApp::new();
    for (name, min_ram) in [("b", 1), ("a", 2), ("c", 1), ("a", 1)] {
        app.member()
            .create(json!({"name": name, "min_ram": min_ram, "mine": "1"}))
            .await;
    }
    for (sorting, expected) in [
        ("", ["a", "c", "a", "b"]),
        ("&sort=name", ["c", "b", "a", "a"]),
        ("&sort=name:asc", ["a", "a", "b", "c"]),
        ("&sort_key=name&sort_dir=asc", ["a", "a", "b", "c"]),
        (
            "&sort_key=status&sort_key=name&sort_dir=desc&sort_dir=asc",
            ["a", "a", "b", "c"],
        ),
        ("&sort=created_at:asc", ["b", "a", "c", "a"]),
        ("&sort_dir=asc", ["b", "a", "c", "a"]),
        ("&sort=size:asc,name:desc", ["c", "b", "a", "a"]),
    ] {
        assert_eq!(
            names(app.member(), &format!("mine=1{sorting}")).await,
            expected,
            "{sorting}"
        );
        // The same list in pages of one image.
        let mut path = format!("/v2/images?mine=1{sorting}&limit=1");
        for name in expected {
            let list = app.member().get(&path).await.json();
            assert_eq!(list["images"][0]["name"], name, "{path}");
            path = list["next"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(path, "", "{sorting}");
    }
}
