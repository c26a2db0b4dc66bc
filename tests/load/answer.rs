//! What an answer of the service shows of an image. What is twice in it, or is not what it should be, cannot be read.

use image_tags::image::Attribute;
use serde_json::Value;

use crate::model::{Image, Tags, Texts};

/// What an answer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Nothing,
    Image(Tags, Texts),
    Member(String),
    Members(Texts),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) seen: Seen,
}

impl Answer {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            seen: Seen::Nothing,
        }
    }

    pub(crate) fn image(status: u16, image: &Image) -> Self {
        Self {
            status,
            seen: Seen::Image(image.tags.clone(), image.properties.clone()),
        }
    }

    pub(crate) fn member(status: &str) -> Self {
        Self {
            status: 200,
            seen: Seen::Member(status.to_owned()),
        }
    }
}

/// A text, if it is one.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Tags and properties of an image. A tag is there once.
pub(crate) fn image_in(body: &Value) -> Option<Seen> {
    let list = body["tags"].as_array()?;
    let tags: Tags = list.iter().map(text_of).collect::<Option<_>>()?;
    let is_property = |(name, _): &(&String, &Value)| Attribute::named(name).is_none();
    let property = |(name, value): (&String, &Value)| Some((name.clone(), text_of(value)?));
    let properties = body
        .as_object()?
        .iter()
        .filter(is_property)
        .map(property)
        .collect::<Option<_>>()?;
    (tags.len() == list.len()).then_some(Seen::Image(tags, properties))
}

/// What each project says. A project is there once.
pub(crate) fn members_in(list: &Value) -> Option<Texts> {
    let member =
        |member: &Value| Some((text_of(&member["member_id"])?, text_of(&member["status"])?));
    let members: Texts = list.as_array()?.iter().map(member).collect::<Option<_>>()?;
    (members.len() == list.as_array()?.len()).then_some(members)
}

/// The images of a list, by their ids.
pub(crate) fn list_in(body: &Value) -> Option<Vec<(String, Answer)>> {
    let entry = |body: &Value| {
        Some((
            text_of(&body["id"])?,
            Answer {
                status: 200,
                seen: image_in(body)?,
            },
        ))
    };
    body["images"].as_array()?.iter().map(entry).collect()
}
