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
pub(in crate::image_api::images) struct Patch {
    pub(super) operations: Vec<Operation>,
    /// The reservation for the operations.
    pub(super) memory: Reservation,
}

/// One operation. Tags are counted in the list as it is shown, and as the operations before changed
/// it.
#[derive(Debug)]
pub(super) enum Operation {
    /// Gives an attribute or a property a value.
    Set(Edit, Presence),
    /// Adds an attribute, which every image has, where that is a conflict.
    AddAgain(String),
    /// Removes a property, or fails to remove an attribute.
    Remove(String),
    SetTags(BTreeSet<Tag>),
    /// Adds a tag before the one at this place, or at the end.
    AddTag(Option<usize>, Tag),
    ReplaceTag(usize, Tag),
    RemoveTag(usize),
    /// Removes a value from one place, unless this is a copy, and adds it at another one (RFC 6902,
    /// 4.4 and 4.5).
    Take {
        from: Target,
        to: Target,
        is_copy: bool,
    },
    /// Compares an attribute other than the tags, or a property. A list or an object (`None`) is
    /// never the same.
    Test(String, Option<Value>),
    TestTags(BTreeSet<Tag>),
    TestTag(usize, Option<Value>),
}

/// What a pointer points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// An attribute, all tags together among them, or a property.
    Member(String),
    /// A tag by its place, or the place after the last one.
    Tag(Option<usize>),
}

/// What must be true of a property before it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Any,
    Present,
    Absent,
}

impl Patch {
    /// The patch, with as much reserved of the `budget` as it takes.
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
    /// How many bytes it takes in memory, at most.
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
            Self::Take { from, to, .. } => of_target(from) + of_target(to),
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
            Self::Tag(Some(place)) => write!(f, "/tags/{place}"),
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
