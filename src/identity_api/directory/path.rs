//! The id in a path, read from its raw form.

use axum::http::Uri;

use crate::http::HttpError;
use crate::http::request::decode;

/// The id in `/identity/v3/{kind}/{id}` and in every path below it.
pub(super) fn id_in(uri: &Uri) -> Result<String, HttpError> {
    decode(uri.path().split('/').nth(4).unwrap_or_default())
}
