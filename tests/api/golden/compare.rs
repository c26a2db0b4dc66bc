//! Compares the result of a replay with the recording, or with its entry in the list of
//! differences.
//!
//! A few differences apply to every case, so this file knows them. The list has a row for each.

use serde_json::Value;

use super::case::Case;
use super::differences::Instead;
use super::replay::Outcome;

pub fn check(case: &Case, outcome: &Outcome, instead: Option<&Instead>) -> Result<(), String> {
    if instead.is_some() && is(case, outcome, None).is_ok() {
        return Err("the list of differences has it, but it does not differ".to_owned());
    }
    is(case, outcome, instead)
}

fn is(case: &Case, outcome: &Outcome, instead: Option<&Instead>) -> Result<(), String> {
    let status = match instead {
        Some(instead) => instead.status,
        None => case
            .response
            .status
            .ok_or("the recorded connection was closed without a response")?,
    };
    let Some(response) = &outcome.response else {
        return if status == 0 {
            Ok(())
        } else {
            Err(format!("no response, but {status} expected"))
        };
    };
    let body = String::from_utf8_lossy(&response.body).into_owned();
    equal("status", &response.status, &status)
        .map_err(|mismatch| format!("{mismatch} {body:?}"))?;
    match instead {
        None => same_response(case, outcome, &body, None)?,
        Some(instead) => {
            match &instead.allow {
                Some(allow) if case.response.status == Some(status) => {
                    same_response(case, outcome, &body, Some(allow))?;
                }
                Some(allow) => equal("Allow", &response.header("Allow"), &Some(allow))?,
                None => {}
            }
            if let Some(says) = &instead.says {
                let says = outcome.fill(says);
                if !body.contains(&says) {
                    return Err(format!("{body:?} does not say {says:?}"));
                }
            }
        }
    }
    if let Some(recorded) = case.updated_at_changed {
        let expected = instead
            .and_then(|instead| instead.updated_at_changed)
            .unwrap_or(recorded);
        equal("change of updated_at", &outcome.was_changed, &expected)?;
    }
    let Some(image) = &outcome.image else {
        return Ok(());
    };
    let kept: Vec<_> = image.tags.iter().map(ToString::to_string).collect();
    match (instead, case.tags_after()) {
        (Some(instead), _) => {
            let mut tags = outcome.tags_before.clone();
            tags.extend(instead.added.iter().cloned());
            tags.retain(|tag| !instead.removed.contains(tag));
            equal("tags", &kept, &tags.into_iter().collect())?;
        }
        (None, Some(tags)) => equal("tags", &kept, &tags.into_iter().collect())?,
        (None, None) => {}
    }
    Ok(())
}

/// Whether the response equals the recorded one, except for an `Allow` that the list of differences
/// has.
fn same_response(
    case: &Case,
    outcome: &Outcome,
    body: &str,
    allow: Option<&str>,
) -> Result<(), String> {
    let Some(response) = &outcome.response else {
        return Ok(());
    };
    let recorded = &case.response;
    let Some(headers) = &recorded.headers else {
        return Ok(());
    };
    let recorded_header = |name: &str| {
        headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, v)| outcome.fill(v))
    };
    equal("reason", &Some(response.reason.clone()), &recorded.reason)?;
    for name in ["Content-Type", "Allow", "WWW-Authenticate", "Accept-Patch"] {
        let expected = match allow {
            Some(allow) if name == "Allow" => Some(allow.to_owned()),
            _ => recorded_header(name),
        };
        equal(name, &response.header(name).map(str::to_owned), &expected)?;
    }
    let without_id = |location: String| location[..location.len() - 36].to_owned();
    equal(
        "Location",
        &response
            .header("Location")
            .map(str::to_owned)
            .map(without_id),
        &recorded_header("Location").map(without_id),
    )?;
    let id = response
        .header("X-Openstack-Request-Id")
        .ok_or("no request id")?;
    match recorded_header("x-openstack-request-id").filter(|recorded| !recorded.contains('{')) {
        Some(recorded) => equal("request id", &id.to_owned(), &recorded)?,
        None if id.starts_with("req-") && id.len() == 40 => {}
        None => return Err(format!("request id {id}")),
    }
    let recorded_body = outcome.fill(recorded.body.as_deref().unwrap_or_default());
    if response.header("Content-Type") == Some("application/json") && !recorded_body.is_empty() {
        return equal(
            "JSON",
            &masked(parsed(body)?),
            &masked(as_ours(parsed(&recorded_body)?)),
        );
    }
    equal("body", &body.to_owned(), &recorded_body)?;
    if case.is_head() || response.status == 204 {
        return Ok(());
    }
    equal(
        "Content-Length",
        &response.header("Content-Length"),
        &Some(&*body.len().to_string()),
    )
}

/// The JSON of Glance as this service writes it: clean messages, the served versions, sorted tags.
fn as_ours(mut json: Value) -> Value {
    if let Some(message) = json["message"].as_str() {
        json["message"] = message.replace("<br /><br />", "").trim().into();
    }
    if json["versions"].is_array() {
        let href = json["versions"][0]["links"][0]["href"].clone();
        let version = |(index, id)| {
            let status = if index == 0 { "CURRENT" } else { "SUPPORTED" };
            serde_json::json!({"id": id, "status": status, "links": [{"rel": "self", "href": href}]})
        };
        let served = [
            "v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0",
        ];
        json["versions"] = served.into_iter().enumerate().map(version).collect();
    }
    json
}

/// Without what differs in each replay, the ids and times of images, and with sorted tags.
fn masked(mut json: Value) -> Value {
    if json["properties"].is_object() {
        clear_descriptions(&mut json);
    }
    if let Some(images) = json.get_mut("images").and_then(Value::as_array_mut) {
        *images = std::mem::take(images).into_iter().map(masked).collect();
    }
    if json["schema"] == "/v2/schemas/image" {
        for own in ["id", "self", "file", "created_at", "updated_at"] {
            json[own] = Value::Null;
        }
        if let Some(tags) = json["tags"].as_array_mut() {
            tags.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        }
        if json["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("golden-"))
        {
            json["name"] = "golden".into();
        }
    }
    json
}

/// Clears the descriptions of a schema: this service has its own words for them.
fn clear_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(parts) => {
            for (name, part) in parts {
                match part {
                    Value::String(text) if name == "description" => text.clear(),
                    part => clear_descriptions(part),
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(clear_descriptions),
        _ => {}
    }
}

fn parsed(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, expected: &T) -> Result<(), String> {
    if ours == expected {
        Ok(())
    } else {
        Err(format!("{what} {ours:?}, but {expected:?} expected"))
    }
}
