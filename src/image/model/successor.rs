//! What the service adds to every change: the revision and the times.

use jiff::{SignedDuration, Timestamp};

use super::image::{Image, to_microseconds};

impl Image {
    /// This image as the successor of `before`, for stores: one revision on, and changed at `now`,
    /// or a microsecond after the last change if the clock went backwards. Members have times of
    /// their own: a change of nothing else does not move the image's, as in Glance.
    #[must_use]
    pub(crate) fn successor_of(mut self, before: &Self, now: Timestamp) -> Self {
        let now = to_microseconds(now);
        let members = std::mem::replace(&mut self.members, before.members.clone());
        let is_about_members = self == *before;
        self.members = members;
        self.stamp_members(before, now);
        if !is_about_members {
            self.updated_at = before.next_time(now);
        }
        self.revision = before.revision + 1;
        self.measured()
    }

    /// Whether the image differs from `before` in nothing but tags.
    #[must_use]
    pub(crate) fn has_the_same_but_tags(&self, before: &Self) -> bool {
        let same = Self {
            tags: before.tags.clone(),
            updated_at: before.updated_at,
            revision: before.revision,
            ..self.clone()
        };
        same == *before
    }

    /// Makes the revision a digest of the rest of the image, for a store that counts no changes.
    pub(crate) fn set_revision_by_content(&mut self) {
        self.revision = 0;
        // An image has a JSON form: it is in every export.
        let content = serde_json::to_vec(self).unwrap_or_default();
        let digest = blake3::hash(&content);
        let (first, _) = digest.as_bytes().split_at(size_of::<u64>());
        let number = first
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        // It fits into a column with a sign, with room for changes.
        self.revision = number >> 2;
    }

    /// The time of a change of this image at `now`, which may also be its deletion: a microsecond
    /// after the last change if the clock went backwards.
    #[must_use]
    pub(crate) fn next_time(&self, now: Timestamp) -> Timestamp {
        let earliest = self.updated_at.checked_add(SignedDuration::from_micros(1));
        to_microseconds(now).max(earliest.unwrap_or(self.updated_at))
    }

    /// Sets the times of the members that are new or changed since `before`.
    fn stamp_members(&mut self, before: &Self, now: Timestamp) {
        for (project, member) in &mut self.members {
            match before.members.get(project) {
                Some(old) if old.status == member.status => *member = old.clone(),
                Some(old) => (member.created_at, member.updated_at) = (old.created_at, now),
                None => (member.created_at, member.updated_at) = (now, now),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::value::ImageId;

    #[test]
    fn a_clock_that_goes_backwards_does_not_move_updated_at_backwards() {
        let before = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        let mut after = before.clone();
        after.hidden = true;
        let after = after.successor_of(&before, Timestamp::MIN);
        assert_eq!(after.updated_at().as_microsecond(), 1);
        assert_eq!(after.revision(), 1);
    }

    #[test]
    fn an_image_from_the_end_of_the_calendar_can_be_changed() {
        let before = Image::new(ImageId::random(), Timestamp::MAX);
        assert_eq!(
            before
                .clone()
                .successor_of(&before, Timestamp::UNIX_EPOCH)
                .updated_at(),
            before.updated_at()
        );
    }
}
