//! `PUT /v2/images/{image_id}/stage`: data for the method `glance-direct`.

use crate::image_api::error::Error;

/// Refuses the data, without reading it: the service does not offer the method.
pub(in crate::image_api) async fn stage() -> Error {
    let text = "'glance-direct' method is not available at this site.";
    Error::NotFound(text.to_owned())
}
