//! Changes of an image's tags.

use std::collections::BTreeSet;

use crate::image::model::Image;
use crate::image::quota::Quota;
use crate::image::refusal::Refusal;
use crate::image::value::Tag;

impl Image {
    /// Adds `tag`. Adding a tag that is there changes nothing, also at or over the quota.
    pub fn add_tag(&mut self, tag: &Tag, quota: Quota) -> Result<(), Refusal> {
        if self.tags.contains(tag) {
            return Ok(());
        }
        quota.check_tags(self.tags.len() + 1)?;
        self.tags.insert(tag.clone());
        Ok(())
    }

    /// Replaces all tags by `tags`. Those may be over the quota if none of them is new.
    pub fn set_tags(&mut self, tags: BTreeSet<Tag>, quota: Quota) -> Result<(), Refusal> {
        if !self.tags.contains_all(&tags) {
            quota.check_tags(tags.len())?;
        }
        self.tags = tags.into();
        Ok(())
    }

    /// Adds the tags in `added` and removes those in `removed`, in one step. A tag to remove need
    /// not be there. A tag in both is added. The quota counts the tags that the image then has.
    pub fn edit_tags(
        &mut self,
        added: &BTreeSet<Tag>,
        removed: &BTreeSet<Tag>,
        quota: Quota,
    ) -> Result<(), Refusal> {
        let kept = self.tags.iter().filter(|tag| !removed.contains(*tag));
        let wanted = kept.chain(added).cloned().collect();
        self.set_tags(wanted, quota)
    }

    /// Removes `tag`, which must be there.
    pub fn remove_tag(&mut self, tag: &Tag) -> Result<(), Refusal> {
        if !self.tags.contains(tag) {
            return Err(Refusal::NoSuchTag);
        }
        self.tags.remove(tag);
        Ok(())
    }
}
