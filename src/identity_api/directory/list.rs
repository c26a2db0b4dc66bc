//! Lists of the directory, with Keystone's filters.

use axum::Json;
use axum::http::Uri;
use serde_json::{Value, json};

use crate::http::request::parameters;
use crate::identity_api::error::IdentityError;
use crate::identity_api::service::BaseUrl;

/// The attributes that a list can be filtered by, and how a filter compares.
pub(super) type Filters = &'static [(&'static str, Compare)];

/// How a filter compares an attribute with the value of a parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Compare {
    /// The texts are equal.
    Exact,
    /// The texts are equal except for the case of ASCII letters.
    IgnoringCase,
    /// The value is one of Keystone's words for the truth value.
    Truth,
}

/// Answers those of `items` that the query of `uri` asks for, under the name `kind`. A parameter
/// that is no filter is ignored. Of two with the same name the first counts.
pub(super) fn list(
    BaseUrl(base): &BaseUrl,
    uri: &Uri,
    kind: &str,
    mut items: Vec<Value>,
    filters: Filters,
) -> Result<Json<Value>, IdentityError> {
    let parameters = parameters(uri.query().unwrap_or_default())?;
    for (attribute, compare) in filters {
        let given = parameters.iter().find(|(name, _)| name == attribute);
        if let Some((_, value)) = given {
            retain(&mut items, attribute, *compare, value)?;
        }
    }
    // The path has its canonical form, so that the link is the same for every spelling of it.
    let link = format!("{base}{uri}");
    Ok(Json(
        json!({kind: items, "links": {"self": link, "previous": null, "next": null}}),
    ))
}

fn retain(
    items: &mut Vec<Value>,
    attribute: &str,
    compare: Compare,
    value: &str,
) -> Result<(), IdentityError> {
    let invalid = || {
        IdentityError::BadRequest(format!(
            "Invalid input for field/attribute {attribute}. Value: {value}."
        ))
    };
    let wanted = match compare {
        Compare::Truth => Some(truth(value).ok_or_else(invalid)?),
        _ if value.is_empty() => return Err(invalid()),
        _ => None,
    };
    items.retain(|item| match (&item[attribute], compare) {
        (Value::String(text), Compare::IgnoringCase) => text.eq_ignore_ascii_case(value),
        (Value::String(text), _) => text == value,
        (Value::Bool(truth), _) => wanted == Some(*truth),
        _ => false,
    });
    Ok(())
}

/// The truth value that Keystone takes `text` for. An empty one is true.
fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "" | "true" | "1" | "y" | "yes" | "on" => Some(true),
        "false" | "0" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}
