//! Patches images that the test has created.

use std::fmt::Write as _;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Response, TestApp};

/// Creates an image, patches it, and returns the response and the image as it is then.
pub async fn patched(before: Value, operations: Value) -> (Response, Value) {
    let app = TestApp::new();
    let id = app.member().create(before).await;
    let response = app.member().patch(&id, &operations).await;
    let after = app.member().image(&id).await;
    if response.status == StatusCode::OK {
        assert_eq!(response.json(), after);
    }
    (response, after)
}

/// The responses to patches that are refused, each below the start of its patch. Panics if one of
/// them changes the image: a patch is applied as a whole or not at all.
pub async fn refusals(patches: impl IntoIterator<Item = Value>) -> String {
    let mut text = String::new();
    for patch in patches {
        let sent = with_a_change_first(patch.clone());
        let (response, image) = patched(json!({"name": "kept", "tags": ["a", "c"]}), sent).await;
        assert_eq!(
            (&image["name"], &image["tags"]),
            (&json!("kept"), &json!(["a", "c"])),
            "{patch}"
        );
        let start: String = patch.to_string().chars().take(100).collect();
        writeln!(text, "{start}\n    {}", response.to_line()).unwrap();
    }
    text
}

/// The patch after an operation that succeeds, unless it is no list or begins with a test.
fn with_a_change_first(patch: Value) -> Value {
    let change = json!({"op": "replace", "path": "/name", "value": "changed"});
    match patch {
        Value::Array(operations) if operations[0].get("op").is_none_or(|op| op != "test") => {
            std::iter::once(change).chain(operations).collect()
        }
        other => other,
    }
}
