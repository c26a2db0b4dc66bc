//! Python's `repr()` of JSON values, which Glance's messages contain.

use std::fmt::Write as _;

use serde_json::Value;

/// The `repr()` of a value.
pub(super) fn repr(value: &Value) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_str(text),
        Value::Array(values) => format!("[{}]", list(values.iter().map(repr).collect())),
        Value::Object(entries) => {
            let entry =
                |(name, value): (&String, &Value)| format!("{}: {}", repr_str(name), repr(value));
            format!("{{{}}}", list(entries.iter().map(entry).collect()))
        }
    }
}

/// The `str()` of a value.
pub(in crate::image_api) fn python_str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        _ => repr(value),
    }
}

/// The `repr()` of a string.
pub(super) fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut repr = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => repr.push_str("\\\\"),
            '\n' => repr.push_str("\\n"),
            '\r' => repr.push_str("\\r"),
            '\t' => repr.push_str("\\t"),
            _ if character == quote => repr.extend(['\\', quote]),
            _ if character.is_control() => {
                let _ = write!(repr, "\\x{:02x}", u32::from(character));
            }
            _ => repr.push(character),
        }
    }
    repr.push(quote);
    repr
}

#[cfg(test)]
mod tests {
    use super::repr_str;

    #[test]
    fn strings_are_quoted_as_python_quotes_them() {
        for (text, expected) in [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("it's \"x\"", "'it\\'s \"x\"'"),
            (
                "a\\b\n\r\t\u{1}\u{7f}\u{85}é",
                "'a\\\\b\\n\\r\\t\\x01\\x7f\\x85é'",
            ),
        ] {
            assert_eq!(repr_str(text), expected);
        }
    }
}
