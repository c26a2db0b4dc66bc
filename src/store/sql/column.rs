//! The columns of the table of images: the stored attributes, then the revision and the size in
//! bytes.

use jiff::Timestamp;

use super::statement::Value;
use crate::image::{Attribute, AttributeValue, Image, Kind};

/// The columns that are not attributes: the revision of the image, and its size in bytes.
pub(super) const OTHERS: [&str; 2] = ["revision", "bytes"];

/// The values of [`OTHERS`].
pub(super) fn others(image: &Image) -> [Value; 2] {
    [image.revision().into(), image.size().into()]
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
