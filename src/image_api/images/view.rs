//! Images as Glance shows them in JSON.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::http::request::query_string;
use crate::image::{Image, ImageData};
use crate::store::Page;

/// One image.
pub(in crate::image_api) struct ImageView<'a>(pub(super) &'a Image);

impl Serialize for ImageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.0.properties {
            map.serialize_entry(name, value)?;
        }
        self.attributes(&mut map)?;
        map.end()
    }
}

impl ImageView<'_> {
    fn attributes<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let image = self.0;
        let id = image.id().to_string();
        let data = image.data.as_ref();
        let raw_data = data.filter(|_| image.disk_format.as_deref() == Some("raw"));
        map.serialize_entry("name", &image.name)?;
        map.serialize_entry("disk_format", &image.disk_format)?;
        map.serialize_entry("container_format", &image.container_format)?;
        map.serialize_entry("visibility", &image.visibility)?;
        map.serialize_entry("size", &data.map(|data| data.size))?;
        map.serialize_entry("virtual_size", &raw_data.map(|data| data.size))?;
        map.serialize_entry("status", &image.status)?;
        map.serialize_entry("checksum", &data.map(|data| &data.checksum))?;
        map.serialize_entry("protected", &image.protected)?;
        map.serialize_entry("min_ram", &image.min_ram)?;
        map.serialize_entry("min_disk", &image.min_disk)?;
        map.serialize_entry("owner", &image.owner)?;
        map.serialize_entry("os_hidden", &image.hidden)?;
        map.serialize_entry("os_hash_algo", &data.map(|_| ImageData::HASH_ALGORITHM))?;
        map.serialize_entry("os_hash_value", &data.map(|data| &data.sha512))?;
        map.serialize_entry("id", &id)?;
        map.serialize_entry("created_at", &seconds(image.created_at()))?;
        map.serialize_entry("updated_at", &seconds(image.updated_at()))?;
        map.serialize_entry("tags", &image.tags)?;
        map.serialize_entry("self", &format!("/v2/images/{id}"))?;
        map.serialize_entry("file", &format!("/v2/images/{id}/file"))?;
        map.serialize_entry("schema", "/v2/schemas/image")
    }
}

/// What is shown of one attribute. No other one is made for that.
pub(in crate::image_api) fn attribute(image: &Image, name: &str) -> Option<Value> {
    let mut wanted = Wanted { name, found: None };
    ImageView(image).attributes(&mut wanted).ok()?;
    wanted.found
}

/// The value of the one entry of a map that is wanted.
struct Wanted<'a> {
    name: &'a str,
    found: Option<Value>,
}

impl SerializeMap for Wanted<'_> {
    type Ok = ();
    type Error = serde_json::Error;

    fn serialize_entry<K, V>(&mut self, name: &K, value: &V) -> Result<(), serde_json::Error>
    where
        K: ?Sized + Serialize,
        V: ?Sized + Serialize,
    {
        if serde_json::to_value(name)? == self.name {
            self.found = Some(serde_json::to_value(value)?);
        }
        Ok(())
    }

    fn serialize_key<K: ?Sized + Serialize>(&mut self, _: &K) -> Result<(), serde_json::Error> {
        Ok(())
    }

    fn serialize_value<V: ?Sized + Serialize>(&mut self, _: &V) -> Result<(), serde_json::Error> {
        Ok(())
    }

    fn end(self) -> Result<(), serde_json::Error> {
        Ok(())
    }
}

/// Whole seconds with a `Z`, as Glance writes times.
pub(in crate::image_api) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A page of a list, with the links to the first and the next one as paths on the server.
#[derive(Serialize)]
pub(in crate::image_api) struct ImageList<'a> {
    images: Vec<ImageView<'a>>,
    first: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    schema: &'static str,
}

impl<'a> ImageList<'a> {
    /// An upper bound for the bytes of everything but the images.
    pub(in crate::image_api) fn links_bytes(&self) -> usize {
        const REST: usize = 128;
        REST + self.images.len() + self.first.len() + self.next.as_ref().map_or(0, String::len)
    }

    /// The `page` that a request with these `parameters` gets.
    pub(in crate::image_api) fn new(page: &'a Page, parameters: &[(String, String)]) -> Self {
        let kept = || {
            parameters
                .iter()
                .map(|(name, value)| (&**name, &**value))
                .filter(|(name, _)| *name != "marker")
        };
        let next = |last: &Arc<Image>| {
            let marker = format!("marker={}", last.id());
            match query_string(kept()) {
                rest if rest.is_empty() => format!("/v2/images?{marker}"),
                rest => format!("/v2/images{rest}&{marker}"),
            }
        };
        Self {
            images: page.images.iter().map(|image| ImageView(image)).collect(),
            first: format!("/v2/images{}", query_string(kept())),
            next: page.images.last().filter(|_| page.more).map(next),
            schema: "/v2/schemas/images",
        }
    }
}
