//! The images by id, and sorted by age for lists.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::by_age::{Age, ByAge, age};
use super::catalogue::Catalogue;
use super::shared_properties::SharedProperties;
use crate::image::{Image, ImageId, ScopedTag, Tag, TagScope};
use crate::store::query::{TagPage, TagQuery};

/// All images, with an index for lists and one for each tag.
///
/// Only `put` and `remove` write the fields, and they keep all of them in step.
#[derive(Debug, Default)]
pub(super) struct Images {
    by_id: HashMap<ImageId, Arc<Image>>,
    by_age: ByAge,
    /// A tag that no image has any more has no entry.
    by_tag: HashMap<Tag, ByAge>,
    catalogue: Catalogue,
    properties: SharedProperties,
    /// The sizes of all images together.
    bytes: usize,
}

impl Images {
    pub(super) fn get(&self, id: ImageId) -> Option<&Arc<Image>> {
        self.by_id.get(&id)
    }

    /// All images, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Image>> {
        self.by_id.values()
    }

    /// The size of all images together, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds `image`, or replaces the image that has its id. It then shares its texts and properties
    /// with the images that have them already.
    pub(super) fn put(&mut self, image: &mut Arc<Image>) {
        let before = self.by_id.get(&image.id()).cloned();
        self.index(before.as_deref(), Arc::make_mut(image));
        self.bytes += image.size();
        self.bytes -= before.as_ref().map_or(0, |before| before.size());
        self.catalogue.replace(before.as_deref(), Some(image));
        self.by_id.insert(image.id(), Arc::clone(image));
        let old_tags = before.iter().flat_map(|before| &before.tags);
        for tag in old_tags.filter(|tag| !image.tags.contains(tag)) {
            self.remove_tag(tag, age(image));
        }
    }

    /// Removes the image with this id, if it exists.
    pub(super) fn remove(&mut self, id: ImageId) {
        if let Some(image) = self.by_id.remove(&id) {
            let key = age(&image);
            self.bytes -= image.size();
            self.by_age.remove(&key);
            self.properties.release(&image.properties);
            self.catalogue.replace(Some(&image), None);
            for tag in &image.tags {
                self.remove_tag(tag, key);
            }
        }
    }

    /// Adds what is new in `image` to the indexes, and replaces it by equal texts and properties
    /// that are there.
    fn index(&mut self, before: Option<&Image>, image: &mut Image) {
        let key = age(image);
        if before.is_none() {
            self.by_age.insert(key);
            image.owner = self.catalogue.known_owner(image.owner.take());
        }
        if before.is_none_or(|before| before.tags != image.tags) {
            image.tags.replace_equal(|tag| {
                let entry = self.by_tag.entry(tag.clone());
                let known = entry.key().clone();
                let images = entry.or_default();
                if before.is_none_or(|before| !before.tags.contains(tag)) {
                    images.insert(key);
                }
                known
            });
        }
        if before.is_none_or(|before| !before.properties.is_copy_of(&image.properties)) {
            image.properties = self.properties.acquire(&image.properties);
            if let Some(before) = before {
                self.properties.release(&before.properties);
            }
        }
    }

    fn remove_tag(&mut self, tag: &Tag, key: Age) {
        if let Some(keys) = self.by_tag.get_mut(tag) {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_tag.remove(tag);
            }
        }
    }

    /// The page of the catalogue of tags.
    pub(super) fn tags(&self, query: &TagQuery) -> TagPage {
        let image = |id| self.by_id.get(&id).map(Arc::as_ref);
        self.catalogue.page(query, image)
    }

    /// The number of images that carry the tag in its scope.
    pub(super) fn carrier_count(&self, tag: &ScopedTag) -> usize {
        match &tag.scope {
            TagScope::Owner(owner) => self.catalogue.count_of_owner(owner.as_ref(), &tag.tag),
            TagScope::Service => self.by_tag.get(&tag.tag).map_or(0, ByAge::len),
        }
    }

    /// The images that carry `tag`, newest first.
    pub(super) fn with_tag(&self, tag: &Tag) -> impl Iterator<Item = &Arc<Image>> {
        let keys = self.by_tag.get(tag).into_iter();
        let keys = keys.flat_map(|keys| keys.newest_first(Bound::Unbounded));
        keys.filter_map(|(_, id)| self.by_id.get(id))
    }

    /// The smallest indexes that together contain every image with all of `tags` and, unless it is
    /// `None`, one of `any`. There are none if no image has these tags.
    pub(super) fn candidates(
        &self,
        tags: &BTreeSet<Tag>,
        any: Option<&BTreeSet<Tag>>,
    ) -> Vec<&ByAge> {
        let mut smallest = vec![&self.by_age];
        let mut size = self.by_age.len();
        let all = tags.iter().map(|tag| self.by_tag.get(tag).into_iter());
        let any = any.map(|any| any.iter().filter_map(|tag| self.by_tag.get(tag)));
        for indexes in all.map(Vec::from_iter).chain(any.map(Vec::from_iter)) {
            let total = indexes.iter().map(|index| index.len()).sum();
            if total <= size {
                (smallest, size) = (indexes, total);
            }
        }
        smallest
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::Tags;

    #[test]
    fn images_share_the_texts_of_tags_and_owners_and_equal_properties() {
        let mut images = Images::default();
        let mut put = || {
            let mut image = Image::new(ImageId::random(), Timestamp::now());
            image.owner = "owner".parse().ok();
            image.tags = ["tag".parse().unwrap()].into();
            image.properties = [("os".parse().unwrap(), "debian".parse().unwrap())].into();
            let mut image = Arc::new(image);
            images.put(&mut image);
            image
        };
        let texts = |image: &Image| {
            [
                image.tags.first().unwrap().as_str(),
                image.owner.as_ref().unwrap().as_str(),
                image.properties.get("os").unwrap().as_str(),
            ]
            .map(str::as_ptr)
        };
        let (first, second) = (put(), put());
        assert_eq!(texts(&first), texts(&second));
    }

    #[test]
    fn the_indexes_keep_nothing_of_removed_images_and_tags() {
        let mut image = Image::new(ImageId::random(), Timestamp::now());
        image.tags = ["a", "b"].map(|tag| tag.parse().unwrap()).into();
        image.properties = [("os".parse().unwrap(), "debian".parse().unwrap())].into();
        let mut images = Images::default();
        images.put(&mut Arc::new(image.clone()));
        image.properties = [("os".parse().unwrap(), "fedora".parse().unwrap())].into();
        image.tags = ["b", "c"].map(|tag| tag.parse().unwrap()).into();
        images.put(&mut Arc::new(image.clone()));
        let tags: Tags = images.by_tag.keys().cloned().collect();
        assert_eq!(tags, image.tags);
        images.remove(image.id());
        assert!(images.by_id.is_empty() && images.by_age.is_empty() && images.by_tag.is_empty());
        assert!(images.catalogue.is_empty() && images.properties.is_empty());
        assert_eq!(images.bytes, 0);
    }
}
