//! The JSON bodies that change all tags of an image at once.

use std::collections::BTreeSet;

use crate::budget::Reservation;
use crate::http::request::{JsonBody, Members, Raw};
use crate::image::{Image, Quota, Refusal, Tag};
use crate::image_api::error::Error;
use crate::image_api::images::attributes;

const NEW_TAGS: &str = "Expected the tags in the form: {\"tags\": [\"tag\"]}";

const EDIT: &str = "Expected the tags in the form: {\"tags\": [\"tag\"]} or \
                    {\"add\": [\"tag\"], \"remove\": [\"tag\"]}";

/// The tags that replace those of an image: `{"tags": ["a", "b"]}`.
#[derive(Debug)]
pub(super) struct NewTags {
    tags: BTreeSet<Tag>,
    /// The reservation of the body. It covers the tags.
    _memory: Reservation,
}

impl NewTags {
    pub(super) fn read(body: JsonBody) -> Result<Self, Error> {
        let mut members = body.members()?.ok_or(Error::invalid(NEW_TAGS))?;
        let tags = members.shift_remove("tags");
        refuse_others(&members, NEW_TAGS)?;
        let tags = attributes::tags(tags.ok_or(Error::invalid(NEW_TAGS))?)?;
        Ok(Self {
            tags,
            _memory: body.into_memory(),
        })
    }

    /// Gives `image` these tags and no others.
    pub(super) fn apply(&self, image: &mut Image, quota: Quota) -> Result<(), Refusal> {
        image.set_tags(self.tags.clone(), quota)
    }
}

/// The tags to add to an image and to remove from it: `{"tags": ["a"]}`, which only adds, or
/// `{"add": ["a"], "remove": ["b"]}` with at least one of the two. No tag is in both.
#[derive(Debug)]
pub(super) struct Edit {
    added: BTreeSet<Tag>,
    removed: BTreeSet<Tag>,
    /// The reservation of the body. It covers the tags.
    _memory: Reservation,
}

impl Edit {
    pub(super) fn read(body: JsonBody) -> Result<Self, Error> {
        let mut members = body.members()?.ok_or(Error::invalid(EDIT))?;
        let [tags, add, remove] = ["tags", "add", "remove"].map(|name| members.shift_remove(name));
        refuse_others(&members, EDIT)?;
        let (added, removed) = match (tags, add, remove) {
            (Some(tags), None, None) => (Some(tags), None),
            (Some(_), ..) | (None, None, None) => return Err(Error::invalid(EDIT)),
            (None, add, remove) => (add, remove),
        };
        let (added, removed) = (optional_tags(added)?, optional_tags(removed)?);
        if let Some(tag) = added.intersection(&removed).next() {
            return Err(Error::invalid(format!(
                "The tag '{tag}' cannot be both added and removed."
            )));
        }
        Ok(Self {
            added,
            removed,
            _memory: body.into_memory(),
        })
    }

    /// Adds to `image` and removes from it.
    pub(super) fn apply(&self, image: &mut Image, quota: Quota) -> Result<(), Refusal> {
        image.edit_tags(&self.added, &self.removed, quota)
    }
}

/// The tags in a member of the body; none if it is missing.
fn optional_tags(value: Option<Raw<'_>>) -> Result<BTreeSet<Tag>, Error> {
    value.map_or(Ok(BTreeSet::new()), attributes::tags)
}

/// Refuses the members that no form of the body has. What is `expected` tells which ones there are.
fn refuse_others(others: &Members<'_>, expected: &str) -> Result<(), Error> {
    match others.keys().next() {
        None => Ok(()),
        Some(name) => Err(Error::invalid(format!(
            "Unknown member '{name}'. {expected}"
        ))),
    }
}
