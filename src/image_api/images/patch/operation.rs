//! The operations of a patch.

use std::collections::BTreeSet;
use std::{fmt, mem};

use serde_json::Value;

use crate::budget::{Budget, Reservation};
use crate::http::HttpError;
use crate::http::request::counted;
use crate::image::{Edit, Refusal, Tag};

/// A patch.
#[derive(Debug)]
pub(in crate::image_api) struct Patch {
    pub(super) operations: Vec<Operation>,
    /// The reservation for the operations.
    pub(super) memory: Reservation,
}

/// One operation. The index of a tag counts in the list as clients see it, after the preceding
/// operations.
#[derive(Debug)]
pub(super) enum Operation {
    /// Sets an attribute or a property.
    Set(Edit, Presence),
    /// Adds an attribute in the dialect v2.0, which is a conflict: every image has it.
    AddAgain(String),
    /// Removes a property, or fails to remove an attribute.
    Remove(String),
    SetTags(BTreeSet<Tag>),
    /// Adds a tag before the one at this index, or at the end.
    AddTag(Option<usize>, Tag),
    ReplaceTag(usize, Tag),
    RemoveTag(usize),
    /// Moves or copies a value (RFC 6902, 4.4 and 4.5).
    Transfer {
        from: Target,
        to: Target,
        is_copy: bool,
    },
    /// Compares an attribute other than the tags, or a property. A list or an object (`None`) never
    /// equals it.
    Test(String, Option<Value>),
    TestTags(BTreeSet<Tag>),
    TestTag(usize, Option<Value>),
}

/// The target of a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A property or an attribute; all tags together are one.
    Member(String),
    /// A tag by its index, or the end of the list.
    Tag(Option<usize>),
}

/// Whether a property must exist before it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Any,
    Present,
    Absent,
}

impl Patch {
    /// Resizes the reservation to the memory that the operations take.
    pub(in crate::image_api::images) async fn reserved(
        mut self,
        budget: &Budget,
    ) -> Result<Self, HttpError> {
        let size = self.operations.iter().map(Operation::size).sum();
        self.memory.resize(counted(size), budget).await?;
        Ok(self)
    }
}

impl Operation {
    /// An upper bound on its bytes in memory.
    fn size(&self) -> usize {
        let of_tags = |tags: &BTreeSet<Tag>| tags.iter().map(|tag| tag.as_str().len() + 64).sum();
        let of_target = |target: &Target| {
            if let Target::Member(name) = target {
                name.len()
            } else {
                0
            }
        };
        let texts = match self {
            Self::Set(edit, _) => edit.size(),
            Self::AddAgain(name) | Self::Remove(name) => name.len(),
            Self::SetTags(tags) | Self::TestTags(tags) => of_tags(tags),
            Self::AddTag(_, tag) | Self::ReplaceTag(_, tag) => tag.as_str().len(),
            Self::RemoveTag(_) => 0,
            Self::Transfer { from, to, .. } => of_target(from) + of_target(to),
            Self::Test(name, value) => name.len() + text_bytes(value.as_ref()),
            Self::TestTag(_, value) => text_bytes(value.as_ref()),
        };
        mem::size_of::<Self>() + texts
    }
}

pub(super) fn text_bytes(value: Option<&Value>) -> usize {
    value.and_then(Value::as_str).map_or(0, str::len)
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => write!(f, "/{name}"),
            Self::Tag(Some(index)) => write!(f, "/tags/{index}"),
            Self::Tag(None) => f.write_str("/tags/-"),
        }
    }
}

impl Presence {
    pub(super) fn check(self, name: &str, is_present: bool) -> Result<(), Refusal> {
        match self {
            Self::Present if !is_present => Err(Refusal::NoSuchProperty(name.to_owned())),
            Self::Absent if is_present => Err(Refusal::PropertyExists(name.to_owned())),
            _ => Ok(()),
        }
    }
}
