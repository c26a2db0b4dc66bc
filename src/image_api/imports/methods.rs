//! `GET /v2/info/import`: which methods of import the service offers.

use axum::Json;
use serde_json::{Value, json};

use super::method::ImportMethod;

/// Answers the methods to everybody who has a token.
pub(in crate::image_api) async fn methods() -> Json<Value> {
    Json(json!({"import-methods": {
        "description": "Import methods available.",
        "type": "array",
        "value": ImportMethod::names(),
    }}))
}
