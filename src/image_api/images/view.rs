//! The JSON of images, as in Glance.

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::data::DataStore;
use crate::image::{Attribute, AttributeValue, Image, ImageId, TaskStatus};
use crate::image_api::links::Links;
use crate::store::Page;

/// The JSON of one image.
pub(in crate::image_api) struct ImageView<'a>(pub(in crate::image_api) &'a Image);

impl Serialize for ImageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(task) = &self.0.import {
            let (importing_to, failed_in) = match task.status {
                TaskStatus::Processing => (DataStore::NAME, ""),
                TaskStatus::Succeeded => ("", ""),
                TaskStatus::Failed => ("", DataStore::NAME),
            };
            if task.status == TaskStatus::Processing {
                map.serialize_entry("os_glance_import_task", &task.id)?;
            }
            map.serialize_entry("os_glance_importing_to_stores", importing_to)?;
            map.serialize_entry("os_glance_failed_import", failed_in)?;
        }
        for (name, value) in &self.0.properties {
            map.serialize_entry(name, value)?;
        }
        for attribute in Attribute::ALL {
            map.serialize_entry(attribute.name(), &ValueView(attribute.value(self.0)))?;
        }
        if self.0.published_upload().is_some() {
            map.serialize_entry("stores", DataStore::NAME)?;
        }
        map.end()
    }
}

/// The value of an attribute. Times have whole seconds.
struct ValueView<'a>(AttributeValue<'a>);

impl Serialize for ValueView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            AttributeValue::Null => serializer.serialize_none(),
            AttributeValue::Text(text) => serializer.serialize_str(text),
            AttributeValue::Id(id) => {
                serializer.serialize_str(id.encode(&mut [0; ImageId::LENGTH]))
            }
            AttributeValue::Number(number) => serializer.serialize_i64(*number),
            AttributeValue::Flag(flag) => serializer.serialize_bool(*flag),
            AttributeValue::Time(time) => serializer.serialize_str(&seconds(*time)),
            AttributeValue::Tags(tags) => tags.serialize(serializer),
        }
    }
}

/// The JSON of one attribute.
pub(in crate::image_api) fn attribute(image: &Image, attribute: Attribute) -> Value {
    // A text, a number or a list of texts always has a JSON value.
    serde_json::to_value(ValueView(attribute.value(image))).unwrap_or_default()
}

/// A time in whole seconds with a `Z`, as in Glance.
pub(in crate::image_api) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The JSON of a page, with links to the first and the next page as paths.
#[derive(Serialize)]
pub(in crate::image_api) struct ImageList<'a> {
    images: Vec<ImageView<'a>>,
    #[serde(flatten)]
    links: Links,
    schema: &'static str,
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
            images: page.images.iter().map(|image| ImageView(image)).collect(),
            links: Links::new("/v2/images", parameters, marker.as_deref()),
            schema: "/v2/schemas/images",
        }
    }
}
