//! The handler of `GET /v2/images`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;

use super::query::image_query;
use crate::http::request::parameters;
use crate::http::response;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::images::view::ImageList;

/// Answers a page of the images that the caller can see and that match the parameters.
pub(in crate::image_api) async fn list(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Error> {
    caller.rights.may_list()?;
    let parameters = parameters(uri.query().unwrap_or_default())?;
    let query = image_query(caller.rights.viewer(), &parameters)?;
    let marker = query.marker.map(|marker| marker.to_string());
    let listed = context.store.list(&query).await;
    let mut page = listed
        .map_err(|error| Error::from_list_error(error, marker.as_deref().unwrap_or_default()))?;
    let memory = std::mem::take(&mut page.memory);
    let list = ImageList::new(&page, &parameters);
    let size = page.size() + list.links_bytes();
    let write = |json: &mut _| list.write(json);
    Ok(response::written_json(write, size, memory, &context.budget).await?)
}
