//! `GET /v2/info/import`: which methods of import the service offers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::method::offered;
use crate::image_api::context::Context;

/// Answers the methods to everybody who has a token.
pub(in crate::image_api) async fn methods(State(context): State<Arc<Context>>) -> Json<Value> {
    Json(json!({"import-methods": {
        "description": "Import methods available.",
        "type": "array",
        "value": offered(&context),
    }}))
}
