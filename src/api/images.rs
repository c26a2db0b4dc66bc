//! `GET /v2/images` and `GET /v2/images/{image_id}`.

mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use self::view::{ImageList, ImageView};
use super::context::{Caller, Context};
use super::error::Error;
use super::path::Named;
use super::query;
use crate::policy;
use crate::store::{ImageQuery, ListError};

/// How many images a page has if nothing is said: Glance's `limit_param_default`.
const DEFAULT_LIMIT: usize = 25;

/// How many images a page has at most: Glance's `api_limit_max`.
const MAX_LIMIT: usize = 1000;

/// One image.
pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
) -> Result<Response, Error> {
    let reference = named.image()?;
    let found = match reference.id {
        Some(id) => context.store.image(id).await?,
        None => None,
    };
    match found.filter(|image| policy::may_see(&caller.identity, image).is_ok()) {
        Some(image) => Ok(Json(ImageView(&image)).into_response()),
        None => Err(Error::NoImageToShow(reference.text)),
    }
}

/// The images that the caller sees, newest first, a page at a time.
pub(super) async fn list(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Error> {
    let parameters = query::parameters(uri.query().unwrap_or_default())?;
    let mut limit = DEFAULT_LIMIT;
    let mut marker = None;
    for (name, value) in &parameters {
        match name.as_str() {
            "limit" => limit = parse_limit(value)?,
            "marker" => marker = Some(value),
            _ => {}
        }
    }
    let no_such_marker = || Error::of_list(ListError::NoSuchMarker, marker.map_or("", String::as_str));
    let query = ImageQuery {
        viewer: policy::viewer(&caller.identity),
        marker: marker.map(|text| text.parse()).transpose().map_err(|_| no_such_marker())?,
        limit,
    };
    let page =
        context.store.list(&query).await.map_err(|error| Error::of_list(error, marker.map_or("", String::as_str)))?;
    Ok(Json(ImageList::new(&page, &parameters)).into_response())
}

fn parse_limit(text: &str) -> Result<usize, Error> {
    match text.parse::<i64>() {
        Ok(limit) => match usize::try_from(limit) {
            Ok(limit) => Ok(limit.min(MAX_LIMIT)),
            Err(_) => Err(Error::BadQuery("limit param must be positive".into())),
        },
        Err(_) => Err(Error::BadQuery("limit param must be an integer".into())),
    }
}
