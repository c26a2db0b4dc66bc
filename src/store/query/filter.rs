//! Conditions on one attribute or property of an image.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::identity::ProjectId;
use crate::image::{Attribute, AttributeValue, Image};

/// A condition on one attribute or property. A condition on an attribute of another kind never
/// holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The attribute, a text or the id, equals one of these texts.
    Text(Attribute, BTreeSet<String>),
    /// The attribute compares to this number.
    Number(Attribute, Comparison, i64),
    /// The attribute compares to this time, both cut to the second that the API shows.
    Time(Attribute, Comparison, Timestamp),
    /// The attribute is this truth value.
    Flag(Attribute, bool),
    /// The property with this name has this value.
    Property(String, String),
    /// The image has had an import.
    Imported,
}

/// The operator between an attribute and the filter's value.
#[expect(missing_docs, reason = "the variants are the six comparison operators")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Filter {
    /// The condition that this project owns the image.
    #[must_use]
    pub fn owner(owner: &ProjectId) -> Self {
        Self::Text(Attribute::Owner, [owner.as_str().to_owned()].into())
    }

    /// Whether `image` meets the condition. An attribute without a value meets none.
    pub(super) fn holds(&self, image: &Image) -> bool {
        match self {
            Self::Text(attribute, texts) => match attribute.value(image) {
                AttributeValue::Text(text) => texts.contains(&*text),
                AttributeValue::Id(id) => texts.contains(&id.to_string()),
                _ => false,
            },
            Self::Number(attribute, comparison, number) => match attribute.value(image) {
                AttributeValue::Number(value) => comparison.holds(value.cmp(number)),
                _ => false,
            },
            Self::Time(attribute, comparison, time) => match attribute.value(image) {
                AttributeValue::Time(value) => {
                    comparison.holds(value.as_second().cmp(&time.as_second()))
                }
                _ => false,
            },
            Self::Flag(attribute, flag) => attribute.value(image) == AttributeValue::Flag(*flag),
            Self::Property(name, value) => {
                let property = image.properties.get(name);
                property.is_some_and(|property| property.as_str() == value)
            }
            Self::Imported => image.import.is_some(),
        }
    }
}
