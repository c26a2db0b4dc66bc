//! The filters of a list on tags.
//!
//! Their meaning is that of Nova's and Neutron's code, which differs from the guideline of the API
//! working group in the two that exclude.

use std::collections::BTreeSet;

use crate::image::{Attribute, Tag};
use crate::store::{Filter, ImageQuery};

/// The tags of all filters on tags. All occurrences of a parameter count.
#[derive(Default)]
pub(super) struct TagFilters {
    all: TagSet,
    any: Option<TagSet>,
    not_all: TagSet,
    not_any: TagSet,
}

/// Tags, and whether a text is among them that is too long for a tag. No image has it.
#[derive(Default)]
struct TagSet {
    tags: BTreeSet<Tag>,
    has_impossible: bool,
}

impl TagSet {
    fn insert(&mut self, text: &str) {
        match text.parse() {
            Ok(tag) => {
                self.tags.insert(tag);
            }
            Err(_) => self.has_impossible = true,
        }
    }
}

impl TagFilters {
    /// Whether `name` is a parameter with tags.
    pub(super) fn is_one(name: &str) -> bool {
        matches!(
            name,
            "tag" | "tags" | "tags-any" | "not-tags" | "not-tags-any"
        )
    }

    /// Adds the tags of a parameter. `tag` has one tag, commas included; the others have several
    /// between commas, as everywhere in OpenStack, where a tag contains no comma.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        let set = match name {
            "tag" => return self.all.insert(value),
            "tags" => &mut self.all,
            "tags-any" => self.any.get_or_insert_default(),
            "not-tags" => &mut self.not_all,
            _ => &mut self.not_any,
        };
        value.split(',').for_each(|text| set.insert(text));
    }

    /// Makes them conditions of `query`.
    pub(super) fn apply(self, query: &mut ImageQuery) {
        if self.all.has_impossible {
            // No image matches.
            let nothing = Filter::Text(Attribute::Id, BTreeSet::new());
            query.filters.push(nothing);
        }
        if !self.not_all.has_impossible {
            // No image has all of the tags if one of them is impossible.
            query.not_all_tags = self.not_all.tags;
        }
        query.tags = self.all.tags;
        query.any_tags = self.any.map(|any| any.tags);
        query.not_any_tags = self.not_any.tags;
    }
}
