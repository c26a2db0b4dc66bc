//! The operations of a patch that are about tags, and the others.

use crate::http::HttpError;
use crate::http::request::{self, Members, Raw};
use crate::image_api::error::Error;

/// The members of an operation that have a JSON pointer: those of the dialect v2.1, then the names
/// of operations in the dialect v2.0.
const POINTERS: [&str; 5] = ["path", "from", "add", "replace", "remove"];

/// The operations of a patch in two parts.
#[derive(Debug, Default)]
pub(super) struct TagsOfPatch<'a> {
    /// Those about tags.
    pub(super) tags: Vec<Raw<'a>>,
    /// The others, which are for Glance.
    pub(super) others: Vec<Raw<'a>>,
}

impl<'a> TagsOfPatch<'a> {
    /// Divides the operations.
    pub(super) fn of(operations: Vec<Raw<'a>>) -> Result<Self, Error> {
        let mut divided = Self::default();
        for operation in operations {
            match pointers(operation)?[..] {
                [] => divided.others.push(operation),
                ref pointers if pointers.iter().all(|pointer| is_of_tags(pointer)) => {
                    divided.tags.push(operation);
                }
                ref pointers if pointers.iter().any(|pointer| is_of_tags(pointer)) => {
                    let text = "Beside Glance, no value moves between tags and other attributes.";
                    return Err(Error::invalid(text));
                }
                _ => divided.others.push(operation),
            }
        }
        Ok(divided)
    }

    /// The patch of the others.
    pub(super) fn others(&self) -> String {
        let others: Vec<_> = self
            .others
            .iter()
            .map(|operation| operation.get())
            .collect();
        format!("[{}]", others.join(","))
    }
}

/// The pointers of an operation; none if it is no object, which Glance refuses.
fn pointers(operation: Raw<'_>) -> Result<Vec<String>, HttpError> {
    if !operation.get().starts_with('{') {
        return Ok(Vec::new());
    }
    let members: Members<'_> = request::part(operation)?;
    let pointers = POINTERS.iter().filter_map(|name| members.get(*name));
    let texts = pointers.map(|pointer| request::value(pointer));
    let texts = texts.collect::<Result<Vec<_>, _>>()?.into_iter();
    let texts = texts.filter_map(|pointer| pointer.as_str().map(str::to_owned));
    Ok(texts.collect())
}

/// Whether the pointer is about tags, as Glance reads it: it ignores slashes at the start, and
/// blanks around a part, which for Python include four separators.
fn is_of_tags(pointer: &str) -> bool {
    let is_blank =
        |character: char| character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character);
    let pointer = pointer.trim_matches(is_blank).trim_start_matches('/');
    let first = pointer.split('/').next().unwrap_or_default();
    let first = first.replace("~1", "/").replace("~0", "~");
    first.trim_matches(is_blank) == "tags"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(patch: &str) -> Option<(usize, String)> {
        let divided = TagsOfPatch::of(serde_json::from_str(patch).unwrap()).ok()?;
        Some((divided.tags.len(), divided.others()))
    }

    #[test]
    fn operations_on_tags_are_told_from_others_in_both_dialects() {
        let name = r#"{"op": "replace", "path": "/name", "value": "/tags"}"#;
        let patch = format!(
            r#"[{{"op": "add", "path": "/tags/-", "value": "a"}}, {name}, {{"replace": "/tags", "value": []}}]"#
        );
        assert_eq!(divided(&patch), Some((2, format!("[{name}]"))));
        assert_eq!(
            divided(r#"[{"op": "add", "path": "/tagsx"}, 1]"#),
            Some((0, r#"[{"op": "add", "path": "/tagsx"},1]"#.to_owned()))
        );
        for pointer in [
            "/tags ",
            "/ tags",
            "//tags",
            "/\\ttags/0",
            "/\\u001ctags",
            " /tags",
        ] {
            let patch = format!(r#"[{{"op": "replace", "path": "{pointer}", "value": []}}]"#);
            assert_eq!(divided(&patch), Some((1, "[]".to_owned())), "{pointer}");
        }
        assert_eq!(
            divided(r#"[{"op": "move", "from": "/tags/0", "path": "/name"}]"#),
            None
        );
    }
}
