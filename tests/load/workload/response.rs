//! Reads response bodies strictly: a repeated tag or member, or a value of a wrong type, is an
//! error.

use image_tags::image::ATTRIBUTES;
use serde_json::Value;

use crate::linearizability::{Answer, Content, Tags, Texts};

/// The string in `value`, if it is one.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The tags and properties of an image.
pub(super) fn image(body: &Value) -> Option<Content> {
    let list = body["tags"].as_array()?;
    let tags: Tags = list.iter().map(text).collect::<Option<_>>()?;
    let is_property = |(name, _): &(&String, &Value)| !ATTRIBUTES.contains(&name.as_str());
    let property = |(name, value): (&String, &Value)| Some((name.clone(), text(value)?));
    let properties = body
        .as_object()?
        .iter()
        .filter(is_property)
        .map(property)
        .collect::<Option<_>>()?;
    (tags.len() == list.len()).then_some(Content::Image(tags, properties))
}

/// The status of each member, by its project.
pub(super) fn members(list: &Value) -> Option<Texts> {
    let member = |member: &Value| Some((text(&member["member_id"])?, text(&member["status"])?));
    let members: Texts = list.as_array()?.iter().map(member).collect::<Option<_>>()?;
    (members.len() == list.as_array()?.len()).then_some(members)
}

/// The images of a list, each with its id.
pub(super) fn images(body: &Value) -> Option<Vec<(String, Answer)>> {
    let entry = |body: &Value| {
        Some((
            text(&body["id"])?,
            Answer {
                status: 200,
                content: image(body)?,
            },
        ))
    };
    body["images"].as_array()?.iter().map(entry).collect()
}
