//! The rules of tags within a write: who may change them, and from which images an exclusive tag is
//! taken.
//!
//! Every write that creates an image or changes one ends with [`Tagging::settle`]. So whatever puts
//! an exclusive tag on an image, or an image with such a tag into another scope, takes the tag from
//! the image that had it there, in the same write, or is refused.

use crate::image::{Image, ImageId, OnConflict, Quota, Refusal, ScopedTag, Tag, TagRules, Tags};
use crate::policy::Rights;
use crate::store::{Draft, DraftError};

/// Who changes tags, and under which rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tagging<'a> {
    /// The rules of tags.
    pub(crate) rules: &'a TagRules,
    /// The caller; `None` is the operator, for whom no policy holds.
    pub(crate) rights: Option<&'a Rights>,
}

impl Tagging<'_> {
    /// Applies the rules to the change of the image `id` that `draft` has so far.
    pub(crate) fn settle(&self, draft: &mut Draft<'_>, id: ImageId) -> Result<(), DraftError> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let (before, after) = draft.change_of(id);
        let none = Tags::default();
        let tags_before = before.map_or(&none, |image| &image.tags);
        let tags_after = after.map_or(&none, |image| &image.tags);
        self.check_roles(tags_before, tags_after)?;
        let Some(after) = after else {
            return Ok(());
        };
        // With another owner, the image may have come into the scope of other images.
        let has_same_owner = before.is_some_and(|before| before.owner == after.owner);
        let new = |tag: &&Tag| !(has_same_owner && tags_before.contains(tag));
        let scope = |tag| self.rules.scope_of(tag, after.owner.as_ref());
        let wanted: Vec<_> = tags_after.iter().filter(new).filter_map(scope).collect();
        draft.ask_for_carriers(&wanted)?;
        for tag in &wanted {
            self.take(draft, tag, id, false)?;
        }
        Ok(())
    }

    /// Puts `tag` on the image and takes it from all others in its scope, whatever the rule says of
    /// conflicts.
    pub(crate) fn promote(
        &self,
        draft: &mut Draft<'_>,
        tag: &ScopedTag,
        id: ImageId,
        quota: Quota,
    ) -> Result<(), DraftError> {
        let image = draft.image(id)?;
        let before = image.tags.clone();
        image.add_tag(&tag.tag, quota)?;
        let after = image.tags.clone();
        self.check_roles(&before, &after)?;
        self.take(draft, tag, id, true)
    }

    /// Takes the tag from every image in its scope but `id`.
    fn take(
        &self,
        draft: &mut Draft<'_>,
        tag: &ScopedTag,
        id: ImageId,
        is_promotion: bool,
    ) -> Result<(), DraftError> {
        let Some((_, rule)) = self.rules.rule_for(&tag.tag) else {
            return Ok(());
        };
        let refuses = rule
            .exclusive()
            .is_some_and(|exclusive| exclusive.on_conflict == OnConflict::Refuse);
        let is_taken = rule.is_immutable() || refuses && !is_promotion;
        for carrier in &draft.carriers(tag)?.images {
            if *carrier == id {
                continue;
            }
            let image = draft.image(*carrier)?;
            if is_taken {
                let holder = self.sees(image).then_some(*carrier);
                let tag = tag.tag.clone();
                return Err(Refusal::TagTaken { tag, holder }.into());
            }
            self.may_take(image, &tag.tag)?;
            image.tags.remove(&tag.tag);
        }
        Ok(())
    }

    fn check_roles(&self, before: &Tags, after: &Tags) -> Result<(), Refusal> {
        match self.rights {
            Some(rights) => rights.may_change_tags(self.rules, before, after),
            None => Ok(()),
        }
    }

    fn sees(&self, image: &Image) -> bool {
        self.rights
            .is_none_or(|rights| rights.may_get(image).is_ok())
    }

    /// Whether the tag may be taken from `image`.
    fn may_take(&self, image: &Image, tag: &Tag) -> Result<(), Refusal> {
        let Some(rights) = self.rights else {
            return Ok(());
        };
        let forbidden = |_| Refusal::MoveForbidden { tag: tag.clone() };
        rights.may_modify(image).map_err(forbidden)?;
        rights.may_remove_tag(self.rules, tag)
    }
}
