//! `GET /v2/info/stores`: where data can be kept. That is one place, with a name for clients that
//! ask for one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::data::DataStore;
use crate::image_api::context::Context;
use crate::image_api::error::Error;

/// Answers the store to everybody who has a token; 404 without one, as a Glance without named
/// stores.
pub(in crate::image_api) async fn stores(
    State(context): State<Arc<Context>>,
) -> Result<Json<Value>, Error> {
    if context.data.refuses() {
        let text = "Multi backend is not supported at this site.";
        return Err(Error::NotFound(text.to_owned()));
    }
    let store = json!({"id": DataStore::NAME, "default": "true"});
    Ok(Json(json!({"stores": [store]})))
}
