//! The body of a request for an import.

use serde_json::Value;

use super::method::offered;
use crate::http::HttpError;
use crate::http::request::{self, JsonBody, Members};
use crate::image::ImportMethod;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::schemas::python_str;

/// What the body of `POST /v2/images/{image_id}/import` asks for.
pub(super) struct ImportRequest {
    pub(super) method: ImportMethod,
    /// The URL for `web-download`; empty without one, or if it is no text.
    pub(super) uri: String,
    /// Whether the data may reach some stores only. Here there is one.
    pub(super) may_fail_partly: bool,
}

impl ImportRequest {
    /// Reads `{"method": {"name": "web-download", "uri": "https://…"}}`: 400 for a method that the
    /// service does not offer, whatever the image is, as in Glance.
    pub(super) fn read(body: &JsonBody, context: &Context) -> Result<Self, Error> {
        let missing = |field| Error::invalid(format!("Import request requires a '{field}' field."));
        let mut members = body.members()?.unwrap_or_default();
        let method = members.shift_remove("method");
        let method = method.ok_or_else(|| missing("method"))?;
        let mut method = request::part::<Members<'_>>(method).unwrap_or_default();
        let name = method.shift_remove("name");
        let name = request::value(name.ok_or_else(|| missing("name"))?)?;
        let mut offered = offered(context).into_iter();
        let found = offered.find(|method| name.as_str() == Some(method.as_str()));
        let found = found.ok_or_else(|| {
            let name = python_str(&name);
            HttpError::invalid(format!("Unknown import method name '{name}'."))
        })?;
        let all_must_succeed = flag(&mut members, "all_stores_must_succeed", true)?;
        flag(&mut members, "all_stores", false)?;
        let uri = method.shift_remove("uri").map(request::value).transpose()?;
        Ok(Self {
            method: found,
            uri: uri
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned(),
            may_fail_partly: !all_must_succeed,
        })
    }
}

/// Takes the truth value `name` out of `members`.
fn flag(members: &mut Members<'_>, name: &str, default: bool) -> Result<bool, Error> {
    let Some(value) = members.shift_remove(name) else {
        return Ok(default);
    };
    let value = request::value(value)?.as_bool();
    value.ok_or_else(|| Error::invalid(format!("'{name}' must be boolean value only")))
}
