//! The columns of the table of images: the stored attributes, then [`OTHERS`].

use jiff::Timestamp;

use crate::image::{Attribute, AttributeValue, Image, Kind};
use crate::store::sql::drivers::Value;

/// The columns that are not attributes: the revision of the image, the id of the write that it
/// comes from, its size in bytes, the upload that the data store has the data of, and the last
/// import as JSON.
pub(super) const OTHERS: [&str; 5] = ["revision", "write_id", "bytes", "upload_id", "import_task"];

/// The values of [`OTHERS`].
pub(super) fn others(image: &Image) -> [Value; 5] {
    let upload = image.upload.map(String::from);
    // A task has a JSON form: it is texts and times.
    let import = image.import.as_ref();
    let import = import.and_then(|task| serde_json::to_string(task).ok());
    [
        image.revision().into(),
        i64::from(image.write_id()).into(),
        image.size().into(),
        Value::Text(upload),
        Value::Text(import),
    ]
}

/// The columns that a change can write: all but the id and the time of creation.
pub(super) fn mutable() -> impl Iterator<Item = (Attribute, &'static str)> {
    Attribute::stored()
        .filter(|(attribute, _)| !matches!(attribute, Attribute::Id | Attribute::CreatedAt))
}

/// The value of `attribute` for its column.
pub(super) fn value(attribute: Attribute, image: &Image) -> Value {
    match attribute.value(image) {
        AttributeValue::Null if is_text(attribute) => Value::Text(None),
        AttributeValue::Null => Value::Number(None),
        AttributeValue::Text(text) => text.into_owned().into(),
        AttributeValue::Id(id) => id.into(),
        AttributeValue::Number(number) => number.into(),
        AttributeValue::Flag(flag) => flag.into(),
        AttributeValue::Time(time) => time.into(),
        // Tags have a table of their own.
        AttributeValue::Tags(_) => Value::Text(None),
    }
}

/// The value of `attribute` in the number of its column.
pub(super) fn of_number(
    attribute: Attribute,
    number: i64,
) -> Result<AttributeValue<'static>, jiff::Error> {
    Ok(match attribute.kind() {
        Kind::Flag => AttributeValue::Flag(number != 0),
        Kind::Time => AttributeValue::Time(Timestamp::from_microsecond(number)?),
        Kind::Number | Kind::Text | Kind::Id | Kind::Tags => AttributeValue::Number(number),
    })
}

/// Whether the column of `attribute` is one of text and not of numbers.
pub(super) fn is_text(attribute: Attribute) -> bool {
    match attribute.kind() {
        Kind::Text | Kind::Id | Kind::Tags => true,
        Kind::Number | Kind::Flag | Kind::Time => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const SCHEMAS: [[&str; 4]; 3] = [
        [
            include_str!("schema/sqlite/1.sql"),
            include_str!("schema/sqlite/2.sql"),
            include_str!("schema/sqlite/4.sql"),
            include_str!("schema/sqlite/5.sql"),
        ],
        [
            include_str!("schema/postgres/1.sql"),
            include_str!("schema/postgres/2.sql"),
            include_str!("schema/postgres/4.sql"),
            include_str!("schema/postgres/5.sql"),
        ],
        [
            include_str!("schema/mariadb/1.sql"),
            include_str!("schema/mariadb/2.sql"),
            include_str!("schema/mariadb/4.sql"),
            include_str!("schema/mariadb/5.sql"),
        ],
    ];

    /// The columns of the table of images: whether each is one of text, and whether it can be NULL.
    fn columns(
        [first, second, fourth, fifth]: [&'static str; 4],
    ) -> BTreeMap<&'static str, (bool, bool)> {
        let table = first.split("CREATE TABLE ").nth(1).unwrap();
        let (name, columns) = table.split_once(" (\n").unwrap();
        assert!(name.ends_with("images"), "{name}");
        let (columns, _) = columns.split_once("\n)").unwrap();
        let column = |line: &'static str| {
            let (name, definition) = line.trim().split_once(' ')?;
            let is_text = definition.starts_with("TEXT") || definition.starts_with("VARCHAR");
            let is_optional = !definition.contains("NOT NULL");
            (name != "INDEX").then_some((name, (is_text, is_optional)))
        };
        let mut columns: BTreeMap<_, _> = columns.lines().filter_map(column).collect();
        assert!(second.contains("property_bytes") && second.contains("bytes"));
        let size = columns.remove("property_bytes").unwrap();
        columns.insert("bytes", size);
        let added = [fourth, fifth].into_iter();
        let added = added.flat_map(|sql| sql.split("ADD COLUMN ").skip(1));
        let added = added.map(|added| added.trim_start_matches("IF NOT EXISTS "));
        columns.extend(added.filter_map(column));
        columns
    }

    #[test]
    fn every_schema_has_the_columns_of_the_stored_attributes_and_no_others() {
        let mut expected: BTreeMap<_, _> = Attribute::stored()
            .map(|(attribute, column)| (column, (is_text(attribute), attribute.is_optional())))
            .collect();
        expected.extend(OTHERS.map(|column| (column, (false, false))));
        expected.insert("upload_id", (true, true));
        expected.insert("import_task", (true, true));
        for schema in SCHEMAS {
            assert_eq!(columns(schema), expected);
        }
    }
}
