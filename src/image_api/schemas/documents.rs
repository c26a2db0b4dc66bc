//! `GET /v2/schemas/{name}`: the documents.

use axum::http::{HeaderName, header};

/// The answer with a schema.
type Schema = ([(HeaderName, &'static str); 1], &'static str);

const fn schema(text: &'static str) -> Schema {
    ([(header::CONTENT_TYPE, "application/json")], text)
}

pub(in crate::image_api) const IMAGE: Schema = schema(include_str!("image.json"));
pub(in crate::image_api) const IMAGES: Schema = schema(include_str!("images.json"));
pub(in crate::image_api) const MEMBER: Schema = schema(include_str!("member.json"));
pub(in crate::image_api) const MEMBERS: Schema = schema(include_str!("members.json"));

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
        let attributes = Attribute::ALL.iter();
        assert_eq!(
            names,
            attributes.map(|attribute| attribute.name()).collect()
        );
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
