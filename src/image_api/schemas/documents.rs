//! `GET /v2/schemas/{name}` and `GET /v2/schemas/metadefs/{name}`: the documents.

use axum::http::{HeaderName, Uri, header};

use crate::image_api::error::Error;

/// The answer with a schema.
pub(in crate::image_api) type Schema = ([(HeaderName, &'static str); 1], &'static str);

const fn schema(text: &'static str) -> Schema {
    ([(header::CONTENT_TYPE, "application/json")], text)
}

pub(in crate::image_api) const IMAGE: Schema = schema(include_str!("image.json"));
pub(in crate::image_api) const IMAGES: Schema = schema(include_str!("images.json"));
pub(in crate::image_api) const MEMBER: Schema = schema(include_str!("member.json"));
pub(in crate::image_api) const MEMBERS: Schema = schema(include_str!("members.json"));
pub(in crate::image_api) const TASK: Schema = schema(include_str!("task.json"));
pub(in crate::image_api) const TASKS: Schema = schema(include_str!("tasks.json"));

/// The schemas of metadata definitions, by the last segment of their paths.
const METADEFS: [(&str, Schema); 10] = [
    ("namespace", schema(include_str!("metadefs/namespace.json"))),
    (
        "namespaces",
        schema(include_str!("metadefs/namespaces.json")),
    ),
    ("object", schema(include_str!("metadefs/object.json"))),
    ("objects", schema(include_str!("metadefs/objects.json"))),
    ("property", schema(include_str!("metadefs/property.json"))),
    (
        "properties",
        schema(include_str!("metadefs/properties.json")),
    ),
    (
        "resource_type",
        schema(include_str!("metadefs/resource_type.json")),
    ),
    (
        "resource_types",
        schema(include_str!("metadefs/resource_types.json")),
    ),
    ("tag", schema(include_str!("metadefs/tag.json"))),
    ("tags", schema(include_str!("metadefs/tags.json"))),
];

/// Answers `GET /v2/schemas/metadefs/{name}`.
pub(in crate::image_api) async fn metadefs(uri: Uri) -> Result<Schema, Error> {
    let name = uri.path().rsplit('/').next();
    let mut schemas = METADEFS.into_iter();
    let found = schemas.find(|(known, _)| Some(*known) == name);
    found.map(|(_, schema)| schema).ok_or(Error::NoSuchRoute)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;
    use strum::VariantArray;

    use super::*;
    use crate::image::{Access, Attribute, ContainerFormat, DiskFormat, Status, Visibility};

    fn properties() -> serde_json::Map<String, Value> {
        let schema: Value = serde_json::from_str(IMAGE.1).unwrap();
        schema["properties"].as_object().unwrap().clone()
    }

    #[test]
    fn the_schema_of_an_image_has_the_attributes_of_the_list() {
        let properties = properties();
        let names: BTreeSet<_> = properties.keys().map(String::as_str).collect();
        // The store follows from the data, and is no attribute.
        let attributes = Attribute::ALL.iter().map(|attribute| attribute.name());
        assert_eq!(names, attributes.chain(["stores"]).collect());
        for attribute in Attribute::ALL {
            let schema = &properties[attribute.name()];
            assert_eq!(
                schema.get("readOnly") == Some(&Value::Bool(true)),
                attribute.access() == Access::ReadOnly,
                "{attribute:?}"
            );
            assert_eq!(
                schema["type"].to_string().contains("null"),
                attribute.is_optional(),
                "{attribute:?}"
            );
        }
    }

    #[test]
    fn the_schema_of_an_image_allows_the_words_of_the_types() {
        fn words<T: VariantArray + Copy + Into<&'static str>>() -> BTreeSet<Option<&'static str>> {
            T::VARIANTS
                .iter()
                .map(|word| Some((*word).into()))
                .collect()
        }
        let properties = properties();
        let allowed = |attribute: Attribute| {
            let words = properties[attribute.name()]["enum"].as_array().unwrap();
            words.iter().map(Value::as_str).collect::<BTreeSet<_>>()
        };
        assert_eq!(allowed(Attribute::Visibility), words::<Visibility>());
        let optional = |mut words: BTreeSet<Option<&'static str>>| {
            words.insert(None);
            words
        };
        assert_eq!(
            allowed(Attribute::DiskFormat),
            optional(words::<DiskFormat>())
        );
        assert_eq!(
            allowed(Attribute::ContainerFormat),
            optional(words::<ContainerFormat>())
        );
        // Glance shows deleted images to nobody by default; here they are gone.
        let mut statuses = words::<Status>();
        statuses.insert(Some("deleted"));
        assert_eq!(allowed(Attribute::Status), statuses);
    }
}
