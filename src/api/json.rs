//! Request bodies in JSON.

use axum::extract::Request;
use serde_json::Value;

use super::body;
use super::context::Settings;
use super::error::Error;

/// The JSON in the body of `request`: an object or an array, without a NUL in any of its strings.
pub(super) async fn read(request: Request, settings: &Settings) -> Result<Value, Error> {
    read_up_to(settings.json_bytes, request, settings).await
}

/// The same with a limit of its own.
pub(super) async fn read_up_to(limit: usize, request: Request, settings: &Settings) -> Result<Value, Error> {
    let bytes = body::collect(request, limit, settings).await?;
    if bytes.is_empty() {
        return Err(Error::Invalid("Body expected in request.".into()));
    }
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|_| Error::Invalid("Malformed JSON in request body.".into()))?;
    if !(value.is_object() || value.is_array()) {
        return Err(Error::Invalid("Unexpected body type. Expected list/dict.".into()));
    }
    if has_nul(&value) {
        return Err(Error::Nul("JSON"));
    }
    Ok(value)
}

/// PostgreSQL cannot store it.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(entries) => entries.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
