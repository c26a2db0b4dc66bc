//! Reads response bodies strictly: a repeated tag or member, or a value of a wrong type, is an
//! error.

use std::collections::BTreeMap;

use image_tags::image::Attribute;
use serde_json::Value;

use crate::linearizability::{Answer, Content, Tags, Texts};

/// The string in `value`, if it is one.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The strings of a list that has none of them twice.
pub(super) fn texts(list: &Value) -> Option<Tags> {
    let list = list.as_array()?;
    let texts: Tags = list.iter().map(text).collect::<Option<_>>()?;
    (texts.len() == list.len()).then_some(texts)
}

/// The tags and properties of an image.
pub(super) fn image(body: &Value) -> Option<Content> {
    let tags = texts(&body["tags"])?;
    let is_property = |(name, _): &(&String, &Value)| Attribute::named(name).is_none();
    let property = |(name, value): (&String, &Value)| Some((name.clone(), text(value)?));
    let properties = body
        .as_object()?
        .iter()
        .filter(is_property)
        .map(property)
        .collect::<Option<_>>()?;
    Some(Content::Image(tags, properties))
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

/// The images of a list by their numbers in `known`.
pub(super) fn numbered_images(body: &Value, known: &[String]) -> Option<Content> {
    let listed = images(body)?;
    let entry = |(id, answer): &(String, Answer)| match &answer.content {
        Content::Image(tags, properties) => {
            Some((number(id, known)?, (tags.clone(), properties.clone())))
        }
        _ => None,
    };
    let images: BTreeMap<_, _> = listed.iter().map(entry).collect::<Option<_>>()?;
    (images.len() == listed.len()).then_some(Content::Images(images))
}

/// The images that a promotion has taken the tag from, by their numbers in `known`.
pub(super) fn taken_from(body: &Value, known: &[String]) -> Option<Content> {
    let ids = texts(&body["taken_from"])?;
    let numbers = ids.iter().map(|id| number(id, known));
    Some(Content::TakenFrom(numbers.collect::<Option<_>>()?))
}

/// The number of an image.
fn number(id: &str, known: &[String]) -> Option<usize> {
    known.iter().position(|known| known == id)
}
