//! Revisions as the cases count them.
//!
//! The store counts no changes of an image: its revision is a digest of the rest of it. The cases
//! ask how many times an image was changed. That is the number of states of it that were seen
//! before, if the digests do what they have to: equal images have the same and others another one.

use std::collections::HashMap;
use std::sync::Mutex;

use image_tags::image::{Image, ImageId};
use jiff::Timestamp;

use super::json::edited;

/// The states of each image that were seen, by the time of the last change and the digest.
#[derive(Debug, Default)]
pub(super) struct Revisions(Mutex<HashMap<ImageId, Vec<(Timestamp, u64)>>>);

impl Revisions {
    /// Forgets an image. Another one gets its id.
    pub(super) fn forget(&self, id: ImageId) {
        self.0.lock().unwrap().remove(&id);
    }

    /// The image with the number of states before this one as its revision.
    pub(super) fn count(&self, image: &Image) -> Image {
        let state = (image.updated_at(), image.revision());
        let mut states = self.0.lock().unwrap();
        let states = states.entry(image.id()).or_default();
        if !states.contains(&state) {
            states.push(state);
            // States of the same second stay in the order in which they were seen.
            states.sort_by_key(|(time, _)| *time);
        }
        let before = states.iter().position(|seen| *seen == state);
        edited(image, |json| json["revision"] = before.into())
    }
}
