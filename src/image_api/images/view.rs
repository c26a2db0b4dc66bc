//! The JSON of images, as in Glance.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{Error as _, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::data::DataStore;
use crate::http::response::write_text;
use crate::image::{Attribute, AttributeValue, Image, ImageId, ImportTask, TaskStatus};
use crate::image_api::links::Links;
use crate::rfc3339::write_seconds;
use crate::store::Page;

/// The JSON of one image.
pub(in crate::image_api) struct ImageView<'a>(pub(in crate::image_api) &'a Image);

impl ImageView<'_> {
    /// Writes the JSON of the image. It is written by hand because it is most of what a list
    /// takes: names and times need no serializer.
    pub(in crate::image_api) fn write(&self, json: &mut impl Write) -> io::Result<()> {
        json.write_all(b"{")?;
        if let Some(task) = &self.0.import {
            Self::write_import(json, task)?;
        }
        for (name, value) in &self.0.properties {
            write_text(json, name.as_str())?;
            json.write_all(b":")?;
            write_text(json, value.as_str())?;
            json.write_all(b",")?;
        }
        let mut buffer = [0; ImageId::LENGTH];
        let id = self.0.id().encode(&mut buffer);
        for (attribute, key) in Attribute::ALL.iter().zip(&*KEYS) {
            json.write_all(key.as_bytes())?;
            match attribute {
                Attribute::Id => write_path(json, ["", id, ""])?,
                Attribute::SelfPath => write_path(json, ["/v2/images/", id, ""])?,
                Attribute::FilePath => write_path(json, ["/v2/images/", id, "/file"])?,
                attribute => write_value(json, &attribute.value(self.0))?,
            }
        }
        if self.0.published_upload().is_some() {
            json.write_all(b",\"stores\":")?;
            write_text(json, DataStore::NAME)?;
        }
        json.write_all(b"}")
    }

    fn write_import(json: &mut impl Write, task: &ImportTask) -> io::Result<()> {
        let (importing_to, failed_in) = match task.status {
            TaskStatus::Processing => (DataStore::NAME, ""),
            TaskStatus::Succeeded => ("", ""),
            TaskStatus::Failed => ("", DataStore::NAME),
        };
        if task.status == TaskStatus::Processing {
            json.write_all(b"\"os_glance_import_task\":")?;
            serde_json::to_writer(&mut *json, &task.id)?;
            json.write_all(b",")?;
        }
        json.write_all(b"\"os_glance_importing_to_stores\":")?;
        write_text(json, importing_to)?;
        json.write_all(b",\"os_glance_failed_import\":")?;
        write_text(json, failed_in)?;
        json.write_all(b",")
    }
}

impl Serialize for ImageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = Vec::new();
        self.write(&mut json).map_err(S::Error::custom)?;
        let json = String::from_utf8(json).map_err(S::Error::custom)?;
        let json = RawValue::from_string(json).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

/// What comes before the value of each attribute: its name, and a comma unless it is the first.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = Attribute::ALL.iter().map(|attribute| attribute.name());
    let key = |(index, name)| format!("{}\"{name}\":", if index == 0 { "" } else { "," });
    names.enumerate().map(key).collect()
});

/// Writes the parts of a text without characters to escape.
fn write_path(json: &mut impl Write, parts: [&str; 3]) -> io::Result<()> {
    json.write_all(b"\"")?;
    for part in parts {
        json.write_all(part.as_bytes())?;
    }
    json.write_all(b"\"")
}

/// Writes the value of an attribute. Times have whole seconds.
fn write_value(json: &mut impl Write, value: &AttributeValue<'_>) -> io::Result<()> {
    match value {
        AttributeValue::Null => json.write_all(b"null"),
        AttributeValue::Text(text) => write_text(json, text),
        AttributeValue::Id(id) => write_text(json, id.encode(&mut [0; ImageId::LENGTH])),
        AttributeValue::Number(number) => {
            json.write_all(itoa::Buffer::new().format(*number).as_bytes())
        }
        AttributeValue::Flag(flag) => json.write_all(if *flag { b"true" } else { b"false" }),
        AttributeValue::Time(time) => {
            json.write_all(b"\"")?;
            write_seconds(json, *time)?;
            json.write_all(b"\"")
        }
        AttributeValue::Tags(tags) => {
            json.write_all(b"[")?;
            for (index, tag) in tags.iter().enumerate() {
                if index > 0 {
                    json.write_all(b",")?;
                }
                write_text(json, tag.as_str())?;
            }
            json.write_all(b"]")
        }
    }
}

/// The JSON of one attribute.
pub(in crate::image_api) fn attribute(image: &Image, attribute: Attribute) -> Value {
    let mut json = Vec::new();
    // A vector takes all bytes, and they are JSON.
    let written = write_value(&mut json, &attribute.value(image));
    written.map_or(Value::Null, |()| {
        serde_json::from_slice(&json).unwrap_or_default()
    })
}

/// A time in whole seconds with a `Z`, as in Glance.
pub(in crate::image_api) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The JSON of a page, with links to the first and the next page as paths.
pub(in crate::image_api) struct ImageList<'a> {
    images: &'a [Arc<Image>],
    links: Links,
}

impl<'a> ImageList<'a> {
    /// An upper bound on the bytes of everything except the images.
    pub(in crate::image_api) fn links_bytes(&self) -> usize {
        const REST: usize = 128;
        REST + self.images.len() + self.links.bytes()
    }

    /// The JSON of `page`. The links repeat `parameters`.
    pub(in crate::image_api) fn new(page: &'a Page, parameters: &[(String, String)]) -> Self {
        let last = page.images.last().filter(|_| page.more);
        let marker = last.map(|image| image.id().to_string());
        Self {
            images: &page.images,
            links: Links::new("/v2/images", parameters, marker.as_deref()),
        }
    }

    /// Writes the JSON.
    pub(in crate::image_api) fn write(&self, json: &mut impl Write) -> io::Result<()> {
        json.write_all(b"{\"images\":[")?;
        for (index, image) in self.images.iter().enumerate() {
            if index > 0 {
                json.write_all(b",")?;
            }
            ImageView(image).write(json)?;
        }
        json.write_all(b"],")?;
        self.links.write_members(json)?;
        json.write_all(b",\"schema\":\"/v2/schemas/images\"}")
    }
}

#[cfg(test)]
mod tests {
    use crate::image::{ImageData, Member, MemberStatus};

    use super::*;

    #[test]
    fn an_image_is_written_with_each_attribute_as_it_is_alone() {
        let mut image = Image::new(ImageId::random(), Timestamp::now());
        image.name = "\u{e9}\"\\\n\u{7f}".parse().ok();
        image.owner = "owner".parse().ok();
        image.tags = ["a\"b", "c"].map(|tag| tag.parse().unwrap()).into();
        image.properties = [("p\tq".parse().unwrap(), "\u{1}".parse().unwrap())].into();
        let member = Member::new(MemberStatus::Pending, image.created_at());
        image.members = [("other".parse().unwrap(), member)].into();
        for data in [None, ImageData::new(3, "a", "b").ok()] {
            image.data = data;
            let mut json = Vec::new();
            ImageView(&image).write(&mut json).unwrap();
            let mut shown: serde_json::Map<_, _> = serde_json::from_slice(&json).unwrap();
            assert_eq!(shown.shift_remove("p\tq"), Some("\u{1}".into()));
            let names = Attribute::ALL.iter().map(|attribute| attribute.name());
            assert!(shown.keys().eq(names));
            for named in Attribute::ALL {
                assert_eq!(shown[named.name()], attribute(&image, *named));
            }
        }
    }
}
