//! What Glance's tables have room for.

use std::collections::BTreeSet;

use image_tags::image::Image;
use jiff::Timestamp;
use serde_json::Value;

use super::json::edited;
use crate::support::Kept;

/// Glance keeps times in whole seconds, and only marks rows when it deletes an image: it does not
/// tell then since when a project was a member. To its database, some names of properties are one.
/// Uploads and imports are Glance's own.
pub(crate) const KEPT: Kept = Kept {
    part,
    former_members: false,
};

/// The same without characters of four bytes, for which the tables have no room at first.
pub(crate) const KEPT_IN_UTF8MB3: Kept = Kept {
    part: part_in_utf8mb3,
    former_members: false,
};

fn part_in_utf8mb3(image: Image) -> Image {
    let text = serde_json::to_string(&part(image)).unwrap();
    let text: String = text
        .chars()
        .map(|character| {
            if character.len_utf8() > 3 {
                '☃'
            } else {
                character
            }
        })
        .collect();
    let image: Image = serde_json::from_str(&text).unwrap();
    edited(&image, |_| {})
}

fn part(mut image: Image) -> Image {
    (image.upload, image.import) = (None, None);
    let mut known = BTreeSet::new();
    let properties = image.properties.iter();
    let properties = properties.filter(|(name, _)| known.insert(as_compared(name.as_str())));
    image.properties = properties
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    edited(&image, |json| {
        cut_times(json);
        for member in json["members"].as_object_mut().unwrap().values_mut() {
            cut_times(member);
        }
    })
}

/// A name as the database compares it, as far as the names of the random images go.
fn as_compared(name: &str) -> String {
    name.trim_end().to_lowercase().replace('á', "a")
}

fn cut_times(json: &mut Value) {
    for name in ["created_at", "updated_at"] {
        let time: Timestamp = json[name].as_str().unwrap().parse().unwrap();
        let second = time.as_microsecond().div_euclid(1_000_000).max(0);
        json[name] = Timestamp::from_second(second).unwrap().to_string().into();
    }
}
