//! What every move of a tag does inside its write.

use crate::image::{ImageId, Quota, Refusal, Tag};
use crate::image_api::catalogue::TagPreconditions;
use crate::image_api::precondition;
use crate::policy::Rights;
use crate::store::{Draft, DraftError};
use crate::tagging::Tagging;

/// A move of a tag, except for the image.
pub(super) struct Move {
    pub(super) tag: Tag,
    pub(super) preconditions: TagPreconditions,
    pub(super) quota: Quota,
}

impl Move {
    /// Puts the tag on the image, which the caller has to be allowed to change, and takes it from
    /// the others of its scope.
    pub(super) fn to(
        &self,
        draft: &mut Draft<'_>,
        tagging: Tagging<'_>,
        rights: &Rights,
        id: ImageId,
    ) -> Result<(), DraftError> {
        let image = draft.stored(id)?;
        rights.may_modify(image)?;
        let tag = tagging.rules.scope_of(&self.tag, image.owner.as_ref());
        let tag = tag.ok_or_else(|| Refusal::TagNotExclusive(self.tag.clone()))?;
        let checked = self.preconditions.check(draft.carriers(&tag)?);
        precondition::outcome(checked, tagging.promote(draft, &tag, id, self.quota))
    }
}
