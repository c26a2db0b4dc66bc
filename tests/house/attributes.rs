//! The list of attributes against the schema that clients get, and against the documentation.

use syn::visit::Visit;
use syn::{ItemEnum, LitStr, Variant};

use crate::files::{self, Files};

/// The names in the API of the variants of the enum `Attribute`.
pub(crate) fn attributes(files: &Files) -> Vec<String> {
    let mut found = Attributes(Vec::new());
    for (path, text) in files.iter() {
        found.visit_file(&files::parsed(path, text));
    }
    found.0
}

/// The attributes that `schema` has no property for, and those that no JSON in `document` has.
pub(crate) fn missing(attributes: &[String], schema: &str, document: &str) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let mut missing = Vec::new();
    for name in attributes {
        if schema["properties"].get(name).is_none() {
            missing.push(format!("{name} is not in the schema"));
        }
        if !document.contains(&format!("\"{name}\":")) {
            missing.push(format!("{name} is not in the documentation"));
        }
    }
    missing
}

struct Attributes(Vec<String>);

impl<'ast> Visit<'ast> for Attributes {
    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        if item.ident == "Attribute" {
            self.0.extend(item.variants.iter().map(name));
        }
    }
}

/// The variant in snake case, or what `#[strum(serialize = "…")]` makes of it.
fn name(variant: &Variant) -> String {
    let mut given = None;
    for attribute in &variant.attrs {
        if attribute.path().is_ident("strum") {
            let parsed = attribute.parse_nested_meta(|meta| {
                given = Some(meta.value()?.parse::<LitStr>()?.value());
                Ok(())
            });
            parsed.unwrap();
        }
    }
    given.unwrap_or_else(|| {
        let mut name = String::new();
        for character in variant.ident.to_string().chars() {
            if character.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(character.to_lowercase());
        }
        name
    })
}

#[test]
fn attributes_are_found_and_missed() {
    let source = "pub enum Attribute { MinRam, #[strum(serialize = \"self\")] SelfPath }";
    let attributes = attributes(&Files::from([("src/a.rs", source)]));
    assert_eq!(attributes, ["min_ram", "self"]);

    let schema = r#"{"properties": {"self": {}}}"#;
    assert_eq!(
        missing(&attributes, schema, r#"{"min_ram":0}"#),
        [
            "min_ram is not in the schema",
            "self is not in the documentation"
        ]
    );
}
