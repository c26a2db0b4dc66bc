//! The body of a request for an import.

use serde_json::{Value, json};

use super::method::offered;
use crate::data::DataStore;
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
    /// The first store of the request that does not exist.
    pub(super) unknown_store: Option<String>,
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
        // With one store, the data reaches all of them or none.
        flag(&mut members, "all_stores_must_succeed")?;
        flag(&mut members, "all_stores")?;
        let stores = members.shift_remove("stores").map(request::value);
        let stores = stores.transpose()?.unwrap_or_else(|| json!([]));
        let stores = stores.as_array().cloned().unwrap_or_else(|| vec![stores]);
        let unknown_store = stores.iter().find(|store| *store != DataStore::NAME);
        let uri = method.shift_remove("uri").map(request::value).transpose()?;
        Ok(Self {
            method: found,
            uri: uri
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned(),
            unknown_store: unknown_store.map(python_str),
        })
    }
}

/// Refuses `name` in `members` unless it is a truth value.
fn flag(members: &mut Members<'_>, name: &str) -> Result<(), Error> {
    let value = members.shift_remove(name).map(request::value).transpose()?;
    if value.is_none_or(|value| value.is_boolean()) {
        Ok(())
    } else {
        Err(Error::invalid(format!(
            "'{name}' must be boolean value only"
        )))
    }
}
